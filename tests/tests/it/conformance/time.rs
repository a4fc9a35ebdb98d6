//! Timers and background work.

use std::time::Duration;

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use crate::common::twice;

twice!(
    timers_beat_and_ring_once,
    timers_do_not_beat_while_a_handler_runs_and_skip_missed_beats,
    background_work_runs_when_it_says,
    background_work_yields_to_messages,
    timers_end_when_the_app_stops,
);

/// How often have these run: every, after, now, later, after messages, never.
#[message(reply = [u64; 6])]
struct Counts;

#[message]
struct Nudge;

/// Block the thread for so many milliseconds: beats before and after.
#[message(reply = u64)]
struct Block(u64);

#[worker]
#[derive(Default)]
struct Clock {
    #[local]
    counts: [u64; 6],
}

#[worker]
impl Clock {
    #[every("5ms")]
    fn beat(&mut self) {
        self.counts[0] += 1;
    }

    #[after("10ms")]
    async fn ring(&mut self, _: &Context<Self>) {
        self.counts[1] += 1;
    }

    #[action]
    fn now(&mut self) -> Again {
        self.counts[2] += 1;
        if self.counts[2] < 100 {
            Again::Now
        } else {
            Again::Never
        }
    }

    #[action]
    async fn later(&mut self) -> Again {
        self.counts[3] += 1;
        Again::After(Duration::from_millis(5))
    }

    #[action]
    fn after_message(&mut self) -> Again {
        self.counts[4] += 1;
        Again::AfterMessage
    }

    #[action]
    fn never(&mut self) -> Result<Again> {
        self.counts[5] += 1;
        Ok(Again::Never)
    }

    #[handler(Counts)]
    fn counts(&self, _: Counts) -> [u64; 6] {
        self.counts
    }

    #[handler(Nudge)]
    fn nudge(&mut self, _: Nudge) {}

    #[handler(Block)]
    fn block(&mut self, Block(millis): Block) -> u64 {
        let before = self.counts[0];
        std::thread::sleep(Duration::from_millis(millis));
        self.counts[0] - before
    }
}

async fn timers_beat_and_ring_once(_: &Test, mut app: App) -> Result<()> {
    let clock = app.worker("clock", Clock::default())?;
    let app = app.start().await?;
    while app.ask(&clock, Counts).await?[0] < 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(app.ask(&clock, Counts).await?[1], 1);
    app.stop().await
}

async fn timers_do_not_beat_while_a_handler_runs_and_skip_missed_beats(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let clock = app.worker("clock", Clock::default())?;
    let app = app.start().await?;
    assert_eq!(app.ask(&clock, Block(100)).await?, 0);
    let beats = app.ask(&clock, Counts).await?[0];
    let after = app.ask(&clock, Counts).await?[0];
    assert!(after - beats < 10, "20 missed beats are not caught up");
    app.stop().await
}

async fn background_work_runs_when_it_says(_: &Test, mut app: App) -> Result<()> {
    let clock = app.worker("clock", Clock::default())?;
    let app = app.start().await?;
    while app.ask(&clock, Counts).await?[3] < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let [_, _, now, _, after_message, never] = app.ask(&clock, Counts).await?;
    assert_eq!((now, never), (100, 1));
    for _ in 0..5 {
        app.send(&clock, Nudge).await?;
        app.ask(&clock, Block(0)).await?;
    }
    let later = app.ask(&clock, Counts).await?[4];
    assert!(later > after_message, "{later} > {after_message}");
    app.stop().await
}

/// Works for ever.
#[worker]
#[derive(Default)]
struct Busy {
    #[local]
    rounds: u64,
}

/// How many rounds so far?
#[message(reply = u64)]
struct Rounds;

#[worker]
impl Busy {
    #[action]
    fn work(&mut self) -> Again {
        self.rounds += 1;
        Again::Now
    }

    #[handler(Rounds)]
    fn rounds(&self, _: Rounds) -> u64 {
        self.rounds
    }
}

async fn background_work_yields_to_messages(_: &Test, mut app: App) -> Result<()> {
    let busy = app.worker("busy", Busy::default())?;
    let app = app.start().await?;
    let mut last = app.ask(&busy, Rounds).await?;
    for _ in 0..20 {
        let next = app.ask(&busy, Rounds).await?;
        assert!(next >= last);
        last = next;
    }
    assert!(last > 0);
    app.stop().await
}

/// Beats, and says at the end how often it did after `#[stop]` had begun.
#[worker]
struct Last {
    gate: String,
    #[local]
    beats: u64,
}

#[worker]
impl Last {
    #[every("1ms")]
    fn beat(&mut self) {
        self.beats += 1;
    }

    #[stop]
    async fn stop(&mut self) -> Result<()> {
        let before = self.beats;
        tokio::time::sleep(Duration::from_millis(20)).await;
        tests::leave_word(&self.gate, &(self.beats - before).to_string())?;
        Ok(())
    }
}

async fn timers_end_when_the_app_stops(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let last = Last {
        gate: gate.path(),
        beats: 0,
    };
    app.worker("last", last)?;
    app.start().await?.stop().await?;
    assert_eq!(gate.word().await?, "0");
    Ok(())
}

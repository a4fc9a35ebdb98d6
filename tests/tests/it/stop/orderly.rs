//! Everything that was sent is handled before the end, last started first.

use std::time::Duration;

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Note, Recorder, twice};

twice!(
    everything_that_was_sent_is_handled_through_a_chain,
    workers_stop_in_reverse_order_of_their_start,
    what_is_sent_between_workers_during_the_stop_is_handled,
    an_exit_while_others_still_start_is_an_orderly_stop,
    many_apps_start_and_stop_well,
);

/// Adds up what comes, passes it on, and tells the sum at the end.
#[worker]
struct Link {
    next: String,
    gate: String,
    #[local]
    count: u64,
    #[local]
    sum: u64,
}

fn link(next: &str, gate: &Gate) -> Link {
    Link {
        next: next.into(),
        gate: gate.path(),
        count: 0,
        sum: 0,
    }
}

#[worker]
impl Link {
    #[handler(Note)]
    async fn note(&mut self, Note(number): Note, cx: &Context<Self>) -> Result<()> {
        self.count += 1;
        self.sum += number;
        if !self.next.is_empty() {
            cx.send(&self.next, Note(number)).await?;
        }
        Ok(())
    }

    #[stop]
    fn stop(&mut self, cx: &Context<Self>) -> Result<()> {
        let word = format!("{} {} {}", cx.name(), self.count, self.sum);
        Ok(tests::leave_word(&self.gate, &word)?)
    }
}

async fn everything_that_was_sent_is_handled_through_a_chain(_: &Test, mut app: App) -> Result<()> {
    const COUNT: u64 = 10_000;
    let gate = Gate::new()?;
    // The last of the chain is started first, and so stopped last.
    app.worker("c", link("", &gate))?;
    app.worker("b", link("c", &gate))?;
    let first = app.worker("a", link("b", &gate))?;
    let app = app.start().await?;
    for number in 0..COUNT {
        app.send(&first, Note(number)).await?;
    }
    app.stop().await?;
    for name in ["a", "b", "c"] {
        let sum = COUNT * (COUNT - 1) / 2;
        assert_eq!(gate.word().await?, format!("{name} {COUNT} {sum}"));
    }
    Ok(())
}

async fn workers_stop_in_reverse_order_of_their_start(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    for name in ["one", "two", "three", "four"] {
        app.worker(name, link("", &gate))?;
    }
    app.start().await?.stop().await?;
    for name in ["four", "three", "two", "one"] {
        assert_eq!(gate.word().await?, format!("{name} 0 0"));
    }
    Ok(())
}

/// Sends a number less one to the other one, until it is none.
#[worker]
struct PingPong {
    other: String,
    gate: String,
    #[local]
    count: u64,
}

#[worker]
impl PingPong {
    #[handler(Note)]
    async fn note(&mut self, Note(number): Note, cx: &Context<Self>) -> Result<()> {
        self.count += 1;
        if number > 0 {
            cx.send(&self.other, Note(number - 1)).await?;
        }
        Ok(())
    }

    #[stop]
    fn stop(&mut self) -> Result<()> {
        Ok(tests::leave_word(&self.gate, &self.count.to_string())?)
    }
}

async fn what_is_sent_between_workers_during_the_stop_is_handled(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let gate = Gate::new()?;
    let player = |other: &str| PingPong {
        other: other.into(),
        gate: gate.path(),
        count: 0,
    };
    let ping = app.worker("ping", player("pong"))?;
    app.worker("pong", player("ping"))?;
    let app = app.grace(Duration::from_secs(50)).start().await?;
    app.send(&ping, Note(4999)).await?;
    app.stop().await?;
    assert_eq!(
        (gate.word().await?, gate.word().await?),
        ("2500".into(), "2500".into())
    );
    Ok(())
}

/// Races between the last words of a worker and its end.
async fn many_apps_start_and_stop_well(test: &Test, app: App) -> Result<()> {
    drop(app);
    for round in 0..40 {
        let mut app = App::new(format!("round {round}"));
        if test.name().ends_with("in_process") {
            app = app.in_process();
        }
        let recorder = app.worker("recorder", Recorder::default())?;
        app.worker("other", Recorder::default())?;
        let app = app.start().await?;
        app.send(&recorder, Note(1)).await?;
        app.stop().await?;
    }
    Ok(())
}

/// Has nothing to do.
#[worker]
struct Brief;

#[worker]
impl Brief {
    #[start]
    fn start(&mut self, cx: &Context<Self>) {
        cx.exit();
    }
}

/// Takes its time to start, and tells when it stops.
#[worker]
struct LateStarter {
    gate: String,
    word: String,
}

#[worker]
impl LateStarter {
    #[start]
    async fn start(&mut self) -> std::io::Result<()> {
        tests::pass_async(&self.gate).await
    }

    #[stop]
    fn stop(&mut self) -> std::io::Result<()> {
        tests::leave_word(&self.word, "stopped")
    }
}

async fn an_exit_while_others_still_start_is_an_orderly_stop(_: &Test, mut app: App) -> Result<()> {
    let (gate, word) = (Gate::new()?, Gate::new()?);
    let late = LateStarter {
        gate: gate.path(),
        word: word.path(),
    };
    app.worker("late", late)?;
    let release = async {
        let starting = gate.entered().await?;
        // Main has long called for the exit then.
        tokio::time::sleep(Duration::from_millis(50)).await;
        starting.release().await
    };
    let release = tokio::time::timeout(Duration::from_secs(10), release);
    let (ran, _) = tokio::join!(app.run(Brief), release);
    ran?;
    assert_eq!(word.word().await?, "stopped");
    Ok(())
}

//! Workers that own their thread.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Echo, Holder, Note, Notes, twice};

twice!(
    a_loop_that_waits_handles_everything_in_order,
    a_loop_that_polls_handles_everything_and_its_own_work,
    a_loop_that_is_told_of_arrivals_need_not_poll,
    a_worker_that_leaves_its_loop_is_served_on,
    a_loop_that_fails_is_a_death_with_its_text,
);

/// How the loop gets its messages.
#[data]
enum How {
    Wait,
    Timeout,
    Arrival,
    Leave,
    Fail,
}

#[data]
struct Setup {
    how: How,
    gate: String,
}

#[worker(init = Setup)]
struct Looper {
    setup: Setup,
    seen: Vec<u64>,
    beats: u64,
    rounds: u64,
}

/// Ask somebody else for an echo, blocking or not.
#[message(reply = String)]
struct Through(String);

/// Beats and rounds.
#[message(reply = (u64, u64))]
struct Progress;

#[worker]
impl Looper {
    #[init]
    fn init(setup: Setup) -> Self {
        Looper {
            setup,
            seen: Vec::new(),
            beats: 0,
            rounds: 0,
        }
    }

    #[run]
    fn run(&mut self, inbox: &mut Inbox<Self>, cx: &Context<Self>) -> Result<()> {
        match self.setup.how {
            How::Wait => self.wait(inbox),
            How::Timeout => self.poll(inbox),
            How::Arrival => self.arrival(inbox),
            How::Leave => {
                let echo = baseapp::block_on(cx.ask("holder", Echo("blocking".into())))?;
                tests::leave_word(&self.setup.gate, &echo)?;
            }
            How::Fail => {
                // Not before the app has started.
                let _ = inbox
                    .wait(self)
                    .map(|delivery| inbox.dispatch(self, delivery));
                return Err(baseapp::Error::msg("no display"));
            }
        }
        Ok(())
    }

    #[every("2ms")]
    fn beat(&mut self) {
        self.beats += 1;
    }

    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.seen.push(number);
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.seen.clone()
    }

    #[handler(Through)]
    async fn through(&mut self, Through(text): Through, cx: &Context<Self>) -> Result<String> {
        Ok(cx.ask("holder", Echo(text)).await?)
    }

    #[handler(Progress)]
    fn progress(&self, _: Progress) -> (u64, u64) {
        (self.beats, self.rounds)
    }

    #[stop]
    fn stop(&mut self) -> Result<()> {
        Ok(tests::leave_word(
            &self.setup.gate,
            &self.seen.len().to_string(),
        )?)
    }
}

impl Looper {
    fn wait(&mut self, inbox: &mut Inbox<Self>) {
        while let Some(delivery) = inbox.wait(self) {
            inbox.dispatch(self, delivery);
        }
        assert!(inbox.is_stopping());
    }

    fn poll(&mut self, inbox: &mut Inbox<Self>) {
        while !inbox.is_stopping() {
            self.rounds += 1;
            if let Some(delivery) = inbox.wait_timeout(self, Duration::from_millis(1)) {
                inbox.dispatch(self, delivery);
            }
        }
    }

    fn arrival(&mut self, inbox: &mut Inbox<Self>) {
        let (tell, told) = mpsc::channel();
        inbox.on_arrival(move || {
            let _ = tell.send(());
        });
        while !inbox.is_stopping() && told.recv().is_ok() {
            while let Some(delivery) = inbox.try_next(self) {
                inbox.dispatch(self, delivery);
            }
        }
    }
}

struct Running {
    app: baseapp::RunningApp,
    looper: Address<Looper>,
    gate: Gate,
}

async fn start(mut app: App, how: How) -> Result<Running> {
    let gate = Gate::new()?;
    app.worker("holder", Holder::default())?;
    let looper = app.worker::<Looper>(
        "looper",
        Setup {
            how,
            gate: gate.path(),
        },
    )?;
    let app = app.start().await?;
    Ok(Running { app, looper, gate })
}

/// Messages of all kinds get through, and all that was sent before the stop.
async fn exercise(Running { app, looper, gate }: Running) -> Result<()> {
    for number in 0..2000 {
        app.send(&looper, Note(number)).await?;
    }
    assert_eq!(
        app.ask(&looper, Notes).await?,
        (0..2000).collect::<Vec<_>>()
    );
    assert_eq!(app.ask(&looper, Through("t".into())).await?, "t");
    for number in 0..500 {
        app.send(&looper, Note(number)).await?;
    }
    app.stop().await?;
    assert_eq!(gate.word().await?, "2500");
    Ok(())
}

async fn a_loop_that_waits_handles_everything_in_order(_: &Test, app: App) -> Result<()> {
    exercise(start(app, How::Wait).await?).await
}

async fn a_loop_that_polls_handles_everything_and_its_own_work(_: &Test, app: App) -> Result<()> {
    let running = start(app, How::Timeout).await?;
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let (beats, rounds) = running.app.ask(&running.looper, Progress).await?;
        if beats > 3 && rounds > 3 {
            break;
        }
        assert!(Instant::now() < end, "{beats} beats, {rounds} rounds");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    exercise(running).await
}

async fn a_loop_that_is_told_of_arrivals_need_not_poll(_: &Test, app: App) -> Result<()> {
    exercise(start(app, How::Arrival).await?).await
}

async fn a_worker_that_leaves_its_loop_is_served_on(_: &Test, app: App) -> Result<()> {
    let running = start(app, How::Leave).await?;
    assert_eq!(running.gate.word().await?, "blocking");
    exercise(running).await
}

async fn a_loop_that_fails_is_a_death_with_its_text(_: &Test, app: App) -> Result<()> {
    let Running { app, looper, .. } = start(app, How::Fail).await?;
    app.send(&looper, Note(1)).await?;
    // Each life does one thing, and the last one is not followed by another.
    let error = loop {
        match app.ask(&looper, Notes).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let Err(stopped) = app.stop().await else {
        panic!("all was well after: {error}")
    };
    let text = stopped.to_string();
    assert!(text.contains("`run` failed: no display"), "{text}");
    Ok(())
}

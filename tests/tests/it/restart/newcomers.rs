//! What a worker in a new life knows of others that are between two lives, too.

use std::{fs::File, io, time::Duration};

use baseapp::{Result, Supervision, prelude::*};
use tests::{Gate, Test};

use super::phoenix::{Book, Life, Write};
use crate::{
    common::twice,
    crash::{CrashAsked, crash, pass_and_panic},
};

twice!(
    a_worker_that_is_being_made_again_is_known_to_newcomers,
    a_worker_that_waits_for_its_next_life_is_known_to_newcomers,
);

/// Send this number to the worker of that name, without waiting: what went wrong.
#[message(reply = Option<String>)]
struct Relay(String, u64);

/// Sends to others, and dies as it is told to.
#[worker]
struct Relayer;

#[worker]
impl Relayer {
    #[handler(Relay)]
    fn relay(&mut self, Relay(to, number): Relay, cx: &Context<Self>) -> Option<String> {
        let sent = cx.try_send(&*to, Write(number));
        sent.err().map(|error| error.to_string())
    }

    #[handler(CrashAsked)]
    fn crash(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }

    #[handler(Life)]
    fn life(&self, _: Life) -> u64 {
        0
    }
}

/// What a slow one begins with.
#[data]
struct Plan {
    /// There from its first life on.
    mark: String,
    gate: String,
}

/// From its second life on it is not made before the gate is opened.
#[worker(init = Plan)]
struct Slow {
    numbers: Vec<u64>,
}

/// Which numbers have you got?
#[message(reply = Vec<u64>)]
struct Numbers;

#[worker]
impl Slow {
    #[init]
    fn init(plan: Plan) -> io::Result<Slow> {
        if File::create_new(&plan.mark).is_err() {
            tests::pass(&plan.gate)?;
        }
        Ok(Slow {
            numbers: Vec::new(),
        })
    }

    #[handler(Write)]
    fn write(&mut self, Write(number): Write) {
        self.numbers.push(number);
    }

    #[handler(Numbers)]
    fn numbers(&self, _: Numbers) -> Vec<u64> {
        self.numbers.clone()
    }

    #[handler(CrashAsked)]
    fn crash(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }
}

async fn a_worker_that_is_being_made_again_is_known_to_newcomers(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let (dir, made) = (tempfile::tempdir()?, Gate::new()?);
    let plan = Plan {
        mark: dir.path().join("mark").to_string_lossy().into_owned(),
        gate: made.path(),
    };
    let slow = app.worker::<Slow>("slow", plan)?;
    let relayer = app.worker("relayer", Relayer)?;
    let app = app.start().await?;
    crash(&app, &slow).await?;
    let held = made.entered().await?;
    crash(&app, &relayer).await?;
    let failed = app.ask(&relayer, Relay("slow".to_owned(), 7)).await?;
    assert_eq!(failed, None);
    held.release().await?;
    while app.ask(&slow, Numbers).await? != [7] {}
    app.stop().await
}

async fn a_worker_that_waits_for_its_next_life_is_known_to_newcomers(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.sickly_phoenix(2))?;
    let pause = Duration::from_secs(3);
    app.supervise(&phoenix, Supervision::new().backoff(pause, pause));
    let relayer = app.worker("relayer", Relayer)?;
    let app = app.start().await?;
    crash(&app, &phoenix).await?;
    // Its second life ends at once; then it waits.
    while book.lines().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    crash(&app, &relayer).await?;
    let failed = app.ask(&relayer, Relay("phoenix".to_owned(), 7)).await?;
    assert_eq!(failed, None);
    assert_eq!(app.ask(&phoenix, Life).await?, 3);
    while book.numbers() != [7] {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    app.stop().await
}

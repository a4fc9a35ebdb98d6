//! Losses that somebody knows of are told when the app stops, whoever has died since.

use baseapp::{Restart, Result, StopProblem, Supervision, prelude::*};
use tests::{Gate, Test, proc};

use crate::common::{Hold, Holder, Mark, Note, Notes, Pid, problems};

/// Send `holder` that many numbers, and a mark behind them.
#[message(reply = ())]
struct Post(u64);

/// How many marks came back?
#[message(reply = u64)]
struct CameBack;

/// Takes marks back, and no numbers.
#[worker]
#[derive(Default)]
struct Postman {
    #[local]
    back: u64,
}

#[worker]
impl Postman {
    #[handler(Post)]
    fn post(&mut self, Post(count): Post, cx: &Context<Self>) -> Result<()> {
        for number in 0..count {
            cx.try_send("holder", Note(number))?;
        }
        cx.try_send("holder", Mark(count))?;
        Ok(())
    }

    #[undelivered(Mark)]
    fn back(&mut self, _: Mark) {
        self.back += 1;
    }

    #[handler(CameBack)]
    fn came_back(&self, _: CameBack) -> u64 {
        self.back
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

/// A lost message by its sender.
fn lost(problems: &[StopProblem], of: &str) -> u64 {
    let counts = problems.iter().filter_map(|problem| match problem {
        StopProblem::Lost { name, count } if name == of => Some(*count),
        _ => None,
    });
    counts.sum()
}

#[baseapp::test]
async fn what_a_worker_knew_to_be_lost_is_told_although_it_has_died_since() -> Result<()> {
    let test: Test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("losses");
    let holder = app.worker("holder", Holder::default())?;
    app.supervise(&holder, Supervision::new().restart(Restart::Temporary));
    let postman = app.worker("postman", Postman::default())?;
    let app = app.start().await?;
    let hold = app.ask(&holder, Hold(gate.path()));
    let (held, _hold) = (gate.entered(), tests::poll_once(&mut Box::pin(hold)).await);
    let held = held.await?;
    app.ask(&postman, Post(5)).await?;
    proc::kill(test.worker("holder").unwrap_or(0))?;
    drop(held);
    // The numbers have come back, and were counted, before the mark is asked for.
    while app.ask(&postman, CameBack).await? == 0 {}
    let pid = app.ask(&postman, Pid).await?;
    proc::kill(pid)?;
    while app.ask(&postman, Pid).await.is_ok_and(|now| now == pid) {}
    let problems = problems(app.stop().await);
    assert_eq!(lost(&problems, "postman"), 5, "{problems:?}");
    Ok(())
}

#[baseapp::test]
async fn what_a_worker_sent_before_it_was_stopped_is_told_if_its_receiver_dies() -> Result<()> {
    let test: Test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("unheard");
    let holder = app.worker("holder", Holder::default())?;
    let postman = app.worker("postman", Postman::default())?;
    let app = app.start().await?;
    // The connection is there before the holder holds its thread.
    app.ask(&postman, Post(3)).await?;
    while app.ask(&holder, Notes).await?.len() < 4 {}
    let mut hold = app.ask(&holder, Hold(gate.path()));
    assert!(tests::poll_once(&mut hold).await.is_pending());
    let held = gate.entered().await?;
    app.ask(&postman, Post(5)).await?;
    app.stop_worker(&postman).await?;
    proc::kill(test.worker("holder").unwrap_or(0))?;
    drop(held);
    assert!(hold.await.is_err());
    assert!(app.ask(&holder, Notes).await?.is_empty(), "its next life");
    let problems = problems(app.stop().await);
    let (name, count) = ("postman".to_owned(), 6);
    assert_eq!(problems, [StopProblem::Lost { name, count }]);
    Ok(())
}

#[baseapp::test]
async fn what_a_worker_sent_before_it_was_stopped_and_was_handled_is_no_loss() -> Result<()> {
    let test: Test = tests::test!();
    let mut app = App::new("heard");
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    for round in 0..5 {
        let postman = app.spawn_worker("postman", Postman::default()).await?;
        app.ask(&postman, Post(20)).await?;
        app.stop_worker(&postman).await?;
        while app.ask(&holder, Notes).await?.len() < 21 * (round + 1) {}
    }
    // No message that was handled is acknowledged at once.
    proc::kill(test.worker("holder").unwrap_or(0))?;
    while !app
        .ask(&holder, Notes)
        .await
        .is_ok_and(|notes| notes.is_empty())
    {}
    app.stop().await
}

/// Fails when it is stopped.
#[worker]
struct Sour;

#[worker]
impl Sour {
    #[stop]
    fn stop(&self) -> Result<()> {
        Err(baseapp::Error::msg("no"))
    }
}

crate::common::twice!(what_goes_wrong_again_and_again_is_told_once_with_a_count);

async fn what_goes_wrong_again_and_again_is_told_once_with_a_count(
    _: &Test,
    app: App,
) -> Result<()> {
    let app = app.start().await?;
    for _ in 0..4 {
        let sour = app.spawn_worker("sour", Sour).await?;
        app.stop_worker(&sour).await?;
    }
    let problems = problems(app.stop().await);
    let (name, text, times) = ("sour".to_owned(), "no".to_owned(), 4);
    assert_eq!(problems, [StopProblem::StopFailed { name, text, times }]);
    Ok(())
}

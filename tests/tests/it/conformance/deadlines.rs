//! Deadlines: asks end in time, and late replies find nobody.

use std::time::{Duration, Instant};

use baseapp::{AskError, Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Await, Echo, Hold, Holder, Mark, Notes, twice};

twice!(
    an_ask_ends_at_its_deadline,
    a_late_reply_is_not_taken_for_the_next_one,
    an_ask_within_an_ask_ends_with_the_outer_one,
    an_ask_that_was_given_up_is_forgotten,
    an_ask_is_not_run_after_its_deadline_behind_a_handler_that_awaits,
    an_ask_is_not_run_after_its_deadline_behind_a_handler_that_blocks,
);

const SHORT: Duration = Duration::from_millis(100);

/// Ask that worker to wait at that gate, for an hour: how long was it?
#[message(reply = u64)]
struct Nested(String, String);

/// Asks on behalf of others.
#[worker]
struct Asker;

#[worker]
impl Asker {
    #[handler(Nested)]
    async fn nested(&mut self, Nested(to, gate): Nested, cx: &Context<Self>) -> Result<u64> {
        let start = Instant::now();
        let asked = cx
            .ask(&to, Await(gate.clone()))
            .timeout(Duration::from_secs(3600))
            .await;
        let Err(AskError::Timeout { .. }) = asked else {
            return Err(baseapp::Error::msg(format!("{asked:?}")));
        };
        let waited = start.elapsed().as_millis();
        tests::leave_word(&gate, &waited.to_string())?;
        Ok(0)
    }
}

async fn an_ask_ends_at_its_deadline(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let start = Instant::now();
    let asked = app.ask(&holder, Await(gate.path())).timeout(SHORT).await;
    let Err(AskError::Timeout { to, after }) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!((to.as_str(), after), ("holder", SHORT));
    assert!(start.elapsed() >= SHORT);
    gate.entered().await?.release().await?;
    app.stop().await
}

async fn a_late_reply_is_not_taken_for_the_next_one(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let late = app.ask(&holder, Hold(gate.path())).timeout(SHORT).await;
    assert!(matches!(late, Err(AskError::Timeout { .. })), "{late:?}");
    let next = app.ask(&holder, Echo("mine".into()));
    let release = async {
        gate.entered().await?.release().await?;
        Ok::<(), baseapp::Error>(())
    };
    let (next, released) = tokio::join!(next, release);
    released?;
    assert_eq!(next?, "mine");
    app.stop().await
}

async fn an_ask_within_an_ask_ends_with_the_outer_one(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    app.worker("holder", Holder::default())?;
    let asker = app.worker("asker", Asker)?;
    let app = app.start().await?;
    let asked = Nested("holder".into(), gate.path());
    let outer = app.ask(&asker, asked).timeout(4 * SHORT).await;
    // Both end at the same time: the reply may come at the last moment.
    assert!(
        matches!(outer, Err(AskError::Timeout { .. }) | Ok(0)),
        "{outer:?}"
    );
    let held = gate.entered().await?;
    let waited: u128 = gate.word().await?.parse()?;
    assert!(waited < 3000, "the inner ask waited {waited} ms");
    held.release().await?;
    app.stop().await
}

async fn an_ask_that_was_given_up_is_forgotten(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let mut given_up = Box::pin(app.ask(&holder, Await(gate.path())));
    let held = tokio::select! {
        asked = &mut given_up => panic!("{asked:?}"),
        held = gate.entered() => held?,
    };
    drop(given_up);
    held.release().await?;
    assert_eq!(app.ask(&holder, Echo("next".into())).await?, "next");
    app.stop().await
}

/// What an ask leaves when it waits, beyond its deadline, behind another one.
async fn run_behind<M>(mut app: App, first: impl Fn(String) -> M) -> Result<Vec<u64>>
where
    M: baseapp::Message<Reply = ()> + Sync,
    for<'a> &'a str: baseapp::To<M>,
{
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let first = app.ask("holder", first(gate.path()));
    let second = async {
        let held = gate.entered().await?;
        let asked = app.ask(&holder, Mark(1)).timeout(SHORT).await;
        assert!(matches!(asked, Err(AskError::Timeout { .. })), "{asked:?}");
        // The receiver's clock started a little later.
        tokio::time::sleep(3 * SHORT).await;
        held.release().await?;
        Ok::<(), baseapp::Error>(())
    };
    let (first, second) = tokio::join!(first, second);
    first?;
    second?;
    let notes = app.ask(&holder, Notes).await?;
    app.stop().await?;
    Ok(notes)
}

async fn an_ask_is_not_run_after_its_deadline_behind_a_handler_that_awaits(
    _: &Test,
    app: App,
) -> Result<()> {
    let run = run_behind(app, Await).await?;
    assert!(run.is_empty(), "it ran after its asker had given it up");
    Ok(())
}

async fn an_ask_is_not_run_after_its_deadline_behind_a_handler_that_blocks(
    _: &Test,
    app: App,
) -> Result<()> {
    let run = run_behind(app, Hold).await?;
    assert!(run.is_empty(), "it ran after its asker had given it up");
    Ok(())
}

//! The members of pools, as the other workers of the app see them.

use baseapp::{Address, AskError, Result, SendErrorKind, prelude::*};
use tests::{Gate, Test, proc};

use super::puppet::{Call, Hand, Stage, hands};
use crate::common::twice;

twice!(
    a_published_message_reaches_every_member,
    a_worker_reaches_members_that_came_after_it_had_started,
);

async fn a_published_message_reaches_every_member(_: &Test, app: App) -> Result<()> {
    let (app, _pool, _stage) = hands(app, 3).await?;
    let gate = Gate::new()?;
    assert_eq!(app.publish(Call(gate.path())).await?, 3);
    let mut names = Vec::new();
    for _ in 0..3 {
        let word = gate.word().await?;
        names.extend(word.split(' ').next().map(str::to_owned));
    }
    names.sort();
    assert_eq!(names, ["hands#1", "hands#2", "hands#3"]);
    app.stop().await
}

/// Publish that.
#[message(reply = usize)]
struct Spread(String);

#[worker]
struct Herald;

#[worker]
impl Herald {
    #[handler(Spread)]
    async fn spread(&mut self, Spread(gate): Spread, cx: &Context<Self>) -> Result<usize> {
        Ok(cx.publish(Call(gate)).await?)
    }
}

async fn a_worker_reaches_members_that_came_after_it_had_started(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let herald = app.worker("herald", Herald)?;
    let hour = std::time::Duration::from_secs(3600);
    let pool = app.pool("hands", Hand, PoolOptions::new(..=2).idle(hour))?;
    let app = app.start().await?;
    let gate = Gate::new()?;
    assert_eq!(app.ask(&herald, Spread(gate.path())).await?, 0);
    let stage = Stage::new()?;
    let task = app.submit(&pool, stage.play("")).await?;
    stage.puppet().await?.ends("ok").await?;
    task.await?;
    assert_eq!(app.ask(&herald, Spread(gate.path())).await?, 1);
    assert!(gate.word().await?.starts_with("hands#1"));
    app.stop().await
}

/// What is your address?
#[message(reply = Address<Member>)]
struct Where;

/// In which process are you?
#[message(reply = u32)]
struct Pid;

#[worker]
struct Member;

#[worker]
impl Member {
    #[handler(Where)]
    fn place(&self, _: Where, cx: &Context<Self>) -> Address<Member> {
        cx.address()
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

#[baseapp::test]
async fn a_published_message_reaches_a_replaced_member() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("others");
    let herald = app.worker("herald", Herald)?;
    let pool = app.pool("hands", Hand, 1)?;
    let app = app.start().await?;
    let (gate, stage) = (Gate::new()?, Stage::new()?);
    let task = app.submit(&pool, stage.play("")).await?;
    let first = stage.puppet().await?;
    let pid = first.pid;
    // Its links to the first life are made.
    first.ends("fail once").await?;
    let second = stage.puppet().await?;
    second.ends("kill").await?;
    let third = stage.puppet().await?;
    assert_ne!(third.pid, pid);
    let new = third.pid;
    third.ends("ok").await?;
    task.await?;
    for reached in [
        app.ask(&herald, Spread(gate.path())).await?,
        app.publish(Call(gate.path())).await?,
    ] {
        assert_eq!(reached, 1);
        assert_eq!(gate.word().await?, format!("hands#1 {new}"));
    }
    app.stop().await
}

#[baseapp::test]
async fn the_address_of_a_member_is_that_of_the_one_that_replaces_it() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("others");
    let pool = app.pool("members", Member, 1)?;
    let app = app.start().await?;
    let address = app.submit(&pool, Where).await?.await?;
    assert_eq!(address.name(), "members#1");
    let pid = app.ask(&address, Pid).await?;
    assert_eq!(app.ask("members#1", Pid).await?, pid);
    proc::kill(pid)?;
    // While nobody is there, that is said: it is never sent to nobody.
    let next = loop {
        match app.ask(&address, Pid).await {
            Ok(next) => break next,
            Err(AskError::Interrupted { how, .. }) => {
                assert!(how.contains("SIGKILL"), "{how}");
            }
            Err(AskError::NotDelivered(error)) => {
                let SendErrorKind::Ended(how) = &error.kind else {
                    panic!("{error}")
                };
                assert!(how.contains("SIGKILL"), "{how}");
            }
            Err(error) => return Err(error.into()),
        }
    };
    assert_ne!(next, pid);
    assert_eq!(app.submit(&pool, Where).await?.await?, address);
    app.stop().await
}

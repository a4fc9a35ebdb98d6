//! State that survives its worker.

use std::time::Duration;

use baseapp::{AskError, Result, StartError, Strategy, Supervision, prelude::*};
use tests::{Test, poll_once, proc};

use super::account::{Account, Add, Balance, Burden, Clock, Deposit, Poison, Savings, Transfer};
use crate::{
    common::{Pid, lost, twice},
    crash::crash,
};

twice!(
    what_is_not_kept_goes_back_to_the_initial_state,
    what_a_handler_keeps_is_there_in_the_next_life,
    what_was_done_is_kept_by_the_clock,
    what_a_worker_stops_with_in_its_group_is_kept,
    what_a_worker_has_when_it_is_started_anew_is_kept,
    a_worker_that_is_added_under_a_free_name_begins_anew,
    a_state_that_does_not_start_is_dropped_after_two_lives,
    a_large_state_is_kept_and_one_that_is_too_large_is_not,
    a_pool_takes_no_workers_with_checkpoints,
    main_is_not_started_again_and_keeps_nothing,
);

const MS: Duration = Duration::from_millis(1);

/// May die as often as a test likes.
fn patient() -> Supervision {
    Supervision::new()
        .intensity(1000, Duration::from_secs(60))
        .backoff(MS, MS)
}

async fn what_is_not_kept_goes_back_to_the_initial_state(_: &Test, mut app: App) -> Result<()> {
    let to = app.worker("account", Account::of(7))?;
    let app = app.start().await?;
    assert_eq!(app.ask(&to, Add(1)).await?, 8);
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (7, 1));
    app.stop().await
}

async fn what_a_handler_keeps_is_there_in_the_next_life(_: &Test, mut app: App) -> Result<()> {
    let to = app.worker("account", Account::of(7))?;
    let app = app.start().await?;
    assert_eq!(app.ask(&to, Balance).await?, (7, 1));
    assert_eq!(app.ask(&to, Deposit(10)).await?, 17);
    assert_eq!(app.ask(&to, Add(1)).await?, 18, "not kept");
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (17, 1), "`#[local]` is anew");
    app.send(&to, Transfer(100)).await?;
    crash(&app, &to).await?;
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (117, 1), "as often as needed");
    app.stop().await
}

async fn what_was_done_is_kept_by_the_clock(_: &Test, mut app: App) -> Result<()> {
    let to = app.worker("clock", Clock { balance: 7 })?;
    app.supervise(&to, patient());
    let app = app.start().await?;
    // How soon is the business of the machine; a test has a minute.
    let mut before = app.ask(&to, Add(1)).await?;
    loop {
        tokio::time::sleep(20 * MS).await;
        crash(&app, &to).await?;
        let now = app.ask(&to, Add(1)).await?;
        if now == before + 1 {
            return app.stop().await; // nothing was lost
        }
        assert_eq!(now, before, "one or the other");
        before = now;
    }
}

async fn what_a_worker_stops_with_in_its_group_is_kept(_: &Test, mut app: App) -> Result<()> {
    let mut group = app.group("group", Strategy::OneForAll);
    let savings = group.worker("savings", Savings { balance: 7 })?;
    let other = group.worker("other", Savings { balance: 7 })?;
    let app = app.start().await?;
    assert_eq!(app.ask(&savings, Add(1)).await?, 8);
    assert_eq!(app.ask(&other, Add(1)).await?, 8);
    crash(&app, &other).await?;
    assert_eq!(app.ask(&other, Add(1)).await?, 8, "it died");
    assert_eq!(app.ask(&savings, Add(1)).await?, 1009, "it stopped");
    app.stop().await
}

async fn what_a_worker_has_when_it_is_started_anew_is_kept(_: &Test, mut app: App) -> Result<()> {
    let savings = app.worker("savings", Savings { balance: 7 })?;
    let account = app.worker("account", Account::of(7))?;
    let app = app.start().await?;
    assert_eq!(app.ask(&savings, Add(1)).await?, 8);
    for life in 1..4 {
        app.restart_worker(&savings).await?;
        let balance = app.ask(&savings, Add(0)).await?;
        assert_eq!(balance, 8 + 1000 * life, "as `#[stop]` leaves it");
        app.restart_worker(&account).await?;
        assert_eq!(app.ask(&account, Deposit(1)).await?, 7 + life);
        assert_eq!(app.ask(&account, Add(1)).await?, 8 + life, "not kept");
    }
    app.stop().await
}

async fn a_worker_that_is_added_under_a_free_name_begins_anew(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let to = app.worker("account", Account::of(7))?;
    let app = app.start().await?;
    assert_eq!(app.ask(&to, Deposit(1)).await?, 8);
    app.stop_worker(&to).await?;
    let again = app.spawn_worker("account", Account::of(50)).await?;
    assert_eq!(again, to);
    assert_eq!(app.ask(&to, Add(1)).await?, 51);
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Deposit(1)).await?, 51, "its own initial state");
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (51, 1));
    app.stop().await
}

async fn a_state_that_does_not_start_is_dropped_after_two_lives(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let to = app.worker("account", Account::of(7))?;
    app.supervise(&to, patient());
    let app = app.start().await?;
    assert_eq!(app.ask(&to, Deposit(1)).await?, 8);
    app.ask(&to, Poison).await?;
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (7, 1), "from the beginning");
    assert_eq!(app.ask(&to, Deposit(2)).await?, 9);
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (9, 1), "kept again");
    app.stop().await
}

async fn a_large_state_is_kept_and_one_that_is_too_large_is_not(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let to = app.worker("account", Account::of(7))?;
    app.supervise(&to, patient());
    let app = app.start().await?;
    app.ask(&to, Burden(31 << 20)).await?;
    assert_eq!(app.ask(&to, Deposit(1)).await?, 8);
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (8, 1));
    app.ask(&to, Burden(33 << 20)).await?;
    assert_eq!(
        app.ask(&to, Deposit(1)).await?,
        9,
        "it is handled, not kept"
    );
    crash(&app, &to).await?;
    assert_eq!(app.ask(&to, Balance).await?, (8, 1));
    app.stop().await
}

async fn a_pool_takes_no_workers_with_checkpoints(_: &Test, mut app: App) -> Result<()> {
    let refused = app.pool("clocks", Clock { balance: 7 }, 1);
    let Err(StartError::Pool { name, problem }) = refused else {
        panic!("{refused:?}")
    };
    assert!(name == "clocks" && problem.contains("remove `checkpoint = ..`"));
    // Who asks for one there is not in the way.
    let pool = app.pool("accounts", Account::of(7), 1)?;
    let app = app.start().await?;
    let task = app.submit::<Deposit>(&pool, Deposit(1)).await?;
    assert_eq!(task.await?, 8);
    app.stop().await
}

async fn main_is_not_started_again_and_keeps_nothing(_: &Test, mut app: App) -> Result<()> {
    let main = app.main::<Director>()?;
    app.worker("caller", Caller { main })?;
    app.run(Director { told: false }).await
}

/// Ends the app when it is told to.
#[message]
struct Enough;

#[worker(checkpoint = "1ms")]
struct Director {
    told: bool,
}

#[worker]
impl Director {
    #[handler(Enough)]
    fn enough(&mut self, _: Enough, cx: &Context<Self>) {
        self.told = true;
        cx.checkpoint();
        cx.exit();
    }
}

#[worker]
struct Caller {
    main: Address<Director>,
}

#[worker]
impl Caller {
    #[start]
    async fn start(&self, cx: &Context<Self>) -> Result<()> {
        Ok(cx.send::<Enough>(&self.main, Enough).await?)
    }
}

/// Who has a reply to a handler that kept the state relies on it, whenever the
/// worker is killed.
#[baseapp::test]
async fn what_a_reply_tells_is_kept_at_any_kill() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("kills");
    let to = app.worker("account", Account::of(0))?;
    app.supervise(&to, patient());
    let app = app.start().await?;
    let (mut known, mut interrupted) = (0, 0);
    for round in 0..30_u32 {
        let pid = app.ask(&to, Pid).await?;
        for _ in 0..round % 4 {
            known = app.ask(&to, Deposit(1)).await?;
        }
        let mut last = app.ask(&to, Deposit(1));
        // At once, or about when it is handled.
        if round % 2 == 0 {
            assert!(poll_once(&mut last).await.is_pending());
            tokio::time::sleep(Duration::from_micros(u64::from(round) * 20)).await;
        } else {
            known = last.await?;
            last = app.ask(&to, Deposit(1));
        }
        proc::kill(pid)?;
        match last.await {
            Ok(balance) => known = balance,
            Err(AskError::Interrupted { .. }) => interrupted += 1,
            Err(error) => panic!("{error}"),
        }
        let (balance, _) = app.ask(&to, Balance).await?;
        assert!(balance >= known, "{known} was told, {balance} is kept");
        assert!(balance <= known + 1, "{balance} for {known}");
        known = balance;
    }
    println!("{interrupted} of 30 were interrupted");
    app.stop().await
}

/// A message counts as handled when its state is kept: so what is neither kept
/// nor delivered again is reported.
#[baseapp::test]
async fn what_is_not_kept_was_in_hand_at_any_kill() -> Result<()> {
    const MESSAGES: u64 = 3000;
    let _test = tests::test!();
    let mut app = App::new("flood");
    let to = app.worker("account", Account::of(0))?;
    app.supervise(&to, patient());
    let app = app.start().await?;
    for number in 0..MESSAGES {
        if number % 300 == 0 {
            let pid = app.ask(&to, Pid).await?;
            tokio::spawn(async move {
                tokio::time::sleep(5 * MS).await;
                let _ = proc::kill(pid);
            });
        }
        app.send(&to, Transfer(1)).await?;
    }
    let (balance, _) = app.ask(&to, Balance).await?;
    let lost = lost(app.stop().await);
    assert!(balance <= MESSAGES, "{balance}: one was handled twice");
    assert!(balance + lost >= MESSAGES, "{balance} and {lost} lost");
    Ok(())
}

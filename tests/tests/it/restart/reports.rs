//! What is told of a death, and to whom.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use baseapp::{Cause, Result, Supervision, WorkerDied, WorkerRestarted, prelude::*};
use tests::{Gate, Test, poll_once, proc};

use super::phoenix::{Book, Crash, Exit, Life, Phoenix};
use crate::{
    common::{Hold, Holder, Pid, twice},
    crash::{CrashAsked, crash},
};

twice!(
    who_subscribes_is_told_of_every_death,
    who_watches_is_told_of_that_worker_alone,
    who_watches_the_dead_is_told_at_once,
);

/// The next thing that was told.
#[message(reply = Told)]
struct Next;

/// What was told.
#[data]
enum Told {
    Died(WorkerDied),
    Restarted(WorkerRestarted),
    Nothing,
}

/// Is told of all deaths.
#[worker]
#[derive(Default)]
struct Chronicler {
    #[local]
    told: VecDeque<Told>,
}

#[worker]
impl Chronicler {
    #[handler(WorkerDied, subscribe)]
    fn died(&mut self, died: WorkerDied) {
        self.told.push_back(Told::Died(died));
    }

    #[handler(WorkerRestarted, subscribe)]
    fn restarted(&mut self, restarted: WorkerRestarted) {
        self.told.push_back(Told::Restarted(restarted));
    }

    #[handler(Next)]
    fn next(&mut self, _: Next) -> Told {
        self.told.pop_front().unwrap_or(Told::Nothing)
    }
}

/// Watch that worker; or no more.
#[message(reply = ())]
struct Watch(Address<Phoenix>, bool);

/// Is told of the deaths of those that it watches.
#[worker]
#[derive(Default)]
struct Watcher {
    #[local]
    told: VecDeque<Told>,
}

#[worker]
impl Watcher {
    #[handler(Watch)]
    fn watch(&mut self, Watch(whom, watch): Watch, cx: &Context<Self>) {
        if watch {
            cx.watch(&whom);
        } else {
            cx.unwatch(&whom);
        }
    }

    #[handler(WorkerDied)]
    fn died(&mut self, died: WorkerDied) {
        self.told.push_back(Told::Died(died));
    }

    #[handler(Next)]
    fn next(&mut self, _: Next) -> Told {
        self.told.pop_front().unwrap_or(Told::Nothing)
    }
}

/// The next thing that this worker was told: it may still be on its way.
async fn next<W: baseapp::Handler<Next>>(
    app: &baseapp::RunningApp,
    from: &Address<W>,
) -> Result<Told> {
    loop {
        match app.ask(from, Next).await? {
            Told::Nothing => {}
            told => return Ok(told),
        }
    }
}

async fn death<W: baseapp::Handler<Next>>(
    app: &baseapp::RunningApp,
    from: &Address<W>,
) -> Result<WorkerDied> {
    match next(app, from).await? {
        Told::Died(died) => Ok(died),
        _ => panic!("no death"),
    }
}

async fn who_subscribes_is_told_of_every_death(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let chronicler = app.worker("chronicler", Chronicler::default())?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    for life in 1..=2 {
        crash(&app, &phoenix).await?;
        let died = death(&app, &chronicler).await?;
        assert_eq!(
            (&*died.worker, died.life, died.restarts),
            ("phoenix", life, u64::from(life) - 1)
        );
        assert!(died.returns);
        let Cause::Panic(text) = &died.cause else {
            panic!("{died}")
        };
        assert!(
            text.contains("as I was told") && text.contains("crash.rs:"),
            "{text}"
        );
        let in_hand = died.in_hand.as_ref();
        let what = in_hand.map(|work| (&*work.what, work.from.as_deref()));
        let crash = std::any::type_name::<CrashAsked>();
        assert_eq!(what, Some((crash, Some("main"))), "{died}");
        match next(&app, &chronicler).await? {
            Told::Restarted(WorkerRestarted {
                worker, life: next, ..
            }) => {
                assert_eq!((&*worker, next), ("phoenix", life + 1));
            }
            _ => panic!("not told that it lives again"),
        }
    }
    app.stop().await
}

async fn who_watches_is_told_of_that_worker_alone(_: &Test, mut app: App) -> Result<()> {
    let books = [Book::new()?, Book::new()?];
    let watcher = app.worker("watcher", Watcher::default())?;
    let watched = app.worker("watched", books[0].phoenix())?;
    let other = app.worker("other", books[1].phoenix())?;
    let app = app.start().await?;
    app.ask(&watcher, Watch(watched.clone(), true)).await?;
    crash(&app, &other).await?;
    crash(&app, &watched).await?;
    assert_eq!(death(&app, &watcher).await?.worker, "watched");
    app.ask(&watcher, Watch(watched.clone(), false)).await?;
    app.ask(&watcher, Watch(other.clone(), true)).await?;
    assert_eq!(app.ask(&watched, Life).await?, 2);
    crash(&app, &watched).await?;
    crash(&app, &other).await?;
    assert_eq!(death(&app, &watcher).await?.worker, "other");
    assert!(matches!(app.ask(&watcher, Next).await?, Told::Nothing));
    app.stop().await
}

async fn who_watches_the_dead_is_told_at_once(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let watcher = app.worker("watcher", Watcher::default())?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    app.supervise(
        &phoenix,
        Supervision::new().restart(baseapp::Restart::Temporary),
    );
    let app = app.start().await?;
    crash(&app, &phoenix).await?;
    app.ask(&watcher, Watch(phoenix.clone(), true)).await?;
    let died = death(&app, &watcher).await?;
    assert!(
        !died.returns && matches!(died.cause, Cause::Panic(_)),
        "{died}"
    );
    assert!(app.stop().await.is_err());
    Ok(())
}

#[baseapp::test]
async fn a_signal_an_exit_code_and_the_message_in_hand_are_named() -> Result<()> {
    let test = tests::test!();
    let (book, gate) = (Book::new()?, Gate::new()?);
    let mut app = App::new("named");
    let chronicler = app.worker("chronicler", Chronicler::default())?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    app.send(&phoenix, Exit(7)).await?;
    let died = death(&app, &chronicler).await?;
    assert_eq!(died.cause, Cause::Exit(7));
    assert!(matches!(next(&app, &chronicler).await?, Told::Restarted(_)));

    app.send(&phoenix, Crash(gate.path())).await?;
    let held = gate.entered().await?;
    proc::kill(test.worker("phoenix").unwrap_or(0))?;
    let died = death(&app, &chronicler).await?;
    drop(held);
    assert!(
        matches!(&died.cause, Cause::Signal(signal) if signal == "signal 9 (SIGKILL)"),
        "{died}"
    );
    let in_hand = died.in_hand.as_ref();
    assert_eq!(
        in_hand.map(|work| &*work.what),
        Some(std::any::type_name::<Crash>())
    );
    let lasted = in_hand.and_then(|work| work.lasted);
    assert!(
        lasted.is_some_and(|lasted| lasted < Duration::from_secs(60)),
        "{lasted:?}"
    );
    assert!(app.stop().await.is_err(), "two messages were in hand");
    Ok(())
}

/// Also behind many quick messages and a slow one, for which the clock was not read, if the
/// hub looks: then it may be too long by a look.
#[baseapp::test]
async fn for_how_long_the_message_in_hand_lasted_is_told() -> Result<()> {
    const LOOK: Duration = Duration::from_millis(400);
    let test = tests::test!();
    let (first, slow, last) = (Gate::new()?, Gate::new()?, Gate::new()?);
    let mut app = App::new("lasted");
    let chronicler = app.worker("chronicler", Chronicler::default())?;
    let holder = app.worker("holder", Holder::default())?;
    app.supervise(&holder, Supervision::new().hang(Duration::from_secs(60)));
    let app = app.start().await?;

    let mut asks = vec![app.ask(&holder, Hold(first.path()))];
    assert!(poll_once(&mut asks[0]).await.is_pending());
    let first = first.entered().await?;
    let mut quick: Vec<_> = (0..20).map(|_| app.ask(&holder, Pid)).collect();
    for ask in &mut quick {
        assert!(poll_once(ask).await.is_pending());
    }
    for gate in [&slow, &last] {
        let mut ask = app.ask(&holder, Hold(gate.path()));
        assert!(poll_once(&mut ask).await.is_pending());
        asks.push(ask);
    }
    first.release().await?;
    let slow = slow.entered().await?;
    tokio::time::sleep(4 * LOOK).await;
    let before = Instant::now();
    slow.release().await?;
    let held = last.entered().await?;
    let entered = Instant::now();
    tokio::time::sleep(LOOK / 2).await;
    let least = entered.elapsed();
    proc::kill(test.worker("holder").unwrap_or(0))?;
    let died = death(&app, &chronicler).await?;
    let most = before.elapsed() + LOOK;
    drop((held, asks, quick));

    let lasted = died
        .in_hand
        .and_then(|work| work.lasted)
        .unwrap_or_default();
    let tick = Duration::from_millis(20);
    assert!(least <= lasted + tick, "{least:?} and told {lasted:?}");
    assert!(lasted <= most + tick, "{lasted:?} told of {most:?}");
    app.stop().await
}

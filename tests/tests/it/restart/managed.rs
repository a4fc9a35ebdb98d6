//! Workers that are started, stopped and started anew while the app runs.

use std::time::Duration;

use baseapp::{AskError, ManageErrorKind, Result, SendErrorKind, Supervision, prelude::*};
use tests::{Gate, Test, poll_once};

use super::phoenix::{Book, Life, Phoenix, Write, WriteAsked};
use crate::{
    common::{Hold, Holder, Pid, Recorder, Shout, Sum, twice},
    crash::crash,
};

twice!(
    a_worker_can_be_added_and_is_supervised,
    a_worker_that_does_not_start_is_not_there,
    a_worker_that_is_stopped_is_gone_for_good_and_its_name_is_free,
    a_worker_that_is_started_anew_loses_nothing,
    a_next_life_that_cannot_be_made_leaves_the_old_one,
    a_worker_may_manage_others_and_stop_itself,
    what_cannot_be_managed_is_refused_with_the_reason,
    a_pool_is_started_anew_while_it_works,
);

async fn a_worker_can_be_added_and_is_supervised(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let first = app.worker("first", Recorder::default())?;
    let app = app.start().await?;
    let phoenix = app.spawn_worker("phoenix", book.phoenix()).await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 1);
    assert_eq!(app.ask::<Life>("phoenix", Life).await?, 1, "by name");
    crash(&app, &phoenix).await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 2);

    let second = app.spawn_worker("second", Recorder::default()).await?;
    assert_eq!(app.publish(Shout(1)).await?, 2, "it subscribes");
    for recorder in [&first, &second] {
        while app.ask(recorder, Sum).await? != (1, 1) {}
    }
    app.stop().await?;
    assert_eq!(book.lines(), ["life", "life", "stop"]);
    Ok(())
}

async fn a_worker_that_does_not_start_is_not_there(_: &Test, app: App) -> Result<()> {
    let (book, other) = (Book::new()?, Book::new()?);
    let app = app.start().await?;
    // Its second life does not start; the first one is spent here.
    let phoenix = app.spawn_worker("first", book.phoenix()).await?;
    app.stop_worker(&phoenix).await?;
    let Err(error) = app.spawn_worker("sickly", book.sickly_phoenix(9)).await else {
        panic!("it started")
    };
    assert!(
        matches!(&error.kind, ManageErrorKind::Failed(how) if how.contains("not in this life")),
        "{error}"
    );
    let Err(AskError::NotDelivered(_)) = app.ask::<Life>("sickly", Life).await else {
        panic!("it is there")
    };
    let healthy = app.spawn_worker("sickly", other.phoenix()).await?;
    assert_eq!(app.ask(&healthy, Life).await?, 1, "its name is free");
    app.stop().await
}

async fn a_worker_that_is_stopped_is_gone_for_good_and_its_name_is_free(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    for number in 0..100 {
        app.send(&phoenix, Write(number)).await?;
    }
    app.stop_worker(&phoenix).await?;
    assert_eq!(
        book.numbers(),
        (0..100).collect::<Vec<_>>(),
        "what had arrived"
    );
    let Err(AskError::NotDelivered(error)) = app.ask(&phoenix, Life).await else {
        panic!("it is there")
    };
    assert!(matches!(error.kind, SendErrorKind::Ended(_)), "{error}");
    assert!(matches!(
        app.stop_worker(&phoenix).await.map_err(|error| error.kind),
        Err(ManageErrorKind::Ended)
    ));
    let again = app.spawn_worker("phoenix", book.phoenix()).await?;
    assert_eq!(again, phoenix, "the same address");
    assert_eq!(app.ask(&phoenix, Life).await?, 2);
    app.stop().await
}

async fn a_worker_that_is_started_anew_loses_nothing(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    let mut number = 0;
    for life in 1..=5 {
        let mut restart = app.restart_worker(&phoenix);
        // While it is started anew, everything is taken, and in order.
        loop {
            app.send(&phoenix, Write(number)).await?;
            let reached = app.ask(&phoenix, WriteAsked(number + 1)).await?;
            assert!(reached == life || reached == life + 1, "{reached}");
            number += 2;
            if let std::task::Poll::Ready(done) = poll_once(&mut restart).await {
                done?;
                break;
            }
        }
        assert_eq!(app.ask(&phoenix, Life).await?, life + 1);
    }
    assert_eq!(book.numbers(), (0..number).collect::<Vec<_>>());
    app.stop().await
}

async fn a_next_life_that_cannot_be_made_leaves_the_old_one(_: &Test, mut app: App) -> Result<()> {
    let fussy = app.worker("fussy", Directory::new()?)?;
    let app = app.start().await?;
    let path = app.ask(&fussy, Where).await?;
    let Err(error) = app.restart_worker(&fussy).await else {
        panic!("it was started anew")
    };
    assert!(matches!(error.kind, ManageErrorKind::Failed(_)), "{error}");
    assert_eq!(app.ask(&fussy, Where).await?, path, "the old one goes on");
    app.stop().await
}

/// Where is it?
#[message(reply = String)]
struct Where;

/// Makes a directory that must not be there.
#[worker(init = Directory)]
struct Fussy {
    path: String,
}

/// Where the directory is to be.
#[data]
struct Directory(String);

impl Directory {
    fn new() -> Result<Directory> {
        let dir = tempfile::Builder::new().prefix("fussy-").tempdir()?;
        Ok(Directory(dir.path().to_string_lossy().into_owned()))
    }
}

#[worker]
impl Fussy {
    #[init]
    fn init(Directory(path): Directory) -> Result<Fussy> {
        std::fs::create_dir(&path)?;
        Ok(Fussy { path })
    }

    #[handler(Where)]
    fn place(&self, _: Where) -> String {
        self.path.clone()
    }

    #[stop]
    fn stop(&self) -> std::io::Result<()> {
        std::fs::remove_dir(&self.path)
    }
}

/// Add a worker, use it, and stop it.
#[message(reply = u64)]
struct Employ(String);

/// Stop yourself.
#[message]
struct Resign;

/// Employs others.
#[worker]
struct Employer;

#[worker]
impl Employer {
    #[handler(Employ)]
    async fn employ(&self, Employ(gate): Employ, cx: &Context<Self>) -> Result<u64> {
        let worker = cx.spawn_worker("employee", Recorder::default()).await?;
        cx.send(&worker, crate::common::Note(7)).await?;
        let (_, sum) = cx.ask(&worker, Sum).await?;
        cx.stop_worker(&worker).await?;
        tests::leave_word(&gate, "employed")?;
        Ok(sum)
    }

    #[handler(Resign)]
    fn resign(&self, _: Resign, cx: &Context<Self>) {
        let mut resign = cx.stop_worker(&cx.address());
        // Asked for when it is polled; and never answered to who is gone.
        let waker = std::task::Waker::noop();
        let _ = std::pin::Pin::new(&mut resign).poll(&mut std::task::Context::from_waker(waker));
    }
}

async fn a_worker_may_manage_others_and_stop_itself(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let employer = app.worker("employer", Employer)?;
    let app = app.start().await?;
    let employed = app.ask(&employer, Employ(gate.path()));
    let (employed, word) = tokio::join!(employed, gate.word());
    assert_eq!((employed?, &*word?), (7, "employed"));
    app.send(&employer, Resign).await?;
    loop {
        match app
            .ask(&employer, Employ(gate.path()))
            .timeout(Duration::from_millis(50))
            .await
        {
            Err(AskError::NotDelivered(error)) if matches!(error.kind, SendErrorKind::Ended(_)) => {
                break;
            }
            // It was still there, and has left another word.
            Ok(7) => drop(gate.word().await?),
            Err(
                AskError::Timeout { .. } | AskError::NotDelivered(_) | AskError::Interrupted { .. },
            ) => {}
            other => panic!("{other:?}"),
        }
    }
    app.stop().await
}

async fn what_cannot_be_managed_is_refused_with_the_reason(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    app.pool("pool", Recorder::default(), 1)?;
    let app = app.start().await?;
    let kind =
        |result: std::result::Result<(), baseapp::ManageError>| result.map_err(|error| error.kind);
    let spawned = |result: std::result::Result<Address<Phoenix>, baseapp::ManageError>| {
        result.map(drop).map_err(|error| error.kind)
    };
    for name in ["phoenix", "pool"] {
        let refused = spawned(app.spawn_worker(name, book.phoenix()).await);
        assert_eq!(refused, Err(ManageErrorKind::SameName), "{name}");
    }
    let refused = spawned(app.spawn_worker("no name", book.phoenix()).await);
    assert!(
        matches!(refused, Err(ManageErrorKind::Name(_))),
        "{refused:?}"
    );
    let mut other = App::new("other").in_process();
    let foreign = other.worker("phoenix", book.phoenix())?;
    let refused = kind(app.stop_worker(&foreign).await);
    assert_eq!(refused, Err(ManageErrorKind::NoSuchWorker));
    assert_eq!(
        app.ask(&phoenix, Life).await?,
        1,
        "and nothing has happened"
    );
    app.stop().await
}

#[baseapp::test]
async fn a_worker_that_does_not_stop_is_killed_after_its_grace() -> Result<()> {
    let _test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("grace");
    let holder = app.worker("holder", Holder::default())?;
    app.supervise(&holder, Supervision::new().grace(Duration::from_millis(50)));
    let app = app.start().await?;
    let pid = app.ask(&holder, Pid).await?;
    let mut hold = app.ask(&holder, Hold(gate.path()));
    assert!(poll_once(&mut hold).await.is_pending());
    let _held = gate.entered().await?;
    app.stop_worker(&holder).await?;
    assert!(tests::proc::is_gone(pid));
    assert!(matches!(hold.await, Err(AskError::Interrupted { .. })));
    let Err(error) = app.stop().await else {
        panic!("all was well")
    };
    assert!(
        error
            .to_string()
            .contains("`holder` did not stop within 50ms"),
        "{error}"
    );
    Ok(())
}

/// In which process, after so many milliseconds?
#[message(reply = (u32, u32), attempts = 1)]
struct Work(u64);

/// Says who it is.
#[worker]
struct Laborer;

#[worker]
impl Laborer {
    #[handler(Work)]
    async fn work(&self, Work(millis): Work, cx: &Context<Self>) -> (u32, u32) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        (std::process::id(), cx.task().attempt())
    }
}

async fn a_pool_is_started_anew_while_it_works(test: &Test, mut app: App) -> Result<()> {
    let pool = app.pool("pool", Laborer, 2)?;
    let app = app.start().await?;
    let old = test.workers();
    let tasks = app.submit_all(&pool, (0..200).map(|_| Work(2))).await?;
    app.restart_pool(&pool).await?;
    let mut last = 0;
    for task in tasks {
        let (pid, attempt) = task.await?;
        assert_eq!(attempt, 1, "no task was tried again");
        last = pid;
    }
    let (pid, _) = app.submit(&pool, Work(0)).await?.await?;
    assert!(
        old.is_empty() || !old.contains(&pid),
        "{pid} of {old:?}, {last}"
    );
    app.stop().await
}

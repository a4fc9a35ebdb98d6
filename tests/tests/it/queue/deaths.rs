//! Workers that die with a task in their hands.

use std::time::Duration;

use baseapp::{DeadReason, Result, RunningApp, Task, TaskError, prelude::*};
use tests::{Test, proc};

use super::puppet::{Hand, Stage, hands};
use crate::common::twice;

twice!(a_task_whose_worker_panics_is_given_to_another);

async fn a_task_whose_worker_panics_is_given_to_another(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 2).await?;
    dies_of("panic", &app, &pool, &stage).await?;
    app.stop().await
}

/// A task survives the death of the worker that runs it.
async fn dies_of(how: &str, app: &RunningApp, pool: &Pool<Hand>, stage: &Stage) -> Result<()> {
    let task = app.submit(pool, stage.play(how)).await?;
    let first = stage.puppet().await?;
    assert_eq!(first.attempt, 1);
    let (pid, id) = (first.pid, first.id);
    first.ends(how).await?;
    let second = stage.puppet().await?;
    assert_eq!((second.attempt, second.id), (2, id), "after {how}");
    assert!(second.pid != pid || pid == std::process::id());
    second.ends("ok").await?;
    assert_eq!(task.await?, 2);
    Ok(())
}

#[baseapp::test]
async fn however_its_worker_dies_a_task_is_given_to_another() -> Result<()> {
    let test = tests::test!();
    let (app, pool, stage) = hands(App::new("deaths"), 2).await?;
    for how in ["kill", "abort", "exit", "overflow", "panic"] {
        dies_of(how, &app, &pool, &stage).await?;
    }
    let stats = app.queue(&pool).stats().await?;
    assert_eq!((stats.done, stats.retried, stats.dead), (5, 5, 0));
    // That it was made good is no problem.
    app.stop().await?;
    assert!(test.workers().is_empty());
    Ok(())
}

#[baseapp::test]
async fn a_task_of_which_three_workers_die_is_a_dead_letter_while_the_pool_lives() -> Result<()> {
    let _test = tests::test!();
    let (app, pool, stage) = hands(App::new("poison"), 2).await?;
    let task = app.submit(&pool, stage.play("poison")).attempts(100);
    let poison = task.await?;
    let others = (0..3).map(|_| stage.play("other"));
    let others: Vec<Task<u32>> = app.submit_all(&pool, others).await?;
    let (mut deaths, mut done) = (0, 0);
    // They come in any order.
    while deaths < 3 || done < 3 {
        let puppet = stage.puppet().await?;
        if puppet.note == "poison" {
            deaths += 1;
            assert_eq!(puppet.attempt, deaths);
            puppet.ends("abort").await?;
        } else {
            done += 1;
            puppet.ends("ok").await?;
        }
    }
    match poison.await {
        Err(TaskError::Dead {
            reason: DeadReason::Poison,
            attempts: 3,
            error,
            ..
        }) => assert!(error.contains("SIGABRT"), "{error}"),
        ended => panic!("{ended:?}"),
    }
    for other in others {
        assert_eq!(other.await?, 1, "never charged for it");
    }
    dies_of("kill", &app, &pool, &stage).await?;
    app.stop().await
}

#[baseapp::test]
async fn deaths_use_up_attempts() -> Result<()> {
    let _test = tests::test!();
    let (app, pool, stage) = hands(App::new("attempts"), 1).await?;
    let task = app.submit(&pool, stage.play("")).attempts(2).await?;
    stage.puppet().await?.ends("kill").await?;
    stage.puppet().await?.ends("kill").await?;
    let ended = task.await;
    let Err(TaskError::Dead {
        reason, attempts, ..
    }) = ended
    else {
        panic!("{ended:?}")
    };
    assert_eq!((reason, attempts), (DeadReason::Exhausted, 2));
    app.stop().await
}

#[baseapp::test]
async fn what_waited_in_a_worker_that_died_is_given_to_others_and_not_charged() -> Result<()> {
    let _test = tests::test!();
    let options = PoolOptions::new(1).prefetch(4);
    let (app, pool, stage) = hands(App::new("prefetch"), options).await?;
    let names = ["a", "b", "c", "d"];
    let plays = names.map(|name| stage.play(name));
    let tasks = app.submit_all(&pool, plays).attempts(1).await?;
    let puppet = stage.puppet().await?;
    assert_eq!(puppet.note, "a");
    puppet.ends("kill").await?;
    for name in names {
        let puppet = stage.puppet().await?;
        assert_eq!((&*puppet.note, puppet.attempt), (name, 2));
        // Alone, so that it is known whose fault the next death is.
        assert_eq!(app.queue(&pool).stats().await?.running, 1);
        puppet.ends("ok").await?;
    }
    for task in tasks {
        assert_eq!(task.await?, 2);
    }
    app.stop().await
}

/// Write that the effect has happened, and die before you say so; the next
/// time do it.
#[message(reply = u64)]
struct Effect {
    file: String,
    fatal: bool,
}

/// Reply with your process, and die when the reply is written.
#[message(reply = u32)]
struct Last {
    file: String,
}

#[worker]
struct Mayfly;

#[worker]
impl Mayfly {
    #[handler(Effect)]
    fn effect(&mut self, effect: Effect, cx: &Context<Self>) -> Result<u64> {
        let lines = note(&effect.file)?;
        if effect.fatal && cx.task().attempt() == 1 {
            proc::kill(std::process::id())?;
        }
        Ok(lines)
    }

    #[handler(Last)]
    fn last(&mut self, last: Last) -> Result<u32> {
        note(&last.file)?;
        // Dies of a thread that knows nothing of it, before it can do more.
        std::thread::spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            drop(proc::kill(std::process::id()));
        });
        Ok(std::process::id())
    }
}

/// Appends a line to a file: how many there are now.
fn note(file: &str) -> Result<u64> {
    use std::io::Write as _;
    let mut log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)?;
    writeln!(log, "done")?;
    Ok(std::fs::read_to_string(file)?.lines().count() as u64)
}

#[baseapp::test]
async fn what_was_done_before_the_death_is_done_again() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let mut app = App::new("twice");
    let pool = app.pool("mayflies", Mayfly, 1)?;
    let app = app.start().await?;
    for fatal in [true, false] {
        let file = dir.path().join(fatal.to_string());
        let file = file.to_string_lossy().into_owned();
        let task = app.submit(&pool, Effect { file, fatal }).await?;
        // A legal duplicate: nobody could know that it was done.
        assert_eq!(task.await?, if fatal { 2 } else { 1 });
    }
    app.stop().await
}

#[baseapp::test]
async fn a_reply_that_was_written_before_the_death_ends_the_task() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let mut app = App::new("once");
    let pool = app.pool("mayflies", Mayfly, 1)?;
    let app = app.start().await?;
    for round in 0..20 {
        let file = dir.path().join(round.to_string());
        let file = file.to_string_lossy().into_owned();
        let last = Last { file: file.clone() };
        let task = app.submit(&pool, last).await?;
        let left = proc::wait_gone(&[task.await?], Duration::from_secs(10));
        assert_eq!(left, [0; 0]);
        // Whoever is next would run that first.
        let other = dir.path().join(format!("{round} next"));
        let other = other.to_string_lossy().into_owned();
        let next = Effect {
            file: other,
            fatal: false,
        };
        assert_eq!(app.submit(&pool, next).await?.await?, 1);
        assert_eq!(std::fs::read_to_string(&file)?, "done\n");
    }
    app.stop().await
}

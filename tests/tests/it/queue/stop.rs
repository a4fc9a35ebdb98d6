//! What becomes of tasks when the app stops.

use std::time::Duration;

use baseapp::{Result, StopProblem, TaskError, prelude::*};
use tests::{Fixture, Test, proc, proc::Signal};

use super::{
    basics::{Square, Squarer},
    puppet::hands,
};
use crate::common::{problems, twice};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");
const HOUR: Duration = Duration::from_secs(3600);

twice!(
    a_queue_in_memory_is_worked_off_before_the_app_stops,
    tasks_that_are_tried_again_are_waited_for,
    tasks_that_wait_for_their_time_are_lost_and_said_to_be,
    what_a_handler_submits_while_the_app_stops_is_done_too,
);

async fn a_queue_in_memory_is_worked_off_before_the_app_stops(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let pool = app.pool("squarers", Squarer, PoolOptions::new(2).prefetch(8))?;
    let app = app.start().await?;
    let tasks = app.submit_all(&pool, (0..2000).map(Square)).await?;
    app.stop().await?;
    for (number, task) in (0..).zip(tasks) {
        assert_eq!(task.await?, number * number);
    }
    Ok(())
}

async fn tasks_that_are_tried_again_are_waited_for(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).await?;
    let puppet = stage.puppet().await?;
    let (stopped, played) = tokio::join!(app.stop(), async {
        puppet.ends("fail busy").await?;
        stage.puppet().await?.ends("ok").await
    });
    played?;
    assert_eq!(task.await?, 2);
    stopped
}

async fn tasks_that_wait_for_their_time_are_lost_and_said_to_be(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play("")).delay(HOUR).await?;
    let lost = StopProblem::TasksLost {
        name: "hands".into(),
        count: 1,
    };
    assert_eq!(problems(app.stop().await), [lost]);
    let ended = task.await;
    assert!(matches!(ended, Err(TaskError::Lost(_))), "{ended:?}");
    Ok(())
}

async fn what_a_handler_submits_while_the_app_stops_is_done_too(_: &Test, app: App) -> Result<()> {
    let (app, pool, stage) = hands(app, 1).await?;
    let task = app.submit(&pool, stage.play_async("")).await?;
    let mut puppet = stage.puppet().await?;
    let stopping = app.stop();
    let (stopped, played) = tokio::join!(stopping, async {
        assert_eq!(puppet.does("submit hands child").await?, "accepted");
        puppet.ends("ok").await?;
        let child = stage.puppet().await?;
        assert_eq!(child.note, "child");
        child.ends("ok").await
    });
    played?;
    assert_eq!(task.await?, 1);
    stopped
}

#[baseapp::test]
async fn what_is_left_after_the_grace_is_lost_and_said_to_be() -> Result<()> {
    let _test = tests::test!();
    let grace = Duration::from_millis(200);
    let app = App::new("lost").grace(grace);
    let (app, pool, stage) = hands(app, 1).await?;
    let plays = (0..5).map(|_| stage.play(""));
    let tasks = app.submit_all(&pool, plays).await?;
    let _puppet = stage.puppet().await?;
    let problems = problems(app.stop().await);
    let lost = StopProblem::TasksLost {
        name: "hands".into(),
        count: 5,
    };
    assert!(problems.contains(&lost), "{problems:?}");
    assert!(
        problems.contains(&StopProblem::Busy { grace }),
        "{problems:?}"
    );
    let of_hands = |problem: &&StopProblem| matches!(problem, StopProblem::Killed { .. });
    assert_eq!(problems.iter().filter(of_hands).count(), 1, "{problems:?}");
    assert_eq!(problems.len(), 3, "{problems:?}");
    for task in tasks {
        let ended = task.await;
        assert!(matches!(ended, Err(TaskError::Lost(_))), "{ended:?}");
    }
    Ok(())
}

#[test]
fn ctrl_c_with_a_full_queue_works_it_off_and_exits_with_zero() -> Result<()> {
    let _test = tests::test!();
    for signal in [Signal::INT, Signal::TERM] {
        let mut fixture = Fixture::start(FIXTURE, &["pool", "3", "2000"])?;
        fixture.wait_for("full")?;
        let workers = fixture.workers();
        assert_eq!(workers.len(), 3);
        fixture.signal(signal)?;
        let ended = fixture.wait()?;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let counts = ended.stdout.lines().filter_map(|line| {
            let count = line.strip_prefix("a worker has added ")?;
            count.parse::<u64>().ok()
        });
        assert_eq!(counts.sum::<u64>(), 2000, "{}", ended.stdout);
        assert_eq!(proc::wait_gone(&workers, Duration::ZERO), [0; 0]);
        assert_eq!(fixture.files_left()?, [""; 0]);
    }
    Ok(())
}

#[test]
fn a_main_that_is_killed_takes_a_busy_pool_with_it() -> Result<()> {
    let _test = tests::test!(120);
    for _ in 0..20 {
        let mut fixture = Fixture::start(FIXTURE, &["busy-pool", "4"])?;
        for _ in 0..4 {
            fixture.wait_for("busy")?;
        }
        let workers = fixture.workers();
        assert_eq!(workers.len(), 4);
        proc::kill(fixture.pid())?;
        let left = proc::wait_gone(&workers, Duration::from_secs(1));
        assert!(left.is_empty(), "{left:?} live a second later");
        fixture.wait()?;
    }
    Ok(())
}

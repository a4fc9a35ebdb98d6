//! What does not end in time is ended, and said so.

use std::time::{Duration, Instant};

use baseapp::{Result, StopProblem, prelude::*};
use tests::{Gate, Test};

use crate::common::{Hold, Holder, Note, Notes, problems};

const GRACE: Duration = Duration::from_millis(200);

async fn stuck(_: &Test, app: App) -> Result<Vec<StopProblem>> {
    let gate = Gate::new()?;
    let mut app = app.grace(GRACE);
    app.worker("bystander", Holder::default())?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    app.send(&holder, Hold(gate.path())).await?;
    let _held = gate.entered().await?;
    let start = Instant::now();
    let problems = problems(app.stop().await);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    Ok(problems)
}

#[baseapp::test]
async fn a_worker_that_is_stuck_in_a_handler_is_killed_after_the_grace() -> Result<()> {
    let test = tests::test!();
    let problems = stuck(&test, App::new("stuck")).await?;
    let killed = StopProblem::Killed {
        name: "holder".into(),
        grace: GRACE,
        times: 1,
    };
    assert!(problems.contains(&killed), "{problems:?}");
    assert!(
        problems.contains(&StopProblem::Busy { grace: GRACE }),
        "{problems:?}"
    );
    let of_bystander = problems
        .iter()
        .any(|problem| problem.to_string().contains("bystander"));
    assert!(!of_bystander, "{problems:?}");
    Ok(())
}

#[baseapp::test]
async fn a_thread_that_is_stuck_in_a_handler_is_reported_after_the_grace() -> Result<()> {
    let test = tests::test!();
    let problems = stuck(&test, App::new("stuck").in_process()).await?;
    let stuck = StopProblem::Stuck {
        name: "holder".into(),
        grace: GRACE,
    };
    assert!(problems.contains(&stuck), "{problems:?}");
    Ok(())
}

/// Never ends its `#[stop]`.
#[worker]
struct Endless;

#[worker]
impl Endless {
    #[stop]
    async fn stop(&mut self) {
        std::future::pending().await
    }
}

#[baseapp::test]
async fn a_stop_hook_that_does_not_end_is_killed_after_the_grace() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("endless").grace(GRACE);
    app.worker("endless", Endless)?;
    let problems = problems(app.start().await?.stop().await);
    let killed = StopProblem::Killed {
        name: "endless".into(),
        grace: GRACE,
        times: 1,
    };
    assert_eq!(problems, [killed]);
    Ok(())
}

#[baseapp::test]
async fn dropping_a_running_app_kills_at_once() -> Result<()> {
    let test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("dropped");
    let holder = app.worker("holder", Holder::default())?;
    app.worker("idle", Holder::default())?;
    let app = app.start().await?;
    app.send(&holder, Hold(gate.path())).await?;
    let _held = gate.entered().await?;
    let (workers, dir) = (test.workers(), test.run_dir());
    assert_eq!(workers.len(), 2);
    let start = Instant::now();
    drop(app);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(test.workers().is_empty());
    assert!(dir.is_some_and(|dir| !dir.exists()));
    Ok(())
}

#[baseapp::test]
async fn after_the_app_has_stopped_by_itself_its_workers_are_called_ended() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("over");
    let quitter = app.worker("quitter", Quitter)?;
    let app = app.start().await?;
    app.ask(&quitter, Notes).await?;
    app.send(&quitter, Note(0)).await?;
    app.stopped().await?;
    let Err(error) = app.send(&quitter, Note(1)).await else {
        panic!("sent to nobody")
    };
    assert!(
        matches!(error.kind, baseapp::SendErrorKind::Ended(_)),
        "{error}"
    );
    let asked = app
        .ask(&quitter, Notes)
        .timeout(Duration::from_secs(5))
        .await;
    assert!(
        matches!(asked, Err(baseapp::AskError::NotDelivered(_))),
        "{asked:?}"
    );
    app.stop().await
}

/// Stops the app.
#[worker]
struct Quitter;

#[worker]
impl Quitter {
    #[handler(Note)]
    fn note(&mut self, _: Note, cx: &Context<Self>) {
        cx.exit();
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        Vec::new()
    }
}

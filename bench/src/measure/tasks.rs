//! `tasks`, `cpu-tasks`: how fast two worker processes are kept busy, with tasks
//! that do nothing and with tasks that do something.

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp_tasks::BaseappTasks;
use crate::contender::dispatcher::RawDispatcher;
use crate::contender::script::Script;
use crate::contender::{Contender, Tasks};
use crate::options::Plan;
use crate::work::{Done, Work};

const CONTENDERS: &[Contender] = &[
    Contender::RawDispatcher,
    Contender::PythonPool,
    Contender::PythonExecutor,
    Contender::Celery,
    Contender::Baseapp,
];

/// Celery's workers wait for each task longer than it lasts.
const CPU_CONTENDERS: &[Contender] = &[
    Contender::RawDispatcher,
    Contender::PythonPool,
    Contender::PythonExecutor,
    Contender::Baseapp,
];

/// Empty tasks.
pub(super) const SPEC: Spec = Spec {
    name: "tasks",
    contenders: CONTENDERS,
    baseline: Contender::RawDispatcher,
    metrics: &[Metric {
        name: "empty tasks",
        unit: Unit::Rate,
        targets: &[
            Target::TimesAtLeast(0.1),
            Target::TimesAtLeastOf(Contender::PythonPool, 10.0),
            Target::TimesAtLeast(0.3),
        ],
    }],
};

/// Tasks of 1 ms of CPU time.
pub(super) const SPEC_CPU: Spec = Spec {
    name: "cpu-tasks",
    contenders: CPU_CONTENDERS,
    baseline: Contender::RawDispatcher,
    metrics: &[Metric {
        name: "1 ms tasks, of ideal",
        unit: Unit::Share,
        targets: &[Target::TimesAtLeast(0.97)],
    }],
};

/// One contender's turn with empty tasks.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    Ok(vec![done(contender, Work::Nothing, plan).await?.rate()])
}

/// One contender's turn with tasks that burn CPU time.
pub(super) async fn turn_cpu(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    Ok(vec![done(contender, Work::Burn, plan).await?.efficiency()])
}

async fn done(contender: Contender, work: Work, plan: &Plan) -> Result<Done> {
    match contender {
        Contender::RawDispatcher => run(RawDispatcher::open()?, work, plan).await,
        Contender::PythonPool => run(Script::python_tasks("pool")?, work, plan).await,
        Contender::PythonExecutor => run(Script::python_tasks("executor")?, work, plan).await,
        Contender::Celery => run(Script::celery_tasks()?, work, plan).await,
        Contender::Baseapp => run(BaseappTasks::open().await?, work, plan).await,
        _ => Err(not_entered(contender)),
    }
}

async fn run(mut link: impl Tasks, work: Work, plan: &Plan) -> Result<Done> {
    link.tasks(work, plan.warmup).await?;
    let done = link.tasks(work, plan.lasting).await?;
    link.close().await?;
    done.check(work)?;
    Ok(done)
}

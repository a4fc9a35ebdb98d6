//! `idle`: what a process costs that has nothing to do, read from `/proc`:
//! how often its threads wake, and the memory that is its share.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::Baseapp;
use crate::contender::{Contender, Link, bare};
use crate::options::Plan;

/// Between the process's last message and the watch: whatever it does after
/// work, such as spinning, is over.
const SETTLE: Duration = Duration::from_millis(500);

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "idle",
    contenders: &[Contender::Bare, Contender::Baseapp],
    baseline: Contender::Bare,
    metrics: &[
        Metric {
            name: "wake-ups",
            unit: Unit::Frequency,
            targets: &[Target::AtMost(1.0)],
        },
        Metric {
            name: "proportional memory",
            unit: Unit::Memory,
            targets: &[Target::AtMost(3.0)],
        },
    ],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::Bare => {
            let peer = bare::start()?;
            let values = watch(peer.id(), plan.idle).await?;
            peer.join()?;
            Ok(values)
        }
        Contender::Baseapp => {
            let app = Baseapp::open().await?;
            let values = watch(app.pid().await?, plan.idle).await?;
            app.close().await?;
            Ok(values)
        }
        _ => Err(not_entered(contender)),
    }
}

/// Watches one process while this one sleeps too.
async fn watch(pid: u32, watched: Duration) -> Result<Vec<f64>> {
    let process = proc(pid);
    tokio::time::sleep(SETTLE).await;
    let before = wakeups(&process)?;
    tokio::time::sleep(watched).await;
    let after = wakeups(&process)?;
    // A thread that began in the meantime counts from zero.
    let woken: u64 = after
        .iter()
        .map(|(thread, count)| count - before.get(thread).unwrap_or(&0))
        .sum();
    Ok(vec![woken as f64 / watched.as_secs_f64(), pss(pid)?])
}

/// The memory that is a process's share, in mebibytes.
pub(super) fn pss(process: u32) -> Result<f64> {
    let file = proc(process).join("smaps_rollup");
    Ok(field(&file, "Pss:")? as f64 / 1024.0)
}

fn proc(process: u32) -> PathBuf {
    PathBuf::from("/proc").join(process.to_string())
}

/// How often each thread has gone to sleep, and so was woken.
fn wakeups(process: &Path) -> Result<HashMap<PathBuf, u64>> {
    let tasks = process.join("task");
    fs::read_dir(&tasks)
        .with_context(|| format!("listing {} (this measure needs Linux)", tasks.display()))?
        .map(|task| {
            let status = task?.path().join("status");
            let count = field(&status, "voluntary_ctxt_switches:")?;
            Ok((status, count))
        })
        .collect()
}

/// The number in the line that starts with `name`.
fn field(file: &Path, name: &str) -> Result<u64> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("{shown} has no number {name:?}"))
}

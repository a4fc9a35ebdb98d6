//! A state that can be compared with an earlier one: nothing goes on, and whoever
//! may talk to somebody has.

use std::{
    collections::BTreeSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use baseapp::{Error, Result};
use tests::proc;

use crate::{
    load::{Desk, HANDS},
    workers::{Ask, CheckIn, Job},
};

/// How long it may take until nothing goes on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks: nothing tells when processes are gone.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) async fn calm(desk: &Desk) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while let Some(what) = restless(desk).await? {
        if Instant::now() > end {
            return Err(Error::msg(format!("after {PATIENCE:?} {what}")));
        }
        tokio::time::sleep(LOOK).await;
    }
    // Each pair has a connection now that may have one.
    for _ in 0..2 {
        for peer in &desk.peers {
            desk.app.ask(peer, Ask(1)).await?;
            desk.app.ask(peer, CheckIn(desk.peers.clone())).await?;
        }
    }
    all_hands(desk).await?;
    // The allocator's caches of a moment ago, and the threads that tokio keeps for
    // ten seconds in case of more to block: nothing tells.
    tokio::time::sleep(Duration::from_secs(11)).await;
    Ok(())
}

/// What goes on, if something does.
async fn restless(desk: &Desk) -> Result<Option<String>> {
    desk.purge().await?;
    let stats = desk.app.queue(&desk.pool).stats().await?;
    let tasks = stats.waiting + stats.delayed + stats.running;
    let expected = desk.peers.len() + HANDS;
    let children = proc::children(std::process::id()).len();
    Ok(if tasks > 0 {
        Some(format!("{tasks} tasks wait"))
    } else if stats.workers != HANDS as u64 || children != expected {
        Some(format!("{children} children where {expected} are expected"))
    } else {
        None
    })
}

/// Each worker of the pool has done something.
async fn all_hands(desk: &Desk) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    let mut seen = BTreeSet::new();
    while seen.len() < HANDS {
        // Each takes some milliseconds, so that one alone is not enough.
        let jobs = (0..4 * HANDS).map(|_| Job(3));
        for task in desk.app.submit_all(&desk.pool, jobs).await? {
            seen.insert(task.await?);
            desk.tasks.fetch_add(1, Ordering::Relaxed);
        }
        if Instant::now() > end {
            return Err(Error::msg(format!("only {} work", seen.len())));
        }
    }
    Ok(())
}

//! What may happen to bytes between main and a worker that both live: by a
//! [`Proxy`] in the place of the worker's socket.

use std::time::{Duration, Instant};

use baseapp::{AskError, Result, RunningApp, prelude::*};
use tests::{
    Test,
    proxy::{Faults, Proxy},
};

use crate::common::{Holder, Mark, Notes};

mod bits;
mod breaks;
mod slow;

/// Longest time until an asker is told that a connection broke: each end may wait
/// for two seconds whether the other process has ended, one after the other.
const BOUND: Duration = Duration::from_secs(10);

/// An app with one worker, and who stands before it.
async fn start(
    test: &Test,
    faults: impl FnMut(u64) -> Faults + Send + 'static,
) -> Result<(RunningApp, Address<Holder>, Proxy)> {
    let mut app = App::new("proxy");
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let proxy = Proxy::before(test, "holder", faults)?;
    Ok((app, holder, proxy))
}

/// What became of connections that break.
struct Broken {
    /// What the asker was told of each.
    told: Vec<String>,
    /// What the worker has handled.
    notes: Vec<u64>,
}

/// Each of these happens to one connection, at its second ask, with an odd
/// number. Others are answered, and the next one finds the way.
async fn broken_by(test: &Test, faults: Vec<Faults>) -> Result<Broken> {
    let count = faults.len() as u64;
    let mut faults = faults.into_iter();
    let next = move |_| faults.next().unwrap_or_else(Faults::none);
    let (app, holder, proxy) = start(test, next).await?;
    let mut told = Vec::new();
    for number in 0..count {
        app.ask(&holder, Mark(2 * number)).await?;
        let begun = Instant::now();
        match app
            .ask(&holder, Mark(2 * number + 1))
            .timeout(2 * BOUND)
            .await
        {
            Err(AskError::Interrupted { to, how }) => {
                assert_eq!(to, "holder");
                told.push(how);
            }
            other => panic!("connection {number}: {other:?}"),
        }
        assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    }
    app.ask(&holder, Mark(2 * count)).await?;
    assert_eq!(proxy.connections(), count + 1);
    let notes = app.ask(&holder, Notes).await?;
    app.stop().await?; // asks are never lost: who asked was told
    Ok(Broken { told, notes })
}

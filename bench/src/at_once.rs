//! Things that are done again and again, by several at the same time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::try_join_all;

/// Has so many do `one` for as long as `lasting`, each one thing after the other,
/// and says how many were done. Each thing has a number of its own.
pub(crate) async fn at_once(
    count: u64,
    lasting: Duration,
    one: impl AsyncFn(u64) -> Result<()>,
) -> Result<u64> {
    let done = Cell::new(0);
    let start = Instant::now();
    let go_on = async |first: u64| -> Result<()> {
        let mut number = first;
        while start.elapsed() < lasting {
            one(number).await?;
            done.set(done.get() + 1);
            number += count;
        }
        Ok(())
    };
    try_join_all((0..count).map(go_on)).await?;
    Ok(done.get())
}

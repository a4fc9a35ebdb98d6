//! Questions before the earlier ones are answered, for a link that several can
//! ask at a time.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;

use crate::messages::{Numbered, Small};

/// Has `window` askers ask for as long as `lasting`, each one question after the
/// other, and says how many were answered.
pub(super) async fn by_askers(
    window: usize,
    lasting: Duration,
    ask: impl AsyncFn(Small) -> Result<Small>,
) -> Result<u64> {
    let answered = Cell::new(0);
    let start = Instant::now();
    let ask_on = async |first: u64| -> Result<()> {
        let mut number = first;
        while start.elapsed() < lasting {
            let answer = ask(Small::new(number)).await?;
            ensure!(
                answer.sequence() == number,
                "the answer to another question"
            );
            answered.set(answered.get() + 1);
            number += window as u64;
        }
        Ok(())
    };
    try_join_all((0..window as u64).map(ask_on)).await?;
    Ok(answered.get())
}

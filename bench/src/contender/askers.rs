//! Questions before the earlier ones are answered, for a link that several can
//! ask at a time.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::at_once::at_once;
use crate::messages::{Numbered, Small};

/// Has `window` askers ask for as long as `lasting`, each one question after the
/// other, and says how many were answered.
pub(super) async fn by_askers(
    window: usize,
    lasting: Duration,
    ask: impl AsyncFn(Small) -> Result<Small>,
) -> Result<u64> {
    at_once(window as u64, lasting, async |number| {
        let answer = ask(Small::new(number)).await?;
        ensure!(
            answer.sequence() == number,
            "the answer to another question"
        );
        Ok(())
    })
    .await
}

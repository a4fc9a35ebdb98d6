//! Questions before the earlier ones are answered, for a link that can be told
//! when to write and whether an answer is there.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::messages::{Numbered, Small};

/// Such a link.
pub(crate) trait Windowed {
    /// Asks; the question may wait in a buffer.
    async fn question(&mut self, id: u64) -> Result<()>;

    /// Writes what waits.
    async fn flush(&mut self) -> Result<()>;

    /// The next answer.
    async fn answer(&mut self) -> Result<Small>;

    /// Whether it is here already.
    fn is_ready(&self) -> bool;
}

/// Asks for as long as `lasting` with `window` questions under way, and says how
/// many were answered.
pub(super) async fn in_window(
    link: &mut impl Windowed,
    window: usize,
    lasting: Duration,
) -> Result<u64> {
    let (mut asked, mut answered) = (0, 0);
    let start = Instant::now();
    let mut open = true;
    while open || answered < asked {
        while open && asked - answered < window as u64 {
            link.question(asked).await?;
            asked += 1;
        }
        link.flush().await?;
        // Every answer that is here, so that the next questions leave together
        // too.
        loop {
            let answer = link.answer().await?;
            ensure!(
                answer.sequence() == answered,
                "the answer to another question"
            );
            answered += 1;
            if answered == asked || !link.is_ready() {
                break;
            }
        }
        open = start.elapsed() < lasting;
    }
    Ok(answered)
}

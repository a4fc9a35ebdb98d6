//! What a worker writes: its stderr passed on line by line, with its name, and
//! the last lines kept for reports.

use std::{
    collections::VecDeque,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

/// Lines that are kept.
const KEEP: usize = 20;

/// Bytes after which a line without an end is passed on.
const MAX_LINE: u64 = 64 * 1024;

/// The last lines that a worker wrote to stderr.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastLines(Arc<Mutex<VecDeque<String>>>);

impl LastLines {
    fn add(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).trim_end().to_owned();
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEEP {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(crate) fn to_vec(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

/// The next line, with its end if it has one; cut where it is too long. False
/// when there are no more.
async fn next_line(from: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> bool {
    line.clear();
    !matches!(
        from.take(MAX_LINE).read_until(b'\n', line).await,
        Ok(0) | Err(_)
    )
}

/// Passes on what a worker writes to its stderr, until it ends.
pub(crate) async fn pass_through(name: Arc<str>, from: impl AsyncRead + Unpin, last: LastLines) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while next_line(&mut from, &mut line).await {
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        last.add(&line);
        let mut whole = format!("[{name}] ").into_bytes();
        whole.extend_from_slice(&line);
        write_stderr(&whole);
    }
}

/// One call for the whole line, so that lines of workers do not mix. Through
/// the macro, so that a test harness captures it.
#[allow(
    clippy::print_stderr,
    reason = "this is what passing stderr through means"
)]
fn write_stderr(line: &[u8]) {
    match std::str::from_utf8(line) {
        Ok(text) => eprint!("{text}"),
        // Nowhere to say that stderr is gone.
        Err(_) => drop(std::io::stderr().write_all(line)),
    }
}

/// What precedes a worker's own output on a stdout that a test harness has
/// written to.
pub(crate) const OUTPUT_BEGINS: &[u8] = b"\x1e baseapp worker output \x1e\n";

/// Passes on what a worker of a test writes to its stdout, without what the
/// test harness in its process wrote first.
#[allow(
    clippy::print_stdout,
    reason = "this is what passing stdout through means"
)]
pub(crate) async fn relay_stdout(from: impl AsyncRead + Unpin) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    let mut begun = false;
    while next_line(&mut from, &mut line).await {
        if begun {
            print!("{}", String::from_utf8_lossy(&line));
        } else {
            begun = line.ends_with(OUTPUT_BEGINS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_kept() {
        let last = LastLines::default();
        (0..KEEP + 5).for_each(|n| last.add(format!("line {n}\n").as_bytes()));
        let lines = last.to_vec();
        assert_eq!(lines.len(), KEEP);
        assert_eq!(lines.first().map(String::as_str), Some("line 5"));
    }
}

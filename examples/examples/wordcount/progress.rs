//! What the program says of its own work: to stderr.

use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// A bar, if stderr is a terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(files: usize, how: &str) -> Progress {
        let files = files as u64;
        eprintln!("counting {} files {how}", HumanCount(files));
        let bar = ProgressBar::new(files);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} files, {eta} left")
        {
            bar.set_style(style);
        }
        Progress { bar }
    }

    pub(crate) fn file_done(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How fast it went.
pub(crate) fn summary(files: u64, took: Duration) {
    let rate = files as f64 / took.as_secs_f64().max(1e-6);
    let (files, rate) = (HumanCount(files), HumanCount(rate as u64));
    let took = took.as_secs_f64();
    eprintln!("counted {files} files in {took:.2} s: {rate} files/s");
}

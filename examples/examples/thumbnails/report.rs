//! What became of the images.

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Write as _},
    path::PathBuf,
};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use crate::walk::Tree;

/// Also shows how far it is, if stderr is a terminal.
pub(crate) struct Report {
    left: usize,
    made: usize,
    up_to_date: usize,
    failed: BTreeMap<PathBuf, String>,
    bar: ProgressBar,
}

impl Report {
    pub(crate) fn new(tree: &Tree) -> Report {
        let wanted = tree.images.len();
        let bar = ProgressBar::new(wanted as u64);
        let template = "{bar:40} {human_pos}/{human_len} images, {rate}/s, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", rate));
        }
        Report {
            left: wanted,
            made: 0,
            up_to_date: tree.up_to_date,
            failed: tree.failed.iter().cloned().collect(),
            bar,
        }
    }

    pub(crate) fn made(&mut self) {
        self.made += 1;
        self.left -= 1;
        self.bar.inc(1);
    }

    pub(crate) fn failed(&mut self, image: PathBuf, why: &str) {
        // Some decoders say it in several lines.
        let words: Vec<&str> = why.split_whitespace().collect();
        self.failed.insert(image, words.join(" "));
        self.left -= 1;
        self.bar.inc(1);
    }

    /// Images of which is not known how they ended.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// The program was stopped before all images were done.
    pub(crate) fn interrupted(&self, stopped: baseapp::Result<()>) -> baseapp::Error {
        let left = HumanCount(self.left as u64);
        let why = stopped.err().map(|error| format!(": {error:?}"));
        let why = why.unwrap_or_default();
        let text = format!("stopped with {left} images to do, the same command goes on{why}");
        baseapp::Error::msg(text)
    }

    /// Says which images could not be done, and how many could.
    pub(crate) fn print(&self) -> io::Result<()> {
        self.bar.finish_and_clear();
        let mut out = io::stdout().lock();
        for (image, why) in &self.failed {
            writeln!(out, "{}: {why}", image.display())?;
        }
        let [made, up_to_date, failed] =
            [self.made, self.up_to_date, self.failed.len()].map(|n| HumanCount(n as u64));
        writeln!(out, "{made} made, {up_to_date} up to date, {failed} failed")
    }

    /// An error if some could not.
    pub(crate) fn verdict(&self) -> baseapp::Result<()> {
        match self.failed.len() {
            0 => Ok(()),
            1 => Err(baseapp::Error::msg("1 image failed")),
            more => Err(baseapp::Error::msg(format!("{more} images failed"))),
        }
    }
}

/// How many images a second.
fn rate(state: &ProgressState, to: &mut dyn fmt::Write) {
    // A bar with a gap is better than none.
    let _ = write!(to, "{:.1}", state.per_sec());
}

//! What was counted in all, and how it is shown.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    fmt::{self, Display, Formatter},
    path::PathBuf,
};

use crate::{
    count::{Chunk, Task},
    scan::add_frequencies,
};

/// The sums of all files.
pub(crate) struct Report {
    by_extension: BTreeMap<String, Totals>,
    frequencies: HashMap<String, u64>,
    skipped: BTreeMap<PathBuf, String>,
}

/// The sums of some files.
#[derive(Clone, Copy, Default)]
struct Totals {
    files: u64,
    lines: u64,
    words: u64,
    bytes: u64,
}

impl Totals {
    fn add(&mut self, other: Totals) {
        self.files += other.files;
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

impl Report {
    pub(crate) fn new(skipped: Vec<(PathBuf, String)>) -> Report {
        Report {
            by_extension: BTreeMap::new(),
            frequencies: HashMap::new(),
            skipped: skipped.into_iter().collect(),
        }
    }

    /// Takes a chunk of a file, or why it cannot be counted. Gives the task
    /// back if there is more to count; a file counts when all of it is counted.
    pub(crate) fn take(&mut self, mut task: Task, counted: Result<Chunk, String>) -> Option<Task> {
        let Chunk { tally, rest } = match counted {
            Ok(chunk) => chunk,
            Err(why) => {
                self.skipped.insert(task.path, why);
                return None;
            }
        };
        task.tally.add(tally);
        let Some(place) = rest else {
            self.add(task);
            return None;
        };
        task.place = place;
        Some(task)
    }

    fn add(&mut self, task: Task) {
        let extension = task
            .path
            .extension()
            .map(|extension| extension.to_string_lossy());
        let extension = extension.map_or("(none)".into(), |extension| extension.to_lowercase());
        self.by_extension.entry(extension).or_default().add(Totals {
            files: 1,
            lines: task.tally.lines,
            words: task.tally.words,
            bytes: task.tally.bytes,
        });
        add_frequencies(&mut self.frequencies, task.tally.frequencies);
    }

    /// How many files were counted.
    pub(crate) fn files(&self) -> u64 {
        self.totals().files
    }

    fn totals(&self) -> Totals {
        let mut all = Totals::default();
        self.by_extension
            .values()
            .for_each(|totals| all.add(*totals));
        all
    }

    /// The report as text, with so many words and kinds of files.
    pub(crate) fn show(&self, top: usize) -> Shown<'_> {
        Shown { report: self, top }
    }
}

/// A [`Report`] as text.
pub(crate) struct Shown<'a> {
    report: &'a Report,
    top: usize,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.report.show_totals(f, self.top)?;
        self.report.show_words(f, self.top)?;
        self.report.show_skipped(f)
    }
}

impl Report {
    fn show_totals(&self, f: &mut Formatter<'_>, top: usize) -> fmt::Result {
        writeln!(
            f,
            "{:16} {:>9} {:>12} {:>12} {:>14}",
            "", "files", "lines", "words", "bytes"
        )?;
        let mut kinds: Vec<_> = self.by_extension.iter().collect();
        kinds.sort_by_key(|(_, totals)| Reverse(totals.lines));
        for (extension, totals) in kinds.iter().take(top) {
            show_row(f, extension, **totals)?;
        }
        let mut others = Totals::default();
        kinds
            .iter()
            .skip(top)
            .for_each(|(_, totals)| others.add(**totals));
        if others.files > 0 {
            show_row(f, "(others)", others)?;
        }
        show_row(f, "total", self.totals())
    }

    fn show_words(&self, f: &mut Formatter<'_>, top: usize) -> fmt::Result {
        let mut words: Vec<_> = self.frequencies.iter().collect();
        words.sort_unstable_by_key(|(word, count)| (Reverse(**count), *word));
        words.truncate(top);
        if words.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nmost frequent words")?;
        words
            .iter()
            .try_for_each(|(word, count)| writeln!(f, "{word:16} {count:>9}"))
    }

    fn show_skipped(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.skipped.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{} skipped", self.skipped.len())?;
        let mut skipped = self.skipped.iter();
        skipped.try_for_each(|(path, why)| writeln!(f, "{}: {why}", path.display()))
    }
}

fn show_row(f: &mut Formatter<'_>, name: &str, totals: Totals) -> fmt::Result {
    let Totals {
        files,
        lines,
        words,
        bytes,
    } = totals;
    writeln!(
        f,
        "{name:16} {files:>9} {lines:>12} {words:>12} {bytes:>14}"
    )
}

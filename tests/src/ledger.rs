//! The ledger of a run with faults: what was submitted, accepted, started and
//! done is written down before it counts, by each process in a file of its
//! own; and [`Books`], which read all of them and find what was lost.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a line may be in the hands of the system alone: no kill takes it
/// from there, a power cut does.
const SYNC_EVERY: Duration = Duration::from_millis(250);

/// What ends the name of a file of the ledger.
const ENDING: &str = ".ledger";

/// One process's part of the ledger.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    synced: Instant,
}

impl Ledger {
    /// A new file in that directory.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(dir: &Path) -> io::Result<Ledger> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        // Numbers of processes come again.
        let nanos = now.map_or(0, |since| since.as_nanos());
        let name = format!("{}-{nanos}{ENDING}", std::process::id());
        Ok(Ledger {
            file: File::create_new(dir.join(name))?,
            synced: Instant::now(),
        })
    }

    /// Writes a line: when this returns, no kill can undo it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, what: &str, number: u64, more: impl Display) -> io::Result<()> {
        // At once: of a line that a kill has cut, the end is missing.
        let line = format!("{what} {number} {more}\n");
        self.file.write_all(line.as_bytes())?;
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Waits until all of it is on disk.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sync(&mut self) -> io::Result<()> {
        self.synced = Instant::now();
        self.file.sync_data()
    }
}

/// What is known of one task.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    submitted: bool,
    accepted: bool,
    started: u64,
    done: u64,
    dead: bool,
}

/// All that a ledger says, by the numbers of the tasks.
#[derive(Debug, Default)]
pub struct Books(BTreeMap<u64, Entry>);

impl Books {
    /// Reads all files of a directory.
    ///
    /// # Errors
    /// When they cannot be read, or say something that nobody writes.
    pub fn read(dir: &Path) -> io::Result<Books> {
        let mut books = Books::default();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(ENDING) {
                books.add(&fs::read_to_string(path)?)?;
            }
        }
        Ok(books)
    }

    /// Takes one file into the books.
    fn add(&mut self, text: &str) -> io::Result<()> {
        // What a kill has cut was not written before it counted.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for line in whole.lines() {
            let wrong = || io::Error::other(format!("`{line}` is no line of a ledger"));
            let mut words = line.split(' ');
            let what = words.next().ok_or_else(wrong)?;
            let number = words.next().and_then(|number| number.parse().ok());
            let entry = self.0.entry(number.ok_or_else(wrong)?).or_default();
            match what {
                "submitted" => entry.submitted = true,
                "accepted" => entry.accepted = true,
                "started" => entry.started += 1,
                "done" => entry.done += 1,
                "dead" => entry.dead = true,
                _ => return Err(wrong()),
            }
        }
        Ok(())
    }

    fn count(&self, which: impl Fn(&Entry) -> bool) -> usize {
        self.0.values().filter(|entry| which(entry)).count()
    }

    fn numbers(&self, which: impl Fn(&Entry) -> bool) -> Vec<u64> {
        let found = self.0.iter().filter(|(_, entry)| which(entry));
        found.map(|(number, _)| *number).collect()
    }

    /// The first number that was never submitted.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(last, _)| last + 1)
    }

    /// Tasks that were submitted.
    #[must_use]
    pub fn submitted(&self) -> usize {
        self.count(|entry| entry.submitted)
    }

    /// Tasks that were accepted.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.count(|entry| entry.accepted)
    }

    /// Tasks that are done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.count(|entry| entry.done > 0)
    }

    /// Tasks that are dead letters.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.count(|entry| entry.dead)
    }

    /// Accepted, and neither done nor a dead letter.
    #[must_use]
    pub fn lost(&self) -> Vec<u64> {
        self.numbers(|entry| entry.accepted && entry.done == 0 && !entry.dead)
    }

    /// Done, and never submitted, or never started.
    #[must_use]
    pub fn invented(&self) -> Vec<u64> {
        self.numbers(|entry| entry.done > 0 && (!entry.submitted || entry.started < entry.done))
    }

    /// Done more than once.
    #[must_use]
    pub fn done_again(&self) -> usize {
        self.count(|entry| entry.done > 1)
    }

    /// Done more than once, or started more often than done.
    #[must_use]
    pub fn duplicates(&self) -> usize {
        self.count(|entry| entry.done > 1 || entry.started > entry.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books(lines: &str) -> io::Result<Books> {
        let mut books = Books::default();
        books.add(lines)?;
        Ok(books)
    }

    #[test]
    fn what_is_in_order_is_found_to_be() -> io::Result<()> {
        let dir = tempfile::tempdir()?;
        let mut main = Ledger::create(dir.path())?;
        let mut worker = Ledger::create(dir.path())?;
        for number in 0..3 {
            main.write("submitted", number, "")?;
            main.write("accepted", number, "id")?;
            worker.write("started", number, "1 4711")?;
        }
        worker.write("done", 0, "")?;
        worker.write("done", 1, "")?;
        main.write("dead", 2, "")?;
        main.sync()?;
        let books = Books::read(dir.path())?;
        assert_eq!((books.submitted(), books.accepted()), (3, 3));
        assert_eq!((books.done(), books.dead(), books.next()), (2, 1, 3));
        assert_eq!((books.lost(), books.invented()), (vec![], vec![]));
        // The one that is dead was started, and never done.
        assert_eq!((books.duplicates(), books.done_again()), (1, 0));
        Ok(())
    }

    #[test]
    fn what_was_lost_or_invented_is_found() -> io::Result<()> {
        let books = books(
            "submitted 1 \naccepted 1 \nsubmitted 2 \nstarted 3 1 7\ndone 3 \nsubmitted 4 \ndone 4 \n",
        )?;
        assert_eq!(books.lost(), [1], "but not what was never accepted");
        assert_eq!(books.invented(), [3, 4]);
        Ok(())
    }

    #[test]
    fn what_was_done_twice_is_counted_once() -> io::Result<()> {
        let one = "submitted 1 \nstarted 1 1 7\ndone 1 \nstarted 1 2 8\ndone 1 \n";
        let other = "submitted 2 \nstarted 2 1 7\nstarted 2 2 8\ndone 2 \n";
        let books = books(&format!("{one}{other}"))?;
        assert_eq!((books.duplicates(), books.done_again()), (2, 1));
        Ok(())
    }

    #[test]
    fn a_line_that_a_kill_has_cut_was_never_written() -> io::Result<()> {
        let books = books("started 12 1 7\ndone 1")?;
        assert_eq!((books.done(), books.next()), (0, 13));
        assert!(self::books("dnoe 1 \n").is_err());
        Ok(())
    }
}

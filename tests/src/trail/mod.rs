//! The trail of messages through deaths: each life of a worker writes down what
//! it handled, and what it heard of what it sent, in files of its own; and
//! [`judge`], which reads all of them and finds what was lost, doubled or out
//! of order without a death that explains it.
//!
//! A line of the trail is eight bytes, handed to the system before the handler
//! returns: no kill takes it from there.

mod gaps;
mod judge;
mod pair;
mod record;
#[cfg(test)]
mod tests;

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::{
    judge::{Verdict, judge},
    record::{Kind, Record, is_idempotent},
};

/// A life of a worker: the workers are numbered from 0, their lives from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// Which worker.
    pub worker: u8,
    /// Which of its lives.
    pub life: u16,
}

impl std::fmt::Display for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "w{}.{}", self.worker, self.life)
    }
}

impl Life {
    fn path(self, dir: &Path, what: &str) -> PathBuf {
        dir.join(format!("{}.{}.{what}", self.worker, self.life))
    }
}

/// What a life writes.
#[derive(Debug)]
pub struct Trail {
    dir: PathBuf,
    life: Life,
    handled: File,
    heard: File,
    sent: File,
}

/// When and as which process a life began.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
    /// Which life.
    pub life: Life,
    /// Its process.
    pub pid: u32,
    /// When it had run its `#[start]`, on the monotonic clock of the system.
    pub at: Duration,
}

/// The time on a clock that all processes have in common.
#[must_use]
pub fn clock() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanos.unwrap_or(0))
}

impl Trail {
    /// The trail of the next life of a worker.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(dir: &Path, worker: u8) -> io::Result<Trail> {
        let mut life = Life { worker, life: 1 };
        // The last life is over: nobody else makes files of this worker.
        while life.path(dir, "handled").exists() {
            life.life += 1;
        }
        let create = |what| {
            let mut options = OpenOptions::new();
            let options = options.append(true).create_new(true);
            options.open(life.path(dir, what))
        };
        Ok(Trail {
            dir: dir.to_owned(),
            life,
            handled: create("handled")?,
            heard: create("heard")?,
            sent: File::create_new(life.path(dir, "sent"))?,
        })
    }

    /// Whose trail it is.
    #[must_use]
    pub fn life(&self) -> Life {
        self.life
    }

    /// The life has run its `#[start]`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn born(&self) -> io::Result<()> {
        let text = format!("{} {}\n", std::process::id(), clock().as_nanos());
        std::fs::write(self.life.path(&self.dir, "born"), text)
    }

    /// Something was handled.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn handled(&self, record: Record) -> io::Result<()> {
        (&self.handled).write_all(&record.to_bytes())
    }

    /// An ask was handled, before which that many messages had been sent.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn handled_ask(&self, ask: Record, after: u32) -> io::Result<()> {
        let after = Record {
            kind: Kind::After,
            number: after,
            ..ask
        };
        let both = [ask.to_bytes(), after.to_bytes()].concat();
        (&self.handled).write_all(&both)
    }

    /// Something was heard of what was sent to a worker.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn heard(&self, kind: Kind, to: u8, number: u32) -> io::Result<()> {
        let from = Life {
            worker: to,
            life: 0,
        };
        let record = Record { kind, from, number };
        (&self.heard).write_all(&record.to_bytes())
    }

    /// So many messages were sent to each worker. Of a life that is killed, this
    /// is how many they were some time before.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn sent(&self, sent: &[u32]) -> io::Result<()> {
        let bytes: Vec<u8> = sent.iter().flat_map(|count| count.to_le_bytes()).collect();
        self.sent.write_all_at(&bytes, 0)
    }
}

/// A file of a life; empty if the life was killed before it had made it.
fn read(dir: &Path, life: Life, what: &str) -> io::Result<Vec<u8>> {
    match std::fs::read(life.path(dir, what)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

fn records(dir: &Path, life: Life, what: &str) -> io::Result<Vec<Record>> {
    let bytes = read(dir, life, what)?;
    bytes.chunks_exact(8).map(Record::from_bytes).collect()
}

fn sent(dir: &Path, life: Life) -> io::Result<Vec<u32>> {
    let bytes = read(dir, life, "sent")?;
    let counts = bytes.chunks_exact(4).map(|count| {
        let count = count.try_into().unwrap_or_default(); // they are four
        u32::from_le_bytes(count)
    });
    Ok(counts.collect())
}

/// How many lives of a worker have begun.
fn lives(dir: &Path, worker: u8) -> u16 {
    let begun = |life: &u16| {
        let life = *life;
        Life { worker, life }.path(dir, "handled").exists()
    };
    (1..).take_while(begun).last().unwrap_or(0)
}

/// When a life was born, if it was.
///
/// # Errors
/// When the file says something that nobody writes.
pub fn birth(dir: &Path, life: Life) -> io::Result<Option<Birth>> {
    let Ok(text) = std::fs::read_to_string(life.path(dir, "born")) else {
        return Ok(None);
    };
    let mut words = text.split_whitespace();
    let mut next = || words.next().and_then(|word| word.parse::<u64>().ok());
    // Killed while it wrote that: as if before.
    let (Some(pid), Some(at)) = (next(), next().filter(|_| text.ends_with('\n'))) else {
        return Ok(None);
    };
    Ok(Some(Birth {
        life,
        pid: u32::try_from(pid).map_err(io::Error::other)?,
        at: Duration::from_nanos(at),
    }))
}

/// All births, of all workers.
///
/// # Errors
/// As [`birth`].
pub fn births(dir: &Path, workers: u8) -> io::Result<Vec<Birth>> {
    let mut births = Vec::new();
    for worker in 0..workers {
        for life in 1..=lives(dir, worker) {
            births.extend(birth(dir, Life { worker, life })?);
        }
    }
    Ok(births)
}

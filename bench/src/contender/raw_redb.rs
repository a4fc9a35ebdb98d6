//! `raw-redb`: what a careful programmer writes by hand to queue tasks that
//! outlive a crash: one thread owns the database and commits, in one batch,
//! what all others have submitted meanwhile.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use redb::{Database, Durability, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Link, PAYLOAD, Submits};

/// A batch is full when nothing more has come for so long. Whoever was answered
/// last has just submitted again: not to wait for them would leave the submitters
/// in two halves that wait for each other's batch, each of which costs as much.
const LINGER: Duration = Duration::from_micros(20);

/// What is known of each task, by its place in the order of acceptance.
const RECORDS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("records");

/// What each task's message is.
const PAYLOADS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("payloads");

/// What a queue must know of a task to give it out and to try it again.
#[derive(Debug, Serialize)]
struct Record {
    id: [u8; 16],
    pool: &'static str,
    message: &'static str,
    attempts: u32,
    timeout: Option<Duration>,
    backoff: (Duration, Duration),
    priority: u8,
    accepted: u64,
    due: Option<u64>,
    deadline: Option<u64>,
    key: Option<[u8; 16]>,
    unique: Option<[u8; 16]>,
    deliveries: u32,
    failures: u32,
    deaths: u32,
    error: Option<String>,
}

impl Record {
    /// The record of a new task.
    fn new(number: u64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut id = [0xa5; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        Self {
            id,
            pool: "bench",
            message: "bench::messages::Task",
            attempts: 5,
            timeout: None,
            backoff: (Duration::from_millis(100), Duration::from_secs(30)),
            priority: 4,
            accepted: since.map_or(0, |since| since.as_secs() * 1000),
            due: None,
            deadline: None,
            key: None,
            unique: None,
            deliveries: 0,
            failures: 0,
            deaths: 0,
            error: None,
        }
    }
}

/// A task on its way to the thread that commits.
#[derive(Debug)]
struct Submission {
    record: Vec<u8>,
    payload: [u8; PAYLOAD],
    /// Told when the task is safe.
    safe: oneshot::Sender<()>,
}

/// A database, and the thread that commits to it.
#[derive(Debug)]
pub(crate) struct RawRedb {
    submissions: Sender<Submission>,
    committer: JoinHandle<Result<u64>>,
    path: PathBuf,
    _directory: TempDir,
}

impl RawRedb {
    /// Makes a database and starts its thread.
    pub(crate) fn open() -> Result<Self> {
        let directory = super::on_disk()?;
        let path = directory.path().join("queue.redb");
        let database = Database::create(&path).context("making a database")?;
        let (submissions, inbox) = channel();
        Ok(Self {
            submissions,
            committer: thread::spawn(move || serve(&database, &inbox)),
            path,
            _directory: directory,
        })
    }
}

impl Submits for RawRedb {
    async fn submit(&self, number: u64) -> Result<()> {
        let record = postcard::to_allocvec(&Record::new(number)).context("encoding a record")?;
        let mut payload = [0xa5; PAYLOAD];
        payload[..8].copy_from_slice(&number.to_le_bytes());
        let (safe, told) = oneshot::channel();
        let submission = Submission {
            record,
            payload,
            safe,
        };
        self.submissions
            .send(submission)
            .ok()
            .context("the thread that commits has ended")?;
        told.await.context("a task was not committed")
    }
}

impl Link for RawRedb {
    async fn close(self) -> Result<()> {
        drop(self.submissions);
        let committed = self
            .committer
            .join()
            .unwrap_or_else(|_| Err(anyhow!("the thread that commits has panicked")))?;
        let kept = kept(&self.path)?;
        ensure!(
            kept == committed,
            "{committed} tasks were committed, but {kept} are there"
        );
        Ok(())
    }
}

/// The thread: how many tasks it has committed when nobody submits any more.
fn serve(database: &Database, inbox: &Receiver<Submission>) -> Result<u64> {
    let mut committed = 0;
    let mut batch = Vec::new();
    while let Ok(first) = inbox.recv() {
        batch.push(first);
        while let Ok(next) = inbox.recv_timeout(LINGER) {
            batch.push(next);
        }
        commit(database, committed, &batch)?;
        committed += batch.len() as u64;
        for submission in batch.drain(..) {
            // Nobody waits any more if another submitter has failed.
            let _ = submission.safe.send(());
        }
    }
    Ok(committed)
}

/// Writes a batch whose first task has that number, and returns when it is safe.
fn commit(database: &Database, first: u64, batch: &[Submission]) -> Result<()> {
    let mut transaction = database.begin_write().context("beginning a batch")?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    {
        let mut records = transaction.open_table(RECORDS)?;
        let mut payloads = transaction.open_table(PAYLOADS)?;
        for (number, submission) in (first..).zip(batch) {
            records.insert(number, submission.record.as_slice())?;
            payloads.insert(number, submission.payload.as_slice())?;
        }
    }
    transaction.commit().context("committing a batch")
}

/// How many tasks a database holds that was closed.
fn kept(path: &Path) -> Result<u64> {
    let database = Database::open(path).context("opening the database again")?;
    let transaction = database.begin_read()?;
    let records = transaction.open_table(RECORDS)?.len()?;
    let payloads = transaction.open_table(PAYLOADS)?.len()?;
    ensure!(
        records == payloads,
        "{records} records, but {payloads} payloads"
    );
    Ok(records)
}

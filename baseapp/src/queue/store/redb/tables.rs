//! The tables, and what each change does to them.

use redb::{
    Builder, Database, Durability, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    TableDefinition, Value, WriteTransaction,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    super::{Contents, Dead, Op, Record, Seq, WallMillis},
    fault::Fault,
    overlay::Overlay,
    sealed::{Kind, seal, unseal},
};
use crate::{
    task::{SmallBytes, TaskId},
    wire::codec,
};

/// The numbers of the next task and of the last batch, by name.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Records of tasks that wait.
const TASKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("tasks");
/// Payloads of tasks that wait and of dead letters: apart, because a record
/// changes with each attempt and a payload never does.
const PAYLOADS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("payloads");
const DEAD: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("dead");
/// Numbers of dead letters by id.
const DEAD_IDS: TableDefinition<'_, u128, u64> = TableDefinition::new("dead_ids");
/// Outcomes by id, each behind the time until which it is kept.
const OUTCOMES: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("outcomes");
/// The ids of outcomes by the time until which they are kept.
const EXPIRY: TableDefinition<'_, (u64, u128), ()> = TableDefinition::new("expiry");

const NEXT: &str = "next";
const BATCH: &str = "batch";

/// The memory that redb may use for pages, in bytes.
pub(super) const CACHE: usize = 64 << 20;

/// The most bytes that a record may have.
const MAX_RECORD: usize = 64 << 20;

/// Numbers that only rise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meta {
    /// The number of the next task.
    pub(super) next: u64,
    /// How many batches were made.
    pub(super) batch: u64,
}

pub(super) fn builder(cache: usize) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(cache);
    builder
}

/// redb's part of a queue that has never held anything.
pub(super) fn image() -> Result<Vec<u8>, Fault> {
    let overlay = Overlay::empty();
    let mut db = builder(CACHE).create_with_backend(overlay.clone())?;
    let transaction = begin(&db)?;
    let mut tables = Tables::open(&transaction)?;
    tables.meta.insert(NEXT, 0)?;
    tables.meta.insert(BATCH, 0)?;
    drop(tables);
    transaction.commit()?;
    // A file of redb is a megabyte long to begin with.
    db.compact()?;
    drop(db);
    Ok(overlay.image()?)
}

pub(super) fn meta(db: &Database) -> Result<Meta, Fault> {
    let table = db.begin_read()?.open_table(META)?;
    let number = |name| {
        let number = table.get(name)?.map(|number| number.value());
        number.ok_or_else(|| Fault::damaged(format!("the number `{name}` is missing")))
    };
    Ok(Meta {
        next: number(NEXT)?,
        batch: number(BATCH)?,
    })
}

/// Makes all changes, or none, and returns when they are on the disk.
pub(super) fn commit(db: &Database, batch: u64, ops: &[Op]) -> Result<(), Fault> {
    let transaction = begin(db)?;
    let mut tables = Tables::open(&transaction)?;
    for op in ops {
        tables.apply(op)?;
    }
    tables.meta.insert(BATCH, batch)?;
    drop(tables);
    transaction.commit().map_err(|error| match error.into() {
        // redb would go on from wherever it stopped.
        Fault::Damaged(what) => Fault::Broken(what),
        other => other,
    })
}

fn begin(db: &Database) -> Result<WriteTransaction, Fault> {
    let mut transaction = db.begin_write()?;
    // In one phase a commit counts if its checksums do, which what is in a
    // payload could arrange. Without its allocator's state redb looks through
    // the whole file after a crash.
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    transaction
        .set_durability(Durability::Immediate)
        .map_err(redb::Error::from)?;
    Ok(transaction)
}

pub(super) fn load(db: &Database) -> Result<Contents, Fault> {
    let transaction = db.begin_read()?;
    let mut tasks = Vec::new();
    for row in transaction.open_table(TASKS)?.iter()? {
        let (seq, sealed) = row?;
        let seq = seq.value();
        tasks.push((Seq(seq), unpack(Kind::Task, seq, sealed.value())?));
    }
    Ok(Contents {
        tasks,
        dead: transaction.open_table(DEAD)?.len()?,
        next: meta(db)?.next,
    })
}

pub(super) fn payload(db: &Database, seq: Seq) -> Result<Option<SmallBytes>, Fault> {
    let transaction = db.begin_read()?;
    let payloads = transaction.open_table(PAYLOADS)?;
    if let Some(sealed) = payloads.get(seq.0)? {
        let payload = open(Kind::Payload, &seq.0.to_le_bytes(), sealed.value())?;
        return Ok(Some(SmallBytes::copy(payload)));
    }
    // Each has one.
    let waits = transaction.open_table(TASKS)?.get(seq.0)?.is_some();
    if waits || transaction.open_table(DEAD)?.get(seq.0)?.is_some() {
        let what = format!("the payload of task {} is missing", seq.0);
        return Err(Fault::damaged(what));
    }
    Ok(None)
}

pub(super) fn outcome(db: &Database, id: TaskId) -> Result<Option<SmallBytes>, Fault> {
    let outcomes = db.begin_read()?.open_table(OUTCOMES)?;
    let Some(sealed) = outcomes.get(number(id))? else {
        return Ok(None);
    };
    let (_, outcome) = open_outcome(number(id), sealed.value())?;
    Ok(Some(SmallBytes::copy(outcome)))
}

pub(super) fn dead(
    db: &Database,
    after: Option<Seq>,
    limit: usize,
) -> Result<Vec<(Seq, Dead)>, Fault> {
    let from = match after.map(|Seq(after)| after.checked_add(1)) {
        None => 0,
        Some(Some(from)) => from,
        Some(None) => return Ok(Vec::new()),
    };
    let table = db.begin_read()?.open_table(DEAD)?;
    let mut found = Vec::new();
    for row in table.range(from..)?.take(limit) {
        let (seq, sealed) = row?;
        let seq = seq.value();
        found.push((Seq(seq), unpack(Kind::Dead, seq, sealed.value())?));
    }
    Ok(found)
}

pub(super) fn dead_by_id(db: &Database, id: TaskId) -> Result<Option<(Seq, Dead)>, Fault> {
    let transaction = db.begin_read()?;
    let seq = transaction.open_table(DEAD_IDS)?.get(number(id))?;
    let Some(seq) = seq.map(|seq| seq.value()) else {
        return Ok(None);
    };
    let table = transaction.open_table(DEAD)?;
    let sealed = table.get(seq)?;
    let sealed = sealed.ok_or_else(|| Fault::damaged(format!("dead letter {seq} is missing")))?;
    let dead: Dead = unpack(Kind::Dead, seq, sealed.value())?;
    if dead.record.id != id {
        return Err(Fault::damaged(format!("dead letter {seq} is not {id}")));
    }
    Ok(Some((Seq(seq), dead)))
}

/// All tables, in one transaction.
struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    tasks: Table<'t, u64, &'static [u8]>,
    payloads: Table<'t, u64, &'static [u8]>,
    dead: Table<'t, u64, &'static [u8]>,
    dead_ids: Table<'t, u128, u64>,
    outcomes: Table<'t, u128, &'static [u8]>,
    expiry: Table<'t, (u64, u128), ()>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Tables {
            meta: transaction.open_table(META)?,
            tasks: transaction.open_table(TASKS)?,
            payloads: transaction.open_table(PAYLOADS)?,
            dead: transaction.open_table(DEAD)?,
            dead_ids: transaction.open_table(DEAD_IDS)?,
            outcomes: transaction.open_table(OUTCOMES)?,
            expiry: transaction.open_table(EXPIRY)?,
        })
    }

    fn apply(&mut self, op: &Op) -> Result<(), Fault> {
        match op {
            Op::Insert {
                seq,
                record,
                payload,
            } => {
                self.used(*seq)?;
                self.put_task(*seq, record)?;
                self.put_payload(*seq, payload)
            }
            Op::Update { seq, record } => match has(&self.tasks, seq.0)? {
                true => self.put_task(*seq, record),
                false => Ok(()),
            },
            Op::Finish { seq, id, keep } => {
                if self.tasks.remove(seq.0)?.is_some() {
                    self.payloads.remove(seq.0)?;
                }
                match keep {
                    Some((outcome, until)) => self.put_outcome(*id, outcome, *until),
                    None => Ok(()),
                }
            }
            Op::Bury { seq, dead, payload } => self.bury(*seq, dead, payload.as_ref()),
            Op::Replay { seq, record } => match self.exhume(*seq)? {
                true => self.put_task(*seq, record),
                false => Ok(()),
            },
            Op::Purge { seq } => {
                if self.exhume(*seq)? {
                    self.payloads.remove(seq.0)?;
                }
                Ok(())
            }
            Op::Expire { now } => self.expire(*now),
        }
    }

    fn used(&mut self, Seq(seq): Seq) -> Result<(), Fault> {
        let after = seq.saturating_add(1);
        let next = self.meta.get(NEXT)?.map_or(0, |next| next.value());
        if after > next {
            self.meta.insert(NEXT, after)?;
        }
        Ok(())
    }

    fn put_task(&mut self, Seq(seq): Seq, record: &Record) -> Result<(), Fault> {
        let sealed = pack(Kind::Task, seq, record)?;
        self.tasks.insert(seq, sealed.as_slice())?;
        Ok(())
    }

    fn put_payload(&mut self, Seq(seq): Seq, payload: &[u8]) -> Result<(), Fault> {
        let sealed = seal(Kind::Payload, &seq.to_le_bytes(), payload);
        self.payloads.insert(seq, sealed.as_slice())?;
        Ok(())
    }

    fn put_outcome(&mut self, id: TaskId, outcome: &[u8], until: WallMillis) -> Result<(), Fault> {
        let id = number(id);
        let mut value = until.to_le_bytes().to_vec();
        value.extend_from_slice(outcome);
        let sealed = seal(Kind::Outcome, &id.to_le_bytes(), &value);
        let before = match self.outcomes.insert(id, sealed.as_slice())? {
            Some(before) => Some(open_outcome(id, before.value())?.0),
            None => None,
        };
        if let Some(before) = before {
            self.expiry.remove((before, id))?;
        }
        self.expiry.insert((until, id), ())?;
        Ok(())
    }

    fn bury(&mut self, seq: Seq, dead: &Dead, payload: Option<&SmallBytes>) -> Result<(), Fault> {
        match payload {
            _ if has(&self.payloads, seq.0)? => {}
            Some(payload) => self.put_payload(seq, payload)?,
            None => return Ok(()),
        }
        self.used(seq)?;
        self.exhume(seq)?;
        self.tasks.remove(seq.0)?;
        let sealed = pack(Kind::Dead, seq.0, dead)?;
        self.dead.insert(seq.0, sealed.as_slice())?;
        self.dead_ids.insert(number(dead.record.id), seq.0)?;
        Ok(())
    }

    /// Takes a dead letter away, but for its payload. Whether there was one.
    fn exhume(&mut self, Seq(seq): Seq) -> Result<bool, Fault> {
        let dead: Dead = match self.dead.remove(seq)? {
            Some(sealed) => unpack(Kind::Dead, seq, sealed.value())?,
            None => return Ok(false),
        };
        self.dead_ids.remove(number(dead.record.id))?;
        Ok(true)
    }

    fn expire(&mut self, now: WallMillis) -> Result<(), Fault> {
        loop {
            let first = self.expiry.first()?.map(|(key, _)| key.value());
            match first {
                Some((until, id)) if until <= now => {
                    self.expiry.remove((until, id))?;
                    self.outcomes.remove(id)?;
                }
                _ => return Ok(()),
            }
        }
    }
}

fn has<V: Value>(table: &Table<'_, u64, V>, seq: u64) -> Result<bool, Fault> {
    Ok(table.get(seq)?.is_some())
}

/// A task's id as a key, in the order of ids.
fn number(TaskId(id): TaskId) -> u128 {
    u128::from_be_bytes(id)
}

fn pack<T: Serialize>(kind: Kind, seq: u64, value: &T) -> Result<Vec<u8>, Fault> {
    let bytes = codec::encode(value, MAX_RECORD)
        .map_err(|error| Fault::Io(std::io::Error::new(std::io::ErrorKind::InvalidInput, error)))?;
    Ok(seal(kind, &seq.to_le_bytes(), &bytes))
}

fn unpack<T: DeserializeOwned>(kind: Kind, seq: u64, sealed: &[u8]) -> Result<T, Fault> {
    let bytes = open(kind, &seq.to_le_bytes(), sealed)?;
    codec::decode(bytes).map_err(|error| Fault::damaged(format!("{kind:?} {seq}: {error}")))
}

fn open<'a>(kind: Kind, key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], Fault> {
    unseal(kind, key, sealed).ok_or_else(|| {
        let what = format!("{kind:?}").to_lowercase();
        Fault::damaged(format!("a {what} is not what was written"))
    })
}

fn open_outcome(id: u128, sealed: &[u8]) -> Result<(WallMillis, &[u8]), Fault> {
    let value = open(Kind::Outcome, &id.to_le_bytes(), sealed)?;
    let (until, outcome) = value
        .split_first_chunk()
        .ok_or_else(|| Fault::damaged("an outcome is too short"))?;
    Ok((WallMillis::from_le_bytes(*until), outcome))
}

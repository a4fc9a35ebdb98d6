//! What a store costs, on the disk of the temporary directory. Run by hand:
//! `cargo test -p baseapp --release --features durable -- --ignored --nocapture cost`.

use std::{
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use redb::{Database, ReadableDatabase, TableDefinition};

use super::{
    super::{Op, RedbStore, Seq, Store},
    Failure,
    workload::{id, insert, payload},
};

/// How many tasks there are in a batch.
const BATCH: u64 = 100;
/// How many batches there are.
const BATCHES: u64 = 300;
/// How many bytes a payload has.
const PAYLOAD: usize = 200;

fn rate(what: &str, count: u64, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("{what}: {rate:.0} per second");
}

#[test]
#[ignore = "a measurement"]
fn cost_of_inserting_and_finishing() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    syncs(&directory.path().join("plain"))?;
    let [two, one] = [true, false].map(|careful| {
        let path = directory.path().join(format!("raw {careful}"));
        raw(&path, careful)
    });
    rate("inserted into raw redb, as here", BATCH * BATCHES, two?);
    rate("inserted into raw redb, by default", BATCH * BATCHES, one?);

    let path = directory.path().join("tasks");
    let store = RedbStore::open(&path)?;
    let start = Instant::now();
    for batch in 0..BATCHES {
        let ops: Vec<_> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|seq| insert(seq, PAYLOAD))
            .collect();
        store.commit(&ops)?;
    }
    rate("inserted", BATCH * BATCHES, start.elapsed());
    let start = Instant::now();
    for batch in 0..BATCHES {
        let ops: Vec<_> = (batch * BATCH..(batch + 1) * BATCH)
            .map(|seq| Op::Finish {
                seq: Seq(seq),
                id: id(seq),
                keep: Some((payload(seq, 20), seq)),
            })
            .collect();
        store.commit(&ops)?;
    }
    rate("finished", BATCH * BATCHES, start.elapsed());
    let start = Instant::now();
    for seq in 0..BATCHES {
        store.commit(&[insert(1_000_000 + seq, PAYLOAD)])?;
    }
    rate("inserted one by one", BATCHES, start.elapsed());
    Ok(())
}

/// What the disk costs: two syncs per batch.
fn syncs(path: &Path) -> Result<(), Failure> {
    let mut file = File::create(path)?;
    let start = Instant::now();
    for _ in 0..100 {
        file.write_all(&payload(1, 40_000))?;
        file.sync_data()?;
    }
    rate("syncs of 40 kB", 100, start.elapsed());
    Ok(())
}

fn raw(path: &Path, careful: bool) -> Result<Duration, Failure> {
    const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("raw");
    let db = Database::create(path)?;
    let value = payload(1, PAYLOAD + 130);
    let start = Instant::now();
    for batch in 0..BATCHES {
        let mut transaction = db.begin_write()?;
        transaction.set_two_phase_commit(careful);
        transaction.set_quick_repair(careful);
        let mut table = transaction.open_table(TABLE)?;
        for seq in batch * BATCH..(batch + 1) * BATCH {
            table.insert(seq, &*value)?;
        }
        drop(table);
        transaction.commit()?;
    }
    let took = start.elapsed();
    db.begin_read()?.open_table(TABLE)?;
    Ok(took)
}

#[test]
#[ignore = "a measurement"]
fn cost_of_a_large_file() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    for millions in [0.1, 0.3, 1.0] {
        let store = RedbStore::open(&path)?;
        let (from, end) = (store.load()?.next, (millions * 1e6) as u64);
        let start = Instant::now();
        for batch in from / 10_000..end / 10_000 {
            let ops: Vec<_> = (batch * 10_000..(batch + 1) * 10_000)
                .map(|seq| insert(seq, 1000))
                .collect();
            store.commit(&ops)?;
        }
        rate("inserted in large batches", end - from, start.elapsed());
        let start = Instant::now();
        for seq in 0..100 {
            let mut update = insert(seq, 0);
            if let Op::Insert { record, .. } = &update {
                let record = record.clone();
                update = Op::Update {
                    seq: Seq(seq),
                    record,
                };
            }
            store.commit(&[update])?;
        }
        rate("small batches", 100, start.elapsed());
        drop(store);
        let len = std::fs::metadata(&path)?.len();
        let start = Instant::now();
        let store = RedbStore::open(&path)?;
        let opened = start.elapsed();
        let tasks = store.load()?.tasks.len();
        let loaded = start.elapsed() - opened;
        println!(
            "{} MB with {tasks} tasks: opened in {opened:?}, loaded in {loaded:?}",
            len >> 20
        );
    }
    Ok(())
}

#[test]
#[ignore = "a measurement"]
fn cost_of_many_batches_in_memory() -> Result<(), Failure> {
    let resident = || -> Result<u64, Failure> {
        let pages = std::fs::read_to_string("/proc/self/statm")?;
        let pages: u64 = pages.split(' ').nth(1).ok_or("no pages")?.parse()?;
        Ok(pages * 4)
    };
    let store = RedbStore::open_backend(redb::backends::InMemoryBackend::new(), "queue")?;
    let start = Instant::now();
    for batch in 0..1_000_000_u64 {
        let finish = Op::Finish {
            seq: Seq(batch.saturating_sub(20)),
            id: id(batch),
            keep: None,
        };
        store.commit(&[insert(batch, PAYLOAD), finish])?;
        if batch % 100_000 == 0 {
            println!("{batch} batches: {} kB", resident()?);
        }
    }
    rate("batches without a disk", 1_000_000, start.elapsed());
    Ok(())
}

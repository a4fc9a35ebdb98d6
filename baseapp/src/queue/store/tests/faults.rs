//! Disks that are full or fail, at each operation.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use super::{
    super::{Op, RedbStore, Seq, Store, StoreError},
    Failure,
    disk::{Disk, Plan, Platter, Trouble},
    model::Model,
    workload::{Rng, Workload, insert, payload},
};

const TROUBLES: [Trouble; 3] = [Trouble::Full, Trouble::Broken, Trouble::Unsure];

/// A queue that has never held anything.
fn fresh() -> Result<Vec<u8>, StoreError> {
    let disk = Disk::default();
    drop(RedbStore::open_backend(disk.clone(), "queue")?);
    Ok(disk.image())
}

fn opened(image: Vec<u8>) -> Result<RedbStore, StoreError> {
    RedbStore::open_backend(Disk::with(image), "queue")
}

/// Whether it is what the system says, and not what the file is.
fn is_io(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { .. })
}

/// A few batches that make the file grow.
fn batches(seed: u64) -> Vec<Vec<Op>> {
    let mut workload = Workload::new(seed);
    let mut batches: Vec<_> = (0..5).map(|_| workload.batch()).collect();
    batches.push((0..4).map(|_| workload.insert_of(30_000)).collect());
    batches.push(workload.batch());
    batches
}

#[test]
fn a_batch_that_failed_once_is_not_there_and_all_goes_on() -> Result<(), Failure> {
    let image = fresh()?;
    for trouble in TROUBLES {
        let mut operation = 0;
        while once(&image, trouble, operation).map_err(at(trouble, operation))? {
            operation += 1;
        }
        assert!(operation > 50, "{trouble:?} was met {operation} times");
    }
    Ok(())
}

fn at(trouble: Trouble, operation: usize) -> impl Fn(Failure) -> String {
    move |error| format!("{trouble:?} at {operation}: {error}")
}

/// Whether there are as many operations as that.
fn once(image: &[u8], trouble: Trouble, operation: usize) -> Result<bool, Failure> {
    let disk = Disk::with(image.to_vec());
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    let from = disk.operations() + operation;
    disk.plan(Some(Plan {
        trouble,
        from,
        times: 1,
    }));
    let mut model = Model::of_file();
    let mut refused = 0;
    for ops in batches(operation as u64 / 16) {
        match store.commit(&ops) {
            Ok(()) => model.apply(&ops),
            Err(error) if is_io(&error) => refused += 1,
            Err(other) => return Err(other.into()),
        }
        model.compare(&store)?;
    }
    assert!(refused <= 1, "one failure is that of one batch");
    let met = disk.operations() > from;
    drop(store);
    model.compare(&opened(disk.image())?)?;
    survives_a_power_cut(image, &disk, &[model])?;
    Ok(met)
}

/// Whatever the disk made of it.
fn survives_a_power_cut(image: &[u8], disk: &Disk, right: &[Model]) -> Result<(), Failure> {
    let mut platter = Platter::with(image.to_vec());
    for event in disk.events() {
        platter.step(&event);
    }
    let store = opened(platter.cut(&mut Rng::new(disk.operations() as u64)))?;
    let wrong: Result<Vec<_>, _> = right
        .iter()
        .map(|right| match right.compare(&store) {
            Ok(()) => Err(()),
            Err(wrong) => Ok(wrong),
        })
        .collect();
    wrong.map_or(Ok(()), |wrong| Err(wrong.join("; or ").into()))
}

#[test]
fn a_disk_that_stays_broken_loses_nothing_that_was_acknowledged() -> Result<(), Failure> {
    let image = fresh()?;
    for trouble in TROUBLES {
        let mut operation = 0;
        while for_ever(&image, trouble, operation).map_err(at(trouble, operation))? {
            operation += 1;
        }
        assert!(operation > 50, "{trouble:?} was met {operation} times");
    }
    Ok(())
}

fn for_ever(image: &[u8], trouble: Trouble, operation: usize) -> Result<bool, Failure> {
    let disk = Disk::with(image.to_vec());
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    let from = disk.operations() + operation;
    let times = usize::MAX;
    disk.plan(Some(Plan {
        trouble,
        from,
        times,
    }));
    let mut model = Model::of_file();
    // If nothing can be found out, a batch that failed may be there.
    let mut unsure = None;
    for ops in batches(operation as u64 / 16) {
        match store.commit(&ops) {
            Ok(()) => model.apply(&ops),
            Err(error) if is_io(&error) => {
                unsure.get_or_insert_with(|| {
                    let mut unsure = model.clone();
                    unsure.apply(&ops);
                    unsure
                });
            }
            Err(other) => return Err(other.into()),
        }
    }
    let met = disk.operations() > from;
    let right = match (trouble, unsure) {
        // It is only full: each batch that failed is known not to be there.
        (Trouble::Full, _) | (_, None) => vec![model],
        (_, Some(unsure)) => vec![model, unsure],
    };
    if trouble == Trouble::Full {
        right[0].compare(&store)?;
    }
    drop(store);
    survives_a_power_cut(image, &disk, &right)?;
    // The disk is well again, and the process was never ended.
    disk.plan(None);
    let store = RedbStore::open_backend(disk, "queue")?;
    assert!(right.iter().any(|right| right.compare(&store).is_ok()));
    Ok(met)
}

#[test]
fn there_is_room_again_and_all_goes_on() -> Result<(), Failure> {
    let disk = Disk::default();
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    disk.plan(Some(Plan {
        trouble: Trouble::Broken,
        from: 0,
        times: usize::MAX,
    }));
    for _ in 0..3 {
        let refused = store.commit(&[insert(0, 10)]);
        assert!(refused.is_err_and(|error| is_io(&error)));
        assert!(store.load().is_err_and(|error| is_io(&error)));
    }
    disk.plan(None);
    store.commit(&[insert(0, 10)])?;
    let mut model = Model::of_file();
    model.apply(&[insert(0, 10)]);
    Ok(model.compare(&store)?)
}

#[test]
fn a_file_that_cannot_be_opened_is_as_it_was() -> Result<(), Failure> {
    let disk = Disk::default();
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    store.commit(&[insert(0, 10)])?;
    // As a crash leaves it.
    let (image, mut model) = (disk.image(), Model::of_file());
    model.apply(&[insert(0, 10)]);
    for (image, right) in [(Vec::new(), Model::of_file()), (image, model)] {
        for trouble in TROUBLES {
            let mut operation = 0;
            while opening(&image, &right, trouble, operation).map_err(at(trouble, operation))? {
                operation += 1;
            }
        }
    }
    Ok(())
}

fn opening(
    image: &[u8],
    right: &Model,
    trouble: Trouble,
    operation: usize,
) -> Result<bool, Failure> {
    let disk = Disk::with(image.to_vec());
    disk.plan(Some(Plan {
        trouble,
        from: operation,
        times: 1,
    }));
    match RedbStore::open_backend(disk.clone(), "queue") {
        Ok(store) => right.compare(&store)?,
        Err(error) if is_io(&error) => {}
        Err(other) => return Err(other.into()),
    }
    survives_a_power_cut(image, &disk, std::slice::from_ref(right))?;
    right.compare(&opened(disk.image())?)?;
    Ok(disk.operations() > operation)
}

/// Reads until all batches are made.
fn read(store: &RedbStore, made: &AtomicU64, end: u64) -> Result<(), StoreError> {
    let mut rng = Rng::new(end);
    loop {
        let there = made.load(Ordering::Acquire);
        let seq = rng.next() % there.max(1);
        match store.payload(Seq(seq)) {
            Ok(found) if there > 0 => assert_eq!(found, Some(payload(seq, 5000)), "task {seq}"),
            Ok(_) => {}
            Err(error) if is_io(&error) => {}
            Err(other) => return Err(other),
        }
        if there == end {
            return Ok(());
        }
        // The disk is one lock, which readers could keep from the writer.
        thread::sleep(Duration::from_micros(200));
    }
}

#[test]
fn those_who_read_see_what_is_right_or_that_the_disk_fails() -> Result<(), Failure> {
    const END: u64 = 60;
    let disk = Disk::default();
    // Nothing is kept in memory, so that reading meets the disk.
    let store = RedbStore::open_with_cache(disk.clone(), "queue", 0)?;
    let made = AtomicU64::new(0);
    thread::scope(|scope| {
        let readers = [(); 3].map(|()| scope.spawn(|| read(&store, &made, END)));
        for seq in 0..END {
            disk.plan(seq.is_multiple_of(5).then(|| Plan {
                trouble: TROUBLES[seq as usize % 3],
                from: disk.operations() + seq as usize,
                times: 1,
            }));
            // What fails once does not fail again.
            let again = || store.commit(&[insert(seq, 5000)]);
            if let Err(error) = again().or_else(|_| again()) {
                made.store(END, Ordering::Release);
                return Err(error.into());
            }
            made.store(seq + 1, Ordering::Release);
        }
        for reader in readers {
            reader.join().map_err(|_| "a reader panicked")??;
        }
        Ok(())
    })
}

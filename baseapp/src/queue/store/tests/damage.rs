//! Files that are not what was written.

use super::{
    super::{DeadReason, Op, RedbStore, Seq, Store, StoreError},
    Failure,
    disk::Disk,
    model::Model,
    workload::{Rng, Workload, bury, id, insert, payload},
};

/// How many random places are damaged, besides the headers.
const PLACES: usize = 800;

/// A file, what is in it, and what would have come next.
struct File {
    image: Vec<u8>,
    right: Model,
    later: Workload,
}

/// As a crash leaves it, and as it was closed.
fn files() -> Result<[File; 2], Failure> {
    let (mut later, mut right) = (Workload::new(1), Model::of_file());
    let disk = Disk::default();
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    for _ in 0..20 {
        let ops = later.batch();
        store.commit(&ops)?;
        right.apply(&ops);
    }
    let crashed = disk.image();
    drop(store);
    Ok([crashed, disk.image()].map(|image| File {
        image,
        right: right.clone(),
        later: later.clone(),
    }))
}

/// Whether it says that the file is not what was written.
fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Damaged { .. } | StoreError::NotAQueue { .. } | StoreError::Newer { .. }
    )
}

/// Finds that a damaged file is refused, or holds all that was written, also
/// when more is. Whether it was refused.
fn refused_or_right(image: Vec<u8>, file: &File) -> Result<bool, Failure> {
    let disk = Disk::with(image.clone());
    let store = match RedbStore::open_backend(disk.clone(), "queue") {
        Ok(store) => store,
        Err(error) if is_refusal(&error) => {
            if disk.image() != image {
                return Err("it was refused, and changed".into());
            }
            return Ok(true);
        }
        Err(other) => return Err(other.into()),
    };
    let (mut right, mut later) = (file.right.clone(), file.later.clone());
    right.compare(&store)?;
    for _ in 0..3 {
        let ops = later.batch();
        store.commit(&ops)?;
        right.apply(&ops);
    }
    drop(store);
    right.compare(&RedbStore::open_backend(disk, "queue")?)?;
    Ok(false)
}

#[test]
fn a_flipped_bit_is_noticed_or_changes_nothing() -> Result<(), Failure> {
    let mut rng = Rng::new(0);
    for file in files()? {
        let image = &file.image;
        let front = (0..32).chain(512..528);
        let headers = front.chain(4096..4096 + 320).flat_map(|byte| {
            // All bits of what redb's repair depends on, one of the others.
            let all = byte < 4096 + 32;
            (0..8)
                .filter(move |bit| all || *bit == byte % 8)
                .map(move |bit| byte * 8 + bit)
        });
        let places = (0..PLACES).map(|_| rng.below(image.len() * 8));
        let mut refused = 0;
        for bit in headers.chain(places) {
            let mut flipped = image.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = refused_or_right(flipped, &file);
            refused += usize::from(result.map_err(|error| format!("bit {bit}: {error}"))?);
        }
        assert!(refused > PLACES / 4, "{refused} were noticed");
    }
    Ok(())
}

#[test]
fn a_header_that_says_more_than_any_file_has_is_noticed() -> Result<(), Failure> {
    for file in files()? {
        // As many regions as can be said, and pages in one more: in bytes that is 2^64,
        // or more.
        for pages in [0x000f_ffff_u32, u32::MAX] {
            let mut damaged = file.image.clone();
            damaged[4096 + 24..4096 + 28].fill(0xff);
            damaged[4096 + 28..4096 + 32].copy_from_slice(&pages.to_le_bytes());
            assert!(refused_or_right(damaged, &file)?, "{pages} pages");
        }
    }
    Ok(())
}

#[test]
fn overwritten_and_exchanged_pages_are_noticed() -> Result<(), Failure> {
    let mut rng = Rng::new(0);
    for file in files()? {
        let image = &file.image;
        for round in 0..300 {
            let mut damaged = image.clone();
            let pages = image.len() / 4096;
            let page = rng.below(pages) * 4096;
            match round % 3 {
                0 => damaged[page..page + 4096].fill(0),
                1 => damaged[page..page + 4096].copy_from_slice(&payload(round, 4096)),
                _ => {
                    let other = rng.below(pages) * 4096;
                    damaged.copy_within(other..other + 4096, page);
                }
            }
            // The note of what was acknowledged may go: it is about the rest.
            let result = refused_or_right(damaged, &file);
            result.map_err(|error| format!("round {round}, page {}: {error}", page / 4096))?;
        }
    }
    Ok(())
}

#[test]
fn a_file_that_was_cut_off_is_noticed() -> Result<(), Failure> {
    for file in files()? {
        let image = &file.image;
        for len in (1..image.len())
            .step_by(509)
            .chain(1..64)
            .chain([512, 4096])
        {
            let result = refused_or_right(image[..len].to_vec(), &file);
            let refused = result.map_err(|error| format!("{len} bytes: {error}"))?;
            // What is unused at the end is not missed.
            assert!(refused || len > 4096 * 4, "{len} bytes");
        }
        let mut longer = image.clone();
        longer.resize(image.len() + 5000, 7);
        refused_or_right(longer, &file)?;
    }
    Ok(())
}

/// Where in the file it is, also in pages that are not used any more.
fn find(image: &[u8], what: &[u8]) -> Vec<usize> {
    let places = image.windows(what.len()).enumerate();
    places
        .filter(|(_, bytes)| *bytes == what)
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn a_value_that_changes_while_the_file_is_open_is_noticed() -> Result<(), Failure> {
    let disk = Disk::default();
    let store = RedbStore::open_backend(disk.clone(), "queue")?;
    let outcome = payload(77, 40);
    store.commit(&[
        insert(0, 300),
        insert(1, 30),
        bury(Seq(2), DeadReason::Poison),
        Op::Finish {
            seq: Seq(3),
            id: id(3),
            keep: Some((outcome.clone(), 5)),
        },
    ])?;
    drop(store);
    let image = disk.image();
    let changed = |what: &[u8]| -> Result<RedbStore, Failure> {
        let disk = Disk::with(image.clone());
        // Nothing is kept in memory.
        let store = RedbStore::open_with_cache(disk.clone(), "queue", 0)?;
        let places = find(&image, what);
        assert!(!places.is_empty(), "it is in the file");
        places.into_iter().for_each(|at| disk.flip(at));
        Ok(store)
    };
    let damaged = |error: &StoreError| matches!(error, StoreError::Damaged { .. });

    let store = changed(&payload(0, 300))?;
    assert!(store.payload(Seq(0)).is_err_and(|error| damaged(&error)));
    // It is that value alone.
    assert_eq!(store.payload(Seq(1))?, Some(payload(1, 30)));
    let store = changed(&outcome)?;
    assert!(store.outcome(id(3)).is_err_and(|error| damaged(&error)));
    let store = changed(b"attempt 5 failed")?;
    assert!(store.dead(None, 1).is_err_and(|error| damaged(&error)));
    assert!(store.dead_by_id(id(2)).is_err_and(|error| damaged(&error)));
    let store = changed(b"shop::Resize")?;
    assert!(store.load().is_err_and(|error| damaged(&error)));
    Ok(())
}

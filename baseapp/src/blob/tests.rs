//! Making blobs, and where their memory goes.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;

use super::*;

/// Notes what is given back.
#[derive(Default)]
struct Notes(Mutex<Vec<(u64, Back)>>);

impl Lender for Notes {
    fn give_back(&self, lease: u64, back: Back) {
        if let Ok(mut notes) = self.0.lock() {
            notes.push((lease, back));
        }
    }
}

proptest! {
    /// However it is made, it is the same bytes; with others or alone.
    #[test]
    fn a_blob_is_what_was_written(
        parts in proptest::collection::vec(0..60_000_usize, 0..6),
        capacity in prop_oneof![Just(0), Just(1000), Just(SHARED_FROM), Just(400_000)],
    ) {
        let mut blob = BlobMut::with_capacity(capacity);
        let mut bytes = Vec::new();
        for (at, len) in parts.into_iter().enumerate() {
            let part = vec![at as u8 + 1; len];
            blob.write_all(&part)?;
            bytes.extend(part);
            prop_assert!(blob.capacity() >= blob.len());
        }
        prop_assert_eq!(&blob[..], &bytes[..]);
        let longer = bytes.len() + 70_000;
        blob.resize(longer, 9);
        bytes.resize(longer, 9);
        blob.resize(longer - 5, 0);
        bytes.truncate(longer - 5);
        let blob = blob.freeze();
        prop_assert_eq!(&blob[..], &bytes[..]);
        prop_assert_eq!(&blob, &Blob::from(bytes));
    }
}

#[test]
fn what_is_lent_is_given_back_when_the_last_one_drops_it() -> std::io::Result<()> {
    let notes = Arc::new(Notes::default());
    let lend = |lease| {
        let buffer = Arc::new(Buffer::create(SHARED_FROM)?);
        let by = Arc::clone(&notes) as Arc<dyn Lender>;
        let shared = Shared::lent(Arc::clone(&buffer), 100, by, lease);
        Ok::<_, std::io::Error>(shared.map(Blob::shared).unwrap_or_default())
    };
    let blob = lend(1)?;
    assert_eq!(blob.len(), 100);
    let clone = blob.clone();
    drop(blob);
    assert!(notes.0.lock().is_ok_and(|notes| notes.is_empty()));
    drop(clone);
    let forfeited = lend(2)?;
    if let Some(shared) = forfeited.to_shared() {
        shared.forfeit();
    }
    drop(forfeited);
    let given = notes.0.lock().map(|notes| notes.clone());
    assert_eq!(
        given.unwrap_or_default(),
        [(1, Back::Free), (2, Back::Forfeited)]
    );
    // A blob longer than its buffer cannot be.
    let buffer = Arc::new(Buffer::create(SHARED_FROM)?);
    assert!(Shared::lent(buffer, SHARED_FROM + 1, notes, 3).is_none());
    Ok(())
}

#[test]
fn a_buffer_is_used_again_unless_somebody_may_still_read_it() {
    // Of a size that no other test has: the pool is that of the process.
    const LEN: usize = 3 << 20;
    let number = |blob: &Blob| blob.to_shared().map(|shared| shared.buffer().number());
    let make = || BlobMut::zeroed(LEN).freeze();
    let first = make();
    let of_first = number(&first);
    let second = make();
    assert_ne!(number(&second), of_first, "both are there");
    drop(first);
    let third = make();
    assert_eq!(number(&third), of_first);
    if let Some(shared) = third.to_shared() {
        shared.forfeit();
    }
    drop(third);
    assert_ne!(number(&make()), of_first);
}

#[test]
fn bytes_of_a_vec_are_copied_once_however_often_they_are_lent() {
    let blob = Blob::from(vec![5; SHARED_FROM]);
    let (one, two) = (blob.to_shared(), blob.clone().to_shared());
    assert!(
        one.zip(two)
            .is_some_and(|(one, two)| Arc::ptr_eq(&one, &two))
    );
}

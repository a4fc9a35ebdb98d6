//! A file of a task queue that is not what was written.

mod contents;
mod disk;
mod whole;

use self::{
    contents::Contents,
    disk::Disk,
    whole::{BATCHES, FILES, batch},
};
use super::Input;
use crate::queue::{RedbStore, Store, StoreError};

const PAGE: usize = 4096;

/// Where the file has its note of what was acknowledged last.
const NOTE: std::ops::Range<usize> = 512..528;

/// What a file begins with that was never finished, and a sector of it.
const UNFINISHED: &[u8] = b"baseapp begins\r\n";
const SECTOR: usize = 512;

/// Whatever happens to a file: it is refused and left as it is, or it holds all
/// that was written, also when more is.
pub fn queue_file(data: &[u8]) {
    let mut input = Input::new(data);
    let whole = &FILES[usize::from(input.byte()) % FILES.len()];
    let mut image = whole.image.clone();
    for _ in 0..16 {
        if input.is_empty() {
            break;
        }
        damage(&mut image, &mut input);
    }
    let note = image.get(NOTE) != whole.image.get(NOTE);
    let anew = image.starts_with(UNFINISHED)
        || image.len() <= SECTOR && image.iter().all(|byte| *byte == 0);
    let disk = Disk::with(image);
    let store = match RedbStore::open_backend(disk.clone(), "queue") {
        Ok(store) => store,
        Err(error) => {
            assert!(is_refusal(&error), "{error}");
            // One that ends within what is ours has nothing that could be changed.
            assert!(!disk.has_changed(), "it was refused, and changed: {error}");
            return;
        }
    };
    let found = match Contents::of(&store) {
        Ok(found) => found,
        Err(error) => panic!("it was opened, and cannot be read: {error}"),
    };
    if found != whole.contents {
        // Of two places that tell what was last one may be damaged. And what says
        // that it was never finished is begun anew.
        let excused = (note && found == whole.before) || (anew && found == Contents::default());
        assert!(excused, "{found:?} where {:?} was written", whole.contents);
        return;
    }
    if let Err(error) = store.commit(&batch(BATCHES)) {
        panic!("it was opened, and cannot be written: {error}");
    }
    drop(store);
    let again = RedbStore::open_backend(disk, "queue").and_then(|store| Contents::of(&store));
    match again {
        Ok(found) => assert!(
            found == whole.after,
            "more was written, and something else is read"
        ),
        Err(error) => panic!("it was written, and cannot be read: {error}"),
    }
}

fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Damaged { .. } | StoreError::NotAQueue { .. } | StoreError::Newer { .. }
    )
}

/// Does something to a file.
fn damage(image: &mut Vec<u8>, input: &mut Input<'_>) {
    let what = input.byte();
    // Most of what matters stands at the front of redb's part.
    let end = if what & 0x80 == 0 {
        image.len()
    } else {
        3 * PAGE
    };
    if image.is_empty() {
        return;
    }
    let at = (input.u32() as usize % end).min(image.len() - 1);
    let page = at / PAGE * PAGE;
    let next = (page + PAGE).min(image.len());
    match what % 8 {
        0 | 1 => image[at] ^= 1 << (input.byte() % 8),
        2 => image[at] = input.byte(),
        3 => {
            let length = usize::from(input.byte() % 33);
            let bytes = input.take(length);
            let room = (image.len() - at).min(bytes.len());
            image[at..at + room].copy_from_slice(&bytes[..room]);
        }
        4 => image.truncate(at),
        5 => {
            let value = input.byte();
            image[page..next].fill(value);
        }
        6 => {
            let from = input.u32() as usize % image.len() / PAGE * PAGE;
            let length = (next - page).min(image.len() - from);
            image.copy_within(from..from + length, page);
        }
        _ => {
            let more = usize::from(input.byte()) * 64;
            image.resize(image.len() + more, 7);
        }
    }
}

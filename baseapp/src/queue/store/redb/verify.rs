//! [`verify`]: whether a file is what was written, before it is trusted.
//!
//! redb's pages form a tree of checksums, whose root is in its header. It looks
//! at them only to repair a file that has no valid state of its allocator, and
//! ours always has one. So it is made to repair a copy in memory:
//! each page is then checked before anything that stands in it is believed, and
//! nothing is written. It costs one look at the whole file.

use redb::StorageBackend;

use super::{
    fault::{Fault, caught},
    front::{self, View},
    overlay::Overlay,
    tables::{self, Meta},
};

/// redb's header, of version 3 of its format: see `docs/design.md` there.
const HEADER: usize = 320;
const MAGIC: &[u8; 9] = b"redb\x1A\x0A\xA9\x0D\x0A";
/// Flags: which slot is valid, whether it was closed, and how it was written.
const FLAGS: usize = 9;
const SECOND: u8 = 1;
const NOT_CLOSED: u8 = 2;
const TWO_PHASES: u8 = 4;
/// What is known of the last two transactions, in turns. Has a checksum.
const SLOTS: [usize; 2] = [64, 192];
const SLOT: usize = 128;
/// The first byte of a slot.
const VERSION: u8 = 3;

const PAGE: u64 = 4096;
/// What a region is made of, if it is full.
const REGION_PAGES: u64 = 1 << 20;

/// Finds whether all that is in the file is what was written.
pub(super) fn verify(view: &View) -> Result<Meta, Fault> {
    let overlay = Overlay::over(view.clone())?;
    let header = rehearsal(&overlay)?;
    overlay.write(0, &header)?;
    let meta = caught(|| {
        let db = tables::builder(tables::CACHE).create_with_backend(overlay)?;
        tables::meta(&db)
    })?;
    match front::acknowledged(&*view.0)? {
        Some(acknowledged) if acknowledged > meta.batch => Err(Fault::damaged(
            "what was written to it last is not there any more",
        )),
        _ => Ok(meta),
    }
}

/// The header with which redb checks everything that the transaction refers to
/// which counts now, and has no other to fall back to.
fn rehearsal(file: &Overlay) -> Result<[u8; HEADER], Fault> {
    let mut header = [0; HEADER];
    file.read(0, &mut header)?;
    let well_formed = header.starts_with(MAGIC)
        && SLOTS.iter().all(|slot| header[*slot] == VERSION)
        && number(&header, 12) == PAGE
        && number(&header, 16) == 0
        && number(&header, 20) == REGION_PAGES;
    if !well_formed {
        return Err(Fault::damaged("its header is not what was written"));
    }
    let pages = number(&header, 24) * REGION_PAGES + number(&header, 28);
    // A header can say more than can be counted.
    if PAGE.saturating_mul(1 + pages) > file.len()? {
        return Err(Fault::damaged("it ends too early"));
    }
    let (valid, other) = match header[FLAGS] & SECOND {
        0 => (SLOTS[0], SLOTS[1]),
        _ => (SLOTS[1], SLOTS[0]),
    };
    header.copy_within(valid..valid + SLOT, other);
    header[FLAGS] = header[FLAGS] & !TWO_PHASES | NOT_CLOSED;
    Ok(header)
}

fn number(header: &[u8; HEADER], at: usize) -> u64 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&header[at..at + 4]);
    u32::from_le_bytes(bytes).into()
}

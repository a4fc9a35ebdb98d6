//! The first page of the file, which is ours: whose the file is, in which
//! format, and up to where it was acknowledged. redb has the rest.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..16 | the magic, or [`UNFINISHED`] while the file is being made |
//! | 16..24 | the format |
//! | 24..32 | checksum of the former |
//! | 512..520 | the last batch that was acknowledged |
//! | 520..528 | checksum of the former |
//! | 4096.. | redb's |
//!
//! The first 32 bytes stay what they are in all formats, so that an older
//! program can say that a file is newer.

use std::{io, sync::Arc};

use redb::StorageBackend;

use super::{
    fault::Fault,
    sealed::{Kind, seal, unseal},
};

/// What a queue begins with.
const MAGIC: &[u8; 16] = b"baseapp tasks\r\n\x1a";

/// What a file begins with that has never been a queue, because making it was
/// cut short.
const UNFINISHED: &[u8; 16] = b"baseapp begins\r\n";

/// The format that is written. It is raised by any change of what is kept, see
/// the test `what_is_written_stays_the_same`, and of redb's own format.
pub(super) const FORMAT: u64 = 1;

/// Where redb's part begins.
const FRONT: u64 = 4096;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Where the last acknowledged batch stands.
const ACKNOWLEDGED: u64 = SECTOR as u64;

/// What there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing that anybody has put there.
    Nothing,
    Queue,
}

/// Looks what there is, without a change.
pub(super) fn look(disk: &dyn StorageBackend) -> Result<Found, Fault> {
    let len = disk.len()?;
    let short = usize::try_from(len).unwrap_or(SECTOR).min(SECTOR);
    let mut head = vec![0; short];
    disk.read(0, &mut head)?;
    // The first sector is made before it is written.
    let unwritten = len <= SECTOR as u64 && head.iter().all(|byte| *byte == 0);
    if unwritten || head.starts_with(UNFINISHED) {
        return Ok(Found::Nothing);
    }
    if !head.starts_with(MAGIC) {
        return Err(Fault::NotAQueue);
    }
    let Some((format, sealed)) = head[MAGIC.len()..].split_first_chunk::<8>() else {
        return Err(Fault::damaged("it ends too early"));
    };
    if !sealed.starts_with(&seal(Kind::Front, MAGIC, format)[..8]) {
        return Err(Fault::damaged("its first bytes are not what was written"));
    }
    match u64::from_le_bytes(*format) {
        FORMAT => Ok(Found::Queue),
        found => Err(Fault::Newer {
            found,
            known: FORMAT,
        }),
    }
}

/// Makes the file a queue, whose part for redb is given. A cut on the way
/// leaves what [`look`] takes for nothing.
pub(super) fn make(disk: &dyn StorageBackend, image: &[u8]) -> io::Result<()> {
    let sector = |bytes: &[u8]| {
        let mut sector = bytes.to_vec();
        sector.resize(SECTOR, 0);
        sector
    };
    disk.set_len(SECTOR as u64)?;
    disk.write(0, &sector(UNFINISHED))?;
    disk.sync_data()?;
    disk.set_len(FRONT + image.len() as u64)?;
    disk.write(FRONT, image)?;
    disk.sync_data()?;
    disk.write(0, &sector(&head(FORMAT)))?;
    disk.sync_data()
}

/// The first bytes of a queue.
pub(in super::super) fn head(format: u64) -> Vec<u8> {
    let format = format.to_le_bytes();
    let sealed = seal(Kind::Front, MAGIC, &format);
    [&MAGIC[..], &format, &sealed[..8]].concat()
}

/// The last batch that is known to have been acknowledged.
///
/// Of its last two transactions redb takes the one that a single bit names,
/// which no checksum covers. If that bit flips while the file lies there, the
/// last batch is gone, and everything looks right but for this number.
pub(super) fn acknowledged(disk: &dyn StorageBackend) -> io::Result<Option<u64>> {
    let mut bytes = [0; 16];
    disk.read(ACKNOWLEDGED, &mut bytes)?;
    let (batch, sealed) = bytes.split_at(8);
    let mut whole = sealed.to_vec();
    whole.extend_from_slice(batch);
    let batch = unseal(Kind::Front, &[], &whole).and_then(|batch| batch.try_into().ok());
    Ok(batch.map(u64::from_le_bytes))
}

/// Notes that a batch was acknowledged. It reaches the disk with the next
/// batch, or when the system likes: nothing depends on it but that a flipped
/// bit is noticed. So no error matters either.
pub(super) fn acknowledge(disk: &dyn StorageBackend, batch: u64) {
    let batch = batch.to_le_bytes();
    let sealed = seal(Kind::Front, &[], &batch);
    let mut bytes = batch.to_vec();
    bytes.extend_from_slice(&sealed[..8]);
    let _ = disk.write(ACKNOWLEDGED, &bytes);
}

/// The part of the file that is redb's.
#[derive(Clone, Debug)]
pub(super) struct View(pub(super) Arc<dyn StorageBackend>);

impl StorageBackend for View {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len()?.saturating_sub(FRONT))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(place(offset)?, out)
    }

    /// redb writes how long the file is into its header, and refuses a file
    /// that is shorter. So the length has to be on the disk before the header
    /// can be: redb does not see to that.
    fn set_len(&self, len: u64) -> io::Result<()> {
        let grows = len > self.len()?;
        self.0.set_len(place(len)?)?;
        if grows {
            self.0.sync_data()?;
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(place(offset)?, data)
    }
}

fn place(offset: u64) -> io::Result<u64> {
    let place = offset.checked_add(FRONT);
    place.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

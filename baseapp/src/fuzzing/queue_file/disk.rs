//! [`Disk`]: a file in memory.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

/// A disk in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<Vec<u8>>>);

impl Disk {
    pub(super) fn with(image: Vec<u8>) -> Disk {
        Disk(Arc::new(Mutex::new(image)))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.lock().clone()
    }
}

/// Where that many bytes are.
fn range(offset: u64, len: usize) -> io::Result<std::ops::Range<usize>> {
    let from = usize::try_from(offset).map_err(io::Error::other)?;
    let end = from.checked_add(len).ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(from..end)
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let range = range(offset, out.len())?;
        let image = self.lock();
        let there = image.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(there);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        assert!(len <= 64 << 20, "a file of {len} bytes");
        self.lock().resize(range(len, 0)?.start, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let range = range(offset, data.len())?;
        let mut image = self.lock();
        if image.len() < range.end {
            image.resize(range.end, 0);
        }
        image[range].copy_from_slice(data);
        Ok(())
    }
}

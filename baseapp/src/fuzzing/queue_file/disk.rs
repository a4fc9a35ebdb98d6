//! [`Disk`]: a file in memory.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

/// A disk in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    image: Vec<u8>,
    /// It is not what it was any more.
    changed: bool,
}

impl Disk {
    pub(super) fn with(image: Vec<u8>) -> Disk {
        let changed = false;
        Disk(Arc::new(Mutex::new(State { image, changed })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.lock().image.clone()
    }

    /// Whether anything was ever written to it that was not there.
    pub(super) fn has_changed(&self) -> bool {
        self.lock().changed
    }
}

impl State {
    fn resize(&mut self, len: usize) {
        self.changed |= len != self.image.len();
        self.image.resize(len, 0);
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
        Ok(self.lock().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let range = range(offset, out.len())?;
        let state = self.lock();
        let there = state.image.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(there);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        assert!(len <= 64 << 20, "a file of {len} bytes");
        self.lock().resize(range(len, 0)?.start);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let range = range(offset, data.len())?;
        let mut state = self.lock();
        if state.image.len() < range.end {
            state.resize(range.end);
        }
        let there = &mut state.image[range];
        let changes = there != data;
        there.copy_from_slice(data);
        state.changed |= changes;
        Ok(())
    }
}

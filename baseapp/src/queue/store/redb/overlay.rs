//! [`Overlay`]: a file as it would be, were it written to.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

use super::front::View;

/// What changes are kept in.
const PAGE: usize = 4096;

/// Keeps what is written in memory, so that a file can be tried without a
/// change, and made before any of it is written.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    base: Option<View>,
    changes: Arc<Mutex<Changes>>,
}

#[derive(Debug)]
struct Changes {
    len: u64,
    /// How much of the base shows: what was cut off comes back as zeros.
    shows: u64,
    pages: BTreeMap<u64, Box<[u8]>>,
}

impl Overlay {
    /// Over nothing.
    pub(super) fn empty() -> Overlay {
        Overlay::new(None, 0)
    }

    /// Over a file.
    pub(super) fn over(base: View) -> io::Result<Overlay> {
        let len = base.len()?;
        Ok(Overlay::new(Some(base), len))
    }

    fn new(base: Option<View>, len: u64) -> Overlay {
        Overlay {
            base,
            changes: Arc::new(Mutex::new(Changes {
                len,
                shows: len,
                pages: BTreeMap::new(),
            })),
        }
    }

    /// All of it.
    pub(super) fn image(&self) -> io::Result<Vec<u8>> {
        let len = usize::try_from(self.len()?).map_err(io::Error::other)?;
        let mut image = vec![0; len];
        self.read(0, &mut image)?;
        Ok(image)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the base has of this.
    fn read_base(&self, shows: u64, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        let there = usize::try_from(shows.saturating_sub(offset)).unwrap_or(usize::MAX);
        let there = there.min(out.len());
        match &self.base {
            Some(base) if there > 0 => base.read(offset, &mut out[..there]),
            _ => Ok(()),
        }
    }
}

/// The pages that a range touches: which, where in it, and where in the range.
fn pages(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let (page, within) = (at / PAGE as u64, (at % PAGE as u64) as usize);
        let take = (PAGE - within).min(len - done);
        (take > 0).then(|| {
            done += take;
            (page, within, done - take..done)
        })
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > changes.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_base(changes.shows, offset, out)?;
        for (page, within, range) in pages(offset, out.len()) {
            if let Some(changed) = changes.pages.get(&page) {
                let len = range.len();
                out[range].copy_from_slice(&changed[within..within + len]);
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        changes.shows = changes.shows.min(len);
        if len < changes.len {
            let whole = len.div_ceil(PAGE as u64);
            changes.pages.split_off(&whole);
            if let Some(last) = changes.pages.get_mut(&(len / PAGE as u64)) {
                last[(len % PAGE as u64) as usize..].fill(0);
            }
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        let shows = changes.shows;
        for (page, within, range) in pages(offset, data.len()) {
            let mut copy = match changes.pages.remove(&page) {
                Some(changed) => changed,
                None => {
                    let mut copy = vec![0; PAGE].into_boxed_slice();
                    self.read_base(shows, page * PAGE as u64, &mut copy)?;
                    copy
                }
            };
            copy[within..within + range.len()].copy_from_slice(&data[range]);
            changes.pages.insert(page, copy);
        }
        changes.len = changes.len.max(offset + data.len() as u64);
        Ok(())
    }
}

//! [`Shared`]: a blob that lies in a buffer, as long as somebody has it.

use std::{
    fmt::{self, Debug, Formatter},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    buffer::Buffer,
    pool::{self, Owned},
};

/// In which state a blob is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// Its buffer may be used again.
    Free,
    /// Its buffer could not be mapped: it must be passed again.
    Unmapped,
    /// It was passed on to somebody who may read it for ever.
    Forfeited,
}

impl Back {
    pub(crate) fn to_number(self) -> u16 {
        match self {
            Back::Free => 0,
            Back::Unmapped => 1,
            Back::Forfeited => 2,
        }
    }

    pub(crate) fn from_number(number: u16) -> Option<Back> {
        Some(match number {
            0 => Back::Free,
            1 => Back::Unmapped,
            2 => Back::Forfeited,
            _ => return None,
        })
    }
}

/// Who has lent blobs to this process.
pub(crate) trait Lender: Send + Sync {
    /// Nobody of this process has the blob any more that came with this lease. May be
    /// called anywhere, with any lock held: it must not wait.
    fn give_back(&self, lease: u64, back: Back);
}

/// See the [module](self).
pub(crate) struct Shared {
    buffer: Arc<Buffer>,
    len: usize,
    hold: Hold,
    /// Somebody may read it who never says when he has ended: it is not written to again.
    forfeited: AtomicBool,
}

/// Why this process may read it.
enum Hold {
    /// It is its own; taken out when the blob is dropped.
    Own(Option<Owned>),
    Lent(Arc<dyn Lender>, u64),
}

impl Shared {
    pub(super) fn own(owned: Owned, len: usize) -> Shared {
        let buffer = Arc::clone(owned.buffer());
        Shared::new(buffer, len, Hold::Own(Some(owned)))
    }

    /// A blob at the start of a buffer, which goes back when this is dropped. `None` if
    /// the buffer is shorter.
    pub(crate) fn lent(
        buffer: Arc<Buffer>,
        len: usize,
        by: Arc<dyn Lender>,
        lease: u64,
    ) -> Option<Shared> {
        let fits = len <= buffer.bytes().len();
        fits.then(|| Shared::new(buffer, len, Hold::Lent(by, lease)))
    }

    fn new(buffer: Arc<Buffer>, len: usize, hold: Hold) -> Shared {
        let forfeited = AtomicBool::new(false);
        Shared {
            buffer,
            len,
            hold,
            forfeited,
        }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[..self.len]
    }

    pub(crate) fn buffer(&self) -> &Arc<Buffer> {
        &self.buffer
    }

    /// See [`forfeited`](Self::forfeited).
    pub(crate) fn forfeit(&self) {
        self.forfeited.store(true, Ordering::Release);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        match &mut self.hold {
            Hold::Own(owned) => {
                let owned = owned.take();
                if let Some(owned) = owned.filter(|_| !*self.forfeited.get_mut()) {
                    pool::give(owned);
                }
            }
            Hold::Lent(lender, lease) => {
                let forfeited = *self.forfeited.get_mut();
                let back = if forfeited {
                    Back::Forfeited
                } else {
                    Back::Free
                };
                lender.give_back(*lease, back);
            }
        }
    }
}

impl Debug for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({} bytes)", self.len)
    }
}

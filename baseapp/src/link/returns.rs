//! What this end says of blobs by itself: those that it gives back, and the buffers of its
//! own that are no more. It is said when the link is flushed.

use std::sync::atomic::Ordering;

use super::{Link, State, Taken, lock};
use crate::{
    blob::Back,
    wire::frame::{Header, Kind},
};

impl Link {
    /// Nobody of this process has a blob any more that was borrowed over this link.
    /// Nothing is done yet, as this may be called with any lock held.
    pub(crate) fn will_return(&self, lease: u64, back: Back) -> Taken {
        let mut returns = lock(&self.returns);
        returns.push((lease, back));
        self.any_returns.store(true, Ordering::Release);
        Taken {
            enlist: returns.len() == 1,
            flush: false,
        }
    }
}

impl State {
    /// Says what this end gives back, and which of its buffers are no more.
    #[inline]
    pub(super) fn put_returns(&mut self, link: &Link) {
        // Whoever adds one has the link flushed after that.
        if link.any_returns.load(Ordering::Acquire) || self.lending.may_forget() {
            self.put_each_return(link);
        }
    }

    #[cold]
    fn put_each_return(&mut self, link: &Link) {
        let mut returns = lock(&link.returns);
        link.any_returns.store(false, Ordering::Relaxed);
        let returned = std::mem::take(&mut *returns);
        drop(returns);
        for (lease, back) in returned {
            let header = Header::new(Kind::Return, back.to_number(), lease);
            self.outbox.put_bytes(header, &[]);
        }
        for at in self.lending.forget() {
            let header = Header::new(Kind::Forget, 0, at.into());
            self.outbox.put_bytes(header, &[]);
        }
    }
}

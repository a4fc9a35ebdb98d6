//! [`Giver`]: gives back blobs that were borrowed over a link.

use std::sync::Weak;

use super::Node;
use crate::{
    blob::{Back, Lender},
    link::Link,
};

/// See the [module](self).
pub(super) struct Giver {
    pub(super) node: Weak<Node>,
    pub(super) link: Weak<Link>,
}

impl Lender for Giver {
    fn give_back(&self, lease: u64, back: Back) {
        // Where the link has ended, its other end knows that nothing comes back.
        let (Some(node), Some(link)) = (self.node.upgrade(), self.link.upgrade()) else {
            return;
        };
        let taken = link.will_return(lease, back);
        node.taken(&link, taken);
    }
}

//! What holds for the links of a node.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// See the [module](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkOptions {
    /// Connections may go over to shared memory.
    pub(crate) lanes: bool,
    /// For how long a node that has nothing to do looks for more before it sleeps.
    pub(crate) spin: Duration,
}

impl LinkOptions {
    /// Sockets, and who has nothing to do sleeps.
    pub(crate) const PLAIN: LinkOptions = LinkOptions {
        lanes: false,
        spin: Duration::ZERO,
    };

    /// The same for a node of which something else may be said.
    pub(crate) fn spinning(self, own: Option<Duration>) -> LinkOptions {
        LinkOptions {
            spin: own.unwrap_or(self.spin),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_says_for_itself_how_long_it_looks_but_not_whether_there_is_shared_memory() {
        for lanes in [true, false] {
            let options = |micros| LinkOptions {
                lanes,
                spin: Duration::from_micros(micros),
            };
            let own = Some(Duration::from_micros(20));
            assert_eq!(options(50).spinning(own), options(20));
            assert_eq!(options(50).spinning(Some(Duration::ZERO)), options(0));
            assert_eq!(options(50).spinning(None), options(50));
        }
    }
}

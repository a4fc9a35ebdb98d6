//! What holds for the links of an app: shared memory, and looking for more.

use std::time::Duration;

use super::App;
use crate::wire::link_options::LinkOptions;

/// How long to look for more: about what it costs to sleep and to be woken.
const SPIN: Duration = Duration::from_micros(50);

impl App {
    /// Whether what workers say to each other may travel through shared memory, which is
    /// several times faster than sockets. Default: yes, unless the environment says
    /// `BASEAPP_SHARED_MEMORY=off`.
    ///
    /// Linux only; elsewhere, and wherever it cannot be made, connections stay on their
    /// sockets. It takes 0.5 MiB of address space per connection, and as much memory as
    /// is used of it. What is promised of messages is the same on either way.
    pub fn shared_memory(mut self, shared_memory: bool) -> App {
        self.link_options.lanes = shared_memory;
        self
    }

    /// For how long a worker, or main, that has nothing to do looks for more before it
    /// sleeps: to be woken by the system takes longer than all else that happens to a
    /// small message. It is done only while that mostly pays, and not where others want
    /// the processor; who is idle sleeps. Default: 50 µs. Zero: never. A worker may
    /// differ: see [`Supervision::spin`](crate::Supervision::spin).
    ///
    /// To look into [shared memory](Self::shared_memory) takes no call of the system.
    /// Sockets are looked at where the thread that would sleep is also the one that reads
    /// them: not for a worker or a main that is sync all through, and not on Windows.
    pub fn spin(mut self, longest: Duration) -> App {
        self.link_options.spin = longest;
        self
    }
}

/// What holds for apps that do not say.
pub(super) fn default() -> LinkOptions {
    let off = std::env::var("BASEAPP_SHARED_MEMORY").is_ok_and(|value| value == "off");
    LinkOptions {
        lanes: !off,
        spin: SPIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_one_stays_when_the_other_is_said() {
        let spin = Duration::from_millis(1);
        let options = |lanes| LinkOptions { lanes, spin };
        let app = App::new("x").shared_memory(true).spin(spin);
        assert_eq!(app.link_options, options(true));
        let app = app.shared_memory(false);
        assert_eq!(app.link_options, options(false));
        assert_eq!(app.shared_memory(true).link_options, options(true));
    }
}

//! Whether messages may travel through shared memory.

use std::time::Duration;

use super::App;
use crate::wire::hello::Lanes;

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
        self.lanes = match (shared_memory, self.lanes) {
            (true, Lanes::Off) => Lanes::On { spin: SPIN },
            (true, on @ Lanes::On { .. }) => on,
            (false, _) => Lanes::Off,
        };
        self
    }

    /// For how long a worker, or main, that has nothing to do looks for more before it
    /// sleeps, where it can do so in [shared memory](Self::shared_memory): to be woken by
    /// the system takes longer than all else that happens to a small message. It is done
    /// only while that mostly pays, and not where others want the processor; who is idle
    /// sleeps. Default: 50 µs. Zero: never. A worker may differ: see
    /// [`Supervision::spin`](crate::Supervision::spin).
    pub fn spin(mut self, longest: Duration) -> App {
        if let Lanes::On { spin } = &mut self.lanes {
            *spin = longest;
        }
        self
    }
}

/// What holds for apps that do not say.
pub(super) fn default_lanes() -> Lanes {
    match std::env::var("BASEAPP_SHARED_MEMORY") {
        Ok(value) if value == "off" => Lanes::Off,
        _ => Lanes::On { spin: SPIN },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_of_one_stays_when_the_other_is_said() {
        let millisecond = Duration::from_millis(1);
        let app = App::new("x").shared_memory(true).spin(millisecond);
        assert_eq!(app.lanes, Lanes::On { spin: millisecond });
        let app = app.shared_memory(true);
        assert_eq!(app.lanes, Lanes::On { spin: millisecond });
        let app = app.shared_memory(false).spin(millisecond);
        assert_eq!(app.lanes, Lanes::Off);
        assert_eq!(app.shared_memory(true).lanes, Lanes::On { spin: SPIN });
    }
}

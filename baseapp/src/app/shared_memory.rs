//! Whether messages may travel through shared memory.

use super::App;
use crate::wire::hello::Lanes;

impl App {
    /// Whether what workers say to each other may travel through shared memory, which is
    /// several times faster than sockets. Default: yes, unless the environment says
    /// `BASEAPP_SHARED_MEMORY=off`.
    ///
    /// Linux only; elsewhere, and wherever it cannot be made, connections stay on their
    /// sockets. It takes 0.5 MiB of address space per connection, and as much memory as
    /// is used of it. What is promised of messages is the same on either way.
    pub fn shared_memory(mut self, shared_memory: bool) -> App {
        self.lanes = if shared_memory { Lanes::On } else { Lanes::Off };
        self
    }
}

/// What holds for apps that do not say.
pub(super) fn default_lanes() -> Lanes {
    match std::env::var("BASEAPP_SHARED_MEMORY") {
        Ok(value) if value == "off" => Lanes::Off,
        _ => Lanes::On,
    }
}

//! What a service manager is told: `sd_notify`, the protocol of systemd
//! (<https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>). Only if it wants to know: then
//! `NOTIFY_SOCKET` names a datagram socket, and `WATCHDOG_USEC` a time within which it wants to
//! hear that the program lives.

use std::{env, ffi::OsString, time::Duration};

use super::platform;

/// The variables, which are main's: workers do not get them.
pub(super) const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The way to the service manager.
#[derive(Debug)]
pub(crate) struct ServiceManager {
    socket: OsString,
    /// How often it is told that the program lives.
    beat: Option<Duration>,
}

impl ServiceManager {
    /// The one that has started this process, if it wants to be told something.
    pub(crate) fn of_process() -> Option<ServiceManager> {
        let socket = env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty())?;
        let of = env::var("WATCHDOG_PID").ok();
        let is_for_us = of.is_none_or(|pid| pid == std::process::id().to_string());
        let within = env::var("WATCHDOG_USEC").ok().filter(|_| is_for_us);
        Some(ServiceManager {
            socket,
            beat: within.and_then(|micros| beat(&micros)),
        })
    }

    /// How often it wants to be told that the program lives.
    pub(crate) fn beat(&self) -> Option<Duration> {
        self.beat
    }

    /// All workers have started.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// The app stops.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// The program lives.
    pub(crate) fn alive(&self) {
        self.tell("WATCHDOG=1");
    }

    fn tell(&self, state: &str) {
        // A manager that is gone is no reason to stop.
        let _ = platform::send_datagram(&self.socket, state.as_bytes());
    }
}

/// Half of the time, as systemd recommends.
fn beat(micros: &str) -> Option<Duration> {
    let micros: u64 = micros.parse().ok()?;
    (micros > 1).then(|| Duration::from_micros(micros / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beat_is_half_of_what_is_wanted() {
        assert_eq!(beat("30000000"), Some(Duration::from_secs(15)));
        for none in ["", "0", "1", "-5", "soon"] {
            assert_eq!(beat(none), None, "{none}");
        }
    }
}

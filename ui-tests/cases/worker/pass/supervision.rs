//! All that a worker may say of how it is looked after.

#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use baseapp::{Restart, Supervision, Worker, prelude::*};

/// Nothing is said.
#[worker]
struct Plain;

#[worker(
    restart = "transient",
    intensity = "5 in 10s",
    backoff = "100ms..5s",
    hang = "10s",
    grace = "1.5s",
    spin = "20us"
)]
struct All {
    url: String,
}

/// No death is made good, and it is killed as soon as it is to stop.
#[worker(init = u32, intensity = "0 in 1h", grace = "0s")]
struct Strict;

#[worker]
impl Strict {
    #[init]
    fn init(_: u32) -> Self {
        Strict
    }
}

#[worker(restart = "permanent", backoff = "1s", spin = "0s")]
struct Steady;

/// The attribute may be made by a macro, from what it is given.
macro_rules! never_again {
    ($name:ident, $restart:literal, $hang:expr) => {
        #[worker(restart = $restart, hang = $hang)]
        struct $name;
    };
}

never_again!(Made, "temporary", "2m");

mod bare {
    #![no_implicit_prelude]

    #[::baseapp::worker(restart = "transient", intensity = "1 in 1s", hang = "100us")]
    pub(crate) struct Bare;
}

/// Names that generated code must not meet.
mod shadowed {
    #[allow(dead_code, non_camel_case_types, reason = "taken by nothing")]
    mod core {}
    #[allow(dead_code, reason = "taken by nothing")]
    struct Duration;
    #[allow(dead_code, reason = "taken by nothing")]
    struct Restart;
    #[allow(dead_code, reason = "taken by nothing")]
    struct Supervision;

    #[baseapp::worker(restart = "transient", grace = "1s")]
    pub(crate) struct Shadowed;

    impl Shadowed {
        /// The user's own.
        pub(crate) const SUPERVISION: u8 = 1;
    }
}

fn main() {
    const NEW: Supervision = Supervision::new();
    let seconds = Duration::from_secs;
    let all = NEW
        .restart(Restart::Transient)
        .intensity(5, seconds(10))
        .backoff(Duration::from_millis(100), seconds(5))
        .hang(seconds(10))
        .grace(Duration::from_millis(1_500))
        .spin(Duration::from_micros(20));
    let bare = NEW
        .restart(Restart::Transient)
        .intensity(1, seconds(1))
        .hang(Duration::from_micros(100));
    assert_eq!(Plain::SUPERVISION, NEW);
    assert_eq!(All::SUPERVISION, all);
    assert_eq!(
        Strict::SUPERVISION,
        NEW.intensity(0, seconds(3600)).grace(seconds(0))
    );
    assert_eq!(
        Steady::SUPERVISION,
        NEW.restart(Restart::Permanent)
            .backoff(seconds(1), seconds(1))
            .spin(seconds(0))
    );
    assert_eq!(
        Made::SUPERVISION,
        NEW.restart(Restart::Temporary).hang(seconds(120))
    );
    assert_eq!(bare::Bare::SUPERVISION, bare);
    assert_eq!(
        <shadowed::Shadowed as Worker>::SUPERVISION,
        NEW.restart(Restart::Transient).grace(seconds(1))
    );
    assert_eq!(shadowed::Shadowed::SUPERVISION, 1);
    assert!(All { url: String::new() }.url.is_empty());
}

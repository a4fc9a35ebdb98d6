//! A handler may say how long it may take.

#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use baseapp::{Handler, prelude::*};

#[message(reply = u64)]
struct Fetch;

#[message]
struct Changed;

#[message]
struct Plain;

#[worker(hang = "10s")]
struct Fetcher;

#[worker]
impl Fetcher {
    #[handler(Fetch, timeout = "30s")]
    async fn fetch(&mut self, _: Fetch) -> Result<u64, String> {
        Ok(1)
    }

    #[handler(Changed, timeout = "1.5ms", subscribe)]
    fn changed(&mut self, _: Changed) {}

    #[handler(Plain)]
    fn plain(&mut self, _: Plain) {}
}

impl Fetcher {
    /// The user's own.
    const TIMEOUT: u8 = 1;
}

mod bare {
    #![no_implicit_prelude]

    #[::baseapp::worker]
    pub(crate) struct Bare;

    #[::baseapp::worker]
    impl Bare {
        #[handler(super::Changed, subscribe, timeout = "1h")]
        fn changed(&mut self, _: super::Changed) {}
    }
}

/// Names that generated code must not meet.
mod shadowed {
    #[allow(dead_code, non_camel_case_types, reason = "taken by nothing")]
    mod core {}
    #[allow(dead_code, reason = "taken by nothing")]
    struct Duration;
    #[allow(dead_code, reason = "taken by nothing")]
    enum Option {
        Some,
    }

    #[baseapp::worker]
    pub(crate) struct Shadowed;

    #[baseapp::worker]
    impl Shadowed {
        #[handler(super::Changed, timeout = "1us")]
        fn changed(&mut self, _: super::Changed) {}
    }
}

fn main() {
    let timeouts = [
        <Fetcher as Handler<Fetch>>::TIMEOUT,
        <Fetcher as Handler<Changed>>::TIMEOUT,
        <Fetcher as Handler<Plain>>::TIMEOUT,
        <bare::Bare as Handler<Changed>>::TIMEOUT,
        <shadowed::Shadowed as Handler<Changed>>::TIMEOUT,
    ];
    let expected = [
        Some(Duration::from_secs(30)),
        Some(Duration::from_micros(1_500)),
        None,
        Some(Duration::from_secs(3600)),
        Some(Duration::from_micros(1)),
    ];
    assert_eq!(timeouts, expected);
    assert_eq!(Fetcher::TIMEOUT, 1);
}

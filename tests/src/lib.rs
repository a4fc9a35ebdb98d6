//! What the integration tests in `tests/` share: a watchdog that ends a test
//! that hangs, looks at the system's processes, gates that hold a handler,
//! fixture programs, and the ledger and the trails of runs with faults.

use std::{future::poll_fn, pin::Pin, task::Poll};

mod fixture;
mod gate;
pub mod ledger;
pub mod proc;
mod program;
pub mod proxy;
mod random;
pub mod raw;
pub mod trail;
mod watchdog;

pub use self::{
    fixture::{Ended, Fixture},
    gate::{Gate, Held, leave_word, pass, pass_async},
    program::{check, number, say},
    random::Random,
    watchdog::Test,
};

/// Polls a future once: it has begun, and may not be done.
pub async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    let mut future = Pin::new(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// The guard of the test that calls it: its first statement.
///
/// Aborts the test process if the test lasts longer than a minute, and fails
/// the test if a worker's process is left when it ends.
#[macro_export]
macro_rules! test {
    () => {
        $crate::test!(60)
    };
    ($seconds:expr) => {{
        fn here() {}
        $crate::Test::new(
            std::any::type_name_of_val(&here),
            std::time::Duration::from_secs($seconds),
        )
    }};
}

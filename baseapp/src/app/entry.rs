//! Where a program begins: what `#[baseapp::main]` and `#[baseapp::test]` call
//! before any code of the user.

use std::{
    cell::Cell,
    future::Future,
    io, process,
    sync::atomic::{AtomicBool, Ordering},
};

use tokio::runtime::{Builder, Runtime};

use crate::{
    hub::StartError,
    process::{Program, divert, is_worker},
    registry::registry,
    routes::RouteFormat,
    worker::in_main,
};

/// `#[baseapp::main]` has begun.
static MAIN: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The test that this thread runs.
    static TEST: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// How to run this program again as a worker.
pub(super) fn program() -> Result<Program, StartError> {
    if let Some(test) = TEST.get() {
        Ok(Program::Test(test))
    } else if MAIN.load(Ordering::Acquire) {
        Ok(Program::Main)
    } else if is_worker() {
        Err(StartError::NotDiverted)
    } else {
        Err(StartError::NotPrepared)
    }
}

/// A test runs on this thread: signals are its harness's business.
pub(super) fn is_test() -> bool {
    TEST.get().is_some()
}

/// Runs an async `main`.
///
/// # Panics
/// When the system refuses what a runtime needs.
#[doc(hidden)]
pub fn main_async<F: Future>(main: impl FnOnce() -> F) -> F::Output {
    begin();
    runtime().block_on(in_main(main()))
}

/// Runs a sync `main`.
#[doc(hidden)]
pub fn main_sync<R>(main: impl FnOnce() -> R) -> R {
    begin();
    main()
}

/// Runs an async test; `name` is its path, with the crate.
///
/// # Panics
/// When the system refuses what a runtime needs.
#[doc(hidden)]
pub fn test_async<F: Future>(name: &'static str, test: impl FnOnce() -> F) -> F::Output {
    begin_test(name);
    runtime().block_on(in_main(test()))
}

/// Runs a sync test; `name` is its path, with the crate.
#[doc(hidden)]
pub fn test_sync<R>(name: &'static str, test: impl FnOnce() -> R) -> R {
    begin_test(name);
    test()
}

fn begin() {
    divert(false);
    print_routes();
    MAIN.store(true, Ordering::Release);
}

fn begin_test(name: &'static str) {
    divert(true);
    // The harness knows its tests without the name of the crate.
    TEST.set(Some(name.split_once("::").map_or(name, |(_, path)| path)));
}

#[allow(
    clippy::expect_used,
    reason = "as any async main: without a runtime there is no program"
)]
fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system gives what a runtime needs")
}

/// Prints the routing table and exits, if the environment asks for it.
#[allow(
    clippy::exit,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the answer to a question on the command line"
)]
fn print_routes() {
    let Ok(format) = std::env::var("BASEAPP_ROUTES") else {
        return;
    };
    if format.is_empty() {
        return;
    }
    let format: RouteFormat = match format.parse() {
        Ok(format) => format,
        Err(error) => {
            eprintln!("BASEAPP_ROUTES: {error}");
            process::exit(2);
        }
    };
    match registry() {
        Ok(registry) => {
            let table = &registry.table;
            let text = format.render(table.workers(), table.routes());
            // A reader that has seen enough is no error.
            let _ = io::Write::write_all(&mut io::stdout(), text.as_bytes());
            process::exit(0);
        }
        Err(error) => {
            eprintln!("{error}");
            process::exit(1);
        }
    }
}

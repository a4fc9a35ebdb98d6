//! What a panic said, for the report of who died by it.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// The last panic of this thread: what it said, and where.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
    static REMEMBERS: Cell<bool> = const { Cell::new(false) };
}

/// Remembers what panics of this thread say, besides what the program does
/// with them.
pub(crate) fn remember_panics() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if REMEMBERS.get() {
                let payload = info.payload();
                let text = payload.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
                let said = text.unwrap_or("a panic without text");
                let place = info.location().map(|place| format!(" at {place}"));
                let text = format!("panicked{}: {said}", place.unwrap_or_default());
                LAST.set(Some(text));
            }
            next(info);
        }));
    });
    REMEMBERS.set(true);
}

/// Runs `run`; what its panic said if it panics.
pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    // What a panic has broken is not used again: the worker ends.
    panic::catch_unwind(AssertUnwindSafe(run))
        .map_err(|_| LAST.take().unwrap_or_else(|| "panicked".to_owned()))
}

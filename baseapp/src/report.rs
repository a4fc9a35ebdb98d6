//! What nobody asked for but somebody should know: to `tracing` if the program
//! has a subscriber, else to stderr.

/// Tells a death, with what a program may want to select it by.
pub(crate) fn died(worker: &str, life: u32, restarts: u64, returns: bool, text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "baseapp", worker, life, restarts, returns, "{text}");
    } else {
        warn(text);
    }
}

/// Tells something that went wrong and has no one to be returned to.
pub(crate) fn warn(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "baseapp", "{text}");
    } else {
        #[allow(clippy::print_stderr, reason = "the last resort of a report")]
        {
            eprintln!("{text}");
        }
    }
}

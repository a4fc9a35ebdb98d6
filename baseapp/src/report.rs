//! What nobody asked for but somebody should know: to `tracing` if the program
//! has a subscriber, else to stderr.

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

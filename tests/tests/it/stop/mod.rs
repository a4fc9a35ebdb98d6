//! Stopping: in order, with everything handled, and by force where it must be.

mod forced;
mod last_words;
mod orderly;
mod signals;

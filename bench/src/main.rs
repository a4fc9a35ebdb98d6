//! Measures baseapp beside its peers, always between two processes, and prints
//! one Markdown table. Run it with `cargo xtask bench`.

mod at_once;
mod chart;
mod child;
mod contender;
mod cpu;
mod lean;
mod load;
mod machine;
mod measure;
mod messages;
mod options;
mod pin;
mod program;
mod publication;
mod rounds;
mod stats;
mod table;
mod watchdog;
mod work;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The peers' children leave before anything that they do not need: their
    // start is measured too.
    child::divert().unwrap_or_else(program::main)
}

//! A main that says how the process ends.

#![deny(warnings, clippy::pedantic)]

use std::process::ExitCode;

/// Documented, and with attributes.
#[baseapp::main]
#[allow(clippy::unnecessary_wraps)]
pub fn main() -> ExitCode {
    let _unused = 1;
    ExitCode::SUCCESS
}

//! What the programs of tests do alike.

use std::io::Write as _;

use baseapp::{Error, Result};

/// Says something to who has started this program.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Who reads no more has seen enough.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// The number behind an option on the command line: more than 0.
///
/// # Errors
/// When it is missing, or no such number.
pub fn number(option: &str, value: Option<String>) -> Result<u64> {
    let value = value.unwrap_or_default();
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::msg(format!("{option} needs a number, not {value:?}")))
}

/// Goes on if all is well, and else says what is not.
///
/// # Errors
/// When it is not.
pub fn check(well: bool, what: impl FnOnce() -> String) -> Result<()> {
    match well {
        true => Ok(()),
        false => Err(Error::msg(what())),
    }
}

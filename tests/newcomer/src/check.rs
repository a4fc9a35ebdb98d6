//! Checks that say what was found.

use std::fmt::Debug;

/// An error unless both are the same.
pub fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> baseapp::Result<()> {
    if found == expected {
        Ok(())
    } else {
        let text = format!("{what}: {found:?} instead of {expected:?}");
        Err(baseapp::Error::msg(text))
    }
}

/// An error unless it is so.
pub fn holds(what: &str, so: bool) -> baseapp::Result<()> {
    same(what, so, true)
}

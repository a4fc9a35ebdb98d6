//! Panics: each is a finding, but for those of redb, which it has of some damage
//! and which the store catches.

use std::{panic, path::Path, process};

/// Ends the process at a panic, so that the fuzzer sees it; not at one of redb.
///
/// Takes the place of what the fuzzer's own start has set: that ends the process
/// at any panic.
pub(crate) fn watch() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let of_redb = info
            .location()
            .is_some_and(|place| is_of_redb(place.file()));
        if !of_redb {
            tell(info);
            process::abort();
        }
    }));
}

fn is_of_redb(file: &str) -> bool {
    let mut parts = Path::new(file).iter().map(|part| part.to_string_lossy());
    // As in `~/.cargo/registry/src/…/redb-4.6.0/src/db.rs`.
    parts.any(|part| {
        part.strip_prefix("redb-")
            .is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    })
}

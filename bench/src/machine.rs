//! What the figures depend on: facts about the machine, none that name it.

use std::thread::available_parallelism;

/// One line for the head of the table.
pub(crate) fn facts() -> String {
    let cores = available_parallelism().map_or_else(|_| "?".to_owned(), |count| count.to_string());
    let profile = if cfg!(debug_assertions) {
        "DEBUG BUILD, the figures mean nothing"
    } else {
        "release"
    };
    format!(
        "{cores} cores, {} {}, {} {}, {profile}",
        std::env::consts::OS,
        kernel(),
        env!("BENCH_RUSTC"),
        std::env::consts::ARCH,
    )
}

/// The kernel's version, where it says so in a file.
fn kernel() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").map_or_else(
        |_| "of unknown version".to_owned(),
        |release| release.trim().to_owned(),
    )
}

//! The table of faults names tests that exist.

use std::{collections::BTreeSet, process::Command};

use baseapp::Result;

const TABLE: &str = include_str!("../../../../FAULTS.md");

/// What stands in backquotes and looks like the path of a test here.
fn named() -> Vec<&'static str> {
    let quoted = TABLE.split('`').skip(1).step_by(2);
    let mine = [
        "blobs::",
        "conformance::",
        "deaths::",
        "faults::",
        "misuse::",
        "queue::",
        "restart::",
        "security::",
        "stop::",
    ];
    quoted
        .filter(|name| mine.iter().any(|module| name.starts_with(module)))
        .collect()
}

#[test]
fn every_test_that_the_table_names_exists() -> Result<()> {
    let _test = tests::test!();
    let listed = Command::new(std::env::current_exe()?)
        .arg("--list")
        .output()?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    let tests: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        // The same test with processes and with threads.
        .flat_map(|test| [Some(test), test.strip_suffix("::processes")])
        .flatten()
        .collect();
    let named = named();
    assert!(named.len() > 40, "{named:?}");
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !tests.contains(**name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    Ok(())
}

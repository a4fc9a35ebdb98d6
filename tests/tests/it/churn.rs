//! Many workers that come, talk and go: nothing is left of them.

use std::collections::HashMap;

use baseapp::Result;
use tests::{Fixture, proc};

const CHURN: &str = env!("CARGO_BIN_EXE_churn");

/// What the program says of itself, by what it is about.
struct Told(HashMap<String, u64>);

impl Told {
    fn of(&self, key: &str) -> u64 {
        *self
            .0
            .get(key)
            .unwrap_or_else(|| panic!("nothing of {key}"))
    }

    fn is_as_before(&self, key: &str) {
        let (before, after) = (
            self.of(&format!("{key}-before")),
            self.of(&format!("{key}-after")),
        );
        assert_eq!(after, before, "{key}");
    }
}

/// Runs the program to its end, and sees that nothing is left of it.
fn churn(arguments: &[&str]) -> Result<Told> {
    let mut fixture = Fixture::start(CHURN, arguments)?;
    let mut told = HashMap::new();
    while let Ok(line) = fixture.line() {
        if let Some((key, value)) = line.split_once(' ') {
            told.insert(key.to_owned(), value.parse()?);
        }
    }
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr, "");
    assert_eq!(fixture.files_left()?, [""; 0]);
    assert_eq!(proc::of_program_in(fixture.dir()), [0; 0]);
    let told = Told(told);
    told.is_as_before("descriptors");
    told.is_as_before("threads");
    told.is_as_before("tasks");
    assert_eq!(told.of("children-after"), 0);
    Ok(told)
}

#[test]
fn two_hundred_workers_meet_in_ten_thousand_random_pairs() -> Result<()> {
    let _test = tests::test!(120);
    let told = churn(&["200", "10000"])?;
    assert_eq!((told.of("asked"), told.of("told")), (5_000, 5_000));
    println!(
        "200 workers started in {} ms, met in {} ms, stopped in {} ms; main had {} descriptors",
        told.of("start-ms"),
        told.of("meet-ms"),
        told.of("stop-ms"),
        told.of("descriptors-full"),
    );
    Ok(())
}

#[test]
fn starting_and_stopping_an_app_again_and_again_leaves_nothing() -> Result<()> {
    let _test = tests::test!(120);
    let told = churn(&["30"])?;
    let (before, after) = (told.of("memory-before"), told.of("memory-after"));
    println!("{before} bytes after one round, {after} after 31");
    // What the allocator keeps, and not something of every round.
    assert!(after < before + (2 << 20), "{before} bytes -> {after}");
    Ok(())
}

//! What a user's program may look like, and what the compiler says when it is
//! wrong. Every case is a file whose name says what it shows.
//!
//! The `.stderr` files are written by `TRYBUILD=overwrite cargo test -p ui-tests`.
//! Read them as the user who made the mistake: is there one error, on the line
//! to be changed, that names the cure?

const CONCEPTS: [&str; 4] = ["worker", "handler", "message", "main"];

#[test]
fn cases() {
    let cases = trybuild::TestCases::new();
    for concept in CONCEPTS {
        cases.pass(format!("cases/{concept}/pass/*.rs"));
        cases.compile_fail(format!("cases/{concept}/fail/*.rs"));
    }
}

//! A main that is not async.

#![deny(warnings, clippy::pedantic)]

#[baseapp::main]
fn main() {
    assert_eq!(helper(), 1);
}

fn helper() -> u32 {
    1
}

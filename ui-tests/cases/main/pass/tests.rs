//! Tests are left out of a program, and so is all that belongs to them.

#![deny(warnings, clippy::pedantic)]

#[baseapp::test]
async fn asynchronous() -> baseapp::Result<()> {
    Ok(())
}

#[baseapp::test]
#[ignore = "slow"]
fn synchronous() {}

#[baseapp::test(crate = ::baseapp)]
#[should_panic(expected = "no")]
async fn r#loop() {
    panic!("no");
}

fn main() {}

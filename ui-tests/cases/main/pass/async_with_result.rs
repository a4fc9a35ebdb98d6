//! An async main that may fail.

#![deny(warnings, clippy::pedantic)]

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let port: u16 = "80".parse()?;
    assert_eq!(port, 80);
    Ok(())
}

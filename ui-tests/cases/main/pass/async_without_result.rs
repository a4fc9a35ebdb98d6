//! An async main that returns nothing.

#![deny(warnings, clippy::pedantic)]

#[baseapp::main]
async fn main() {
    std::future::ready(()).await;
}

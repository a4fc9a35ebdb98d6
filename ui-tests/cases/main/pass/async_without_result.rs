//! An async main that returns nothing.

#![deny(warnings)]

#[baseapp::main]
async fn main() {
    std::future::ready(()).await;
}

//! The library has another name in `Cargo.toml`, and its own in the code.

#![deny(warnings)]

extern crate baseapp as ba;

use ba::prelude::*;

#[message]
struct Print;

#[worker]
struct Printer;

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {}
}

fn main() {}

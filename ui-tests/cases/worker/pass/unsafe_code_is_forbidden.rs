//! A crate that forbids `unsafe` may have workers.

#![forbid(unsafe_code)]
#![deny(warnings)]

use baseapp::prelude::*;

#[message]
struct Print;

#[worker]
struct Printer;

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {}

    #[start]
    fn start(&mut self) {}
}

fn main() {}

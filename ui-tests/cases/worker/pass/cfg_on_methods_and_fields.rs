//! What is configured away is not called, and is not a second handler either.

#![deny(warnings)]

use baseapp::prelude::*;

#[message]
struct Print;

#[worker]
struct Printer {
    printed: u64,
    #[cfg(any())]
    never: NoSuchType,
    #[cfg(all())]
    #[local]
    always: Vec<*const u8>,
}

#[worker]
impl Printer {
    #[cfg(all())]
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        self.printed += self.always.len() as u64;
    }

    #[cfg(any())]
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        no_such_function();
    }

    #[handler(Missing, subscribe)]
    #[cfg(any())]
    fn missing(&mut self, _: Missing) {}

    #[cfg(any())]
    #[every("1s")]
    fn tick(&mut self) {}

    #[cfg_attr(all(), allow(unused_mut))]
    #[every("2s")]
    fn tock(&mut self) {
        let mut _unused = 0;
    }
}

fn main() {}

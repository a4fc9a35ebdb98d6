use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

fn main() {}

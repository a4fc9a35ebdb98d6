use baseapp::prelude::*;

#[worker]
struct Printer<T> {
    printed: T,
}

fn main() {}

use baseapp::prelude::*;

struct Handle(u8);

#[worker]
struct Printer {
    device: Handle,
}

fn main() {}

use baseapp::prelude::*;

struct Device(u32);

#[worker]
struct Printer {
    #[local]
    device: Device,
}

fn main() {}

use baseapp::prelude::*;

struct Handle(u8);

#[message]
struct Print {
    device: Handle,
}

#[message]
enum Change {
    Device(Handle),
}

fn main() {}

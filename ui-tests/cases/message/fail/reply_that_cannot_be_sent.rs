use baseapp::prelude::*;

struct Handle(u8);

#[message(reply = Handle)]
struct Print;

fn main() {}

use baseapp::prelude::*;

#[worker]
fn printer() {}

fn main() {}

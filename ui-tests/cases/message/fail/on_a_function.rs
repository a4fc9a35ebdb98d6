use baseapp::prelude::*;

#[message]
fn print() {}

#[data]
impl Label {}

struct Label;

fn main() {}

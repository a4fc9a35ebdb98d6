use baseapp::prelude::*;

#[local]
struct Printer;

fn main() {}

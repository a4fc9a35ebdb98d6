use baseapp::prelude::*;

struct Printer<T>(T);

#[worker]
impl<T> Printer<T> {}

#[worker]
impl Printer<u32> {}

fn main() {}

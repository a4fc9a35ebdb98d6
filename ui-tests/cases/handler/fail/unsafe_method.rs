use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Print)]
    unsafe fn print(&mut self, _: Print) {}
}

fn main() {}

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
    fn print(&mut self, _: Print, _times: u32) {}
}

fn main() {}

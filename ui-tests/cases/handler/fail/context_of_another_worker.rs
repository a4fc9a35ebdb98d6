use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
struct Scanner;

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print, _cx: &Context<Scanner>) {}
}

fn main() {}

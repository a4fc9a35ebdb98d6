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
    fn print(&mut self) {}

    #[handler(Print)]
    fn print_cx(&mut self, _cx: &Context<Self>) {}
}

fn main() {}

use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[run]
    fn run(&mut self, _cx: &Context<Self>) {}
}

fn main() {}

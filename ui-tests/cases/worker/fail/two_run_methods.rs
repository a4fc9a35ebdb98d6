use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[run]
    fn run(&mut self, _inbox: &mut Inbox<Self>) {}

    #[run]
    fn run_again(&mut self, _inbox: &mut Inbox<Self>) {}
}

fn main() {}

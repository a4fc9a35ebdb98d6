use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[run]
    async fn run(&mut self, _inbox: &mut Inbox<Self>) {}
}

fn main() {}

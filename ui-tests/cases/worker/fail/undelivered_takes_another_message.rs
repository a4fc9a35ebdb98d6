use baseapp::prelude::*;

#[message]
struct Print(String);

#[message(reply = u64)]
struct Count;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[undelivered(Print)]
    fn lost(&mut self, _count: Count) {}

    #[undelivered]
    fn lost_2(&mut self, _count: Count) {}
}

fn main() {}

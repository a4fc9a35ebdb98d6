use baseapp::prelude::*;

#[message(reply = u64)]
struct Count;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Count, subscribe)]
    fn count(&mut self, _: Count) -> u64 {
        self.printed
    }
}

fn main() {}

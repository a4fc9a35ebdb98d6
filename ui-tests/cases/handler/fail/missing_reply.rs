use baseapp::prelude::*;

#[message(reply = u64)]
struct Count;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Count)]
    fn count(&mut self, _: Count) {
        self.printed += 1;
    }
}

fn main() {}

use baseapp::prelude::*;

#[message(replay = u64)]
struct Count;

#[message(u64)]
struct Print;

#[message(reply(u64))]
struct Scan;

#[message(retries = 3, timout = "30s", prioritty = 7)]
struct Resize;

#[data(reply = u64)]
struct Label;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Count)]
    fn count(&mut self, _: Count) -> u64 {
        self.printed
    }
}

fn main() {}

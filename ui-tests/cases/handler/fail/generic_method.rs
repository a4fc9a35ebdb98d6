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
    #[handler(Print)]
    fn print<T: Default>(&mut self, _: Print) {}

    #[handler(Count)]
    fn count(&mut self, _: impl Into<Count>) -> u64 {
        self.printed
    }
}

fn main() {}

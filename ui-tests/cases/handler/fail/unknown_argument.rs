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
    #[handler(Print, subscribed)]
    fn print(&mut self, _: Print) {}

    #[handler(Count, Print)]
    fn count(&mut self, _: Count) -> u64 {
        self.printed
    }
}

fn main() {}

use baseapp::prelude::*;

#[message]
struct Print(String);

#[message(reply = u64)]
struct Count;

struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[start]
    fn start(&mut self) {}

    #[handler(Print)]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }

    #[handler(Count)]
    fn count(&mut self, _: Count) -> u64 {
        self.printed
    }
}

fn main() {}

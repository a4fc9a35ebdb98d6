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
    fn print(_: Print) {}

    #[handler(Count)]
    fn count(&mut self, _: Count, _: u32) -> u64 {
        self.printed
    }

    #[every("soon")]
    fn tick(&mut self) {}
}

fn main() {}

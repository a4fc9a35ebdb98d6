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
    #[handler(Count)]
    fn print(&mut self, _: Print) {}

    #[start]
    #[every("1s")]
    fn tick(&mut self) {}
}

fn main() {}

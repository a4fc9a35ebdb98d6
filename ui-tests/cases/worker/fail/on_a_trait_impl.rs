use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

trait Prints {
    fn print(&mut self, print: Print);
}

#[worker]
impl Prints for Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }
}

fn main() {}

use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }
}

#[worker]
impl Printer {
    #[handler(Print)]
    fn print_again(&mut self, _: Print) {
        self.printed += 2;
    }
}

fn main() {}

use baseapp::prelude::*;

struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, print: Print) {
        self.printed += print.0.len() as u64;
    }
}

fn main() {}

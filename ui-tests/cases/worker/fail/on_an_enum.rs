use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
enum Printer {
    Idle,
    Printing,
}

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        *self = if matches!(self, Printer::Idle) {
            Printer::Printing
        } else {
            Printer::Idle
        };
    }
}

fn main() {}

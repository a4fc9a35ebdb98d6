use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[cfg_attr(all(), handler(Print))]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }
}

fn main() {}

use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[action]
    fn work(&mut self) {
        self.printed += 1;
    }
}

fn main() {}

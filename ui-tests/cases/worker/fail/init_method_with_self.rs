use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(&mut self, printed: u32) {
        self.printed = printed;
    }
}

fn main() {}

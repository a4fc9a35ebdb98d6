use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(printed: u32) -> u32 {
        printed
    }
}

fn main() {}

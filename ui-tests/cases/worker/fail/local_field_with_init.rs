use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    #[local]
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(printed: u32) -> Self {
        Printer { printed }
    }
}

fn main() {}

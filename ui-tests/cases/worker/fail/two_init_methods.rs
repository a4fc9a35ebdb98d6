use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(printed: u32) -> Self {
        Printer { printed }
    }

    #[init]
    fn init_again(printed: u32) -> Self {
        Printer { printed }
    }
}

fn main() {}

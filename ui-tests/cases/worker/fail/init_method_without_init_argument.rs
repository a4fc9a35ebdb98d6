use baseapp::prelude::*;

#[worker]
struct Printer {
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

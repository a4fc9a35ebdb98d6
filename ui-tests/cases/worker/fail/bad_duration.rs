use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[every("1 second")]
    fn a(&self) {}

    #[every("10")]
    fn b(&self) {}

    #[every(1s)]
    fn c(&self) {}

    #[every]
    fn d(&self) {}

    #[every("0s")]
    fn e(&self) {}

    #[after("soon")]
    fn f(&self) {}
}

fn main() {}

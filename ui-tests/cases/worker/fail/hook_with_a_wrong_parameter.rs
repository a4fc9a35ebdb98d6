use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[start]
    fn start(&mut self, __printed: u64) {}

    #[every("1s")]
    fn tick(_cx: &Context<Self>) {}

    #[stop("now")]
    fn stop(&mut self) {}
}

fn main() {}

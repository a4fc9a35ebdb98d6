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
}

fn main() {
    let _ = App::new("hello").worker("printer", "three");
}

use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(cx: &Context<Self>) -> Self {
        Printer {
            printed: cx.name().len() as u32,
        }
    }
}

fn main() {}

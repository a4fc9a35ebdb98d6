use baseapp::prelude::*;

#[worker(init = u32)]
struct Printer {
    printed: u32,
}

#[worker]
impl Printer {
    #[init]
    fn init(printed: String) -> Self {
        Printer {
            printed: printed.len() as u32,
        }
    }
}

fn main() {}

use baseapp::prelude::*;

struct Config(u8);

#[worker(init = Config)]
struct Printer {
    printed: u8,
}

#[worker]
impl Printer {
    #[init]
    fn init(config: Config) -> Self {
        Printer { printed: config.0 }
    }
}

fn main() {}

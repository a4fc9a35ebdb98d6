use baseapp::prelude::*;

#[worker(int = u32)]
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

#[worker(pool = 4)]
struct Scanner;

#[worker(init)]
struct Copier;

#[worker(init = "u32")]
struct Fax;

#[worker(init = u32, init = u32)]
struct Modem;

#[worker]
impl Modem {
    #[init]
    fn init(_: u32) -> Self {
        Modem
    }
}

fn main() {}

use baseapp::prelude::*;

#[message]
struct Print {
    #[local]
    printed: u64,
}

fn main() {}

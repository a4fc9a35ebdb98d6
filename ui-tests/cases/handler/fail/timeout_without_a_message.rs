use baseapp::prelude::*;

#[message]
struct A;

#[worker]
struct Fetcher;

#[worker]
impl Fetcher {
    #[handler(timeout = "30s")]
    fn a(&mut self, _: A) {}
}

fn main() {}

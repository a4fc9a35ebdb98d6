use baseapp::prelude::*;

#[worker]
struct Printer;

#[worker(restart = "transient", intensity = "5 in 10s", backoff = "1s", hang = "10s", grace = "5s", spin = "20us")]
impl Printer {
    #[start]
    fn start(&mut self) {}
}

fn main() {}

use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[start]
    async fn start(&mut self) -> u64 {
        self.printed
    }
}

fn main() {}

use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

impl Printer {
    #[init]
    fn init(printed: u64) -> Self {
        Printer { printed }
    }

    #[start]
    fn start(&mut self) {}

    #[stop]
    fn stop(&mut self) {}

    #[every("1s")]
    fn tick(&mut self) {}

    #[after("1s")]
    fn late(&mut self) {}

    #[action]
    fn work(&mut self) -> Again {
        Again::Never
    }

    #[run]
    fn run(&mut self, _: &mut Inbox<Self>) {}

    #[undelivered(Print)]
    fn lost(&mut self, _: Print) {}
}

fn main() {}

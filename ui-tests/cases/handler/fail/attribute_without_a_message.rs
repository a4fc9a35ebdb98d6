use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler]
    fn print(&mut self, _: Print) {}

    #[handler()]
    fn print_2(&mut self, _: Print) {}

    #[handler("Print")]
    fn print_3(&mut self, _: Print) {}

    #[handler(subscribe)]
    fn print_4(&mut self, _: Print) {}
}

fn main() {}

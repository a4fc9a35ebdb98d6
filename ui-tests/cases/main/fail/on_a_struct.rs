#[baseapp::main]
struct Main;

fn main() {}

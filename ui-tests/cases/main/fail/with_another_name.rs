#[baseapp::main]
fn start() {}

fn main() {
    start();
}

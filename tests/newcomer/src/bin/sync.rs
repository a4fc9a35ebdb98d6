//! A `main` without async code.

use baseapp::prelude::*;

#[message(reply = u64)]
struct Double(u64);

#[worker]
struct Doubler;

#[worker]
impl Doubler {
    #[handler(Double)]
    fn double(&mut self, Double(number): Double) -> u64 {
        2 * number
    }
}

#[baseapp::main]
fn main() -> baseapp::Result<()> {
    let mut app = App::new("sync");
    let doubler = app.worker("doubler", Doubler)?;
    let app = baseapp::block_on(app.start())?;
    let four = baseapp::block_on(baseapp::ask::<Double>(&doubler, Double(2)))?;
    println!("{four}");
    baseapp::block_on(app.stop())
}

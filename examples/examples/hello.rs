//! A worker in a process of its own, asked for a greeting.
use baseapp::prelude::*;

#[message(reply = String)]
struct Greet(String);

#[worker]
struct Greeter;

#[worker]
impl Greeter {
    #[handler(Greet)]
    fn greet(&mut self, Greet(name): Greet) -> String {
        format!("Hello, {name}, from process {}!", std::process::id())
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let greeter = app.worker("greeter", Greeter)?;
    let app = app.start().await?;
    println!("{}", app.ask(&greeter, Greet("world".into())).await?);
    app.stop().await
}

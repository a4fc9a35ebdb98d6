use baseapp::prelude::*;

#[message]
struct Print(String);

#[message(reply = u64)]
struct Count;

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let printer = app.worker("printer", Printer { printed: 0 })?;
    let app = app.start().await?;
    println!("{}", app.ask::<Count>(&printer, Count).await?);
    Ok(app.stop().await?)
}

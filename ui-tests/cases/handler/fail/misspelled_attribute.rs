use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handlr(Print)]
    fn print(&mut self, _: Print) {
        self.printed += 1;
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let printer = app.worker("printer", Printer { printed: 0 })?;
    app.start()
        .await?
        .send::<Print>(&printer, Print("one error, not two".into()))
        .await?;
    Ok(())
}

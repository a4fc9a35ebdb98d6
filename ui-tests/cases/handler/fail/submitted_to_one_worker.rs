use baseapp::prelude::*;

#[message]
struct Print(String);

#[worker]
struct Printer;

#[worker]
impl Printer {
    #[handler(Print)]
    fn print(&mut self, Print(line): Print) {
        println!("{line}");
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("tasks");
    let printer = app.worker("printer", Printer)?;
    let printers = app.pool("printers", Printer, 2)?;
    let app = app.start().await?;
    app.submit::<Print>(&printer, Print("to one".into())).await?;
    app.send::<Print>(&printers, Print("to a pool".into())).await?;
    app.stop().await
}

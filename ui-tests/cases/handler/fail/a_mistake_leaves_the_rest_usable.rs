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
    const LIMIT: u64 = 3;

    #[handler(Print)]
    fn print(self, _: Print) {}

    #[handler(Count)]
    fn count(&mut self, _: Count) -> u64 {
        self.printed
    }

    fn helper(&self) -> u64 {
        Self::LIMIT
    }
}

/// Everything that the worker has is still there: the one error is the only one.
#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let printer = Printer {
        printed: Printer::LIMIT,
    };
    println!("{}", printer.helper());
    let printer = app.worker("printer", printer)?;
    let app = app.start().await?;
    app.send::<Print>(&printer, Print("hello".into())).await?;
    println!("{}", app.ask::<Count>(&printer, Count).await?);
    Ok(app.stop().await?)
}

use baseapp::prelude::*;

#[worker]
struct Printer {
    printed: u64,
}

struct Print;

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("hello");
    let printer = app.worker("printer", Printer { printed: 0 })?;
    app.start().await?.send::<Print>(&printer, Print).await?;
    Ok(())
}

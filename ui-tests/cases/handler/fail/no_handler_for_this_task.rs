use baseapp::prelude::*;

#[message(reply = u64)]
struct Square(u64);

#[message]
struct Print(String);

#[worker]
struct Squarer;

#[worker]
impl Squarer {
    #[handler(Square)]
    fn square(&mut self, Square(number): Square) -> u64 {
        number * number
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("tasks");
    let squarers = app.pool("squarers", Squarer, 2)?;
    let app = app.start().await?;
    app.submit::<Square>(&squarers, Square(3)).await?.await?;
    app.submit::<Print>(&squarers, Print("no".into())).await?;
    app.submit_all::<Print>(&squarers, [Print("no".into())]).await?;
    app.stop().await
}

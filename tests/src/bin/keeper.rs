//! A program that keeps its tasks in the file that it is told: some are done,
//! one is rejected, one is due in an hour.

use std::time::Duration;

use baseapp::prelude::*;

/// Halve a number, which must be even.
#[message(reply = u64)]
struct Halve(u64);

#[worker]
struct Halver;

#[worker]
impl Halver {
    #[handler(Halve)]
    fn halve(&mut self, Halve(number): Halve) -> baseapp::Result<u64> {
        match number % 2 {
            0 => Ok(number / 2),
            _ => Err(Task::reject(format!("{number} is odd"))),
        }
    }
}

#[baseapp::main]
#[allow(clippy::print_stdout, reason = "that is how a test hears of it")]
async fn main() -> baseapp::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next();
    let halvers = |app: &mut App| app.pool("halvers", Halver, 1);
    let Some(file) = file else {
        let mut app = App::new("forgetful");
        halvers(&mut app)?;
        return app.start().await?.stop().await;
    };
    let mut app = App::new("keeper").durable(file);
    let halvers = halvers(&mut app)?;
    let app = app.start().await?;
    if arguments.next().is_none() {
        let even = app.submit::<Halve>(&halvers, Halve(8)).await?;
        assert_eq!(even.await?, 4);
        let odd = app.submit::<Halve>(&halvers, Halve(7)).await?;
        println!("{}", odd.id());
        assert!(odd.await.is_err());
        let hour = Duration::from_secs(3600);
        app.submit(&halvers, Halve(2)).delay(hour).await?;
    }
    let stats = app.queue(&halvers).stats().await?;
    println!("{} delayed, {} dead", stats.delayed, stats.dead);
    println!("kept");
    app.stopping().await;
    app.stop().await
}

//! A worker ends the app: it counts down, and calls `exit`.
//!
//! Run it with `cargo run -p examples --example exit`.

use baseapp::prelude::*;

#[worker]
struct Countdown {
    left: u32,
}

#[worker]
impl Countdown {
    #[every("200ms")]
    fn count(&mut self, cx: &Context<Self>) {
        if self.left == 0 {
            cx.exit(); // asks the whole app to stop, in order
        } else {
            println!("{}", self.left);
            self.left -= 1;
        }
    }

    #[stop]
    fn stop(&mut self) {
        println!("the countdown stops");
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("exit");
    app.worker("countdown", Countdown { left: 3 })?;
    let app = app.start().await?;
    app.stopped().await?; // until somebody calls `exit`, or Ctrl-C
    println!("the app has stopped");
    Ok(())
}

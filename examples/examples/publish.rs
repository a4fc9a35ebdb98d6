//! Publishing: one message to every worker that subscribes to its type.
//!
//! Run it with `cargo run -p examples --example publish`.

use baseapp::prelude::*;

/// What the weather is like.
#[message]
struct Weather {
    place: String,
    degrees: i32,
}

/// Shows the weather.
#[worker]
struct Display;

#[worker]
impl Display {
    #[handler(Weather, subscribe)]
    fn show(&mut self, Weather { place, degrees }: Weather, cx: &Context<Self>) {
        println!("{}: {degrees} °C in {place}", cx.name());
    }
}

/// Warns of frost.
#[worker]
struct Warner {
    below: i32,
}

#[worker]
impl Warner {
    #[handler(Weather, subscribe)]
    fn warn(&mut self, Weather { place, degrees }: Weather, cx: &Context<Self>) {
        if degrees < self.below {
            println!("{}: frost in {place}!", cx.name());
        }
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("publish");
    app.worker("hall", Display)?;
    app.worker("lobby", Display)?;
    app.worker("warner", Warner { below: 0 })?;
    let app = app.start().await?;
    for (place, degrees) in [("Oslo", -4), ("Rome", 17)] {
        let place = place.to_owned();
        let sent = app.publish(Weather { place, degrees }).await?;
        println!("main: published to {sent} workers");
    }
    app.stop().await // every message that was sent is handled first
}

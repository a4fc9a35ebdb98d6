//! A worker that owns its thread: the loop of a window, which draws a frame
//! every 20 ms and handles messages in between.
//!
//! Run it with `cargo run -p examples --example event_loop`.

use std::time::{Duration, Instant};

use baseapp::prelude::*;

/// Time between two frames.
const FRAME: Duration = Duration::from_millis(20);

/// Adds a shape to the picture.
#[message]
struct Add(String);

/// Draws what it was sent.
#[worker]
struct Window {
    #[local]
    shapes: Vec<String>,
    #[local]
    changed: bool,
    #[local]
    frames: u32,
}

#[worker]
impl Window {
    #[handler(Add)]
    fn add(&mut self, Add(shape): Add) {
        self.shapes.push(shape);
        self.changed = true;
    }

    /// The loop. A message is handled when the loop dispatches it.
    #[run]
    fn run(&mut self, inbox: &mut Inbox<Self>) {
        let mut next_frame = Instant::now();
        while !inbox.is_stopping() {
            let left = next_frame.saturating_duration_since(Instant::now());
            if let Some(delivery) = inbox.wait_timeout(self, left) {
                inbox.dispatch(self, delivery);
            } else if next_frame <= Instant::now() {
                self.draw();
                next_frame += FRAME;
            }
        }
        println!("window: closed");
    }

    fn draw(&mut self) {
        self.frames += 1;
        if std::mem::take(&mut self.changed) {
            let shapes = self.shapes.join(", ");
            println!("window: frame {} shows {shapes}", self.frames);
        }
    }
}

/// Adds one shape after the other, and then ends the app.
#[worker]
struct Painter {
    window: Address<Window>,
    shapes: Vec<String>,
}

#[worker]
impl Painter {
    #[every("70ms")]
    async fn paint(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        match self.shapes.pop() {
            Some(shape) => cx.send::<Add>(&self.window, Add(shape)).await?,
            None => cx.exit(),
        }
        Ok(())
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("event-loop");
    let window = Window {
        shapes: vec![],
        changed: false,
        frames: 0,
    };
    let window = app.worker("window", window)?;
    let shapes = ["a square", "a circle", "a line"].map(str::to_owned);
    let shapes = shapes.into();
    app.run(Painter { window, shapes }).await
}

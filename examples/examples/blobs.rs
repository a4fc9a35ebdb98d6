//! Blobs: large payloads that are not copied on their way.
//!
//! A camera films, a filter passes the pictures on and counts the bright ones, a screen
//! shows what it gets. Each of them is a process; the bytes of a picture are written
//! once, and read where they are.
//!
//! Run it with `cargo run -p examples --example blobs`.

use baseapp::prelude::*;

const SIZE: usize = 640 * 480;

/// One picture, a byte for each of its points.
#[message]
struct Picture {
    number: u64,
    points: Blob,
}

/// Film so many pictures.
#[message(reply = ())]
struct Film(u64);

/// How many pictures came, and how many of them were bright?
#[message(reply = (u64, u64))]
struct Count;

#[worker]
struct Camera {
    to: Address<Filter>,
}

#[worker]
impl Camera {
    #[handler(Film)]
    async fn film(&mut self, Film(count): Film, cx: &Context<Self>) -> baseapp::Result<()> {
        for number in 0..count {
            let mut points = BlobMut::zeroed(SIZE);
            points.fill((number * 10 % 256) as u8);
            let points = points.freeze();
            cx.send(&self.to, Picture { number, points }).await?;
        }
        // What was sent before an ask that is answered has been handled.
        cx.ask(&self.to, Count).await?;
        Ok(())
    }
}

#[worker]
struct Filter {
    to: Address<Screen>,
    #[local]
    pictures: u64,
    #[local]
    bright: u64,
}

#[worker]
impl Filter {
    #[handler(Picture)]
    async fn picture(&mut self, picture: Picture, cx: &Context<Self>) -> baseapp::Result<()> {
        let sum: u64 = picture.points.iter().map(|point| u64::from(*point)).sum();
        self.pictures += 1;
        self.bright += u64::from(sum / SIZE as u64 > 127);
        cx.send(&self.to, picture).await?;
        Ok(())
    }

    #[handler(Count)]
    async fn count(&mut self, _: Count, cx: &Context<Self>) -> baseapp::Result<(u64, u64)> {
        cx.ask(&self.to, Count).await?;
        Ok((self.pictures, self.bright))
    }
}

#[worker]
#[derive(Default)]
struct Screen {
    #[local]
    shown: Option<Picture>,
    #[local]
    pictures: u64,
}

#[worker]
impl Screen {
    /// The last one is kept; the memory of the one before goes back to the camera.
    #[handler(Picture)]
    fn picture(&mut self, picture: Picture) {
        self.pictures += 1;
        self.shown = Some(picture);
    }

    #[handler(Count)]
    fn count(&mut self, _: Count) -> (u64, u64) {
        let shown = self.shown.as_ref();
        let bright = shown.is_some_and(|picture| picture.points[0] > 127);
        if let Some(Picture { number, points }) = shown {
            println!("picture {number} of {} bytes is shown", points.len());
        }
        (self.pictures, bright.into())
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("film");
    let screen = app.worker("screen", Screen::default())?;
    let filter = app.worker(
        "filter",
        Filter {
            to: screen.clone(),
            pictures: 0,
            bright: 0,
        },
    )?;
    let camera = app.worker("camera", Camera { to: filter.clone() })?;
    let app = app.start().await?;
    app.ask(&camera, Film(100)).await?;
    let (pictures, bright) = app.ask(&filter, Count).await?;
    println!("{bright} of {pictures} pictures were bright");
    app.stop().await
}

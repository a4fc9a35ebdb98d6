//! A main and two workers, each in a process of its own, until Ctrl-C.
//!
//! Run it with `cargo run -p examples --example multiprocess`.

use baseapp::prelude::*;

/// Beats.
#[worker]
struct Heart {
    #[local] // not sent to the process: starts from `Default` there
    beats: u32,
}

#[worker]
impl Heart {
    #[every("400ms")]
    fn beat(&mut self) {
        self.beats += 1;
        say("heart", format!("beat {}", self.beats));
    }
}

/// Ticks.
#[worker]
struct Clock {
    #[local]
    ticks: u32,
}

#[worker]
impl Clock {
    #[every("600ms")]
    fn tick(&mut self) {
        self.ticks += 1;
        say("clock", format!("tick {}", self.ticks));
    }
}

/// The worker that runs in the main process.
#[worker]
struct Main;

#[worker]
impl Main {
    #[start]
    fn start(&mut self) {
        say("main", "press Ctrl-C to stop".into());
    }

    #[every("1s")]
    fn look(&mut self) {
        say("main", "still here".into());
    }

    #[stop]
    fn stop(&mut self) {
        say("main", "goodbye".into());
    }
}

fn say(who: &str, what: String) {
    println!("{who} (process {}): {what}", std::process::id());
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("multiprocess");
    app.worker("heart", Heart { beats: 0 })?;
    app.worker("clock", Clock { ticks: 0 })?;
    app.run(Main).await
}

//! What a name costs: addresses stay good for as long as an app runs, so that a
//! name that was once used is kept by everybody.

use baseapp::prelude::*;
use tests::{proc, say};

use crate::{load::steady_pid, workers::Peer};

/// What is grown once, such as by the allocator, is grown after so many.
const WARM_UP: u64 = 1_000;

/// Starts and stops so many workers under one name, and then as many under a name
/// of their own each.
pub(crate) async fn run(count: u64) -> baseapp::Result<()> {
    let mut app = App::new("names");
    let pool = app.pool("hands", crate::workers::Hand, 1)?;
    app.worker("steady", Peer::new(&pool))?;
    let app = app.start().await?;
    let me = std::process::id();
    let steady = steady_pid(&proc::children(me));
    let memory = || (proc::memory(me), proc::memory(steady));
    for number in 0..WARM_UP {
        let name = format!("first-{}", number % 4);
        let worker = app.spawn_worker(name, Peer::new(&pool)).await?;
        app.stop_worker(&worker).await?;
    }
    for kind in ["one", "new"] {
        let before = memory();
        for number in 0..count {
            let name = match kind {
                "one" => "first-0".to_owned(),
                _ => format!("a-new-name-{number}"),
            };
            let worker = app.spawn_worker(name, Peer::new(&pool)).await?;
            app.stop_worker(&worker).await?;
        }
        let after = memory();
        let per = |before: u64, after: u64| after.saturating_sub(before) / count;
        say(&format!(
            "{kind} {} {}",
            per(before.0, after.0),
            per(before.1, after.1)
        ));
    }
    app.stop().await
}

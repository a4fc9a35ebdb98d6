//! A program as a newcomer would write it, which uses every feature once and
//! checks itself: it exits with 0 if all is as promised.

mod app;
mod check;
mod death;
mod messages;
mod tasks;
mod workers;

use baseapp::prelude::*;

use crate::workers::{Journal, Setup, Supervisor};

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    app::exercise(App::new("processes")).await?;
    app::exercise(App::new("threads").in_process()).await?;
    death::exercise().await?;
    death::survived().await?;
    tasks::exercise().await?;
    main_is_a_worker().await?;
    println!("all is well");
    Ok(())
}

/// `App::run`: main is a worker, too, until somebody calls `exit`.
async fn main_is_a_worker() -> baseapp::Result<()> {
    let mut app = App::new("main is a worker");
    let main = app.main::<Supervisor>()?;
    let path = std::env::temp_dir().join(format!("newcomer-run-{}", std::process::id()));
    let setup = Setup {
        path: path.clone(),
        report_to: Some(main),
    };
    app.worker::<Journal>("journal", setup)?;
    app.run(Supervisor { reports: 0 }).await?;
    std::fs::remove_file(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[baseapp::test]
    async fn workers_of_a_test_are_processes() -> baseapp::Result<()> {
        app::exercise(App::new("test")).await
    }

    #[baseapp::test]
    fn a_test_may_be_sync() -> baseapp::Result<()> {
        baseapp::block_on(app::exercise(App::new("sync test").in_process()))
    }
}

//! Workers of pools that cannot begin.

use std::time::Duration;

use baseapp::{Result, StartError, StopProblem, prelude::*};
use tests::proc;

use crate::common::problems;

/// Are you there, and in which process?
#[message(reply = u32)]
struct Pid;

/// Cannot begin once that file is there.
#[worker(init = Config)]
struct Frail {
    config: Config,
}

#[data]
struct Config {
    no_init: String,
    no_start: String,
}

#[worker]
impl Frail {
    #[init]
    fn init(config: Config) -> Result<Self> {
        if std::fs::exists(&config.no_init)? {
            return Err(baseapp::Error::msg("the film is used up"));
        }
        Ok(Frail { config })
    }

    #[start]
    fn start(&mut self) -> Result<()> {
        if std::fs::exists(&self.config.no_start)? {
            proc::kill(std::process::id())?;
        }
        Ok(())
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }
}

/// A directory, and what looks into it.
fn config() -> Result<(tempfile::TempDir, Config)> {
    let dir = tempfile::tempdir()?;
    let file = |name| dir.path().join(name).to_string_lossy().into_owned();
    let (no_init, no_start) = (file("no-init"), file("no-start"));
    Ok((dir, Config { no_init, no_start }))
}

/// The pool works, then its workers cannot begin any more: the app stops.
async fn cannot_begin_any_more(file: &str, how_said: &str) -> Result<()> {
    let (dir, config) = config()?;
    let mut app = App::new("boots").grace(Duration::from_millis(500));
    let pool = app.pool("frail", config, 2)?;
    let app = app.start().await?;
    let pid = app.submit::<Pid>(&pool, Pid).await?.await?;
    std::fs::write(dir.path().join(file), "")?;
    proc::kill(pid)?;
    app.stopping().await;
    // What waits is lost, and said to be.
    let problems = problems(app.stopped().await);
    let failed = problems.iter().find_map(|problem| match problem {
        StopProblem::PoolFailed { name, how } if name == "frail" => Some(how),
        _ => None,
    });
    assert!(
        failed.is_some_and(|how| how.contains(how_said)),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 1, "{problems:?}");
    Ok(())
}

#[baseapp::test]
async fn an_app_whose_pool_cannot_be_started_any_more_stops() -> Result<()> {
    let _test = tests::test!();
    cannot_begin_any_more("no-init", "the film is used up").await
}

#[baseapp::test]
async fn an_app_whose_pool_dies_as_it_starts_stops() -> Result<()> {
    let _test = tests::test!();
    cannot_begin_any_more("no-start", "SIGKILL").await
}

#[baseapp::test]
async fn a_pool_that_cannot_be_started_at_first_ends_the_start() -> Result<()> {
    let _test = tests::test!();
    let (dir, config) = config()?;
    std::fs::write(dir.path().join("no-init"), "")?;
    let mut app = App::new("boots");
    app.pool::<Frail>("frail", config, 2)?;
    let Err(StartError::Worker { name, how, .. }) = app.start().await else {
        panic!("started")
    };
    assert!(name.starts_with("frail#"), "{name}");
    assert!(how.contains("the film is used up"), "{how}");
    Ok(())
}

#[baseapp::test]
async fn a_few_deaths_at_boot_are_borne() -> Result<()> {
    let _test = tests::test!();
    let (dir, config) = config()?;
    let mut app = App::new("boots");
    let pool = app.pool("frail", config, 1)?;
    let app = app.start().await?;
    let pid = app.submit::<Pid>(&pool, Pid).await?.await?;
    let file = dir.path().join("no-start");
    std::fs::write(&file, "")?;
    proc::kill(pid)?;
    // The first one comes at once, the next ones later and later.
    while app.queue(&pool).stats().await?.workers == 1 {}
    tokio::time::sleep(Duration::from_millis(50)).await;
    std::fs::remove_file(&file)?;
    let other = app.submit::<Pid>(&pool, Pid).await?.await?;
    assert_ne!(other, pid);
    app.stop().await
}

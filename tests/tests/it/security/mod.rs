//! Who may connect, and what becomes of those who may not.

use std::{fs, os::unix::fs::FileTypeExt as _, path::PathBuf};

use baseapp::{Result, RunningApp, prelude::*};
use tests::Test;

use crate::common::Holder;

mod another_user;
mod door;
mod flood;
mod hello;
mod lies;
mod middle;
mod secrets;

async fn start() -> Result<(RunningApp, Address<Holder>)> {
    let mut app = App::new("guarded");
    let holder = app.worker("holder", Holder::default())?;
    app.worker("other", Holder::default())?;
    Ok((app.start().await?, holder))
}

/// The sockets of the hub, of main and of the workers.
fn sockets(test: &Test) -> Result<Vec<PathBuf>> {
    let dir = test
        .run_dir()
        .ok_or_else(|| baseapp::Error::msg("no run directory"))?;
    let entries = fs::read_dir(dir)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<_>>>()?;
    paths.retain(|path| fs::metadata(path).is_ok_and(|data| data.file_type().is_socket()));
    Ok(paths)
}

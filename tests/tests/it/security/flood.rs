//! A worker whose guardian asks the hub and does not read what it is answered. The
//! test stops the worker's process, and asks in its name, over its own control link.

use std::{
    fs,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream as Blocking,
    },
    time::{Duration, Instant},
};

use baseapp::{Cause, Result, prelude::*};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use tests::{Test, proc, raw};
use tokio::{io::AsyncWriteExt as _, net::UnixStream};

use crate::common::{Echo, Holder, Last, Witness};

const CONTROL: u8 = 11;

/// "How do I reach that worker?", of one that there is not.
const CONNECT: [u8; 5] = [6, 1, 0x8f, 0x4e, 1];

const PATIENCE: Duration = Duration::from_secs(60);

/// The worker's end of its control link.
fn control_link(pid: u32) -> Result<UnixStream> {
    let process = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let process = process.ok_or_else(|| baseapp::Error::msg("no such process"))?;
    let process = pidfd_open(process, PidfdFlags::empty())?;
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        let number = entry?.file_name().to_string_lossy().parse()?;
        let fd: OwnedFd = pidfd_getfd(&process, number, PidfdGetfdFlags::empty())?;
        let stream = Blocking::from(fd.as_fd().try_clone_to_owned()?);
        let peer = stream.peer_addr().ok();
        let path = peer.as_ref().and_then(|peer| peer.as_pathname());
        if path.is_some_and(|path| path.ends_with("hub")) {
            return Ok(UnixStream::from_std(stream)?);
        }
    }
    Err(baseapp::Error::msg("it has no control link"))
}

/// Asks, and never reads, until the process is gone.
async fn flood(mut link: UnixStream, pid: u32) -> Result<()> {
    let questions = raw::whole(CONTROL, &CONNECT).repeat(1000);
    let begun = Instant::now();
    while !proc::is_gone(pid) {
        assert!(begun.elapsed() < PATIENCE, "it lives on");
        let written = link.write_all(&questions);
        match tokio::time::timeout(Duration::from_secs(1), written).await {
            Ok(Ok(())) => {}
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    Ok(())
}

#[baseapp::test]
async fn a_worker_that_asks_and_does_not_read_is_killed_and_one_that_is_stopped_is_not()
-> Result<()> {
    let test: Test = tests::test!();
    let mut app = App::new("flood");
    let holder = app.worker("holder", Holder::default())?;
    let witness = app.worker("witness", Witness::default())?;
    let app = app.start().await?;
    let pid = test.worker("holder").unwrap_or(0);
    let link = control_link(pid)?;
    proc::stop(pid)?;
    // All others come to know of these, and so would it.
    for _ in 0..10 {
        let other = app.spawn_worker("other", Holder::default()).await?;
        app.stop_worker(&other).await?;
    }
    assert!(!proc::is_gone(pid), "it has asked for nothing");
    flood(link, pid).await?;
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    let died = app.ask(&witness, Last).await?;
    let died = died.filter(|died| died.worker == "holder");
    let cause = died.map(|died| died.cause);
    assert!(
        matches!(&cause, Some(Cause::Other(how)) if how.contains("does not read the answers")),
        "{cause:?}"
    );
    app.stop().await
}

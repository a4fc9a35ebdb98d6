//! What a service manager is told, that has started the program.

use std::{os::unix::net::UnixDatagram, time::Duration};

use baseapp::Result;
use tests::{Fixture, proc::Signal};

struct Manager {
    socket: UnixDatagram,
    _dir: tempfile::TempDir,
    path: std::path::PathBuf,
}

impl Manager {
    fn new() -> Result<Manager> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Manager {
            socket,
            _dir: dir,
            path,
        })
    }

    fn told(&self) -> Result<String> {
        let mut told = [0; 100];
        let length = self.socket.recv(&mut told)?;
        Ok(String::from_utf8_lossy(&told[..length]).into_owned())
    }
}

#[test]
fn it_is_told_when_all_is_ready_that_it_lives_and_when_it_stops() -> Result<()> {
    let _test = tests::test!();
    let manager = Manager::new()?;
    let mut fixture =
        Fixture::start_with(env!("CARGO_BIN_EXE_fixture"), &["idle", "2"], |command| {
            command.env("NOTIFY_SOCKET", &manager.path);
            command.env("WATCHDOG_USEC", "40000");
        })?;
    fixture.wait_for("started")?;
    // It lives also while it starts.
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "READY=1") {
        told.push(manager.told()?);
    }
    assert!(
        told[..told.len() - 1]
            .iter()
            .all(|told| told == "WATCHDOG=1"),
        "{told:?}"
    );
    for _ in 0..3 {
        assert_eq!(manager.told()?, "WATCHDOG=1");
    }
    fixture.signal(Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    let stopping = std::iter::from_fn(|| manager.told().ok()).find(|told| told != "WATCHDOG=1");
    assert_eq!(stopping.as_deref(), Some("STOPPING=1"));
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn it_may_have_a_name_in_place_of_a_path() -> Result<()> {
    use std::os::{linux::net::SocketAddrExt as _, unix::net::SocketAddr};

    let _test = tests::test!();
    let name = format!("baseapp-test-{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    let mut fixture =
        Fixture::start_with(env!("CARGO_BIN_EXE_fixture"), &["idle", "1"], |command| {
            command.env("NOTIFY_SOCKET", format!("@{name}"));
        })?;
    fixture.wait_for("started")?;
    let mut told = [0; 100];
    let length = socket.recv(&mut told)?;
    assert_eq!(&told[..length], b"READY=1");
    fixture.signal(Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    Ok(())
}

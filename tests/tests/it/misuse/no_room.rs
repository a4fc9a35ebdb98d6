//! A system that does not give what an app needs.

use std::{fs, io, path::PathBuf, process::Command};

use baseapp::Result;
use tests::{Ended, Fixture, proc};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");

/// Does not start, and leaves nothing: what it says.
fn refused(mut fixture: Fixture) -> Result<String> {
    let ended: Ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert_eq!(ended.stdout, "starting\n");
    assert_eq!(fixture.files_left()?, [""; 0], "{}", ended.stderr);
    assert_eq!(proc::of_program_in(fixture.dir()), [0; 0]);
    Ok(ended.stderr)
}

fn start(change: impl FnOnce(&mut Command)) -> Result<Fixture> {
    Ok(Fixture::start_with(FIXTURE, &["idle", "2"], change)?)
}

#[test]
fn a_directory_for_sockets_that_cannot_be_made_is_named() -> Result<()> {
    let _test = tests::test!();
    // Not there; and nothing can be made there, by nobody.
    for dir in ["/nonexistent/tmp", "/proc"] {
        let said = refused(start(|command| {
            command.env_remove("XDG_RUNTIME_DIR").env("TMPDIR", dir);
        })?)?;
        let expected = format!("cannot make a directory for sockets in {dir}");
        assert!(said.contains(&expected), "{said}");
    }
    let said = refused(start(|command| {
        command.env("XDG_RUNTIME_DIR", "/proc");
    })?)?;
    assert!(said.contains("for sockets in /proc"), "{said}");
    Ok(())
}

#[test]
fn a_runtime_directory_that_is_not_there_is_not_used() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let mut fixture = start(|command| {
        command
            .env("XDG_RUNTIME_DIR", "/nonexistent/run")
            .env("TMPDIR", dir.path());
    })?;
    fixture.wait_for("started")?;
    assert_eq!(fs::read_dir(dir.path())?.count(), 1);
    fixture.signal(proc::Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    assert_eq!(fs::read_dir(dir.path())?.count(), 0);
    Ok(())
}

/// The run directory of a main, by the lock that it holds.
fn run_dir(pid: u32) -> io::Result<PathBuf> {
    let open = fs::read_dir(format!("/proc/{pid}/fd"))?;
    let open = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let mut locks = open.filter(|file| file.ends_with("lock"));
    let lock = locks.next().ok_or(io::ErrorKind::NotFound)?;
    Ok(lock.parent().ok_or(io::ErrorKind::NotFound)?.to_owned())
}

#[test]
fn where_nothing_is_set_the_sockets_of_the_system_are_in_memory() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = start(|command| {
        command.env_remove("XDG_RUNTIME_DIR").env_remove("TMPDIR");
    })?;
    fixture.wait_for("started")?;
    let dir = run_dir(fixture.pid())?;
    // But not those of users whose files there go when they log out.
    let of_system = rustix::process::geteuid().as_raw() < 1000;
    assert_eq!(dir.starts_with("/dev/shm"), of_system, "{}", dir.display());
    assert!(fs::read_dir(&dir)?.count() > 2);
    fixture.signal(proc::Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    assert!(!dir.exists());
    Ok(())
}

#[test]
fn a_directory_whose_path_is_too_long_is_named_with_the_cure() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let deep = dir.path().join("x".repeat(100));
    fs::create_dir(&deep)?;
    let said = refused(start(|command| {
        command.env("XDG_RUNTIME_DIR", &deep);
    })?)?;
    assert!(said.contains(&*deep.to_string_lossy()), "{said}");
    assert!(
        said.contains("set TMPDIR or XDG_RUNTIME_DIR to a shorter one"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&deep)?.count(), 0);
    Ok(())
}

/// The fixture under a limit of the shell's.
fn limited(limit: &str, workers: &str) -> Result<Fixture> {
    let script = format!("ulimit {limit} && exec \"$0\" idle {workers}");
    Ok(Fixture::start("sh", &["-c", &script, FIXTURE])?)
}

#[test]
fn an_app_that_runs_out_of_descriptors_says_for_whom_and_leaves_nothing() -> Result<()> {
    let _test = tests::test!();
    // Some fail at a pipe, some at a socket, some at the process.
    for limit in 24..=40 {
        let said = refused(limited(&format!("-n {limit}"), "30")?)?;
        let plain = said.contains("cannot start a process for `idle-")
            || said.contains("cannot start the app");
        assert!(
            plain && said.contains("Too many open files"),
            "with {limit}: {said}"
        );
    }
    Ok(())
}

#[test]
fn an_app_that_has_hardly_any_descriptor_says_so() -> Result<()> {
    let _test = tests::test!();
    for limit in 12..24 {
        let said = refused(limited(&format!("-n {limit}"), "30")?)?;
        assert!(said.contains("Too many open files"), "with {limit}: {said}");
    }
    Ok(())
}

#[test]
fn a_pool_that_runs_out_of_descriptors_says_so_and_leaves_nothing() -> Result<()> {
    let _test = tests::test!(120);
    for limit in 12..=48 {
        let script = format!("ulimit -n {limit} && exec \"$0\" busy-pool 30");
        let mut fixture = Fixture::start("sh", &["-c", &script, FIXTURE])?;
        let ended = fixture.wait()?;
        assert_eq!(ended.status.code(), Some(1), "with {limit}: {ended:?}");
        let said = ended.stderr;
        assert!(said.contains("Too many open files"), "with {limit}: {said}");
        assert_eq!(fixture.files_left()?, [""; 0], "with {limit}: {said}");
        assert_eq!(proc::of_program_in(fixture.dir()), [0; 0]);
    }
    Ok(())
}

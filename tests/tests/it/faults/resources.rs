//! Resources that run out: memory, descriptors; and files that go.

use std::{
    fs,
    os::unix::fs::FileTypeExt as _,
    path::{Path, PathBuf},
};

use baseapp::{Cause, Result, prelude::*};

use crate::common::{Echo, Holder, Last, Pid, Witness};

/// Takes memory until it is killed.
#[message]
struct Eat;

/// In which process?
#[message(reply = u32)]
struct Place;

/// Eats.
#[worker]
struct Eater;

#[worker]
impl Eater {
    #[handler(Eat)]
    fn eat(&mut self, _: Eat) {
        let mut eaten = Vec::new();
        loop {
            eaten.push(vec![1_u8; 1 << 20]);
        }
    }

    #[handler(Place)]
    fn place(&self, _: Place) -> u32 {
        std::process::id()
    }
}

/// A group of processes that may have 32 MiB of memory, until it is dropped.
struct Cage(PathBuf);

impl Cage {
    /// `None` where the system does not let us: without rights, or without control groups.
    fn new(name: &str) -> Option<Cage> {
        let limits = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        limits.iter().find_map(|(root, limit)| {
            let cage = Cage(Path::new(root).join(format!("baseapp-{name}-{}", std::process::id())));
            fs::create_dir(&cage.0).ok()?;
            fs::write(cage.0.join(limit), "33554432").ok()?;
            // Where there is swap, it is not to be used.
            let _ = fs::write(cage.0.join("memory.swappiness"), "0");
            Some(cage)
        })
    }

    fn lock_in(&self, pid: u32) -> std::io::Result<()> {
        fs::write(self.0.join("cgroup.procs"), pid.to_string())
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[baseapp::test]
async fn a_worker_that_takes_too_much_memory_dies_of_that_and_lives_again() -> Result<()> {
    let _test = tests::test!();
    let Some(cage) = Cage::new("oom") else {
        println!("not tested: no control groups of memory may be made here");
        return Ok(());
    };
    let mut app = App::new("oom");
    let witness = app.worker("witness", Witness::default())?;
    let eater = app.worker("eater", Eater)?;
    let app = app.start().await?;
    let pid = app.ask(&eater, Place).await?;
    cage.lock_in(pid)?;
    app.send(&eater, Eat).await?;
    let died = loop {
        if let Some(died) = app.ask(&witness, Last).await? {
            break died;
        }
    };
    assert_eq!(died.cause, Cause::OutOfMemory, "{died}");
    assert_eq!(
        died.in_hand.map(|work| work.what).as_deref(),
        Some(std::any::type_name::<Eat>())
    );
    assert_ne!(app.ask(&eater, Place).await?, pid);
    assert!(app.stop().await.is_err(), "a message was in hand");
    Ok(())
}

/// In a process of its own: other tests need descriptors.
#[test]
fn a_worker_that_cannot_be_started_again_for_want_of_descriptors_is_given_up() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = tests::Fixture::start(env!("CARGO_BIN_EXE_fixture"), &["no-descriptors"])?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    for part in ["`idle` was given up", "Too many open files"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert_eq!(fixture.files_left()?, [""; 0]);
    Ok(())
}

#[baseapp::test]
async fn links_live_on_when_their_socket_files_are_deleted() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("deleted");
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    assert_eq!(app.ask(&holder, Echo("before".into())).await?, "before");
    let dir = test.run_dir().unwrap_or_default();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if fs::metadata(&path)?.file_type().is_socket() {
            fs::remove_file(path)?;
        }
    }
    assert_eq!(app.ask(&holder, Echo("after".into())).await?, "after");
    app.stop().await
}

#[baseapp::test]
async fn two_apps_of_one_name_do_not_know_each_other() -> Result<()> {
    let _test = tests::test!();
    let mut apps = Vec::new();
    for _ in 0..2 {
        let mut app = App::new("same");
        let holder = app.worker("holder", Holder::default())?;
        apps.push((app.start().await?, holder));
    }
    let [(first, of_first), (second, of_second)] = &apps[..] else {
        panic!("two were started")
    };
    let pids = (
        first.ask(of_first, Pid).await?,
        second.ask(of_second, Pid).await?,
    );
    assert_ne!(pids.0, pids.1);
    assert!(
        first.ask(of_second, Pid).await.is_err(),
        "an address of the other"
    );
    for (app, _) in apps {
        app.stop().await?;
    }
    Ok(())
}

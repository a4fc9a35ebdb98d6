//! [`Test`]: the guard of a test.

use std::{
    io::Write as _,
    path::PathBuf,
    process,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use crate::{fixture, proc};

/// See [`test!`](crate::test).
#[derive(Debug)]
pub struct Test {
    name: String,
    _ended: Sender<()>,
}

impl Test {
    /// `here` is the type name of something in the test.
    #[must_use]
    pub fn new(here: &str, limit: Duration) -> Test {
        let path = here.split_once("::").map_or(here, |(_, path)| path);
        let cut = path.find("::{{closure}}").or_else(|| path.rfind("::"));
        let name = path[..cut.unwrap_or(path.len())].to_owned();
        let name = without_inner(name);
        let (sender, ended) = mpsc::channel::<()>();
        let watched = name.clone();
        thread::spawn(move || {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                let text = format!("\nWATCHDOG: `{watched}` lasts longer than {limit:?}\n");
                // Straight to the descriptor: the harness captures the rest.
                let _ = std::io::stderr().write_all(text.as_bytes());
                fixture::kill_all();
                process::abort();
            }
        });
        Test {
            name,
            _ended: sender,
        }
    }

    /// Its path, as the harness knows it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process ids of its workers.
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        // What is just being started has the arguments of this process still, and they
        // may name this test, whosever it is.
        let own = proc::arguments(process::id());
        let mine = |pid: &u32| {
            let arguments = proc::arguments(*pid);
            arguments != own && arguments.contains(&self.name)
        };
        let mut workers = proc::children(process::id());
        workers.retain(mine);
        workers
    }

    /// The process id of a worker of it.
    #[must_use]
    pub fn worker(&self, name: &str) -> Option<u32> {
        let workers = self.workers().into_iter();
        let named = |pid: &u32| {
            proc::arguments(*pid)
                .last()
                .is_some_and(|last| last == name)
        };
        workers.filter(named).max()
    }

    /// The run directory of its app, which has workers.
    #[must_use]
    pub fn run_dir(&self) -> Option<PathBuf> {
        let sockets = self.workers().into_iter().flat_map(proc::listening);
        sockets
            .filter_map(|path| Some(path.parent()?.to_owned()))
            .next()
    }
}

/// `#[baseapp::test]` wraps an async function in one of the same name.
fn without_inner(mut name: String) -> String {
    let twice = name.rsplit_once("::").is_some_and(|(outer, own)| {
        let outer = outer.rsplit_once("::").map_or(outer, |(_, outer)| outer);
        outer == own
    });
    if twice {
        let end = name.rfind("::").unwrap_or(name.len());
        name.truncate(end);
    }
    name
}

impl Drop for Test {
    fn drop(&mut self) {
        if !thread::panicking() {
            let left = self.workers();
            assert!(
                left.is_empty(),
                "`{}` has left processes: {left:?}",
                self.name
            );
        }
    }
}

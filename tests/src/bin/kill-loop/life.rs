//! A life of the program that is killed, as the killer sees it.

use std::path::{Path, PathBuf};

use baseapp::Result;
use tests::{Fixture, check, proc};

/// Starts one; its sockets are where those of the others were.
pub(crate) fn start(dir: &Path, arguments: &[String]) -> Result<Fixture> {
    let program = std::env::current_exe()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let sockets = sockets(dir);
    std::fs::create_dir_all(&sockets)?;
    let program = program.to_string_lossy();
    Ok(Fixture::start_with(&program, &arguments, |command| {
        command.env("XDG_RUNTIME_DIR", sockets);
    })?)
}

fn sockets(dir: &Path) -> PathBuf {
    dir.join("run")
}

/// Nothing is left of any life; the last one has said how many children it had.
pub(crate) fn check_nothing_left(dir: &Path, children: Option<u64>) -> Result<()> {
    check(children == Some(0), || "main has children left".to_owned())?;
    let sockets = sockets(dir);
    let left = proc::of_program_in(&sockets);
    check(left.is_empty(), || format!("{left:?} are left"))?;
    let files = std::fs::read_dir(sockets)?.count();
    check(files == 0, || {
        format!("{files} files are left in the run directory")
    })
}

//! The example that does real work.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::Command,
};

use rustix::process::{Signal, kill_process};

use crate::{
    Result,
    expected::{count, read},
    process::{Ended, Example, make_public, program, run, start, worker},
    tree::{Tree, of_all_sorts, of_much_work},
};

/// Runs it to its good end.
fn wordcount(args: &[&str]) -> Result<String> {
    let Ended { status, out, err } = run("wordcount", args)?;
    let mut said = err.lines();
    let counting = said
        .next()
        .is_some_and(|line| line.starts_with("counting "));
    let counted = said.next().is_some_and(|line| line.ends_with(" files/s"));
    if status.success() && counting && counted && said.next().is_none() {
        return Ok(out);
    }
    Err(format!("{status}:\n{out}\nstderr:\n{err}").into())
}

#[test]
fn workers_count_what_one_process_counts_and_what_is_there() -> Result {
    let tree = of_all_sorts()?;
    let top = ["--top", "1000000"];
    let in_one = wordcount(&[&["--sequential", tree.path()], &top[..]].concat())?;
    for workers in ["1", "3"] {
        let out = wordcount(&[&["--workers", workers, tree.path()], &top[..]].concat())?;
        assert_eq!(out, in_one, "with {workers} workers");
    }

    let mut report = read(&in_one)?;
    let skipped = [
        ("binary.dat", "binary"),
        ("nested/binary.dat", "binary"),
        ("socket", "neither a file nor a directory"),
    ];
    let skipped = skipped.map(|(name, why)| format!("{}/{name}: {why}", tree.path()));
    assert_eq!(std::mem::take(&mut report.skipped), skipped);
    assert_eq!(report, count(&tree.files, 1_000_000));
    Ok(())
}

#[test]
fn lines_and_words_are_those_of_wc() -> Result {
    let tree = of_all_sorts()?;
    let wc = Command::new("wc")
        .arg("-lw")
        .args(tree.files.keys())
        .env("LC_ALL", "C")
        .output()?;
    let wc = String::from_utf8_lossy(&wc.stdout).into_owned();
    let mut total = wc
        .lines()
        .last()
        .ok_or("wc says nothing")?
        .split_whitespace();
    let report = read(&wordcount(&[tree.path()])?)?;
    let [_, lines, words, _] = report.total().map(|number| number.to_string());
    assert_eq!((total.next(), total.next()), (Some(&*lines), Some(&*words)));
    Ok(())
}

#[test]
fn an_empty_directory_is_counted() -> Result {
    let dir = tempfile::tempdir()?;
    let path = dir.path().to_str().ok_or("not UTF-8")?;
    let report = read(&wordcount(&[path])?)?;
    assert_eq!(report.total(), [0; 4]);
    assert!(report.words.is_empty() && report.skipped.is_empty());
    Ok(())
}

#[test]
fn the_top_is_as_long_as_wanted() -> Result {
    let tree = of_much_work()?;
    let report = read(&wordcount(&["-s", "--top", "3", tree.path()])?)?;
    assert_eq!(report.words, count(&tree.files, 3).words);
    Ok(())
}

#[test]
fn what_is_no_directory_is_named() -> Result {
    let file = tempfile::NamedTempFile::new()?;
    let file = file.path().to_str().ok_or("not UTF-8")?;
    for (dir, why) in [
        (
            "/no/such/directory",
            "No such file or directory (os error 2)",
        ),
        (file, "Not a directory (os error 20)"),
    ] {
        let Ended { status, out, err } = run("wordcount", &[dir])?;
        assert_eq!(status.code(), Some(1));
        assert_eq!(out, "");
        assert_eq!(
            err,
            format!("Error: cannot count the files of `{dir}`: {why}\n")
        );
    }
    Ok(())
}

#[test]
fn wrong_arguments_are_named() -> Result {
    for (args, named) in [
        (&["--workers", "0"][..], "\"0\""),
        (&["--worker", "2"], "--worker"),
        (&["--top"], "--top"),
        (&["/", "/usr"], "\"/usr\""),
    ] {
        let Ended { status, out, err } = run("wordcount", args)?;
        assert_eq!(status.code(), Some(1), "{args:?}");
        assert_eq!(out, "");
        assert!(
            err.starts_with("Error: ") && err.contains(named),
            "{args:?}: {err}"
        );
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    Ok(())
}

#[test]
fn help_is_printed() -> Result {
    let out = run("wordcount", &["--help"])?.well()?;
    assert!(out.contains("--workers N"), "{out}");
    Ok(())
}

#[test]
fn what_may_not_be_read_is_named() -> Result {
    let tree = of_much_work()?;
    let (file, dir) = (
        tree.dir.path().join("big-03.txt"),
        tree.dir.path().join("small"),
    );
    for path in [&file, &dir] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000))?;
    }
    let place = tempfile::tempdir()?;
    let mut command = as_no_root(&program("wordcount")?, place.path())?;
    command.args(["--workers", "2", tree.path()]);
    let ended = Example::start(command)?.ended();
    // Lets the directory be removed.
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;

    let Ended { status, out, err } = ended?;
    assert!(status.success(), "{out}\n{err}");
    let report = read(&out)?;
    let why = "Permission denied (os error 13)";
    let skipped = [file, dir].map(|path| format!("{}: {why}", path.display()));
    assert_eq!(report.skipped, skipped);
    assert_eq!(report.total()[0], 12);
    Ok(())
}

/// A command that runs the program as somebody who may not read everything.
fn as_no_root(program: &Path, place: &Path) -> Result<Command> {
    const NOBODY: u32 = 65534;
    if !rustix::process::geteuid().is_root() {
        return Ok(Command::new(program));
    }
    // The program may lie where only root may go.
    make_public(place)?;
    let copy = place.join("wordcount");
    fs::copy(program, &copy)?;
    let mut command = Command::new(copy);
    command.uid(NOBODY).gid(NOBODY);
    Ok(command)
}

/// Starts it, and holds main when it has begun to count.
fn held(tree: &Tree, workers: &str) -> Result<Example> {
    let args = ["--workers", workers, "--top", "100", tree.path()];
    let mut example = start("wordcount", &args)?;
    example.printed(&format!("with {workers} workers"))?;
    example.signal(Signal::STOP)?;
    Ok(example)
}

#[test]
fn a_file_that_has_vanished_is_named() -> Result {
    let mut tree = of_much_work()?;
    let example = held(&tree, "2")?;
    let last = tree.dir.path().join("zzz/last.txt");
    fs::remove_file(&last)?;
    example.signal(Signal::CONT)?;
    let Ended { status, out, err } = example.ended()?;
    assert!(status.success(), "{out}\n{err}");

    tree.files.remove(&last);
    let mut report = read(&out)?;
    let why = "No such file or directory (os error 2)";
    let skipped = std::mem::take(&mut report.skipped);
    assert_eq!(skipped, [format!("{}: {why}", last.display())]);
    assert_eq!(report, count(&tree.files, 100));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_files_of_a_worker_that_dies_are_counted_by_others() -> Result {
    let tree = of_much_work()?;
    let example = held(&tree, "3")?;
    kill_process(worker(example.pid(), "counter-2")?, Signal::KILL)?;
    example.signal(Signal::CONT)?;
    let Ended { status, out, err } = example.ended()?;
    assert!(status.success(), "{out}\n{err}");
    let death = "`counter-2` has died: killed by signal 9 (SIGKILL)";
    assert!(err.contains(death), "{err}");
    assert_eq!(read(&out)?, count(&tree.files, 100));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_worker_there_is_an_error() -> Result {
    let tree = of_much_work()?;
    let example = held(&tree, "1")?;
    kill_process(worker(example.pid(), "counter-1")?, Signal::KILL)?;
    example.signal(Signal::CONT)?;
    let Ended { status, out, err } = example.ended()?;
    assert_eq!(status.code(), Some(1), "{err}");
    assert_eq!(out, "");
    assert!(err.contains("Error: not all files were counted: "), "{err}");
    let death = "`counter-1` ended while the app ran: killed by signal 9 (SIGKILL)\n";
    assert!(err.contains(death), "{err}");
    Ok(())
}

#[test]
fn ctrl_c_ends_it_early() -> Result {
    let tree = of_much_work()?;
    let mut example = start("wordcount", &["--workers", "2", tree.path()])?;
    example.printed("with 2 workers")?;
    example.signal(Signal::INT)?;
    let Ended { status, out, err } = example.ended()?;
    assert_eq!(status.code(), Some(1), "{out}\n{err}");
    assert_eq!(out, "");
    let why = [
        "stopped before all files were counted",
        "not all files were counted: ",
    ];
    let error = err.split_once("Error: ").ok_or("no error")?.1;
    assert!(why.iter().any(|why| error.starts_with(why)), "{err}");
    Ok(())
}

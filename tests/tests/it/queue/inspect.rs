//! `BASEAPP_QUEUE`: a program answers about its file instead of starting.

use std::{
    path::Path,
    process::{Command, Output},
};

use baseapp::Result;
use tests::{Fixture, proc::Signal};

const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

fn ask(file: &Path, question: &str) -> std::io::Result<Output> {
    Command::new(KEEPER)
        .arg(file)
        .env("BASEAPP_QUEUE", question)
        .output()
}

fn answer(file: &Path, question: &str) -> std::io::Result<String> {
    let Output { status, stdout, .. } = ask(file, question)?;
    assert!(status.success(), "{question}: {status}");
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

fn refusal(file: &Path, question: &str) -> std::io::Result<(Option<i32>, String)> {
    let Output {
        status,
        stdout,
        stderr,
    } = ask(file, question)?;
    assert!(stdout.is_empty(), "{question}");
    Ok((status.code(), String::from_utf8_lossy(&stderr).into_owned()))
}

#[test]
fn a_program_tells_what_its_file_holds_and_replays_a_dead_letter() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("queue");
    let path = file.to_string_lossy().into_owned();

    let mut keeper = Fixture::start(KEEPER, &[&path])?;
    let id = keeper.line()?;
    keeper.wait_for("kept")?;
    let (code, told) = refusal(&file, "stats")?;
    assert!(code == Some(1) && told.contains("in use"), "{told}");
    keeper.signal(Signal::TERM)?;
    assert!(keeper.wait()?.status.success());

    let stats = answer(&file, "stats")?;
    assert!(
        stats.starts_with("halvers: 0 waiting, 1 delayed, 1 dead"),
        "{stats}"
    );
    let dead = answer(&file, "dead")?;
    assert!(dead.starts_with(&id) && dead.contains("7 is odd"), "{dead}");
    assert_eq!(dead.lines().count(), 1);

    let other = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";
    let (code, told) = refusal(&file, &format!("replay:{other}"))?;
    assert!(code == Some(1) && told.contains(other), "{told}");
    answer(&file, &format!("replay:{id}"))?;
    assert_eq!(answer(&file, "dead")?, "");
    assert!(answer(&file, "stats")?.contains("1 waiting"));

    // It runs again, and is rejected again.
    let mut keeper = Fixture::start(KEEPER, &[&path, "again"])?;
    keeper.wait_for("kept")?;
    keeper.signal(Signal::TERM)?;
    assert!(keeper.wait()?.status.success());
    assert!(answer(&file, "dead")?.starts_with(&id));
    Ok(())
}

#[test]
fn a_question_that_is_none_and_a_program_without_a_file_say_so() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("queue");
    let (code, told) = refusal(&file, "statistics")?;
    assert!(code == Some(2) && told.contains("`stats`"), "{told}");
    assert!(!file.exists());
    let output = Command::new(KEEPER)
        .env("BASEAPP_QUEUE", "stats")
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && told.contains("no task queue"),
        "{told}"
    );
    Ok(())
}

//! A program that somebody starts as a worker by hand.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use baseapp::Result;

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");
/// What a bootstrap begins with; its length follows.
const MAGIC: &[u8] = b"baseapp\x01";

/// Says that to a worker that nobody started, and hears what it says.
fn says(stdin: Option<&[u8]>, arguments: &[&str]) -> Result<String> {
    let _test = tests::test!(20);
    let mut command = Command::new(FIXTURE);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // It may have gone before it has read all.
        let _ = pipe.write_all(stdin.unwrap_or_default());
    }
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(output.stdout, b"", "the program itself has not run");
    let said = String::from_utf8(output.stderr)?;
    assert!(
        said.contains("this process was started as a worker"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    Ok(said)
}

fn contains(said: &str, what: &str) {
    assert!(said.contains(what), "{said}");
}

#[test]
fn a_worker_with_nothing_on_stdin_says_so() -> Result<()> {
    for stdin in [None, Some(&b""[..])] {
        let said = says(stdin, &["baseapp-worker", "x"])?;
        contains(&said, "its standard input ended too early");
    }
    let said = says(None, &["baseapp-worker"])?;
    contains(&said, "its standard input ended too early");
    Ok(())
}

#[test]
fn a_worker_with_garbage_on_stdin_says_that_it_is_not_started_by_hand() -> Result<()> {
    let megabyte = vec![b'x'; 1 << 20];
    for garbage in [&b"hello, are you there?\n"[..], &[0; 12], &megabyte] {
        let said = says(Some(garbage), &["baseapp-worker", "x"])?;
        contains(&said, "a worker is started by its app, not by hand");
    }
    Ok(())
}

#[test]
fn a_worker_whose_bootstrap_is_cut_off_says_so() -> Result<()> {
    let whole = [MAGIC, &100_u32.to_le_bytes(), &[0; 99]].concat();
    for cut in [1, 8, 10, 12, 13, whole.len()] {
        let said = says(Some(&whole[..cut]), &["baseapp-worker", "x"])?;
        contains(&said, "its standard input ended too early");
    }
    Ok(())
}

#[test]
fn a_bootstrap_longer_than_allowed_is_refused_before_it_is_there() -> Result<()> {
    let head = [MAGIC, &u32::MAX.to_le_bytes()].concat();
    let said = says(Some(&head), &["baseapp-worker", "x"])?;
    contains(&said, "a worker is started by its app, not by hand");
    Ok(())
}

#[test]
fn a_bootstrap_that_cannot_be_decoded_is_refused() -> Result<()> {
    let whole = [MAGIC, &100_u32.to_le_bytes(), &[0xff; 100]].concat();
    let said = says(Some(&whole), &["baseapp-worker", "x"])?;
    contains(&said, "what it was sent to begin with cannot be decoded");
    Ok(())
}

//! Who may connect, and what becomes of those who may not.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::{Duration, Instant},
};

use baseapp::{Result, RunningApp, prelude::*};
use tests::{Test, proc, raw};

use crate::common::{Echo, Holder};

/// Time for a hello, and some for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

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
    paths.retain(|path| path.file_name().is_some_and(|name| name != "lock"));
    Ok(paths)
}

/// Says that to every socket of the app, and awaits its end. On another
/// thread: main must be able to go on. How long the longest one lasted.
async fn say_to_all(test: &Test, said: Vec<u8>) -> Result<Duration> {
    let sockets = sockets(test)?;
    assert_eq!(sockets.len(), 4, "{sockets:?}");
    let start = Instant::now();
    let said = tokio::task::spawn_blocking(move || {
        let streams = sockets.iter().map(|path| {
            let mut stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            // It may be closed before all is written.
            let _ = stream.write_all(&said);
            Ok(stream)
        });
        for mut stream in streams.collect::<io::Result<Vec<_>>>()? {
            let mut answer = Vec::new();
            match stream.read_to_end(&mut answer) {
                Ok(_) => assert!(answer.len() < 4096, "{} bytes for a stranger", answer.len()),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    });
    said.await??;
    Ok(start.elapsed())
}

/// Is shown the door, and the app goes on.
async fn refused(test: &Test, said: Vec<u8>) -> Result<Duration> {
    let (app, holder) = start().await?;
    let lasted = say_to_all(test, said).await?;
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    app.stop().await?;
    Ok(lasted)
}

#[baseapp::test]
async fn the_run_directory_and_its_sockets_are_for_this_user_alone() -> Result<()> {
    let test = tests::test!();
    let (app, _) = start().await?;
    let dir = test.run_dir().unwrap_or_default();
    assert_eq!(proc::mode(&dir)?, 0o700);
    for socket in sockets(&test)? {
        assert_eq!(proc::mode(&socket)?, 0o600, "{}", socket.display());
    }
    app.stop().await?;
    assert!(!dir.exists());
    Ok(())
}

#[baseapp::test]
async fn no_secret_stands_in_the_arguments_or_the_environment() -> Result<()> {
    let test = tests::test!();
    let (app, _) = start().await?;
    for worker in test.workers() {
        let arguments = proc::arguments(worker);
        let secret =
            |text: &str| text.contains("baseapp-0") || text.contains("/w") || text.contains("/hub");
        assert!(
            !arguments[1..].iter().any(|text| secret(text)),
            "{arguments:?}"
        );
        // It has the environment of main, and nothing more.
        assert_eq!(
            proc::environment(worker).len(),
            proc::environment(std::process::id()).len()
        );
    }
    app.stop().await
}

#[baseapp::test]
async fn garbage_is_refused() -> Result<()> {
    refused(
        &tests::test!(),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100),
    )
    .await?;
    Ok(())
}

#[baseapp::test]
async fn a_frame_longer_than_allowed_is_refused_before_it_is_there() -> Result<()> {
    let lasted = refused(&tests::test!(), raw::frame(u32::MAX, raw::HELLO, &[])).await?;
    assert!(
        lasted < Duration::from_millis(900),
        "it was waited for: {lasted:?}"
    );
    Ok(())
}

#[baseapp::test]
async fn a_frame_that_is_not_a_hello_is_refused() -> Result<()> {
    refused(&tests::test!(), raw::whole(1, b"message")).await?;
    Ok(())
}

#[baseapp::test]
async fn a_hello_of_another_version_is_refused() -> Result<()> {
    // Protocol 9, two hashes, a token and an id, as postcard writes them.
    let mut hello = vec![9, 1, 1];
    hello.extend_from_slice(&[0; 16]);
    hello.push(1);
    refused(&tests::test!(), raw::whole(raw::HELLO, &hello)).await?;
    Ok(())
}

#[baseapp::test]
async fn a_frame_that_never_ends_is_closed_after_a_second() -> Result<()> {
    let lasted = refused(&tests::test!(), raw::frame(100, raw::HELLO, b"half")).await?;
    assert!(lasted >= Duration::from_millis(900), "{lasted:?}");
    Ok(())
}

#[baseapp::test]
async fn silence_is_closed_after_a_second() -> Result<()> {
    let lasted = refused(&tests::test!(), Vec::new()).await?;
    assert!(lasted >= Duration::from_millis(900), "{lasted:?}");
    Ok(())
}

#[baseapp::test]
async fn a_hundred_silent_connections_do_not_keep_out_a_real_one() -> Result<()> {
    let test = tests::test!();
    let (app, holder) = start().await?;
    let mut silent = Vec::new();
    for socket in sockets(&test)? {
        for _ in 0..100 {
            silent.push(UnixStream::connect(&socket)?);
        }
    }
    assert_eq!(app.ask(&holder, Echo("in".into())).await?, "in");
    drop(silent);
    app.stop().await
}

#[baseapp::test]
async fn two_apps_of_one_name_do_not_disturb_each_other() -> Result<()> {
    let test = tests::test!();
    let (one, holder_of_one) = start().await?;
    let (other, holder_of_other) = start().await?;
    assert_eq!(one.ask(&holder_of_one, Echo("1".into())).await?, "1");
    assert_eq!(test.workers().len(), 4);
    other.stop().await?;
    assert_eq!(one.ask(&holder_of_one, Echo("1".into())).await?, "1");
    assert!(one.ask(&holder_of_other, Echo("2".into())).await.is_err());
    one.stop().await
}

/// The program that another user runs: tries to connect to each of the
/// sockets, and to list the directory.
#[baseapp::test]
async fn another_user_cannot_connect() -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let test = tests::test!();
    if !is_root() {
        println!("skipped: only root may become another user");
        return Ok(());
    }
    let (app, holder) = start().await?;
    let dir = test.run_dir().unwrap_or_default();
    for socket in sockets(&test)? {
        let script = "test -S \"$1\" && exit 7; ls \"$2\" 2>/dev/null && exit 8; exit 0";
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script, "sh"]).arg(&socket).arg(&dir);
        let status = command.current_dir("/").uid(65534).gid(65534).status()?;
        assert_eq!(status.code(), Some(0), "{}", socket.display());
    }
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    app.stop().await
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t0"))
}

//! Connections that say something else than a hello, or nothing.

use std::{
    io,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use baseapp::{ManageErrorKind, Result};
use tests::{
    Test,
    proxy::{Faults, Proxy},
    raw,
};

use super::{sockets, start};
use crate::common::{Echo, Holder};

/// Time for a hello, and some for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

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

/// The guardian of a worker connects to the hub before anybody knows the worker: who
/// stands between the two is another process than the one that was started.
#[baseapp::test]
async fn a_worker_that_does_not_come_by_itself_is_refused() -> Result<()> {
    let test = tests::test!();
    let (app, holder) = start().await?;
    let hub = test.run_dir().unwrap_or_default().join("hub");
    let proxy = Proxy::at(&hub, |_| Faults::none())?;
    let Err(error) = app.spawn_worker("late", Holder::default()).await else {
        panic!("it was let in")
    };
    assert_eq!(proxy.connections(), 1);
    assert!(matches!(error.kind, ManageErrorKind::Failed(_)), "{error}");
    proxy.leave()?;
    app.spawn_worker("late", Holder::default()).await?;
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    app.stop().await
}

//! A worker that was let in, and then lies. The test is main, so that it may
//! use main's token and say what it wants.

use std::{io, time::Duration};

use baseapp::Result;
use tests::{Test, raw};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use super::{middle::Middle, start};
use crate::common::{Echo, Notes};

const MESSAGE: u8 = 1;
const ASK: u8 = 2;
const REPLY: u8 = 3;
const FAILURE: u8 = 4;
const ACK: u8 = 5;
const STREAM_ITEM: u8 = 6;
const CONTROL: u8 = 11;
const PATIENCE: Duration = Duration::from_secs(5);

/// Has the holder told those lies by somebody whom it has let in, one
/// connection for each. What it does then; and the app goes on.
async fn tell(test: &Test, lies: Vec<Vec<u8>>) -> Result<Vec<Told>> {
    let (app, holder) = start().await?;
    let middle = Middle::before(test, "holder")?;
    let mut told = Vec::new();
    for lie in lies {
        let liar = async {
            let (_guest, hello) = middle.record().await?;
            let mut host = UnixStream::connect(&middle.real).await?;
            host.write_all(&hello).await?;
            assert_eq!(raw::kind(&raw::read(&mut host).await?), raw::WELCOME);
            listen(host, lie).await
        };
        let (asked, heard) = tokio::join!(app.ask(&holder, Echo("?".into())), liar);
        assert!(asked.is_err(), "it was not passed on");
        told.push(heard?);
    }
    middle.leave()?;
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    let noted = app.ask(&holder, Notes).await?;
    assert!(noted.is_empty(), "{noted:?}");
    app.stop().await?;
    Ok(told)
}

#[derive(Clone, Debug, PartialEq)]
enum Told {
    /// The connection was closed.
    Closed,
    /// The connection lives: an ask that follows is answered with this kind.
    Answered(u8),
}

/// Tells the lie, and then asks for something that nobody handles.
async fn listen(mut host: UnixStream, lie: Vec<u8>) -> io::Result<Told> {
    let mut said = lie;
    let mut ask = raw::whole(ASK, &[]);
    ask[6..8].copy_from_slice(&u16::MAX.to_le_bytes());
    said.extend_from_slice(&ask);
    // It may be closed before all is written.
    let _ = host.write_all(&said).await;
    let heard = async {
        let first = raw::read(&mut host).await;
        match first {
            Ok(frame) => Told::Answered(raw::kind(&frame)),
            Err(_) => Told::Closed,
        }
    };
    let told = tokio::time::timeout(PATIENCE, heard).await?;
    if told == Told::Closed {
        return Ok(told);
    }
    // What is open is closed by us.
    host.shutdown().await?;
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, host.read_to_end(&mut rest)).await?;
    Ok(told)
}

#[baseapp::test]
async fn a_lie_of_the_frame_closes_the_connection_and_nothing_else() -> Result<()> {
    let test = tests::test!();
    let mut flags = raw::whole(MESSAGE, &[]);
    flags[5] = 0x80;
    let lies = vec![
        raw::whole(0, &[]),
        raw::whole(99, &[]),
        flags,
        raw::frame(65 << 20, MESSAGE, &[]),
        raw::frame(u32::MAX, MESSAGE, &[]),
        raw::whole(raw::HELLO, &[1; 20]),
        raw::whole(raw::WELCOME, &[]),
        raw::whole(CONTROL, &[1, 2, 3]),
    ];
    let count = lies.len();
    let told = tell(&test, lies).await?;
    for (number, told) in told.iter().enumerate() {
        assert_eq!(*told, Told::Closed, "lie {number} of {count}");
    }
    Ok(())
}

#[baseapp::test]
async fn a_lie_about_what_was_handled_closes_the_connection() -> Result<()> {
    let test = tests::test!();
    let mut more_than_was_sent = raw::whole(ACK, &[0; 8]);
    more_than_was_sent[8] = 200;
    let lies = vec![raw::whole(ACK, &[0; 3]), more_than_was_sent];
    assert_eq!(tell(&test, lies).await?, [Told::Closed, Told::Closed]);
    Ok(())
}

#[baseapp::test]
async fn answers_that_nobody_awaits_are_dropped() -> Result<()> {
    let test = tests::test!();
    let mut doubled = raw::whole(REPLY, &[1, 2, 3]);
    doubled[8] = 7;
    doubled.extend_from_within(..);
    let lies = vec![
        raw::whole(REPLY, &[]),
        doubled,
        raw::whole(FAILURE, &[0xff; 9]),
        raw::whole(STREAM_ITEM, &[1]),
    ];
    let count = lies.len();
    let told = tell(&test, lies).await?;
    assert_eq!(told, vec![Told::Answered(FAILURE); count]);
    Ok(())
}

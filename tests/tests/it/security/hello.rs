//! A hello that was recorded by a man in the middle, and is repeated or forged.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use baseapp::{AskError, Result, prelude::*};
use tests::raw;
use tokio::{io::AsyncWriteExt as _, net::UnixStream};

use super::{middle::Middle, start};
use crate::common::{Echo, Holder};

/// How a refusal is encoded: by its place in the list.
const ANOTHER_BUILD: &[u8] = &[1];
const NO_SUCH_TOKEN: &[u8] = &[2];
const ANOTHER_PROCESS: &[u8] = &[3];

/// What comes of a hello.
#[derive(Debug, PartialEq)]
enum Answer {
    Welcome,
    Refused(Vec<u8>),
    /// Closed without an answer, at once or when the time was over.
    Closed {
        at_once: bool,
    },
}

async fn knock(at: &Path, hello: &[u8]) -> io::Result<(Answer, UnixStream)> {
    let mut stream = UnixStream::connect(at).await?;
    stream.write_all(hello).await?;
    let start = Instant::now();
    let answer = match raw::read(&mut stream).await {
        Ok(frame) if raw::kind(&frame) == raw::WELCOME => Answer::Welcome,
        Ok(frame) => {
            assert_eq!(raw::kind(&frame), raw::REFUSED);
            Answer::Refused(raw::payload(&frame).to_vec())
        }
        Err(_) => Answer::Closed {
            at_once: start.elapsed() < Duration::from_millis(900),
        },
    };
    Ok((answer, stream))
}

/// The hello with a byte of its payload changed, counted from its start or its
/// end: `protocol (1), build, routes, token (16), from (1), lane (1)`.
fn forged(hello: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut payload = raw::payload(hello).to_vec();
    change(&mut payload);
    raw::whole(raw::HELLO, &payload)
}

#[baseapp::test]
async fn a_forged_hello_is_refused_and_a_real_one_is_good_once() -> Result<()> {
    let test = tests::test!();
    let (app, holder) = start().await?;
    let middle = Middle::before(&test, "holder")?;
    let in_the_middle = async {
        let (mut guest, hello) = middle.record().await?;
        let real = &middle.real;

        let other = forged(&hello, |payload| payload[0] = 9);
        let (answer, _) = knock(real, &other).await?;
        // Both versions are named.
        assert_eq!(answer, Answer::Refused(vec![0, 4, 9]));

        let other = forged(&hello, |payload| payload[1] ^= 1);
        let (answer, _) = knock(real, &other).await?;
        assert_eq!(answer, Answer::Refused(ANOTHER_BUILD.into()));

        let other = forged(&hello, |payload| payload[payload.len() - 3] ^= 1);
        let (answer, _) = knock(real, &other).await?;
        // It may be announced yet: until the time is over.
        assert_eq!(answer, Answer::Closed { at_once: false });

        // Nothing of that has used up the token. The test is main, so that
        // the process is the right one.
        let (answer, mut host) = knock(real, &hello).await?;
        assert_eq!(answer, Answer::Welcome);

        let (answer, _) = knock(real, &hello).await?;
        assert_eq!(answer, Answer::Closed { at_once: false });
        let (answer, _) = knock(&real.with_file_name("hub"), &hello).await?;
        assert_eq!(answer, Answer::Refused(NO_SUCH_TOKEN.into()));

        guest.write_all(&raw::whole(raw::WELCOME, &[0])).await?;
        tokio::spawn(async move { tokio::io::copy_bidirectional(&mut guest, &mut host).await });
        Ok::<(), io::Error>(())
    };
    let (asked, middle) = tokio::join!(app.ask(&holder, Echo("on".into())), in_the_middle);
    middle?;
    assert_eq!(asked?, "on");
    assert_eq!(app.ask(&holder, Echo("and on".into())).await?, "and on");
    app.stop().await
}

#[baseapp::test]
async fn a_hello_in_the_name_of_another_worker_is_refused() -> Result<()> {
    let test = tests::test!();
    let (app, holder) = start().await?;
    let middle = Middle::before(&test, "holder")?;
    let in_the_middle = async {
        let (_guest, hello) = middle.record().await?;
        let other = forged(&hello, |payload| payload[payload.len() - 2] = 2);
        let (answer, _) = knock(&middle.real, &other).await?;
        assert_eq!(answer, Answer::Refused(NO_SUCH_TOKEN.into()));
        middle.leave()
    };
    let (asked, middle) = tokio::join!(app.ask(&holder, Echo("on".into())), in_the_middle);
    middle?;
    let Err(AskError::NotDelivered(error)) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(error.message.0, "on");
    // The next one finds the way.
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    app.stop().await
}

/// Ask that worker to echo.
#[message(reply = String)]
struct Call(Address<Holder>, String);

#[worker]
struct Caller;

#[worker]
impl Caller {
    #[handler(Call)]
    async fn call(&mut self, Call(whom, text): Call, cx: &Context<Self>) -> Result<String> {
        Ok(cx.ask(&whom, Echo(text)).await?)
    }
}

#[baseapp::test]
async fn a_hello_that_another_process_repeats_is_refused() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("guarded");
    let holder = app.worker("holder", Holder::default())?;
    let caller = app.worker("caller", Caller)?;
    let app = app.start().await?;
    let middle = Middle::before(&test, "holder")?;
    let in_the_middle = async {
        let (mut guest, hello) = middle.record().await?;
        // The caller's hello, but this process is not the caller's.
        let (answer, _) = knock(&middle.real, &hello).await?;
        assert_eq!(answer, Answer::Refused(ANOTHER_PROCESS.into()));
        guest
            .write_all(&raw::whole(raw::REFUSED, ANOTHER_PROCESS))
            .await?;
        middle.leave()
    };
    let call = || Call(holder.clone(), "on".into());
    let (asked, middle) = tokio::join!(app.ask(&caller, call()), in_the_middle);
    middle?;
    let Err(AskError::Handler { text, .. }) = asked else {
        panic!("{asked:?}")
    };
    assert!(
        text.contains("a process that was not started by this app"),
        "{text}"
    );
    assert_eq!(app.ask(&caller, call()).await?, "on");
    app.stop().await
}

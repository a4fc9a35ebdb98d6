//! A program that uses the library in ways that cannot work.

use baseapp::{AskError, SendErrorKind, prelude::*};

/// Anything.
#[message(reply = ())]
struct Nudge;

#[worker]
struct Idle;

#[worker]
impl Idle {
    #[handler(Nudge)]
    fn nudge(&mut self, _: Nudge) {}
}

#[allow(clippy::print_stdout, reason = "what it is for")]
fn say(what: &str, found: &dyn std::fmt::Debug) {
    println!("{what}: {found:?}");
}

/// What becomes of free functions here, on a thread of their own.
async fn freely() -> Option<SendErrorKind> {
    let (found, freely) = tokio::sync::oneshot::channel();
    std::thread::spawn(|| {
        let sent = baseapp::try_send("idle", Nudge)
            .err()
            .map(|error| error.kind);
        let asked = baseapp::block_on(baseapp::ask("idle", Nudge)).err();
        let asked = asked.and_then(|error| match error {
            AskError::NotDelivered(error) => Some(error.kind),
            _ => None,
        });
        assert_eq!(format!("{sent:?}"), format!("{asked:?}"), "of one mind");
        let _ = found.send(sent);
    });
    freely.await.ok().flatten()
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    say("before", &freely().await);
    let mut one = App::new("one");
    one.worker("idle", Idle)?;
    let mut other = App::new("other");
    other.worker("idle", Idle)?;
    let one = one.start().await?;
    say("with one", &freely().await);
    let other = other.start().await?;
    say("with two", &freely().await);
    one.stop().await?;
    say("with the other", &freely().await);
    other.stop().await?;
    say("after", &freely().await);
    Ok(())
}

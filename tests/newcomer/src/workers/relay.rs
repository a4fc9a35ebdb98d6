//! A worker that sends and asks in every way.

use baseapp::prelude::*;

use crate::messages::{Note, Notes, PassOn};

/// Passes numbers on.
#[worker]
pub struct Relay;

#[worker]
impl Relay {
    /// Sends the number in six ways: how many the other worker then has.
    #[handler(PassOn)]
    async fn pass_on(&self, PassOn(to, n): PassOn, cx: &Context<Self>) -> baseapp::Result<u64> {
        cx.send::<Note>(&to, Note(n)).await?;
        cx.send::<Note>("recorder", Note(n)).await?;
        cx.try_send::<Note>(&to, Note(n))?;
        baseapp::send::<Note>(&to, Note(n)).await?;
        baseapp::try_send::<Note>("recorder", Note(n))?;
        // A context works on any thread, and there one may wait.
        let (there, name) = (cx.clone(), to.name().to_owned());
        let sent = std::thread::spawn(move || baseapp::block_on(there.send::<Note>(name, Note(n))));
        sent.join()
            .map_err(|_| baseapp::Error::msg("the thread panicked"))??;
        let notes = baseapp::ask::<Notes>(&to, Notes).await?;
        let same = cx.ask::<Notes>("recorder", Notes).await?;
        crate::check::same("by address and by name", &notes, &same)?;
        Ok(notes.iter().filter(|note| **note == n).count() as u64)
    }
}

//! Sending before the others are there.

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::{Gate, Test};

use crate::common::{Note, Recorder, Sum, twice};

twice!(what_init_sends_is_refused_with_the_place_where_it_would_go);

/// Sends from its `#[init]`, in every way there is.
#[worker(init = Eager)]
struct Hasty;

#[data]
struct Eager {
    to: Address<Recorder>,
    gate: String,
}

#[worker]
impl Hasty {
    #[init]
    async fn init(Eager { to, gate }: Eager, cx: &Context<Self>) -> Result<Self> {
        let mut refused = Vec::new();
        refused.extend(cx.send(&to, Note(1)).await.err().map(|e| e.kind));
        refused.extend(cx.try_send(&to, Note(2)).err().map(|e| e.kind));
        refused.extend(cx.send("recorder", Note(3)).await.err().map(|e| e.kind));
        refused.extend(baseapp::send(&to, Note(4)).await.err().map(|e| e.kind));
        if let Err(AskError::NotDelivered(error)) = cx.ask(&to, Sum).await {
            refused.push(error.kind);
        }
        let early = |kind: &SendErrorKind| matches!(kind, SendErrorKind::TooEarly);
        let all = refused.len() == 5 && refused.iter().all(early);
        let text = refused.first().map(ToString::to_string);
        let published = cx.publish(Note(5)).await;
        tests::leave_word(
            &gate,
            &format!("{all} {published:?} {}", text.unwrap_or_default()),
        )?;
        Ok(Hasty)
    }
}

async fn what_init_sends_is_refused_with_the_place_where_it_would_go(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let gate = Gate::new()?;
    let to = app.worker("recorder", Recorder::default())?;
    let path = gate.path();
    app.worker::<Hasty>(
        "hasty",
        Eager {
            to: to.clone(),
            gate: path,
        },
    )?;
    let app = app.start().await?;
    let word = gate.word().await?;
    assert!(word.starts_with("true "), "{word}");
    assert!(word.contains("use `#[start]`"), "{word}");
    println!("{word}");
    assert_eq!(app.ask(&to, Sum).await?, (0, 0));
    app.stop().await
}

//! Large messages and replies.

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::Test;

use crate::common::{Bytes, Echo, Holder, Load, Notes, twice};

twice!(
    large_messages_arrive_whole,
    large_replies_arrive_whole,
    lists_of_bytes_arrive_wherever_they_stand,
    a_message_over_64_mib_comes_back_from_the_sender,
    a_reply_over_64_mib_is_an_error_and_ends_nothing,
);

const MIB: usize = 1 << 20;

/// Answer with so many bytes.
#[message(reply = String)]
struct Make(usize);

/// Lists of bytes wherever they may stand, and what is not one.
#[message(reply = Lists)]
#[derive(Clone, Debug, PartialEq)]
struct Lists {
    list: Vec<u8>,
    fixed: Box<[u8]>,
    perhaps: Option<Vec<u8>>,
    never: Option<Vec<u8>>,
    #[serde(default)]
    told: Vec<u8>,
    within: Vec<Vec<u8>>,
    numbers: Vec<u16>,
    either: Either,
}

#[data]
#[derive(Clone, Debug, PartialEq)]
enum Either {
    List(Vec<u8>),
    Pair(Option<Vec<u8>>, u64),
    Named { list: Vec<u8>, text: String },
}

/// Answer with these.
#[message(reply = Vec<u8>)]
struct Back(Vec<u8>);

fn text(bytes: usize) -> String {
    "0123456789abcde\n".repeat(bytes / 16)
}

#[worker]
struct Maker;

#[worker]
impl Maker {
    #[handler(Make)]
    fn make(&self, Make(count): Make) -> String {
        text(count)
    }

    #[handler(Echo)]
    fn echo(&self, Echo(text): Echo) -> String {
        text
    }

    #[handler(Lists)]
    fn lists(&self, lists: Lists) -> Lists {
        lists
    }

    #[handler(Back)]
    fn back(&self, Back(bytes): Back) -> Vec<u8> {
        bytes
    }
}

async fn large_messages_arrive_whole(_: &Test, mut app: App) -> Result<()> {
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    for size in [MIB, 20 * MIB] {
        assert_eq!(
            app.ask(&holder, Bytes("1".repeat(size))).await?,
            size as u64
        );
        app.send(&holder, Load("2".repeat(size))).await?;
    }
    assert_eq!(
        app.ask(&holder, Notes).await?,
        [MIB as u64, 20 * MIB as u64]
    );
    app.stop().await
}

async fn large_replies_arrive_whole(_: &Test, mut app: App) -> Result<()> {
    let maker = app.worker("maker", Maker)?;
    let app = app.start().await?;
    for size in [MIB, 20 * MIB] {
        let came = app.ask(&maker, Make(size)).await?;
        assert!(came == text(size));
    }
    app.stop().await
}

async fn lists_of_bytes_arrive_wherever_they_stand(_: &Test, mut app: App) -> Result<()> {
    let maker = app.worker("maker", Maker)?;
    let app = app.start().await?;
    for size in [0, 1, 127, 128, 70_000, MIB] {
        let bytes: Vec<u8> = (0..size).map(|at| (at * 7) as u8).collect();
        let text = text(size);
        let named = Either::Named {
            list: bytes.clone(),
            text,
        };
        let pair = Either::Pair(Some(bytes.clone()), 7);
        for either in [Either::List(bytes.clone()), pair, named] {
            let lists = Lists {
                list: bytes.clone(),
                fixed: bytes.clone().into(),
                perhaps: Some(bytes.clone()),
                never: None,
                told: bytes.clone(),
                within: vec![bytes.clone(), Vec::new()],
                numbers: vec![u16::MAX; 3],
                either,
            };
            assert!(app.ask(&maker, lists.clone()).await? == lists, "{size}");
        }
        assert!(
            app.ask(&maker, Back(bytes.clone())).await? == bytes,
            "{size}"
        );
    }
    app.stop().await
}

async fn a_message_over_64_mib_comes_back_from_the_sender(_: &Test, mut app: App) -> Result<()> {
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let sent = app.send(&holder, Load("3".repeat(65 * MIB))).await;
    let Err(error) = sent else { panic!("sent") };
    assert!(matches!(error.kind, SendErrorKind::Encode(_)), "{error}");
    assert_eq!(error.message.0.len(), 65 * MIB);
    let asked = app.ask(&holder, Bytes("3".repeat(65 * MIB))).await;
    let Err(AskError::NotDelivered(error)) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(error.message.0.len(), 65 * MIB);
    assert_eq!(app.ask(&holder, Echo("on".into())).await?, "on");
    app.stop().await
}

async fn a_reply_over_64_mib_is_an_error_and_ends_nothing(_: &Test, mut app: App) -> Result<()> {
    let maker = app.worker("maker", Maker)?;
    let app = app.start().await?;
    let asked = app.ask(&maker, Make(65 * MIB)).await;
    let Err(AskError::Codec { to, text }) = asked else {
        panic!("{asked:?}")
    };
    assert!(to == "maker" && text.contains("reply"), "{text}");
    assert_eq!(app.ask(&maker, Echo("on".into())).await?, "on");
    app.stop().await
}

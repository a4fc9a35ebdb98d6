//! Bytes that are shared, and not copied: they are what they were, whoever has them and
//! whoever dies; and their memory comes back.

mod deaths;
mod large;

use std::time::Duration;

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::{Test, proc};

use crate::{
    common::twice,
    crash::{CrashAsked, about_to_crash, pass_and_panic},
};

twice!(
    blobs_of_every_size_arrive_as_they_were,
    a_message_may_have_several_and_other_things,
    a_blob_goes_from_worker_to_worker,
    a_published_blob_reaches_everyone,
    a_blob_that_is_kept_stays_what_it_was,
    a_message_that_is_too_long_with_its_blobs_comes_back,
    a_blob_in_a_task_is_copied,
    many_blobs_in_flight_wait_for_credit,
);

const MIB: usize = 1 << 20;

/// Keep this.
#[message]
struct Keep(Blob);

/// Keep this, and say so.
#[message(reply = ())]
struct Hold(Blob);

/// Keep this, if you subscribe.
#[message]
struct Everyone(Blob);

/// What do you have: how many bytes, and which, if all are the same.
#[message(reply = Option<(usize, u8)>)]
struct Seen;

/// Give me what you have.
#[message(reply = Option<Blob>)]
struct Give;

/// What you get, and something else.
#[message(reply = Album)]
struct Album {
    name: String,
    pictures: Vec<Blob>,
    cover: Option<Blob>,
}

/// Make so many of that byte, and have the other one keep them.
#[message(reply = ())]
struct MakeFor(Address<Keeper>, usize, u8);

/// Have the other one keep what you have.
#[message(reply = ())]
struct PassTo(Address<Keeper>);

/// Forget what you have.
#[message(reply = ())]
struct Forget;

/// How many blobs are mapped, and how many descriptors are open?
#[message(reply = (usize, usize))]
struct Costs;

#[worker(restart = "permanent")]
#[derive(Default)]
struct Keeper {
    #[local]
    kept: Option<Blob>,
}

fn seen(bytes: &[u8]) -> Option<(usize, u8)> {
    let first = *bytes.first()?;
    let same = bytes.iter().all(|byte| *byte == first);
    same.then_some((bytes.len(), first))
}

fn filled(len: usize, byte: u8) -> Blob {
    let mut blob = BlobMut::zeroed(len);
    blob.fill(byte);
    blob.freeze()
}

#[worker]
impl Keeper {
    #[handler(Keep)]
    fn keep(&mut self, Keep(blob): Keep) {
        self.kept = Some(blob);
    }

    #[handler(Hold)]
    fn hold(&mut self, Hold(blob): Hold) {
        self.kept = Some(blob);
    }

    #[handler(Everyone, subscribe)]
    fn everyone(&mut self, Everyone(blob): Everyone) {
        self.kept = Some(blob);
    }

    #[handler(Seen)]
    fn seen(&self, _: Seen) -> Option<(usize, u8)> {
        seen(self.kept.as_ref()?)
    }

    #[handler(Give)]
    fn give(&self, _: Give) -> Option<Blob> {
        self.kept.clone()
    }

    #[handler(Album)]
    fn album(&self, album: Album) -> Album {
        album
    }

    #[handler(MakeFor)]
    async fn make_for(
        &mut self,
        MakeFor(other, len, byte): MakeFor,
        cx: &Context<Self>,
    ) -> Result<()> {
        cx.ask(&other, Hold(filled(len, byte))).await?;
        Ok(())
    }

    #[handler(PassTo)]
    async fn pass_to(&mut self, PassTo(other): PassTo, cx: &Context<Self>) -> Result<()> {
        let blob = self.kept.clone().unwrap_or_default();
        cx.ask(&other, Hold(blob)).await?;
        Ok(())
    }

    #[handler(Forget)]
    fn forget(&mut self, _: Forget) {
        self.kept = None;
    }

    #[handler(CrashAsked)]
    fn crash(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }

    #[handler(Costs)]
    fn costs(&self, _: Costs) -> (usize, usize) {
        let me = std::process::id();
        (proc::blobs(me), proc::descriptors(me))
    }
}

async fn blobs_of_every_size_arrive_as_they_were(_: &Test, mut app: App) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    for size in [
        0,
        1,
        1000,
        65_535,
        65_536,
        65_537,
        MIB,
        5 * MIB + 3,
        20 * MIB,
    ] {
        let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let mut written = BlobMut::with_capacity(size / 3);
        bytes
            .chunks(10_000)
            .for_each(|some| written.extend_from_slice(some));
        let blobs = [
            Blob::from(bytes.clone()),
            Blob::from(&bytes[..]),
            written.freeze(),
        ];
        for blob in blobs {
            app.send(&keeper, Keep(blob)).await?;
            let back = app.ask(&keeper, Give).await?;
            assert!(back.is_some_and(|back| back == bytes[..]), "{size}");
        }
    }
    app.stop().await
}

async fn a_message_may_have_several_and_other_things(_: &Test, mut app: App) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    let shared = filled(MIB, 9);
    let pictures = vec![
        filled(70_000, 1),
        filled(10, 2),
        shared.clone(),
        shared,
        filled(80_000, 3),
    ];
    let album = Album {
        name: "holidays".into(),
        pictures: pictures.clone(),
        cover: Some(filled(65_536, 4)),
    };
    let back = app.ask(&keeper, album).await?;
    assert_eq!(back.name, "holidays");
    assert_eq!(back.pictures, pictures);
    assert_eq!(back.cover, Some(filled(65_536, 4)));
    app.stop().await
}

async fn a_blob_goes_from_worker_to_worker(_: &Test, mut app: App) -> Result<()> {
    let one = app.worker("one", Keeper::default())?;
    let two = app.worker("two", Keeper::default())?;
    let app = app.start().await?;
    app.send(&one, Keep(filled(MIB, 7))).await?;
    app.ask(&one, PassTo(two.clone())).await?;
    app.ask(&one, Forget).await?;
    assert_eq!(app.ask(&two, Seen).await?, Some((MIB, 7)));
    // And back to where it came from.
    let back = app.ask(&two, Give).await?;
    app.ask(&two, Forget).await?;
    for byte in 0..20 {
        app.send(&one, Keep(filled(MIB, byte))).await?;
    }
    assert_eq!(app.ask(&one, Seen).await?, Some((MIB, 19)));
    assert_eq!(
        back.as_deref().and_then(seen),
        Some((MIB, 7)),
        "nobody wrote over it"
    );
    app.stop().await
}

async fn a_published_blob_reaches_everyone(_: &Test, mut app: App) -> Result<()> {
    let names = ["one", "two", "three"];
    for name in names {
        app.worker(name, Keeper::default())?;
    }
    let app = app.start().await?;
    assert_eq!(app.publish(Everyone(filled(MIB, 5))).await?, names.len());
    for name in names {
        assert_eq!(app.ask::<Seen>(name, Seen).await?, Some((MIB, 5)));
    }
    app.stop().await
}

/// What its maker writes meanwhile goes elsewhere.
async fn a_blob_that_is_kept_stays_what_it_was(_: &Test, mut app: App) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let other = app.worker("other", Keeper::default())?;
    let app = app.start().await?;
    app.send(&keeper, Keep(filled(MIB, 1))).await?;
    for byte in 2..50 {
        app.send(&other, Keep(filled(MIB, byte))).await?;
        assert_eq!(app.ask(&other, Seen).await?, Some((MIB, byte)));
    }
    assert_eq!(app.ask(&keeper, Seen).await?, Some((MIB, 1)));
    app.stop().await
}

async fn a_message_that_is_too_long_with_its_blobs_comes_back(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    for pictures in [vec![filled(65 * MIB, 1)], vec![filled(33 * MIB, 1); 2]] {
        let album = Album {
            name: String::new(),
            pictures: pictures.clone(),
            cover: None,
        };
        let Err(AskError::NotDelivered(error)) = app.ask(&keeper, album).await else {
            panic!("sent")
        };
        assert!(matches!(error.kind, SendErrorKind::Encode(_)), "{error}");
        assert_eq!(error.message.pictures, pictures);
    }
    let album = Album {
        name: String::new(),
        pictures: vec![filled(32 * MIB - 100, 1); 2],
        cover: None,
    };
    let back = app
        .ask(&keeper, album)
        .timeout(Duration::from_secs(60))
        .await?;
    assert_eq!(back.pictures.len(), 2);
    app.stop().await
}

/// How long it is.
#[message(reply = Blob)]
struct Double(Blob);

#[worker]
#[derive(Default)]
struct Doubler;

#[worker]
impl Doubler {
    #[handler(Double)]
    fn double(&mut self, Double(blob): Double) -> Blob {
        [&blob[..], &blob[..]].concat().into()
    }
}

async fn a_blob_in_a_task_is_copied(_: &Test, mut app: App) -> Result<()> {
    let doublers = app.pool("doublers", Doubler, 1)?;
    let app = app.start().await?;
    let task = app.submit(&doublers, Double(filled(MIB, 6))).await?;
    assert_eq!(seen(&task.await?), Some((2 * MIB, 6)));
    app.stop().await
}

async fn many_blobs_in_flight_wait_for_credit(_: &Test, mut app: App) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    let (dies, held) = about_to_crash(&app, &keeper).await?;
    let mut taken = 0;
    while app.try_send(&keeper, Keep(filled(10 * MIB, 1))).is_ok() {
        taken += 1;
    }
    assert!((1..8).contains(&taken), "{taken}");
    held.release().await?;
    drop(dies);
    app.send(&keeper, Keep(filled(10 * MIB, 2))).await?;
    assert_eq!(app.ask(&keeper, Seen).await?, Some((10 * MIB, 2)));
    app.stop().await
}

/// However many blobs were sent, they were in a few buffers.
#[baseapp::test]
async fn buffers_are_used_again_and_given_back() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("again").shared_memory(true);
    let one = app.worker("one", Keeper::default())?;
    let two = app.worker("two", Keeper::default())?;
    let app = app.start().await?;
    app.ask(&one, MakeFor(two.clone(), MIB, 0)).await?;
    let mut costs = Vec::new();
    for round in 0..200 {
        app.ask(&one, MakeFor(two.clone(), MIB, round)).await?;
        assert_eq!(app.ask(&two, Seen).await?, Some((MIB, round)));
        costs.push((app.ask(&one, Costs).await?, app.ask(&two, Costs).await?));
    }
    let most = costs.iter().flat_map(|(one, two)| [one.0, two.0]).max();
    assert!(
        most.is_some_and(|most| (1..=4).contains(&most)),
        "{costs:?}"
    );
    // What is too long to be kept is not kept.
    for round in 0..5 {
        app.ask(&one, MakeFor(two.clone(), 40 * MIB, round)).await?;
        assert_eq!(app.ask(&two, Seen).await?, Some((40 * MIB, round)));
    }
    app.ask(&two, Forget).await?;
    // The first tells the maker that nobody has it, the second the other that it is gone.
    for _ in 0..3 {
        app.ask(&one, MakeFor(two.clone(), MIB, 1)).await?;
        assert_eq!(app.ask(&two, Seen).await?, Some((MIB, 1)));
    }
    for worker in [&one, &two] {
        let (mapped, _) = app.ask(worker, Costs).await?;
        assert!((1..=4).contains(&mapped), "{mapped}");
    }
    app.stop().await
}

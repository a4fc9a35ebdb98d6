//! Shared memory between two that trust each other: when it is used, when it is not, and
//! what becomes of a peer that writes nonsense into it.

use std::{
    fs,
    io::{self, Seek as _, SeekFrom, Write as _},
    time::Duration,
};

use baseapp::{AskError, Result, prelude::*};

/// Into how much shared memory the worker's links are mapped, in ranges.
#[message(reply = usize)]
struct Lanes;

/// Given back.
#[message(reply = Vec<u8>)]
struct Echo(Vec<u8>);

/// Nothing is done with it.
#[message]
struct Note(u64);

/// Overwrite what is shared with nonsense, and then say something.
#[message(reply = ())]
struct Scribble(u8);

/// Ask that one something.
#[message(reply = String)]
struct Talk(Address<Peer>);

#[worker]
#[derive(Default)]
struct Peer;

#[worker]
impl Peer {
    #[handler(Lanes)]
    fn lanes(&self, _: Lanes) -> Result<usize, io::Error> {
        Ok(lanes()?.len())
    }

    #[handler(Echo)]
    fn echo(&self, Echo(bytes): Echo) -> Vec<u8> {
        bytes
    }

    #[handler(Note)]
    fn note(&self, _: Note) {}

    #[handler(Scribble)]
    fn scribble(&self, Scribble(byte): Scribble) -> Result<(), io::Error> {
        let mut memory = fs::OpenOptions::new().write(true).open("/proc/self/mem")?;
        for at in lanes()? {
            memory.seek(SeekFrom::Start(at))?;
            memory.write_all(&vec![byte; LANE])?;
        }
        Ok(())
    }

    #[handler(Talk)]
    async fn talk(&self, Talk(other): Talk, cx: &Context<Self>) -> String {
        match cx.ask::<Echo>(&other, Echo(vec![1])).await {
            Ok(_) => "heard".into(),
            Err(error) => error.to_string(),
        }
    }
}

/// Bytes of a lane.
const LANE: usize = 2 * (256 + 256 * 1024);

/// Where this process has mapped lanes.
fn lanes() -> io::Result<Vec<u64>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let of_lanes = maps.lines().filter(|line| line.contains("memfd:baseapp"));
    let start = |line: &str| u64::from_str_radix(line.split('-').next()?, 16).ok();
    Ok(of_lanes.filter_map(start).collect())
}

#[baseapp::test]
async fn links_of_processes_go_over_to_shared_memory() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("lanes").shared_memory(true);
    let (one, two) = (app.worker("one", Peer)?, app.worker("two", Peer)?);
    let app = app.start().await?;
    assert_eq!(app.ask(&one, Lanes).await?, 1, "that to main");
    assert_eq!(app.ask(&one, Talk(two.clone())).await?, "heard");
    assert_eq!(app.ask(&one, Lanes).await?, 2, "and that to the other one");
    app.stop().await
}

#[baseapp::test]
async fn they_stay_on_sockets_if_the_app_says_so() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("sockets").shared_memory(false);
    let (one, two) = (app.worker("one", Peer)?, app.worker("two", Peer)?);
    let app = app.start().await?;
    assert_eq!(app.ask(&one, Talk(two.clone())).await?, "heard");
    assert_eq!(app.ask(&one, Lanes).await?, 0);
    assert_eq!(app.ask(&two, Lanes).await?, 0);
    app.stop().await
}

#[baseapp::test]
async fn who_never_looks_around_is_woken() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("asleep").spin(Duration::ZERO);
    let (one, two) = (app.worker("one", Peer)?, app.worker("two", Peer)?);
    let app = app.start().await?;
    for _ in 0..100 {
        assert_eq!(app.ask(&one, Talk(two.clone())).await?, "heard");
    }
    app.stop().await
}

/// How often the process has gone to sleep.
#[message(reply = u64)]
struct Sleeps;

/// A worker that does not look around, whatever the app says.
#[worker(spin = "0s")]
#[derive(Default)]
struct Sleeper;

#[worker]
impl Sleeper {
    #[handler(Sleeps)]
    fn sleeps(&self, _: Sleeps) -> Result<u64, io::Error> {
        let status = fs::read_to_string("/proc/thread-self/status")?;
        let sleeps = |line: &str| {
            let count = line.strip_prefix("voluntary_ctxt_switches:")?;
            count.trim().parse().ok()
        };
        Ok(status.lines().find_map(sleeps).unwrap_or_default())
    }
}

#[baseapp::test]
async fn a_worker_may_say_for_itself_that_it_does_not_look_around() -> Result<()> {
    let _test = tests::test!();
    for shared_memory in [true, false] {
        sleep_often(shared_memory).await?;
    }
    Ok(())
}

async fn sleep_often(shared_memory: bool) -> Result<()> {
    const ASKS: u64 = 2000;
    let mut app = App::new("sleeper").shared_memory(shared_memory);
    let sleeper = app.worker("sleeper", Sleeper)?;
    let app = app.start().await?;
    // On a busy machine the next ask is often there before it sleeps: then again.
    let mut slept = 0;
    for _ in 0..50 {
        let before = app.ask(&sleeper, Sleeps).await?;
        for _ in 1..ASKS {
            app.ask(&sleeper, Sleeps).await?;
        }
        slept = app.ask(&sleeper, Sleeps).await? - before;
        if slept > ASKS / 4 {
            break;
        }
    }
    assert!(slept > ASKS / 4, "it slept {slept} times");
    app.stop().await
}

/// More than are looked at at a time: each has its turn, and none is forgotten.
#[baseapp::test]
async fn more_lanes_than_are_looked_at_are_heard_all_the_same() -> Result<()> {
    let _test = tests::test!();
    hear_many(true).await
}

#[baseapp::test]
async fn more_sockets_than_are_looked_at_are_heard_all_the_same() -> Result<()> {
    let _test = tests::test!();
    hear_many(false).await
}

async fn hear_many(shared_memory: bool) -> Result<()> {
    let mut app = App::new("many").shared_memory(shared_memory);
    let peers = (0..24).map(|number| app.worker(format!("peer-{number}"), Peer));
    let peers = peers.collect::<Result<Vec<_>, _>>()?;
    let app = app.start().await?;
    for round in 0..100_usize {
        // Some of them often, each of them now and then.
        for peer in [&peers[round % 24], &peers[3], &peers[round * 7 % 24]] {
            for _ in 0..20 {
                assert_eq!(app.ask(peer, Echo(vec![7])).await?, [7]);
            }
        }
    }
    app.stop().await
}

/// A worker that owns its thread, and asks another one.
#[worker]
#[derive(Default)]
struct Runner {
    asked: u64,
}

/// How often it has asked.
#[message(reply = u64)]
struct Asked(Address<Peer>);

/// Ask that one often, and then once more, without giving way.
#[message(reply = ())]
struct AskWithin(Address<Peer>);

#[worker]
impl Runner {
    #[run]
    fn run(&mut self, inbox: &mut Inbox<Self>) {
        while let Some(delivery) = inbox.wait(self) {
            inbox.dispatch(self, delivery);
        }
    }

    #[handler(Asked)]
    async fn asked(&mut self, Asked(peer): Asked, cx: &Context<Self>) -> Result<u64> {
        cx.ask(&peer, Echo(vec![8])).await?;
        self.asked += 1;
        Ok(self.asked)
    }

    #[handler(AskWithin)]
    async fn ask_within(&self, AskWithin(peer): AskWithin, cx: &Context<Self>) -> Result<()> {
        for _ in 0..500 {
            cx.ask(&peer, Echo(vec![8])).await?;
        }
        baseapp::block_on(cx.ask(&peer, Echo(vec![8])))?;
        Ok(())
    }
}

/// Who looks does not hear of what comes, unless it looks.
#[baseapp::test]
fn who_waits_in_the_midst_of_a_handler_that_looked_around_is_woken() -> Result<()> {
    let _test = tests::test!();
    let app = App::new("within").shared_memory(true);
    let mut app = app.spin(Duration::from_millis(2));
    let runner = app.worker("runner", Runner::default())?;
    let peer = app.worker("peer", Peer)?;
    let app = baseapp::block_on(app.start())?;
    for _ in 0..5 {
        baseapp::block_on(app.ask(&runner, AskWithin(peer.clone())))?;
    }
    baseapp::block_on(app.stop())
}

/// Without a runtime that could do something else meanwhile: it is polled again at once.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut given, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[baseapp::test]
fn who_has_looked_around_and_now_wakes_itself_again_and_again_hears_of_what_comes() -> Result<()> {
    let _test = tests::test!();
    let app = App::new("restless").shared_memory(true);
    let mut app = app.spin(Duration::from_millis(2));
    let peer = app.worker("peer", Peer)?;
    let app = baseapp::block_on(app.start())?;
    baseapp::block_on(async {
        for _ in 0..500 {
            app.ask(&peer, Echo(vec![8])).await?;
        }
        for number in 0..6_000 {
            while app.try_send(&peer, Note(number)).is_err() {
                give_way().await;
            }
        }
        Ok::<(), baseapp::Error>(())
    })?;
    baseapp::block_on(app.stop())
}

/// Whose links are driven by another thread looks around for itself.
#[baseapp::test]
fn a_main_and_workers_that_are_not_async_look_around_too() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("sync").shared_memory(true);
    let (runner, peer) = (
        app.worker("runner", Runner::default())?,
        app.worker("peer", Peer)?,
    );
    let app = baseapp::block_on(app.start())?;
    for round in 1..=2000 {
        assert_eq!(
            baseapp::block_on(app.ask(&runner, Asked(peer.clone())))?,
            round
        );
        if round % 500 == 0 {
            std::thread::sleep(Duration::from_millis(20)); // all are asleep
        }
    }
    baseapp::block_on(app.stop())
}

/// More than the rings hold, in pieces of every size, and back.
#[baseapp::test]
async fn what_is_longer_than_a_ring_arrives_as_it_was() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("long");
    let one = app.worker("one", Peer)?;
    let app = app.start().await?;
    for size in [
        0, 1, 255, 65_536, 262_143, 262_144, 262_145, 1_000_000, 5_000_000,
    ] {
        let bytes: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
        let back = app
            .ask(&one, Echo(bytes.clone()))
            .timeout(Duration::from_secs(60))
            .await?;
        assert!(back == bytes, "{size}");
    }
    app.stop().await
}

/// A peer that overwrites the memory costs at most the link to it: there is another one
/// at once. (With zeros it would wake nobody any more, as one that never answers.)
#[baseapp::test]
async fn nonsense_in_shared_memory_ends_the_link_and_harms_nobody() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("vandal");
    let (vandal, other) = (app.worker("vandal", Peer)?, app.worker("other", Peer)?);
    let app = app.start().await?;
    for byte in [0xff, 0x01] {
        let asked = app.ask(&vandal, Scribble(byte));
        let asked = asked.timeout(Duration::from_secs(20)).await;
        // What is overwritten in turn was never seen.
        let seen = matches!(asked, Ok(()) | Err(AskError::Interrupted { .. }));
        assert!(seen, "{byte}: {asked:?}");
        assert_eq!(app.ask(&other, Echo(vec![2])).await?, [2]);
        // Who asks while the link ends learns that; the next one has another link.
        let again = async || app.ask(&vandal, Echo(vec![byte])).await;
        let answer = match again().await {
            Err(AskError::Interrupted { .. } | AskError::NotDelivered(_)) => again().await,
            answer => answer,
        };
        assert_eq!(answer?, [byte]);
    }
    app.stop().await
}

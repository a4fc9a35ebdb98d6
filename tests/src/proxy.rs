//! [`Proxy`]: what may happen to bytes between main and a worker that both live.
//!
//! It takes the place of the worker's socket, before main has connected to it,
//! and passes on what it gets. The worker looks which process connects: that of
//! main, which is that of the test, so that a proxy in the test is let in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

use crate::{Random, Test, proc, raw};

/// Of a read.
const CHUNK: usize = 16 << 10;

/// The longest delay of a chunk, in milliseconds.
const LONGEST_DELAY: u64 = 20;

/// A place in one direction of a connection: a frame, of which the first is the
/// hello or its answer, with number 0; and a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The number of the frame.
    pub frame: u64,
    /// The place of the byte within it, header included.
    pub byte: u64,
}

/// Changes some of the bytes.
pub type Bend = Box<dyn FnMut(At, &mut u8) + Send>;

/// What happens to one direction of a connection.
#[allow(missing_debug_implementations, reason = "functions have none")]
pub enum Fault {
    /// Nothing.
    None,
    /// It passes one byte at a time.
    Bytewise,
    /// Each chunk is 1 to 20 ms late, as these numbers say.
    Late(Random),
    /// Bytes are changed.
    Bend(Bend),
    /// Before this byte, both directions are closed.
    Cut(At),
    /// Before this byte, this direction is closed, and what comes later is read by
    /// nobody; the other one stays.
    Half(At),
    /// From this byte on nobody reads, until the proxy is told to [go on](Proxy::go_on).
    Stall(At),
}

impl Fault {
    /// Flips the bits of `mask` in the byte at `at`.
    #[must_use]
    pub fn flip(at: At, mask: u8) -> Fault {
        Fault::Bend(Box::new(move |here, byte| {
            if here == at {
                *byte ^= mask;
            }
        }))
    }
}

/// What happens to a connection: to what main says, and to what it hears.
#[allow(missing_debug_implementations, reason = "functions have none")]
pub struct Faults {
    /// From main to the worker.
    pub out: Fault,
    /// From the worker to main.
    pub back: Fault,
}

impl Faults {
    /// Nothing happens.
    #[must_use]
    pub fn none() -> Faults {
        Faults::out(Fault::None)
    }

    /// What happens to what main says.
    #[must_use]
    pub fn out(out: Fault) -> Faults {
        let back = Fault::None;
        Faults { out, back }
    }

    /// What happens to what main hears.
    #[must_use]
    pub fn back(back: Fault) -> Faults {
        let out = Fault::None;
        Faults { out, back }
    }
}

/// See the [module](self).
#[derive(Debug)]
pub struct Proxy {
    accepting: AbortHandle,
    connections: Arc<AtomicU64>,
    stalled: watch::Sender<bool>,
    cut: watch::Sender<()>,
    path: PathBuf,
    /// Where the socket is meanwhile before which it stands.
    real: PathBuf,
}

impl Proxy {
    /// Stands before a worker of that test. `faults` says what happens to each
    /// connection: the first has number 0. Must be called within a runtime.
    ///
    /// # Errors
    /// When the worker does not listen, or the system refuses.
    pub fn before(
        test: &Test,
        worker: &str,
        faults: impl FnMut(u64) -> Faults + Send + 'static,
    ) -> io::Result<Proxy> {
        let pid = test.worker(worker).ok_or(io::ErrorKind::NotFound)?;
        let path = proc::listening(pid).into_iter().next();
        Proxy::at(&path.ok_or(io::ErrorKind::NotConnected)?, faults)
    }

    /// Stands before a socket.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn at(
        path: &Path,
        mut faults: impl FnMut(u64) -> Faults + Send + 'static,
    ) -> io::Result<Proxy> {
        let real = path.with_extension("real");
        fs::rename(path, &real)?;
        let listener = UnixListener::bind(path)?;
        let connections = Arc::new(AtomicU64::new(0));
        let (stalled, going_on) = watch::channel(true);
        let (cut, cuts) = watch::channel(());
        let host = real.clone();
        let count = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((guest, _)) = listener.accept().await {
                let faults = faults(count.fetch_add(1, Ordering::AcqRel));
                let (to, going_on, cut) = (host.clone(), going_on.clone(), cuts.clone());
                // That it breaks is what the test looks for.
                tokio::spawn(async move { connection(guest, to, faults, going_on, cut).await });
            }
        });
        Ok(Proxy {
            accepting: accepting.abort_handle(),
            connections,
            stalled,
            cut,
            path: path.to_owned(),
            real,
        })
    }

    /// How often somebody has connected.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Acquire)
    }

    /// Reads again what it did not read for a while.
    pub fn go_on(&self) {
        self.stalled.send_replace(false);
    }

    /// Closes all connections that there are.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// Steps out of the way of those who come; who is connected stays so.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn leave(&self) -> io::Result<()> {
        self.accepting.abort();
        fs::rename(&self.real, &self.path)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How a direction ended.
enum End {
    /// As whoever writes into it has closed it; and nothing else.
    Closed,
    /// With the other one.
    Cut,
}

async fn connection(
    guest: UnixStream,
    real: PathBuf,
    faults: Faults,
    going_on: watch::Receiver<bool>,
    mut cut: watch::Receiver<()>,
) -> io::Result<()> {
    cut.mark_unchanged(); // those before it are of others
    let (from_guest, to_guest) = guest.into_split();
    let (from_host, to_host) = UnixStream::connect(real).await?.into_split();
    let out = pump(from_guest, to_host, faults.out, going_on.clone());
    let back = pump(from_host, to_guest, faults.back, going_on);
    let (mut out, mut back) = (std::pin::pin!(out), std::pin::pin!(back));
    // What is dropped is closed.
    let (ended, out_is_left) = tokio::select! {
        ended = &mut out => (ended, false),
        ended = &mut back => (ended, true),
        _ = cut.changed() => return Ok(()),
    };
    // One direction may break while there is still something to read in the other.
    if let Ok(End::Cut) = ended {
        return Ok(());
    }
    let rest = async { if out_is_left { out.await } else { back.await } };
    tokio::select! {
        ended = rest => ended.map(drop),
        _ = cut.changed() => Ok(()),
    }
}

/// Passes on what is read, until one of the ends, or the fault, closes it.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut fault: Fault,
    mut going_on: watch::Receiver<bool>,
) -> io::Result<End> {
    let mut place = Place::default();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            to.shutdown().await?;
            return Ok(End::Closed);
        }
        let chunk = &mut buffer[..read];
        let until = match &fault {
            Fault::Cut(at) | Fault::Half(at) | Fault::Stall(at) => Some(*at),
            _ => None,
        };
        // The bytes before that place.
        let mut before = read;
        for (index, byte) in chunk.iter_mut().enumerate() {
            if until.is_some_and(|until| place.at() >= until) {
                before = index;
                break;
            }
            // Frames are told by what they were.
            let here = place.take(*byte);
            if let Fault::Bend(bend) = &mut fault {
                bend(here, byte);
            }
        }
        match &mut fault {
            Fault::Bytewise => {
                for byte in chunk.chunks(1) {
                    to.write_all(byte).await?;
                    // It is read before the next one is written, if somebody reads here.
                    tokio::task::yield_now().await;
                }
            }
            Fault::Late(random) => {
                let late = Duration::from_millis(random.below(LONGEST_DELAY) + 1);
                tokio::time::sleep(late).await; // the fault itself
                to.write_all(chunk).await?;
            }
            _ => to.write_all(&chunk[..before]).await?,
        }
        if before == read {
            continue;
        }
        match fault {
            Fault::Cut(_) => return Ok(End::Cut),
            Fault::Half(_) => {
                to.shutdown().await?;
                return Ok(End::Closed);
            }
            _ => {}
        }
        // Who would let it go on is gone: the test has ended.
        let _ = going_on.wait_for(|stalled| !stalled).await;
        fault = Fault::None;
        for byte in &chunk[before..] {
            place.take(*byte);
        }
        to.write_all(&chunk[before..]).await?;
    }
}

/// Where in a stream of frames the next byte is.
#[derive(Debug, Default)]
struct Place {
    frame: u64,
    byte: u64,
    /// Bytes of the payload, as far as it is told.
    length: u64,
}

impl Place {
    fn at(&self) -> At {
        let (frame, byte) = (self.frame, self.byte);
        At { frame, byte }
    }

    /// The next byte: where it is.
    fn take(&mut self, byte: u8) -> At {
        let here = self.at();
        if self.byte < 4 {
            self.length |= u64::from(byte) << (8 * self.byte);
        }
        self.byte += 1;
        if self.byte == raw::HEADER as u64 + self.length {
            *self = Place {
                frame: self.frame + 1,
                ..Place::default()
            };
        }
        here
    }
}

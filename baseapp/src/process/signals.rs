//! The signals that ask a program to stop: one thread takes them, from the
//! first app on and for good, because taking a signal cannot be undone.

use std::{
    io,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use tokio::runtime::Builder;

use super::platform::StopSignals;

type Listener = Box<dyn Fn(i32) + Send>;

/// Who is told, by number; and whether the thread runs.
static STATE: Mutex<State> = Mutex::new(State {
    next: 0,
    running: false,
    listeners: Vec::new(),
});

struct State {
    next: u64,
    running: bool,
    listeners: Vec<(u64, Listener)>,
}

fn with_state<R>(use_it: impl FnOnce(&mut State) -> R) -> R {
    use_it(&mut STATE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Tells of signals for as long as it is kept.
#[derive(Debug)]
pub(crate) struct SignalWatch(u64);

impl SignalWatch {
    /// Tells `listener` of each signal, on another thread.
    pub(crate) fn new(listener: impl Fn(i32) + Send + 'static) -> io::Result<SignalWatch> {
        with_state(|state| {
            if !state.running {
                start()?;
                state.running = true;
            }
            state.next += 1;
            state.listeners.push((state.next, Box::new(listener)));
            Ok(SignalWatch(state.next))
        })
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        with_state(|state| state.listeners.retain(|(number, _)| *number != self.0));
    }
}

/// Starts the thread; ready when it takes signals.
fn start() -> io::Result<()> {
    let (tell, told) = mpsc::channel();
    thread::Builder::new()
        .name("baseapp-signals".into())
        .spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error))),
            };
            runtime.block_on(async {
                match StopSignals::new() {
                    Ok(signals) => {
                        let _ = tell.send(Ok(()));
                        take(signals).await;
                    }
                    Err(error) => drop(tell.send(Err(error))),
                }
            });
        })?;
    told.recv().map_err(io::Error::other)?
}

#[allow(
    clippy::exit,
    reason = "without an app to stop, a signal ends the program, as it would without any handler"
)]
async fn take(mut signals: StopSignals) {
    loop {
        let signal = signals.next().await;
        let heard = with_state(|state| {
            state
                .listeners
                .iter()
                .for_each(|(_, listener)| listener(signal));
            !state.listeners.is_empty()
        });
        if !heard {
            std::process::exit(128 + signal);
        }
    }
}

//! [`App::run`]: an app whose main is a worker too.

use std::{
    any::type_name,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use tokio::runtime::Handle;

use super::App;
use crate::{
    error::Result,
    hub::{Main, StartError},
    node::{Looking, Node},
    registry::registry,
    worker::{Init, Worker, live_on_runtime, live_on_thread},
};

impl App {
    /// Starts the workers, and runs `init` as the worker `main` in this
    /// process, on this thread, until somebody calls
    /// [`Context::exit`](crate::Context::exit) or a signal comes; then stops
    /// them all.
    ///
    /// # Errors
    /// A [`StartError`] when a worker does not start; a
    /// [`StopError`](crate::StopError) when not all was well at the end.
    pub async fn run<W: Worker>(self, init: impl Init<W>) -> Result<()> {
        let found = type_name::<W>();
        if let Some(expected) = self.main.filter(|expected| *expected != found) {
            return Err(StartError::OtherMain { expected, found }.into());
        }
        let registry = registry().map_err(|error| StartError::from(error.clone()))?;
        let plan = registry.plan::<W>();
        let owns_its_thread = plan.owns_its_thread();
        let (app, endpoint) = self.prepare(Some(found), owns_its_thread)?;
        let node = Arc::clone(app.node());
        node.mailbox.open();
        let main = Main {
            node: Arc::clone(&node),
            endpoint: endpoint.clone(),
        };
        let mut starting = pin!(app.start_workers(main));
        let init: W::Init = init.into();
        let (ended, started) = if owns_its_thread {
            // The hub has what it needs: it starts the workers meanwhile.
            (live_on_thread(&node, init, plan, endpoint), false)
        } else {
            let looking = looking_of(&node);
            let living = live_on_runtime(Arc::clone(&node), init, plan, endpoint, looking);
            let living = within(node.runtime().clone(), living);
            match first_of(starting.as_mut(), living).await {
                First::NotStarted(error) => return Err(app.not_started(error).into()),
                First::Ended(ended, started) => (ended, started),
            }
        };
        app.main_ended(ended);
        if !started && let Err(error) = starting.await {
            return Err(app.not_started(error).into());
        }
        app.stop().await
    }
}

/// How main looks: without a runtime around it, another thread drives its links.
fn looking_of(node: &Node) -> Looking {
    match Handle::try_current() {
        Ok(runtime) if runtime.id() == node.runtime().id() => Looking::of_driver(),
        _ => Looking::default(),
    }
}

enum First {
    NotStarted(StartError),
    /// Main has ended; true if the workers had started by then.
    Ended(Result<(), String>, bool),
}

/// Starts the workers while main lives: until it has ended, or they have not
/// started.
async fn first_of(
    mut starting: Pin<&mut impl Future<Output = Result<(), StartError>>>,
    living: impl Future<Output = Result<(), String>>,
) -> First {
    let mut living = pin!(living);
    let mut started = false;
    poll_fn(|cx| {
        if let Poll::Ready(ended) = living.as_mut().poll(cx) {
            return Poll::Ready(First::Ended(ended, started));
        }
        if !started && let Poll::Ready(result) = starting.as_mut().poll(cx) {
            started = true;
            if let Err(error) = result {
                return Poll::Ready(First::NotStarted(error));
            }
        }
        Poll::Pending
    })
    .await
}

/// Polls `future` within a runtime that another thread may drive: a main
/// without a runtime uses the timers of the hub's.
async fn within<F: Future>(driver: Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _entered = driver.enter();
        future.as_mut().poll(cx)
    })
    .await
}

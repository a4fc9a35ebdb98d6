//! The life of a worker: made, ready, started, serving, stopped.

use std::{future::poll_fn, sync::Arc};

use super::{
    Context, Inbox, Worker,
    plan::Plan,
    serve::Serving,
    turns::{block_on, in_turns, in_turns_of_its_own},
};
use crate::{
    error::with_causes,
    node::{Command, Looking, Node, current},
    wire::{
        codec,
        control::{Endpoint, ToHub},
    },
};

/// Runs a worker until it has stopped, as a future of its node's runtime. An
/// error is the text of why it could not start.
pub(crate) async fn live_on_runtime<W: Worker>(
    node: Arc<Node>,
    init: W::Init,
    plan: Plan<W>,
    ready: Endpoint,
    looking: Looking,
) -> Result<(), String> {
    in_turns_of_its_own(&node, looking, live(&node, init, plan, ready)).await
}

async fn live<W: Worker>(
    node: &Arc<Node>,
    init: W::Init,
    plan: Plan<W>,
    ready: Endpoint,
) -> Result<(), String> {
    let cx = Context::new(Arc::clone(node));
    let mut worker = make(init, &cx).await?;
    let mut serving = Serving::new(Arc::clone(node), cx.clone(), plan);
    node.tell(ToHub::Ready(ready));
    if !begin(node, &mut worker, &cx).await? {
        return stopped(&mut serving, &mut worker).await;
    }
    start(&mut serving, &mut worker).await?;
    serving.serve(&mut worker).await;
    stopped(&mut serving, &mut worker).await
}

/// Runs a worker that owns its thread until it has stopped. Its node must be
/// driven by another thread.
pub(crate) fn live_on_thread<W: Worker>(
    node: &Arc<Node>,
    init: W::Init,
    plan: Plan<W>,
    ready: Endpoint,
) -> Result<(), String> {
    let _blocking = current::allow_blocking();
    current::look_after_on_thread(node);
    let cx = Context::new(Arc::clone(node));
    let mut worker = block_on(in_turns(node, make(init, &cx)))?;
    let run = plan.run_hook();
    let mut serving = Serving::new(Arc::clone(node), cx.clone(), plan);
    node.tell(ToHub::Ready(ready));
    if block_on(begin(node, &mut worker, &cx))? {
        block_on(in_turns(node, start(&mut serving, &mut worker)))?;
        let mut inbox = Inbox::new(serving);
        if let Some((method, run)) = run {
            let ran = match run(&mut worker, &mut inbox, &cx) {
                super::Called::Done(result) => result,
                super::Called::Later(future) => block_on(in_turns(node, future)),
            };
            ran.map_err(|error| format!("`{method}` failed: {}", with_causes(&*error)))?;
        }
        node.flush();
        serving = inbox.into_serving();
        if !serving.is_stopping() {
            // The worker left its loop by itself: the app goes on without it,
            // but what comes still has to be handled.
            block_on(in_turns(node, serving.serve(&mut worker)));
        }
    }
    block_on(in_turns(node, stopped(&mut serving, &mut worker)))
}

async fn make<W: Worker>(init: W::Init, cx: &Context<W>) -> Result<W, String> {
    let made = W::build(init, cx).finish().await;
    made.map_err(|error| with_causes(&*error))
}

/// What a worker starts from.
pub(crate) fn decode_init<W: Worker>(init: &[u8]) -> Result<W::Init, String> {
    codec::decode(init).map_err(|error| format!("its state cannot be decoded: {error}"))
}

/// Waits for the hub. False if the worker is to stop before it began.
async fn begin<W: Worker>(node: &Node, worker: &mut W, cx: &Context<W>) -> Result<bool, String> {
    loop {
        poll_fn(|cx| node.mailbox.poll_some(cx)).await;
        match node.mailbox.try_command() {
            Some(Command::StartFrom(state)) => {
                *worker = make(decode_init::<W>(&state.0)?, cx).await?;
            }
            Some(Command::Begin) => return Ok(true),
            Some(Command::Stop) => return Ok(false),
            Some(Command::Probe { round }) => node.tell_idle(round),
            Some(Command::Returned(_) | Command::Notice { .. }) | None => {}
        }
    }
}

async fn start<W: Worker>(serving: &mut Serving<W>, worker: &mut W) -> Result<(), String> {
    let started = serving.start(worker).await;
    started.map_err(|error| with_causes(&*error))?;
    serving.node.tell(ToHub::Started);
    Ok(())
}

/// The last things: `#[stop]`, acknowledgements, and what is still to be
/// written.
async fn stopped<W: Worker>(serving: &mut Serving<W>, worker: &mut W) -> Result<(), String> {
    let failed = serving.stop(worker).await;
    let node = &serving.node;
    node.settle();
    poll_fn(|cx| node.poll_flushed(cx)).await;
    node.give_back_waiting();
    serving.take_back_all(worker).await;
    serving.last_checkpoint(worker).await;
    let node = &serving.node;
    node.say_goodbye();
    poll_fn(|cx| node.poll_flushed(cx)).await;
    node.count_returned();
    let open = node.sent_and_open();
    node.tell(ToHub::Stopped {
        failed,
        lost: node.counters.lost_so_far(),
        open,
    });
    Ok(())
}

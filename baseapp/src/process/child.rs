//! A process that was started as a worker: from its first instruction to its
//! exit code.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process,
    sync::Arc,
};

use tokio::runtime::Builder;

use super::{
    bootstrap::{Bootstrap, BootstrapError},
    guardian::{Guardian, GuardianError},
    launch::MARKER,
    panic::{catch, remember_panics},
    platform,
    stderr::OUTPUT_BEGINS,
};
use crate::{
    blackbox::Page,
    error::with_causes,
    link::PeerId,
    node::{Identity, Node, current},
    registry::{Prepared, Registry, RegistryError, registry},
    transport::Listener,
    wire::control::{Endpoint, ToHub},
};

/// Exit code of a worker that could not begin, or could not start.
const FAILED: i32 = 1;
/// Exit code of a worker whose thread panicked: as of any Rust program.
const PANICKED: i32 = 101;

/// This process was started as a worker.
pub(crate) fn is_worker() -> bool {
    // As the first argument, or behind those of a test harness.
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(first) if first == MARKER => true,
        Some(first) if first == "--exact" => arguments.any(|argument| argument == MARKER),
        _ => false,
    }
}

/// Runs the worker and exits, if this process was started as one.
#[allow(
    clippy::exit,
    reason = "a worker's process ends here, before any code of its program"
)]
pub(crate) fn divert(in_test: bool) {
    if is_worker() {
        process::exit(run(in_test));
    }
}

#[derive(Debug, thiserror::Error)]
enum BeginError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error(transparent)]
    Guardian(#[from] GuardianError),
    #[error("cannot begin")]
    Io(#[from] io::Error),
}

fn run(in_test: bool) -> i32 {
    if in_test {
        // What stands before is the harness's.
        let _ = io::stdout().write_all(OUTPUT_BEGINS);
    }
    match begin() {
        Ok(code) => code,
        Err(error) => {
            let text = with_causes(&error);
            crate::report::warn(&format!("this process was started as a worker, and {text}"));
            FAILED
        }
    }
}

fn begin() -> Result<i32, BeginError> {
    let registry = registry().map_err(Clone::clone)?;
    if io::stdin().is_terminal() {
        return Err(BootstrapError::NotABootstrap.into());
    }
    let bootstrap = Bootstrap::read(io::stdin().lock(), registry.build)?;
    if !platform::die_with_parent(bootstrap.parent) {
        platform::die();
    }
    platform::name_process(&bootstrap.name);
    remember_panics();
    let mut guardian = Guardian::start(&bootstrap)?;
    let ended = match registry.worker(&bootstrap.worker) {
        Some(entry) => live(registry, entry.prepare(registry), &bootstrap, &mut guardian)?,
        None => Ok(Err(not_linked(&bootstrap.worker))),
    };
    let (code, failed) = match ended {
        Ok(Ok(())) => (0, None),
        Ok(Err(text)) => (FAILED, Some(ToHub::Failed(text))),
        Err(panic) => (PANICKED, Some(ToHub::Panicked(panic))),
    };
    if let Some(failed) = failed {
        guardian.tell(failed);
    }
    guardian.finish();
    Ok(code)
}

/// Lives: the inner result is why it could not start, the outer one what its
/// panic said.
fn live(
    registry: &'static Registry,
    prepared: Box<dyn Prepared>,
    bootstrap: &Bootstrap,
    guardian: &mut Guardian,
) -> io::Result<Result<Result<(), String>, String>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let owns_its_thread = prepared.owns_its_thread();
    let page = Page::open(&bootstrap.black_box)?;
    let driver = if owns_its_thread {
        guardian.runtime.clone()
    } else {
        runtime.handle().clone()
    };
    let entered = driver.enter();
    let listener = Listener::socket(bootstrap.socket.clone())?;
    let node = Node::new(
        identity(registry, bootstrap, page),
        driver.clone(),
        guardian.hub(),
    );
    let ready: Endpoint = listener.endpoint();
    node.accept_from(listener);
    node.mailbox.open();
    current::register(&node);
    guardian.watch(Arc::clone(&node));
    let init = &bootstrap.init.0;
    let ended = if owns_its_thread {
        let ended = catch(|| prepared.live_on_thread(&node, init, ready));
        drop(entered);
        ended
    } else {
        drop(entered);
        catch(|| runtime.block_on(prepared.live_on_runtime(Arc::clone(&node), init, ready)))
    };
    current::unregister(&node);
    node.leave("it has stopped", matches!(ended, Ok(Ok(()))));
    // Blocking work that still runs must not hold up the end.
    runtime.shutdown_background();
    Ok(ended)
}

fn identity(registry: &'static Registry, bootstrap: &Bootstrap, page: Arc<Page>) -> Identity {
    Identity {
        me: PeerId {
            id: bootstrap.id,
            incarnation: bootstrap.incarnation,
            name: bootstrap.name.as_str().into(),
        },
        run: bootstrap.run,
        build: registry.build,
        table: &registry.table,
        worker: registry.table.worker_index(&bootstrap.worker),
        pool: bootstrap.pool,
        page: Some(page),
        link_options: bootstrap.link_options,
    }
}

fn not_linked(worker: &str) -> String {
    let of = worker.split("::").next().unwrap_or(worker);
    format!(
        "the worker type `{worker}` is not linked into this program; a crate that is not named \
         in code is dropped by the linker: add `use {of} as _;` to the program"
    )
}

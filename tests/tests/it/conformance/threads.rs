//! The verbs from any thread and any task, and without a runtime.

use std::thread;

use baseapp::{Result, prelude::*};
use tests::Test;

use crate::common::{Echo, Holder, Note, Recorder, Sum, twice};

twice!(
    contexts_work_on_threads_and_in_tasks,
    a_running_app_works_on_threads,
    free_functions_in_a_handler_belong_to_its_worker,
);

/// Send and ask from a thread, a task and a blocking task of yours.
#[message(reply = String)]
struct Everywhere;

/// Send with the free functions, from within and, if alone, from a thread.
#[message(reply = String)]
struct Freely {
    alone: bool,
}

#[worker]
struct Spawner;

async fn send_and_ask(cx: Context<Spawner>, text: &str) -> Result<String> {
    cx.send("recorder", Note(1)).await?;
    cx.try_send("recorder", Note(1))?;
    Ok(cx.ask("holder", Echo(text.into())).await?)
}

async fn freely(text: &str) -> Result<String> {
    baseapp::send("recorder", Note(1)).await?;
    baseapp::try_send("recorder", Note(1))?;
    Ok(baseapp::ask("holder", Echo(text.into())).await?)
}

fn on_a_thread<F>(future: F) -> thread::JoinHandle<std::result::Result<String, String>>
where
    F: Future<Output = Result<String>> + Send + 'static,
{
    thread::spawn(|| baseapp::block_on(future).map_err(|error| error.to_string()))
}

#[worker]
impl Spawner {
    #[handler(Everywhere)]
    async fn everywhere(&mut self, _: Everywhere, cx: &Context<Self>) -> Result<String> {
        let task = tokio::spawn(send_and_ask(cx.clone(), "task"));
        let thread = on_a_thread(send_and_ask(cx.clone(), "thread"));
        let own = cx.clone();
        let blocking = tokio::task::spawn_blocking(move || {
            // Within the runtime's context, so block_on is refused; a runtime
            // of its own would do. What needs no waiting works.
            own.try_send("recorder", Note(1))
                .map_err(|error| error.to_string())
        });
        let task = task.await??;
        blocking.await?.map_err(baseapp::Error::msg)?;
        let joined = tokio::task::spawn_blocking(|| thread.join()).await?;
        let thread = joined.map_err(|_| baseapp::Error::msg("panicked"))?;
        Ok(format!("{task} {}", thread.map_err(baseapp::Error::msg)?))
    }

    #[handler(Freely)]
    async fn freely(&mut self, Freely { alone }: Freely) -> Result<String> {
        let own = freely("own").await?;
        if !alone {
            return Ok(own);
        }
        let task = tokio::spawn(freely("task")).await??;
        let thread = on_a_thread(freely("thread"));
        let joined = tokio::task::spawn_blocking(|| thread.join()).await?;
        let thread = joined.map_err(|_| baseapp::Error::msg("panicked"))?;
        Ok(format!(
            "{own} {task} {}",
            thread.map_err(baseapp::Error::msg)?
        ))
    }
}

async fn contexts_work_on_threads_and_in_tasks(_: &Test, mut app: App) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    app.worker("holder", Holder::default())?;
    let spawner = app.worker("spawner", Spawner)?;
    let app = app.start().await?;
    assert_eq!(app.ask(&spawner, Everywhere).await?, "task thread");
    while app.ask(&recorder, Sum).await?.0 < 5 {}
    app.stop().await
}

async fn free_functions_in_a_handler_belong_to_its_worker(test: &Test, mut app: App) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    app.worker("holder", Holder::default())?;
    let spawner = app.worker("spawner", Spawner)?;
    let app = app.start().await?;
    // Other tests run other apps in this process.
    let alone = test.worker("spawner").is_some();
    let (said, sent) = if alone {
        ("own task thread", 6)
    } else {
        ("own", 2)
    };
    assert_eq!(app.ask(&spawner, Freely { alone }).await?, said);
    while app.ask(&recorder, Sum).await?.0 < sent {}
    app.stop().await
}

async fn a_running_app_works_on_threads(_: &Test, mut app: App) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    // The runtime of this test is busy meanwhile: what threads send leaves.
    let sent = thread::scope(|scope| {
        let send = || {
            baseapp::block_on(async {
                for number in 0..100 {
                    app.send(&recorder, Note(number)).await?;
                }
                Ok::<(), baseapp::Error>(())
            })
        };
        let threads = [(); 4].map(|()| scope.spawn(send));
        threads.map(|thread| thread.join().is_ok_and(|sent| sent.is_ok()))
    });
    assert_eq!(sent, [true; 4]);
    assert_eq!(app.ask(&recorder, Sum).await?, (400, 4 * 4950));
    app.stop().await
}

#[baseapp::test]
fn a_sync_main_needs_no_runtime() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("sync");
    let holder = app.worker("holder", Holder::default())?;
    let app = baseapp::block_on(app.start())?;
    assert_eq!(baseapp::block_on(app.ask(&holder, Echo("s".into())))?, "s");
    baseapp::block_on(app.stop())
}

#[baseapp::test]
async fn block_on_within_a_runtime_says_what_to_do() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("nested");
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let ask =
        std::panic::AssertUnwindSafe(|| baseapp::block_on(app.ask(&holder, Echo("s".into()))));
    let refused = std::panic::catch_unwind(ask);
    let text = refused
        .err()
        .and_then(|text| text.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    assert!(text.is_some_and(|text| text.contains("`.await` the future instead")));
    app.stop().await
}

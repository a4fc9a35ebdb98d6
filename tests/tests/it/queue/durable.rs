//! What was accepted survives.

use baseapp::{App, Result};

use super::basics::{Square, Squarer};

#[baseapp::test]
async fn a_queue_in_a_file_runs_tasks_and_keeps_how_they_ended() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("queue");
    let id = {
        let mut app = App::new("first").durable(&file);
        let squarers = app.pool("squarers", Squarer, 2)?;
        let app = app.start().await?;
        let tasks = app
            .submit_all::<Square>(&squarers, (0..1000).map(Square))
            .await?;
        let id = tasks[12].id();
        for (number, task) in (0..).zip(tasks) {
            assert_eq!(task.await?, number * number);
        }
        app.stop().await?;
        id
    };
    let mut app = App::new("second").durable(&file);
    let squarers = app.pool("squarers", Squarer, 2)?;
    let app = app.start().await?;
    let task = app.queue(&squarers).task::<Square>(id).await?;
    assert_eq!(task.await?, 144);
    app.stop().await
}

#[baseapp::test]
async fn tasks_that_were_not_due_when_the_app_stopped_are_there_when_it_runs_again() -> Result<()> {
    let _test = tests::test!();
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("queue");
    let delay = std::time::Duration::from_secs(2);
    let id = {
        let mut app = App::new("first").durable(&file);
        let squarers = app.pool("squarers", Squarer, 1)?;
        let app = app.start().await?;
        let task = app.submit(&squarers, Square(9)).delay(delay).await?;
        app.stop().await?;
        task.id()
    };
    let mut app = App::new("second").durable(&file);
    let squarers = app.pool("squarers", Squarer, 1)?;
    let app = app.start().await?;
    let task = app.queue(&squarers).task::<Square>(id).await?;
    assert_eq!(task.await?, 81);
    app.stop().await
}

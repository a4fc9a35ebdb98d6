//! What others may read of a process tells no secret.

use baseapp::Result;
use tests::{Fixture, proc};

use super::{sockets, start};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");

#[baseapp::test]
async fn the_run_directory_and_its_sockets_are_for_this_user_alone() -> Result<()> {
    let test = tests::test!();
    let (app, _) = start().await?;
    let dir = test.run_dir().unwrap_or_default();
    assert_eq!(proc::mode(&dir)?, 0o700);
    for socket in sockets(&test)? {
        assert_eq!(proc::mode(&socket)?, 0o600, "{}", socket.display());
    }
    app.stop().await?;
    assert!(!dir.exists());
    Ok(())
}

#[test]
fn a_worker_has_the_marker_and_its_name_as_arguments_and_the_environment_of_main() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(FIXTURE, &["idle", "3"])?;
    fixture.wait_for("started")?;
    let environment = proc::environment(fixture.pid());
    assert!(!environment.is_empty());
    let mut called = Vec::new();
    for worker in fixture.workers() {
        called.push(proc::arguments(worker));
        assert_eq!(proc::environment(worker), environment);
    }
    called.sort();
    let expected = ["idle-0", "idle-1", "idle-2"].map(|name| [FIXTURE, "baseapp-worker", name]);
    assert_eq!(called, expected);
    fixture.signal(proc::Signal::TERM)?;
    assert!(fixture.wait()?.status.success());
    Ok(())
}

#[baseapp::test]
async fn a_worker_of_a_test_has_the_environment_of_the_test() -> Result<()> {
    let test = tests::test!();
    let (app, _) = start().await?;
    let own = std::process::id();
    let dir = test.run_dir().unwrap_or_default();
    for worker in test.workers() {
        let arguments = proc::arguments(worker);
        let told = |text: &String| text.contains(&*dir.to_string_lossy());
        assert!(!arguments.iter().any(told), "{arguments:?}");
        assert_eq!(proc::environment(worker), proc::environment(own));
    }
    app.stop().await
}

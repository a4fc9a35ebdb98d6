//! Another user of the host: stopped by the directory, by the mode of the
//! sockets, and by the door, each by itself.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use baseapp::Result;
use tests::{Fixture, proc};

const FIXTURE: &str = env!("CARGO_BIN_EXE_fixture");
const STRANGER: &str = env!("CARGO_BIN_EXE_stranger");
/// By custom nobody's.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t0"))
}

fn allow(path: &Path, mode: u32) -> Result<()> {
    Ok(fs::set_permissions(path, Permissions::from_mode(mode))?)
}

/// A running app that the other user could reach, but for its run directory.
struct Scene {
    fixture: Fixture,
    run_dir: PathBuf,
    sockets: Vec<PathBuf>,
    /// The program, where the other user may run it.
    stranger: PathBuf,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// `None` where one cannot become another user.
    fn new() -> Result<Option<Scene>> {
        if !is_root() {
            println!("skipped: only root may become another user");
            return Ok(None);
        }
        let dir = tempfile::tempdir()?;
        let stranger = dir.path().join("stranger");
        fs::copy(STRANGER, &stranger)?;
        allow(dir.path(), 0o755)?;
        let mut fixture = Fixture::start(FIXTURE, &["idle", "2"])?;
        fixture.wait_for("started")?;
        allow(fixture.dir(), 0o755)?;
        let left = fixture.files_left()?;
        assert_eq!(left.len(), 1, "{left:?}");
        let run_dir = fixture.dir().join(&left[0]);
        let mut sockets = Vec::new();
        for name in ["hub", "w0", "w2", "w3"] {
            let socket = run_dir.join(name);
            assert!(socket.exists(), "{}", socket.display());
            sockets.push(socket);
        }
        Ok(Some(Scene {
            fixture,
            run_dir,
            sockets,
            stranger,
            _dir: dir,
        }))
    }

    /// What becomes of connections to each of the sockets.
    fn knock(&self) -> Result<Vec<String>> {
        let mut command = Command::new(&self.stranger);
        command.args(&self.sockets).current_dir("/");
        let output = command.uid(NOBODY).gid(NOBODY).output()?;
        let said = String::from_utf8(output.stdout)?;
        assert!(output.status.success(), "{said}");
        Ok(said.lines().map(str::to_owned).collect())
    }

    /// The app has taken no harm.
    fn end(mut self) -> Result<()> {
        self.fixture.signal(proc::Signal::TERM)?;
        let ended = self.fixture.wait()?;
        assert!(ended.status.success(), "{}", ended.stderr);
        assert_eq!(self.fixture.files_left()?, [""; 0]);
        Ok(())
    }
}

#[test]
fn another_user_cannot_enter_the_run_directory() -> Result<()> {
    let _test = tests::test!();
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    assert_eq!(scene.knock()?, ["PermissionDenied"; 4]);
    scene.end()
}

#[test]
fn another_user_cannot_connect_even_to_sockets_that_can_be_seen() -> Result<()> {
    let _test = tests::test!();
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    allow(&scene.run_dir, 0o755)?;
    assert_eq!(scene.knock()?, ["PermissionDenied"; 4]);
    scene.end()
}

#[test]
fn another_user_who_connects_gets_no_answer() -> Result<()> {
    let _test = tests::test!();
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    allow(&scene.run_dir, 0o755)?;
    for socket in &scene.sockets {
        allow(socket, 0o666)?;
    }
    assert_eq!(scene.knock()?, ["connected, and was answered 0 bytes"; 4]);
    scene.end()
}

//! `tests/newcomer`: a crate of its own, outside the workspace, that depends on
//! baseapp alone and uses every feature. It is built, run and tested here.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn a_crate_that_depends_on_baseapp_alone_uses_every_feature() -> Result<()> {
    depends_on_baseapp_alone()?;
    build()?;
    let said = succeeds(cargo(["run", "--quiet"]))?;
    assert_eq!(said, "all is well\n");
    let said = succeeds(cargo(["run", "--quiet", "--bin", "sync"]))?;
    assert_eq!(said, "4\n");
    succeeds(cargo(["test", "--quiet"]))?;
    let mut routes = cargo(["run", "--quiet"]);
    routes.env("BASEAPP_ROUTES", "json");
    let routes = succeeds(routes)?;
    assert!(routes.starts_with('[') && routes.contains("\"handler\": \"pass_on\""));
    // What attributes say reaches the table.
    assert!(routes.contains("\"timeout_secs\": 30") && routes.contains("\"idempotent\": true"));
    Ok(())
}

fn depends_on_baseapp_alone() -> Result<()> {
    let manifest = fs::read_to_string(newcomer().join("Cargo.toml"))?;
    let (_, dependencies) = manifest
        .split_once("[dependencies]\n")
        .ok_or("the newcomer has no dependencies")?;
    let names: Vec<_> = dependencies
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["baseapp"], "a newcomer needs nothing else");
    Ok(())
}

/// Builds without the network if that goes: what the workspace was built from
/// is all that is needed.
fn build() -> Result<()> {
    let offline = cargo(["build", "--all-targets", "--quiet", "--offline"]).output()?;
    if !offline.status.success() {
        succeeds(cargo(["build", "--all-targets", "--quiet"]))?;
    }
    Ok(())
}

fn newcomer() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .parent()
        .unwrap_or(package)
        .join("tests")
        .join("newcomer")
}

/// Cargo, at the newcomer, with its lockfile as it is.
fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("newcomer");
    command
        .args(arguments)
        .arg("--locked")
        .current_dir(newcomer())
        .env("CARGO_TARGET_DIR", target);
    command
}

/// What it wrote to stdout; an error with all that it wrote if it failed.
fn succeeds(mut command: Command) -> Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output()?;
    let (stdout, stderr) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    if status.success() {
        return Ok(stdout.into_owned());
    }
    let hint = if stderr.contains("--locked") {
        "\nbaseapp's dependencies have changed: run `cargo update --workspace` in tests/newcomer"
    } else {
        ""
    };
    Err(format!("{command:?}: {status}\n{stdout}\n{stderr}{hint}").into())
}

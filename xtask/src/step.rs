//! A command that a chore runs: shown before it runs, its failure reported with
//! its own exit code.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::{fmt, io};

/// Why a chore stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense.
    Usage(String),
    /// A step could not be started.
    Start(String, io::Error),
    /// A step ran and failed.
    Step(String, ExitStatus),
    /// Something was found that should not be.
    Found(String),
}

impl Failure {
    /// What this process says to its caller: what the failed step said.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Start(..) | Self::Found(_) => ExitCode::FAILURE,
            // A step that a signal ended has no code.
            Self::Step(_, status) => status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .map_or(ExitCode::FAILURE, ExitCode::from),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Found(message) => formatter.write_str(message),
            Self::Start(step, error) => write!(formatter, "`{step}` did not start: {error}"),
            Self::Step(step, status) => write!(formatter, "`{step}` failed: {status}"),
        }
    }
}

/// One run of cargo, at the root of the repository.
#[derive(Debug, Default)]
pub(crate) struct Cargo<'a> {
    arguments: Vec<&'a str>,
    environment: Vec<(&'a str, &'a str)>,
}

impl<'a> Cargo<'a> {
    /// Cargo with arguments.
    pub(crate) fn new(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            arguments: arguments.into_iter().collect(),
            environment: Vec::new(),
        }
    }

    /// More arguments.
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Cargo with an environment variable.
    pub(crate) fn env(mut self, name: &'a str, value: &'a str) -> Self {
        self.environment.push((name, value));
        self
    }

    /// Shows the command, runs it, and fails if it does.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let status = self.status(&mut self.command())?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::Step(self.to_string(), status))
        }
    }

    /// Shows the command and runs it; what it writes goes to `name.log` in a
    /// directory of the repository.
    pub(crate) fn log(&self, directory: &Path, name: &str) -> Result<ExitStatus, Failure> {
        let file = || {
            let directory = root().join(directory);
            std::fs::create_dir_all(&directory)?;
            let file = std::fs::File::create(directory.join(format!("{name}.log")))?;
            Ok((file.try_clone()?, file))
        };
        let failed = |error| Failure::Start(self.to_string(), error);
        let (out, err): (std::fs::File, std::fs::File) = file().map_err(failed)?;
        self.status(self.command().stdout(out).stderr(err))
    }

    fn command(&self) -> Command {
        // The cargo that runs us, so that a toolchain override holds.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().copied())
            .current_dir(root());
        command
    }

    fn status(&self, command: &mut Command) -> Result<ExitStatus, Failure> {
        let shown = self.to_string();
        eprintln!("$ {shown}");
        command
            .status()
            .map_err(|error| Failure::Start(shown, error))
    }
}

/// The command as one would type it.
impl fmt::Display for Cargo<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(formatter, "{name}={value:?} ")?;
        }
        formatter.write_str("cargo")?;
        for argument in &self.arguments {
            write!(formatter, " {argument}")?;
        }
        Ok(())
    }
}

/// The root of the repository: the directory above this package's.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_shown_as_one_would_type_it() {
        let step = Cargo::new(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            step.to_string(),
            "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps"
        );
    }

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("bench/Cargo.toml").exists());
    }

    #[test]
    fn a_failed_step_is_reported() {
        let outcome = Cargo::new(["there-is-no-such-command"]).run();
        assert!(matches!(outcome, Err(Failure::Step(step, _)) if step.contains("no-such")));
    }
}

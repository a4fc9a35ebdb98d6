//! The chores of this repository: `cargo xtask` lists them.
//!
//! To add one: a file with a `COMMAND` of its own, and a line in [`COMMANDS`].

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to its terminal"
)]

mod bench;
mod ci;
mod fuzz;
mod instructions;
mod kill_loop;
mod soak;
mod step;

use std::process::ExitCode;

use crate::step::Failure;

/// One chore.
struct Command {
    /// What it is called on the command line.
    name: &'static str,
    /// What it takes there.
    usage: &'static str,
    /// What it does, in a line.
    help: &'static str,
    /// Does it, given the arguments after its name.
    run: fn(&[String]) -> Result<(), Failure>,
}

/// Every chore.
const COMMANDS: &[&Command] = &[
    &bench::COMMAND,
    &ci::COMMAND,
    &fuzz::COMMAND,
    &instructions::COMMAND,
    &kill_loop::COMMAND,
    &soak::COMMAND,
];

fn main() -> ExitCode {
    // What is no text is no argument of ours, and is refused as it reads.
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}

/// Runs the chore that the first argument names.
fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return Ok(());
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        print!("{}", help());
        return Ok(());
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Err(Failure::Usage(format!(
            "no command is called {name:?}\n\n{}",
            help()
        ))),
    }
}

/// The list of chores.
fn help() -> String {
    let mut text = "The chores of this repository.\n\n".to_owned();
    for command in COMMANDS {
        let line = format!("cargo xtask {} {}", command.name, command.usage);
        text += &format!("{}\n    {}\n", line.trim_end(), command.help);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_answered_with_the_list() {
        let failure = dispatch(&["dance".to_owned()])
            .err()
            .map(|failure| failure.to_string());
        let text = failure.unwrap_or_default();
        assert!(text.starts_with("no command is called \"dance\""), "{text}");
        for command in COMMANDS {
            assert!(text.contains(command.help), "{text}");
        }
    }

    #[test]
    fn ci_takes_no_arguments() {
        let outcome = dispatch(&["ci".to_owned(), "--fast".to_owned()]);
        assert!(matches!(outcome, Err(Failure::Usage(_))));
    }
}

//! A worker that dies as it is told to, and writes down what it did in which life.

use std::{fs, io::Write as _, path::Path};

use baseapp::{Result, prelude::*};
use tempfile::TempDir;

use crate::crash::{CrashAsked, pass_and_panic};

/// Write this number down.
#[message]
pub(crate) struct Write(pub u64);

/// Write this number down, and say in which life.
#[message(reply = u64)]
pub(crate) struct WriteAsked(pub u64);

/// Wait at the gate with this path, and then panic.
#[message]
pub(crate) struct Crash(pub String);

/// Panic in that many lives; then write the number down.
#[message(idempotent)]
pub(crate) struct Stubborn {
    pub lives: u64,
    pub number: u64,
}

/// The same, with somebody who waits for the life that has done it.
#[message(reply = u64, idempotent)]
pub(crate) struct StubbornAsked {
    pub lives: u64,
    pub number: u64,
}

/// In which life are you?
#[message(reply = u64)]
pub(crate) struct Life;

/// Exit with this code.
#[message]
pub(crate) struct Exit(pub i32);

/// See the [module](self). Lives are counted in its book.
#[worker]
pub(crate) struct Phoenix {
    book: String,
    /// It does not get through `#[start]` from its second life to this one.
    sickly_until: u64,
    #[local]
    life: u64,
}

/// What a phoenix has written.
pub(crate) struct Book(TempDir);

impl Book {
    pub(crate) fn new() -> Result<Book> {
        Ok(Book(tempfile::Builder::new().prefix("book-").tempdir()?))
    }

    fn path(&self) -> String {
        self.0.path().join("book").to_string_lossy().into_owned()
    }

    pub(crate) fn phoenix(&self) -> Phoenix {
        self.sickly_phoenix(0)
    }

    pub(crate) fn sickly_phoenix(&self, sickly_until: u64) -> Phoenix {
        let (book, life) = (self.path(), 0);
        Phoenix {
            book,
            sickly_until,
            life,
        }
    }

    /// All lines, of all lives.
    pub(crate) fn lines(&self) -> Vec<String> {
        lines(Path::new(&self.path()))
    }

    /// The numbers, in the order in which they were written.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let lines = self.lines();
        lines.iter().filter_map(|line| line.parse().ok()).collect()
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[worker]
impl Phoenix {
    fn write(&self, line: &str) -> std::io::Result<()> {
        let mut options = fs::OpenOptions::new();
        let mut book = options.create(true).append(true).open(&self.book)?;
        book.write_all(format!("{line}\n").as_bytes())
    }

    #[start]
    fn start(&mut self) -> std::io::Result<()> {
        let lives = lines(Path::new(&self.book));
        let lives = lives.iter().filter(|line| *line == "life").count();
        self.life = lives as u64 + 1;
        self.write("life")?;
        assert!(
            self.life == 1 || self.life > self.sickly_until,
            "not in this life"
        );
        Ok(())
    }

    #[handler(Write)]
    fn write_down(&mut self, Write(number): Write) -> std::io::Result<()> {
        self.write(&number.to_string())
    }

    #[handler(WriteAsked)]
    fn write_asked(&mut self, WriteAsked(number): WriteAsked) -> std::io::Result<u64> {
        self.write(&number.to_string())?;
        Ok(self.life)
    }

    #[handler(Crash)]
    fn crash(&mut self, Crash(gate): Crash) {
        pass_and_panic(&gate);
    }

    #[handler(CrashAsked)]
    fn crash_asked(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }

    #[handler(Stubborn)]
    fn stubborn(&mut self, Stubborn { lives, number }: Stubborn) -> std::io::Result<()> {
        assert!(self.life > lives, "not in life {}", self.life);
        self.write(&number.to_string())
    }

    #[handler(StubbornAsked)]
    fn stubborn_asked(
        &mut self,
        StubbornAsked { lives, number }: StubbornAsked,
    ) -> std::io::Result<u64> {
        assert!(self.life > lives, "not in life {}", self.life);
        self.write(&number.to_string())?;
        Ok(self.life)
    }

    #[handler(Life)]
    fn life(&self, _: Life) -> u64 {
        self.life
    }

    #[handler(Exit)]
    fn exit(&mut self, Exit(code): Exit) {
        std::process::exit(code);
    }

    #[stop]
    fn stop(&mut self) -> std::io::Result<()> {
        self.write("stop")
    }
}

//! What the fuzz targets of `fuzz/` call: bytes of a stranger, to everything that
//! takes some, with what must be true whatever they are. Not public.
//!
//! A function panics if something is not true. The same functions run over the
//! committed seeds and over some thousand mutations of them as unit tests.

#![allow(
    clippy::missing_panics_doc,
    reason = "a panic is how a fuzz target says that something is wrong"
)]

mod black_box;
mod bootstrap;
mod control;
mod decode;
mod frames;
mod hello;
mod input;
mod link;
#[cfg(feature = "durable")]
mod queue_file;
mod script;
mod tasks;
#[cfg(test)]
mod tests;

use std::time::Duration;

#[cfg(feature = "durable")]
pub use self::queue_file::queue_file;
pub use self::{
    black_box::black_box, bootstrap::bootstrap, control::control, decode::decode, frames::frames,
    hello::hello, link::link, tasks::tasks,
};
use self::{input::Input, script::Script};

use crate::wire::{
    hello::{Build, PROTOCOL},
    link_options::LinkOptions,
};

/// What both ends were built from, here.
const BUILD: Build = Build {
    protocol: PROTOCOL,
    build: 1,
    routes: 2,
};

/// As two that trust each other have them.
const LINK_OPTIONS: LinkOptions = LinkOptions {
    lanes: true,
    spin: Duration::ZERO,
};

/// Something to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called, also by the fuzzer.
    pub name: &'static str,
    /// Takes the bytes of one run.
    pub run: fn(&[u8]),
    /// The longest input that is of use, in bytes.
    pub longest: usize,
    /// The memory that a run may take at a time, in bytes,
    pub memory: usize,
    /// and how much more for each byte of its input.
    pub memory_per_byte: usize,
}

const MIB: usize = 1 << 20;

/// Everything to fuzz.
pub const TARGETS: &[Target] = &[
    // A reader has room for what came, and four times that is bounded by script.
    target("frames", frames, 4096, 2 * MIB, 16),
    // The decoder's budget, twice: what is read is read again.
    target("decode", decode, 4096, 36 * MIB, 512),
    target("hello", hello, 4096, MIB, 16),
    target("control", control, 4096, 4 * MIB, 256),
    // Both windows and both directions, each kept twice: in the link and here.
    target("link", link, 384, 64 * MIB, 1024),
    target("black_box", black_box, 4096, MIB, 64),
    target("bootstrap", bootstrap, 4096, 16 * MIB, 512),
    #[cfg(feature = "durable")]
    target("queue_file", queue_file, 256, 128 * MIB, 0),
    target("tasks", tasks, 4096, 16 * MIB, 512),
];

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    longest: usize,
    memory: usize,
    memory_per_byte: usize,
) -> Target {
    Target {
        name,
        run,
        longest,
        memory,
        memory_per_byte,
    }
}

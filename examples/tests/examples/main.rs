//! Runs each example as a user does, and checks what it prints and leaves.

#![cfg(unix)]

mod expected;
mod process;
mod small;
mod tree;
mod wordcount;

/// The result of a test.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

//! Runs each example as a user does, and checks what it prints and leaves.

#![cfg(unix)]

mod expected;
mod gallery;
mod process;
mod queue;
mod small;
mod thumbnails;
mod tree;
mod wordcount;

/// The result of a test.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

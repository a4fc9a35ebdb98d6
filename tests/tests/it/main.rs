//! The promises of baseapp, each held by a test.

mod common;
mod conformance;
mod deaths;
mod security;
mod stop;

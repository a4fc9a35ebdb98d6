//! The promises of baseapp, each held by a test.

mod blobs;
mod churn;
mod common;
mod conformance;
mod crash;
mod deaths;
mod faults;
mod lanes;
mod misuse;
mod queue;
mod restart;
mod security;
mod stop;

//! Stands for a peer that this benchmark was built without.

#![allow(
    dead_code,
    reason = "what is used of it depends on which peers are absent"
)]

use std::ffi::OsStr;

use anyhow::{Result, bail};

use super::Wait;
use super::request::{Carrier, Over, Reply, Request};

/// There is none of it.
#[derive(Debug)]
pub(crate) enum Absent {}

/// Why, in the table.
pub(crate) const ABSENCE: Option<&'static str> = Some("not built here");

impl Absent {
    /// Never works.
    pub(crate) async fn open() -> Result<Over<Self>> {
        bail!("this benchmark was built without that peer")
    }

    /// Nor does this.
    pub(crate) fn open_waiting(_: Wait, _: u64) -> Result<Over<Self>> {
        bail!("this benchmark was built without that peer")
    }
}

impl Carrier for Absent {
    async fn request(&mut self, _: Request) -> Result<()> {
        match *self {}
    }

    async fn reply(&mut self) -> Result<Reply> {
        match *self {}
    }

    async fn close(self) -> Result<()> {
        match self {}
    }
}

/// Nobody starts such a child.
pub(crate) fn serve(_: &OsStr) -> Result<()> {
    bail!("this benchmark was built without that peer")
}

/// Nor such a one.
pub(crate) fn serve_waiting(_: &OsStr, _: Wait) -> Result<()> {
    bail!("this benchmark was built without that peer")
}

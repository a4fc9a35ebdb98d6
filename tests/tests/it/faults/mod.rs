//! Faults of the table in FAULTS.md that belong to no other part.

mod lives;
mod proxy;
mod resources;
mod service;
mod sleep;
mod table;

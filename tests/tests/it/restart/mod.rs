//! Workers that die are started again, and what was sent to them is not lost.

mod account;
mod checkpoint;
mod corners;
mod delivery;
mod losses;
mod managed;
mod newcomers;
mod phoenix;
mod policy;
mod reports;
mod stuck;

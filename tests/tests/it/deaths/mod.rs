//! Workers and mains that die.

mod main_dies;
pub(crate) mod mortal;
mod noticed;
mod undelivered;

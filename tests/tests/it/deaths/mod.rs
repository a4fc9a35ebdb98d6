//! Workers and mains that die.

mod main_dies;
mod mortal;
mod noticed;
mod undelivered;

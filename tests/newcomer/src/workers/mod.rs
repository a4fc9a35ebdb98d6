//! The workers, a file for each.

mod baker;
mod fragile;
mod journal;
mod looper;
mod recorder;
mod relay;
mod saver;
mod supervisor;

pub use self::{
    baker::Baker,
    fragile::{Filler, Fragile},
    journal::{Journal, Setup},
    looper::Looper,
    recorder::Recorder,
    relay::Relay,
    saver::Saver,
    supervisor::Supervisor,
};

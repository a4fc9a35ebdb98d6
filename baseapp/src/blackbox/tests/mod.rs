//! What a black box promises: of the dead, the truth; of the living, no harm.

mod acts;
mod files;
mod kills;
mod speed;
mod watch;

//! Uses that cannot work: each is refused with a text that names the cure, and
//! nothing is left.

mod builder;
mod by_hand;
mod no_app;
mod no_room;
mod too_early;

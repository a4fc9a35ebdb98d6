//! Pools and their task queues.

mod attempts;
mod basics;
mod boots;
mod cancel;
mod capacity;
mod corners;
mod dead_letters;
mod deaths;
mod durable;
mod errors;
mod inspect;
mod kept;
mod order;
mod others;
mod progress;
mod puppet;
mod results;
mod sizes;
mod stop;
mod time;
mod timeouts;
mod unique;

//! What the supervisor promises, as tables and as a model.

mod escalation;
mod model;
mod nested;
mod pauses;
mod policies;
mod races;
mod strategies;
mod world;

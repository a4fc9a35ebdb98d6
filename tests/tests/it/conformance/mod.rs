//! What holds for workers in processes and in threads alike.

mod deadlines;
mod errors;
mod flow;
mod inbox;
mod life;
mod made;
mod order;
mod places;
mod routes;
mod sizes;
mod threads;
mod time;
mod verbs;

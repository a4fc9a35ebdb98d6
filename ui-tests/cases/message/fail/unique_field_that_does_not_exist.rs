use baseapp::prelude::*;

#[message(unique = (paht, size))]
struct Resize {
    path: String,
    width: u32,
}

#[message(unique = 1)]
struct Print(String);

#[message(unique = id)]
struct Count;

#[message(unique = path)]
enum Change {
    File { path: String },
    Nothing,
}

fn main() {}

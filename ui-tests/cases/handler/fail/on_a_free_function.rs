use baseapp::prelude::*;

#[message]
struct Print(String);

#[handler(Print)]
fn print(_: Print) {}

fn main() {}

use baseapp::prelude::*;

#[message]
struct Print<T>(T);

#[message]
struct Line<'a>(&'a str);

fn main() {}

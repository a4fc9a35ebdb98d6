use baseapp::prelude::*;

#[message(timeout = 30s, backoff = 100ms..30s)]
struct A;

#[message(timeout = "30", backoff = "1s-30s")]
struct B;

#[message(timeout = "0s", backoff = "0s..30s")]
struct C;

#[message(backoff = "30s..100ms")]
struct D;

fn main() {}

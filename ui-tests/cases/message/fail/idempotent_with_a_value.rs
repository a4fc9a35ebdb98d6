use baseapp::prelude::*;

#[message(idempotent = true)]
struct A;

#[message(reply = u64, idempotent("yes"), priority = 10)]
struct B;

#[message(idempotant)]
struct C;

fn main() {}

use baseapp::prelude::*;

#[message(attempts = 0, priority = 10)]
struct A;

#[message(attempts = "5", priority = -1)]
struct B;

#[message(attempts, priority = HIGH)]
struct C;

#[message(attempts(5), priority = 7 7)]
struct D;

fn main() {}

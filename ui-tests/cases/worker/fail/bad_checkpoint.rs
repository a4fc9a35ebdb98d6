use baseapp::prelude::*;

#[worker(checkpoint = "0s")]
struct A;

#[worker(checkpoint = 1)]
struct B;

#[worker(checkpoint)]
struct C;

#[worker]
struct D;

#[worker(checkpoint = "1s")]
impl D {}

fn main() {}

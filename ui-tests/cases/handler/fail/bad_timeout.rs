use baseapp::prelude::*;

#[message]
struct A;

#[message]
struct B;

#[message]
struct C;

#[message]
struct D;

#[message]
struct E;

#[worker]
struct Fetcher;

#[worker]
impl Fetcher {
    #[handler(A, timeout = 30)]
    fn a(&mut self, _: A) {}

    #[handler(B, timeout = "30")]
    fn b(&mut self, _: B) {}

    #[handler(C, timeout = "0s")]
    fn c(&mut self, _: C) {}

    #[handler(D, timeout)]
    fn d(&mut self, _: D) {}

    #[handler(E, subscribe = true, timeuot = "30s")]
    fn e(&mut self, _: E) {}
}

fn main() {}

use baseapp::prelude::*;

#[worker(restart = permanent, intensity = 5, backoff = 1s, hang = 10, grace = 5s)]
struct A;

#[worker(restart = "permanant", intensity = "often", backoff = "5s..100ms", hang = "0s", grace = "5")]
struct B;

#[worker(restart = "never", intensity = "5 in 0s", backoff = "soon", hang = "long")]
struct C;

#[worker(restart, intensity = "5 in 10", graze = "5s")]
struct D;

#[worker(intensity = "4294967296 in 10s", spin = "off")]
struct E;

#[worker(spin = 20us)]
struct F;

fn main() {}

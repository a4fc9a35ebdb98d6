use baseapp::prelude::*;

#[message(unique = "path")]
struct A {
    path: String,
}

#[message(unique(path))]
struct B {
    path: String,
}

#[message(unique = path.len())]
struct C {
    path: String,
}

#[message(unique = (path, path))]
struct D {
    path: String,
}

#[message(unique = ())]
struct E {
    path: String,
}

fn main() {}

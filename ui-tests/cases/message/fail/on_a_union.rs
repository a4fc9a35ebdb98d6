use baseapp::prelude::*;

#[message]
union Print {
    a: u32,
    b: f32,
}

fn main() {}

//! The user's crate has types of its own with names that generated code might
//! have used.

#![deny(warnings)]

mod shadows {
    #[derive(Default)]
    pub struct Option;
    pub struct Result;
    pub struct String;
    pub struct Box;
    pub struct Vec;
    pub struct Context;
    pub struct Message;
    pub struct Worker;
    pub struct Handler;
    pub struct Called;
    pub trait Default {}
    pub trait Send {}
    pub trait Sync {}
    pub trait Fn {}
    pub trait Into {}
    pub fn drop() {}
    pub mod core {}
    pub mod std {}
    pub mod serde {}
    pub mod baseapp {}
    pub mod inventory {}
}

#[allow(unused_imports)]
use shadows::*;

#[allow(unused_macros)]
macro_rules! line {
    () => {
        compile_error!("not this one")
    };
}

#[allow(unused_macros)]
macro_rules! concat {
    () => {
        compile_error!("not this one")
    };
}

#[::baseapp::message(reply = u32)]
struct Count;

#[::baseapp::worker]
struct Counter {
    counted: u32,
    #[local]
    message: u32,
}

#[::baseapp::worker]
impl Counter {
    #[handler(Count)]
    fn call(&mut self, message: Count, cx: &::baseapp::Context<Self>) -> u32 {
        let Count = message;
        let _ = cx;
        self.counted + self.message
    }

    #[every("1s")]
    fn route(&mut self) {}

    #[start]
    fn build(&mut self) -> ::std::result::Result<(), ::std::io::Error> {
        Ok(())
    }
}

/// Names of primitive types; serde's derives do not bear these.
#[allow(dead_code, non_camel_case_types)]
mod primitives {
    struct str;
    struct u64;
    struct u32;
    struct bool;

    #[::baseapp::worker(init = ())]
    struct Worker;

    #[::baseapp::worker]
    impl Worker {
        #[init]
        fn init((): ()) -> Self {
            Worker
        }

        #[handler(super::Count, subscribe)]
        #[cfg(any())]
        fn count(&mut self, _: super::Count) {}

        #[every("1s")]
        fn every(&mut self) {}
    }
}

#[::baseapp::main]
async fn main() {}

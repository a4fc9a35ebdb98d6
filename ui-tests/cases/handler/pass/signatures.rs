//! All that a handler's signature may be.

#![deny(warnings, clippy::pedantic)]
#![allow(
    unreachable_pub,
    unused_qualifications,
    clippy::needless_arbitrary_self_type,
    reason = "every form is shown, not only the best"
)]

use std::{future::Future, io, rc::Rc};

use baseapp::prelude::*;

macro_rules! messages {
    ($($name:ident)*) => {
        $(
            #[message(reply = u64)]
            struct $name(u64);
        )*
    };
}

messages!(A B C D E F G H I J);

type Alias = J;

#[worker]
struct Worker {
    #[local]
    not_send: Rc<u64>,
}

#[worker]
impl Worker {
    #[handler(A)]
    fn a(&self, _: A) -> u64 {
        *self.not_send
    }

    #[handler(B)]
    fn b(&mut self, B(value): B) -> Result<u64, io::Error> {
        Ok(value)
    }

    #[handler(C)]
    async fn c(&mut self, C(mut value): C, cx: &Context<Self>) -> u64 {
        value += cx.name().len() as u64;
        self.not_send = Rc::new(value);
        value
    }

    #[handler(D)]
    async fn d(&self, d: D, _cx: &Context<Self>) -> baseapp::Result<u64> {
        let shared = Rc::clone(&self.not_send);
        std::future::ready(()).await;
        Ok(d.0 + *shared)
    }

    #[handler(E)]
    pub fn e(self: &mut Self, e: E) -> Result<u64, String> {
        if e.0 == 0 {
            Err("zero".to_owned())
        } else {
            Ok(e.0)
        }
    }

    #[handler(F)]
    pub(crate) fn f<'a>(&'a mut self, f: F, cx: &'a Context<Worker>) -> u64 {
        let _ = cx;
        f.0
    }

    #[handler(G)]
    fn g(&mut self, G { 0: value }: G) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
        Ok(value)
    }

    #[handler(crate::H)]
    fn h(&mut self, h: H) -> <crate::H as baseapp::Message>::Reply {
        h.0
    }

    #[handler(I)]
    fn i(&mut self, i: self::I) -> Result<u64, &'static str> {
        Ok(i.0)
    }

    #[handler(Alias)]
    const fn j(&mut self, j: Alias) -> u64 {
        let J(value) = j;
        value
    }

    fn not_a_handler(&self) -> impl Future<Output = u64> {
        std::future::ready(*self.not_send)
    }
}

fn main() {
    let worker = Worker {
        not_send: Rc::new(1),
    };
    drop(worker.not_a_handler());
}

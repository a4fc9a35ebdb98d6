//! Generated code names nothing that the user's crate must have in scope.

#![no_implicit_prelude]
#![deny(warnings)]

#[::baseapp::message(reply = u64)]
struct Count {
    by: ::std::option::Option<::std::string::String>,
}

#[::baseapp::message]
enum Change {
    Nothing,
    Name(::std::string::String),
}

#[::baseapp::data]
struct Config {
    first: u64,
}

#[::baseapp::worker(init = Config)]
struct Counter {
    counted: u64,
}

#[::baseapp::worker]
impl Counter {
    #[init]
    fn init(config: Config, _: &::baseapp::Context<Self>) -> ::baseapp::Result<Self> {
        ::std::result::Result::Ok(Counter {
            counted: config.first,
        })
    }

    #[handler(Count)]
    async fn count(&self, count: Count) -> u64 {
        if count.by.is_some() { self.counted } else { 0 }
    }

    #[handler(Change, subscribe)]
    fn change(&mut self, change: Change) {
        if let Change::Name(name) = change {
            ::std::mem::drop(name);
        }
    }

    #[every("1m")]
    fn tick(&mut self) {
        self.counted = 0;
    }

    #[undelivered(Change)]
    fn lost(&mut self, _: Change) {}
}

#[::baseapp::worker]
struct Local {
    #[local]
    started: ::std::option::Option<::std::time::Instant>,
}

#[::baseapp::worker]
impl Local {
    #[start]
    fn start(&mut self) {
        self.started = ::std::option::Option::Some(::std::time::Instant::now());
        let _ = self.started;
    }
}

#[::baseapp::main]
async fn main() -> ::baseapp::Result<()> {
    let _ = (
        Count {
            by: ::std::option::Option::None,
        },
        Change::Nothing,
    );
    ::std::result::Result::Ok(())
}

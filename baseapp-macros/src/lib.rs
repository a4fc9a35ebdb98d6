//! The attributes of [`baseapp`](https://docs.rs/baseapp), which re-exports
//! them: depend on that crate, not on this one.
//!
//! | attribute | stands on |
//! | --- | --- |
//! | [`#[message]`](macro@message) | a struct or an enum that workers send each other |
//! | [`#[data]`](macro@data) | a type that is part of a message or of a worker's state |
//! | [`#[worker]`](macro@worker) | a struct with a process of its own, and its impl blocks |
//! | [`#[local]`](macro@local) | a field of a worker that is not sent to its process |
//! | [`#[handler(Msg)]`](macro@handler) | the method for one message type |
//! | [`#[init]`](macro@init) | the function that makes a worker in its process |
//! | [`#[start]`](macro@start), [`#[stop]`](macro@stop) | what is done before the first and after the last message |
//! | [`#[every("1s")]`](macro@every), [`#[after("5s")]`](macro@after) | what is done by the clock |
//! | [`#[action]`](macro@action) | what is done while no message waits |
//! | [`#[run]`](macro@run) | a loop that owns the worker's main thread |
//! | [`#[undelivered(Msg)]`](macro@undelivered) | what is done with a message that came back |
//! | [`#[baseapp::main]`](macro@main), [`#[baseapp::test]`](macro@test) | the function that a program or a test starts with |
//!
//! The attributes of methods and fields are read by the `#[worker]` around
//! them. They need not be imported, may be written with a path, as in
//! `#[baseapp::handler(Msg)]`, and a slip such as `#[handlr(Msg)]` is reported.
//! An attribute of another crate that happens to look like such a slip must be
//! written with its path.
//!
//! Every attribute that generates code takes `crate = path`, for programs that
//! know the library by another name: `#[message(crate = my::baseapp)]`.

mod check;
mod duration;
mod errors;
mod expand;
mod model;
mod parse;
mod paths;
mod pipeline;
mod suggest;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use quote::quote;

/// Makes a struct or an enum a message, which workers send each other.
///
/// The type gets `baseapp::Message`, and serde's `Serialize` and `Deserialize`
/// unless it derives them itself. No dependency on serde is needed; its
/// `#[serde(..)]` attributes work.
///
/// # Arguments
/// - `reply = Type`: what a handler of this message gives back. `()` if left out.
/// - `idempotent`: to handle it twice does no more than to handle it once. If it
///   was in hand when its worker died, it is delivered again. It is not if left
///   out, as nobody knows how far the handler came. Tasks are tried again in any
///   case.
/// - `crate = path`: the path of the library. `::baseapp` if left out.
///
/// A message may be submitted as a task. How it is tried then:
/// - `attempts = 5`: attempts, the first one included, before it is given up; at
///   least 1. 5 if left out.
/// - `timeout = "30s"`: how long one attempt may take. Without end if left out.
/// - `backoff = "100ms..30s"`: how long to wait before the second attempt, and
///   at most. The wait doubles with each attempt, with some jitter; a single
///   duration, as in `"1s"`, never grows. `"100ms..30s"` if left out.
/// - `priority = 7`: 0 to 9, higher first. 4 if left out.
/// - `unique`: two tasks are one and the same if their messages are equal; with
///   `unique = field`, if that field is; with `unique = (a, b)`, if all of these
///   are. Fields are those of a struct; in a tuple struct they are numbers, as in
///   `unique = 0`. Every task is another one if left out.
///
/// Durations are numbers, which may have decimals, with a unit: `us`, `ms`, `s`,
/// `m` or `h`.
///
/// # Errors
/// A message cannot be generic, and everything in it and in its reply must be
/// sendable: put [`#[data]`](macro@data) on your own types.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// /// A line to print.
/// #[message]
/// struct Print(String);
///
/// /// How many lines were printed so far?
/// #[message(reply = u64)]
/// struct Count;
///
/// /// To be told twice does no harm.
/// #[message(idempotent)]
/// struct SetTitle(String);
///
/// /// Work for whoever is free, but only once for each file.
/// #[message(attempts = 3, timeout = "30s", unique = path)]
/// struct Resize {
///     path: String,
///     width: u32,
/// }
///
/// /// Something that happened.
/// #[message]
/// #[derive(Clone, Debug)]
/// enum Changed {
///     Name { from: String, to: String },
///     Everything,
/// }
/// #
/// # let _ = (Print("hello".into()), Count, SetTitle("new".into()), Changed::Everything);
/// # let _ = Changed::Name { from: "old".into(), to: "new".into() };
/// # let _ = Resize { path: "a.png".into(), width: 64 };
/// ```
#[proc_macro_attribute]
pub fn message(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::message(attr.into(), item.into()))
}

/// Makes a struct or an enum fit to be part of a message, a reply or a worker's
/// state.
///
/// The type gets serde's `Serialize` and `Deserialize` unless it derives them
/// itself. It may be generic. Types that have serde's traits from elsewhere
/// need no `#[data]`.
///
/// A field that is a `Vec<u8>` or a `Box<[u8]>`, or an `Option` of one, travels in
/// one piece, at the speed of memory, as do strings and replies that are a `Vec<u8>`;
/// so it is in [`#[message]`](macro@message). For that it is given an attribute
/// `#[serde(with = ..)]`, unless something is said to serde of the field or of the whole
/// type already, or another derive than those of the standard library could read it. In
/// formats for people, as JSON, the type looks as without it. Lists of bytes that are
/// deeper inside, as in `Vec<Vec<u8>>`, are encoded byte by byte, which is ten times
/// slower: make those inside a `#[data]` type of their own, or `bytes::Bytes`.
///
/// # Arguments
/// - `crate = path`: the path of the library. `::baseapp` if left out.
///
/// # Errors
/// Everything in the type must be sendable, too.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[data]
/// #[derive(Clone, Copy, PartialEq)]
/// struct Point<T> {
///     x: T,
///     y: T,
/// }
///
/// #[message(reply = Vec<Point<f64>>)]
/// struct Smooth(Vec<Point<f64>>);
/// #
/// # let _ = Smooth(vec![Point { x: 1.0, y: 2.0 }]).0[0] == Point { x: 1.0, y: 2.0 };
/// ```
#[proc_macro_attribute]
pub fn data(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::data(attr.into(), item.into()))
}

/// Makes a struct a worker, with a process of its own; and reads the attributes
/// of the methods in its impl blocks.
///
/// # On the struct
/// The state reaches the process in one of two ways:
/// - `#[worker]`: the struct itself is sent. It gets serde's derives, and
///   fields marked [`#[local]`](macro@local) start from `Default`.
/// - `#[worker(init = Config)]`: only a `Config` is sent, and the method marked
///   [`#[init]`](macro@init) makes the struct from it, in the process. So it may
///   hold what cannot be sent, such as open files.
///
/// # On impl blocks
/// `#[worker]` without arguments. There may be several, in any module of the
/// crate. In them stand [`#[handler]`](macro@handler), [`#[init]`](macro@init),
/// [`#[start]`](macro@start), [`#[stop]`](macro@stop), [`#[every]`](macro@every),
/// [`#[after]`](macro@after), [`#[action]`](macro@action), [`#[run]`](macro@run)
/// and [`#[undelivered]`](macro@undelivered). All these methods
/// - take `&mut self` or `&self`; `#[init]` has none, as there is no worker yet;
/// - take `cx: &Context<Self>` as their last parameter, if they want it;
/// - are `fn` or `async fn`, except for `#[run]`, which is a `fn`;
/// - return what is wanted, or a `Result` of it with any error that is a
///   `std::error::Error` or a string.
///
/// One of them runs at a time.
///
/// # Arguments
/// - `init = Type`, on the struct: what the worker is made from. The struct
///   itself if left out.
/// - `checkpoint = "1s"`, on the struct: what the worker has done is kept at most
///   that long after it, so that its next life starts from there and not from the
///   initial state: the struct, without its `#[local]` fields, is encoded between
///   two messages, and told to main. Nothing is told while nothing is done. When
///   the worker is stopped to be started again, with its group, it is kept as
///   `#[stop]` leaves it. To keep it at once, call `cx.checkpoint()`. Not at all
///   if left out.
/// - `crate = path`: the path of the library. `::baseapp` if left out.
///
/// How its process is looked after, on the struct. An app may say something else
/// of one of its workers; `baseapp::Supervision` has the same:
/// - `restart = "transient"`: when the worker is started again after it has
///   ended without having been told to. `"permanent"`: always; `"transient"`:
///   unless its process has exited with code 0; `"temporary"`: never.
///   `"permanent"` if left out.
/// - `intensity = "5 in 10s"`: so many deaths within that time are made good;
///   one more, and the worker is given up. With `0`, none is. `"5 in 10s"` if
///   left out.
/// - `backoff = "100ms..5s"`: how long to wait before the worker is started
///   again. After the first death it is at once, after the second the first
///   duration; the wait doubles with each further death up to the second
///   duration, with some jitter. A single duration, as in `"1s"`, never grows.
///   `"100ms..5s"` if left out.
/// - `hang = "10s"`: how long one handler, hook or timer may take before the
///   worker counts as stuck and is killed. A handler with a `timeout` of its own
///   has that instead. Without end if left out.
/// - `grace = "5s"`: how long the worker may take to stop before it is killed.
///   With `"0s"`, at once. As the app says if left out.
/// - `spin = "20us"`: for how long the worker looks for more before it sleeps, when
///   it has nothing to do, where messages come through shared memory: it is done
///   only while that mostly pays. With `"0s"`, not at all, as is right for one
///   that should leave the processor to others. As `App::spin` says if left out. It
///   holds for the workers of a pool, too.
///
/// Durations are numbers, which may have decimals, with a unit: `us`, `ms`, `s`,
/// `m` or `h`.
///
/// # Errors
/// A worker is a struct and cannot be generic. It has one handler for each
/// message, and at most one `#[init]` and one `#[run]`. One with `init = ..` cannot
/// have checkpoints: it was not sent, and cannot be sent back. Workers of a pool
/// cannot, either.
///
/// # Example
/// ```no_run
/// use baseapp::prelude::*;
///
/// #[message]
/// struct Print(String);
///
/// #[message(reply = u64)]
/// struct Count;
///
/// /// Prints lines, and counts them.
/// #[worker]
/// struct Printer {
///     prefix: String,
///     #[local] // not sent to the process: starts from Default there
///     printed: u64,
/// }
///
/// #[worker]
/// impl Printer {
///     #[handler(Print)]
///     fn print(&mut self, Print(line): Print) {
///         self.printed += 1;
///         println!("{}{line}", self.prefix);
///     }
///
///     #[handler(Count)]
///     fn count(&mut self, _: Count) -> u64 {
///         self.printed
///     }
/// }
///
/// #[baseapp::main]
/// async fn main() -> baseapp::Result<()> {
///     let mut app = App::new("hello");
///     let printer = app.worker("printer", Printer { prefix: "> ".into(), printed: 0 })?;
///     let app = app.start().await?;
///     app.send::<Print>(&printer, Print("hello".into())).await?;
///     println!("{} printed", app.ask::<Count>(&printer, Count).await?);
///     Ok(app.stop().await?)
/// }
/// ```
///
/// A worker that may exit when it is done, dies now and then of what it talks
/// to, and is killed if it is stuck:
/// ```
/// use baseapp::prelude::*;
///
/// #[worker(
///     restart = "transient",
///     intensity = "20 in 1m",
///     backoff = "1s..1m",
///     hang = "30s",
///     grace = "2s",
///     spin = "0s"
/// )]
/// struct Fetcher {
///     url: String,
/// }
/// #
/// # let _ = Fetcher { url: String::new() }.url;
/// # let _: baseapp::Supervision = <Fetcher as baseapp::Worker>::SUPERVISION;
/// ```
///
/// A worker that goes on after a death where it was, but for the last second:
/// ```
/// use baseapp::prelude::*;
///
/// #[message]
/// struct Visit(String);
///
/// #[worker(checkpoint = "1s")]
/// struct Visits {
///     count: u64,
///     #[local] // starts anew
///     last: Option<String>,
/// }
///
/// #[worker]
/// impl Visits {
///     #[handler(Visit)]
///     fn visit(&mut self, Visit(page): Visit) {
///         self.count += 1;
///         self.last = Some(page);
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn worker(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::worker(attr.into(), item.into()))
}

/// Keeps a field of a [`#[worker]`](macro@worker) struct out of what is sent to
/// the worker's process: there it starts from `Default`.
///
/// # Errors
/// The type of the field must have `Default`. With `#[worker(init = Config)]` no
/// field is sent, so that `#[local]` has no meaning there.
///
/// # Example
/// ```
/// use std::{collections::HashMap, time::Instant};
///
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Cache {
///     capacity: usize,
///     #[local]
///     entries: HashMap<String, (Instant, Vec<u8>)>,
/// }
///
/// let cache = Cache { capacity: 100, entries: HashMap::new() };
/// # let _ = (cache.capacity, cache.entries);
/// ```
#[proc_macro_attribute]
pub fn local(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("local", item.into()))
}

/// Marks the method for one message type, in a `#[worker] impl` block.
///
/// The worker then has `baseapp::Handler<Msg>`, so that the compiler lets this
/// message be sent to it. The method takes the message by value, and returns
/// the message's reply, or a `Result` of it. While an async handler awaits,
/// and replies arrive, but no second handler starts and no timer runs.
///
/// # Arguments
/// - the message type, first.
/// - `subscribe`: messages that are published reach this worker, too. They do
///   not if left out.
/// - `timeout = "30s"`: how long the handler may take before its worker counts as
///   stuck and is killed. As `hang` of [`#[worker]`](macro@worker) says if left
///   out. A number, which may have decimals, with a unit: `us`, `ms`, `s`, `m` or
///   `h`.
///
/// # Errors
/// A worker has one handler for a message type. A message with a reply cannot
/// be subscribed to. See [`#[worker]`](macro@worker) for what the method may
/// look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[message(reply = u64)]
/// struct Lookup(String);
///
/// #[message]
/// struct CacheCleared;
///
/// #[worker]
/// struct Index {
///     numbers: Vec<(String, u64)>,
/// }
///
/// #[worker]
/// impl Index {
///     /// The error reaches whoever asked.
///     #[handler(Lookup, timeout = "30s")]
///     async fn lookup(&self, Lookup(name): Lookup, cx: &Context<Self>) -> Result<u64, String> {
///         let found = self.numbers.iter().find(|(known, _)| *known == name);
///         found.map(|(_, number)| *number).ok_or_else(|| format!("{}: no {name}", cx.name()))
///     }
///
///     #[handler(CacheCleared, subscribe)]
///     fn clear(&mut self, _: CacheCleared) {
///         self.numbers.clear();
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("handler", item.into()))
}

/// Marks the function that makes a worker, in its process, from the value that
/// was sent there.
///
/// It belongs to [`#[worker(init = Config)]`](macro@worker) on the struct, takes
/// a `Config`, and returns `Self` or a `Result` of it. If it fails, the worker
/// does not start.
///
/// # Errors
/// There is exactly one for a worker with `init = ..`, and none for others.
///
/// # Example
/// ```
/// use std::{fs::File, io, path::PathBuf};
///
/// use baseapp::prelude::*;
///
/// #[data]
/// struct Config {
///     path: PathBuf,
/// }
///
/// #[worker(init = Config)]
/// struct Journal {
///     file: File,
/// }
///
/// #[worker]
/// impl Journal {
///     #[init]
///     fn init(config: Config) -> io::Result<Self> {
///         Ok(Journal { file: File::create(config.path)? })
///     }
///
///     #[stop]
///     fn stop(&mut self) -> io::Result<()> {
///         self.file.sync_all()
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("init", item.into()))
}

/// Marks a method that is called before the first message is handled.
///
/// The worker counts as started when it has returned. If it fails, the worker
/// does not start.
///
/// # Errors
/// See [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Greeter {
///     greeting: String,
/// }
///
/// #[worker]
/// impl Greeter {
///     #[start]
///     fn start(&mut self, cx: &Context<Self>) {
///         println!("{} from {}", self.greeting, cx.name());
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn start(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("start", item.into()))
}

/// Marks a method that is called after the last message was handled, before
/// the process exits in order.
///
/// It is not called when the process dies.
///
/// # Errors
/// See [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Counter {
///     counted: u64,
/// }
///
/// #[worker]
/// impl Counter {
///     #[stop]
///     async fn stop(&mut self) -> std::io::Result<()> {
///         std::fs::write("counted", self.counted.to_string())
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn stop(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("stop", item.into()))
}

/// Marks a method that is called again and again, once in each period.
///
/// # Arguments
/// The period, in quotes: a number, which may have decimals, and a unit, `us`,
/// `ms`, `s`, `m` or `h`, as in `"100us"`, `"250ms"`, `"1.5s"`, `"2m"` and `"1h"`.
///
/// # Errors
/// The period must be longer than zero. See [`#[worker]`](macro@worker) for
/// what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Clock {
///     ticks: u64,
/// }
///
/// #[worker]
/// impl Clock {
///     #[every("1.5s")]
///     fn tick(&mut self) {
///         self.ticks += 1;
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn every(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("every", item.into()))
}

/// Marks a method that is called once, this long after the worker has started.
///
/// # Arguments
/// The time, in quotes: a number, which may have decimals, and a unit, `us`,
/// `ms`, `s`, `m` or `h`, as in `"100us"`, `"250ms"`, `"1.5s"`, `"2m"` and `"1h"`.
///
/// # Errors
/// See [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Cache {
///     entries: Vec<String>,
/// }
///
/// #[worker]
/// impl Cache {
///     #[after("250ms")]
///     async fn warm_up(&mut self) {
///         self.entries.push("likely to be asked for".to_owned());
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn after(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("after", item.into()))
}

/// Marks a method for background work, which is called while no message waits.
///
/// It returns `baseapp::Again`, or a `Result` of it: when it wants to be called
/// the next time. Each call should do a small part of the work, as messages
/// wait until it returns.
///
/// # Errors
/// See [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[worker]
/// struct Indexer {
///     pending: Vec<String>,
///     #[local]
///     indexed: Vec<String>,
/// }
///
/// #[worker]
/// impl Indexer {
///     #[action]
///     fn index(&mut self) -> Again {
///         match self.pending.pop() {
///             Some(document) => {
///                 self.indexed.push(document);
///                 Again::Now
///             }
///             None => Again::AfterMessage,
///         }
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn action(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("action", item.into()))
}

/// Marks the method that owns the main thread of a worker's process: the loop
/// of a user interface, or of another framework.
///
/// It takes the worker's inbox, from which it pulls messages and has them
/// handled when it likes. When it returns before
/// the worker is to stop, messages are handled without it.
///
/// # Errors
/// The method is not `async`, and a worker has only one. See
/// [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[message]
/// struct Draw(String);
///
/// #[worker]
/// struct Window {
///     text: String,
/// }
///
/// #[worker]
/// impl Window {
///     #[handler(Draw)]
///     fn draw(&mut self, Draw(text): Draw) {
///         self.text = text;
///     }
///
///     #[run]
///     fn run(&mut self, inbox: &mut Inbox<Self>) -> baseapp::Result<()> {
///         while let Some(delivery) = inbox.wait(self) {
///             inbox.dispatch(self, delivery);
///         }
///         Ok(())
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn run(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("run", item.into()))
}

/// Marks the method that is given the messages of one type that this worker has
/// sent and that could not be delivered.
///
/// Without it, such messages are only reported.
///
/// # Arguments
/// - the message type.
///
/// # Errors
/// A worker has one such method for a message type. See
/// [`#[worker]`](macro@worker) for what the method may look like.
///
/// # Example
/// ```
/// use baseapp::prelude::*;
///
/// #[message]
/// struct Print(String);
///
/// #[worker]
/// struct Editor {
///     unprinted: Vec<String>,
/// }
///
/// #[worker]
/// impl Editor {
///     #[undelivered(Print)]
///     fn not_printed(&mut self, Print(line): Print) {
///         self.unprinted.push(line);
///     }
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn undelivered(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("undelivered", item.into()))
}

/// Marks the `fn main` of a program that has workers.
///
/// The processes of the workers run the same program; this attribute sees to it
/// that they never reach the user's `main`. An `async fn main` gets a tokio
/// runtime of one thread.
///
/// # Arguments
/// - `crate = path`: the path of the library. `::baseapp` if left out.
///
/// # Errors
/// The function is called `main`, has no parameters and is not generic. It may
/// return what any `main` may.
///
/// # Example
/// ```no_run
/// use baseapp::prelude::*;
///
/// #[baseapp::main]
/// async fn main() -> baseapp::Result<()> {
///     let app = App::new("nothing").start().await?;
///     Ok(app.stop().await?)
/// }
/// ```
#[proc_macro_attribute]
pub fn main(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::main(attr.into(), item.into()))
}

/// Makes a function a test that may start an app with workers.
///
/// As `#[test]`, for a `fn` or an `async fn`, which gets a tokio runtime of one
/// thread. `#[ignore]` and `#[should_panic]` work. The processes of the workers
/// run the test program; this attribute sees to it that they run no test.
///
/// # Arguments
/// - `crate = path`: the path of the library. `::baseapp` if left out.
///
/// # Errors
/// The function has no parameters and is not generic. It may return what any
/// test may. A `#[test]` besides would make it two tests.
///
/// # Example
/// ```
/// # fn main() {}
/// #[cfg(test)]
/// mod tests {
///     use baseapp::prelude::*;
///
///     #[baseapp::test]
///     async fn an_app_stops() -> baseapp::Result<()> {
///         let app = App::new("test").start().await?;
///         Ok(app.stop().await?)
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn test(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::test(attr.into(), item.into()))
}

fn finish((output, errors): pipeline::Output) -> TokenStream {
    let errors = errors::to_compile_errors(&errors);
    quote!(#output #errors).into()
}

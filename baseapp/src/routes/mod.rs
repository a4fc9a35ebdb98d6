//! Where a message type goes: the routing table. Sorted by name, so that every
//! process of a program has the same one, and a route may travel as an index.

mod format;

use std::{
    any::TypeId,
    collections::HashMap,
    fmt::{self, Display, Formatter},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

pub use self::format::{RouteFormat, UnknownFormat};

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Location {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(file: &'static str, line: u32, column: u32) -> Self {
        Location { file, line, column }
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A line of the routing table: who handles what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The worker's type.
    pub worker: &'static str,
    /// The message's type.
    pub message: &'static str,
    /// The type of the reply; `()` if there is none.
    pub reply: &'static str,
    /// The method that handles it.
    pub method: &'static str,
    /// Whether the worker gets the message when it is published.
    pub subscribe: bool,
    /// How long the handler may take before its worker counts as stuck and is
    /// killed, if the handler says so itself.
    pub timeout: Option<Duration>,
    /// Whether a message that was in hand when its worker died is delivered
    /// again.
    pub idempotent: bool,
    /// Where the method is.
    pub location: Location,
}

/// Where a handler stands in the table: set when the table is built.
#[doc(hidden)]
#[derive(Debug)]
pub struct RouteCell(AtomicU32);

impl RouteCell {
    const UNSET: u32 = u32::MAX;

    #[allow(
        clippy::new_without_default,
        reason = "made in statics of generated code only"
    )]
    pub const fn new() -> Self {
        RouteCell(AtomicU32::new(Self::UNSET))
    }

    pub(crate) fn set(&self, index: u16) {
        self.0.store(index.into(), Ordering::Release);
    }

    /// The index; `None` if no app was made in this process yet.
    #[inline]
    pub(crate) fn get(&self) -> Option<u16> {
        u16::try_from(self.0.load(Ordering::Acquire)).ok()
    }
}

/// The routing table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Names of the worker types, sorted.
    workers: Vec<&'static str>,
    routes: Vec<Route>,
    /// By worker type and message type.
    index: HashMap<(u16, TypeId), u16>,
    hash: u64,
}

impl Table {
    /// A table of sorted worker types and of routes sorted by worker and
    /// message, each with the type of its message.
    pub(crate) fn new(workers: Vec<&'static str>, routes: Vec<(Route, TypeId)>) -> Table {
        let mut table = Table {
            workers,
            ..Table::default()
        };
        let mut hash = Fnv::default();
        table.workers.iter().for_each(|name| hash.add(name));
        for (at, (route, message)) in routes.into_iter().enumerate() {
            hash.add(route.worker);
            hash.add(route.message);
            hash.add(route.reply);
            // The number of routes was checked by who calls.
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            if let Some(worker) = table.worker_index(route.worker) {
                table.index.insert((worker, message), at);
            }
            table.routes.push(route);
        }
        table.hash = hash.0;
        table
    }

    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    pub(crate) fn workers(&self) -> &[&'static str] {
        &self.workers
    }

    /// Hash of the whole table.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn worker_index(&self, name: &str) -> Option<u16> {
        u16::try_from(self.workers.binary_search(&name).ok()?).ok()
    }

    pub(crate) fn worker_name(&self, worker: u16) -> &'static str {
        self.workers
            .get(usize::from(worker))
            .copied()
            .unwrap_or("?")
    }

    pub(crate) fn route(&self, index: u16) -> Option<&Route> {
        self.routes.get(usize::from(index))
    }

    /// The route of a message to a worker of that type.
    pub(crate) fn find(&self, worker: u16, message: TypeId) -> Option<u16> {
        self.index.get(&(worker, message)).copied()
    }

    /// The route of a published message to a worker of that type.
    pub(crate) fn subscribed(&self, worker: u16, message: TypeId) -> Option<u16> {
        self.find(worker, message)
            .filter(|index| self.route(*index).is_some_and(|route| route.subscribe))
    }
}

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>. Tells tables
/// apart; guards against no one.
pub(crate) struct Fnv(pub(crate) u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds a text and its end, so that two texts are not one.
    pub(crate) fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ping;
    struct Pong;

    fn route(worker: &'static str, message: &'static str, subscribe: bool) -> Route {
        let location = Location::new("x.rs", 1, 1);
        Route {
            worker,
            message,
            reply: "()",
            method: "m",
            subscribe,
            timeout: None,
            idempotent: false,
            location,
        }
    }

    #[test]
    fn a_table_finds_its_routes() {
        let (ping, pong) = (TypeId::of::<Ping>(), TypeId::of::<Pong>());
        let routes = vec![
            (route("A", "Ping", false), ping),
            (route("B", "Ping", true), ping),
        ];
        let table = Table::new(vec!["A", "B"], routes);
        let b = table.worker_index("B").unwrap_or_default();
        assert_eq!(table.find(b, ping), Some(1));
        assert_eq!(table.find(b, pong), None);
        assert_eq!(table.subscribed(b, ping), Some(1));
        assert_eq!(table.subscribed(0, ping), None);
        assert_eq!(table.worker_index("C"), None);
    }

    #[test]
    fn another_reply_is_another_table() {
        let id = TypeId::of::<Ping>();
        let one = Table::new(vec!["A"], vec![(route("A", "Ping", false), id)]);
        let other = Route {
            reply: "u64",
            ..route("A", "Ping", false)
        };
        assert_ne!(one.hash(), Table::new(vec!["A"], vec![(other, id)]).hash());
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // The published value for "a" is af63dc4c8601ec8c; ours ends texts.
        let mut hash = Fnv::default();
        hash.add("");
        assert_eq!(
            hash.0,
            (0xcbf2_9ce4_8422_2325_u64 ^ 0xff).wrapping_mul(0x0100_0000_01b3)
        );
    }
}

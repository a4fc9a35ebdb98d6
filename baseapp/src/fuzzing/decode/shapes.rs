//! [`Shape`]: a type with every shape of serde's data model, and those that
//! decode bombs are made of.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque},
    ffi::CString,
    marker::PhantomData,
    net::IpAddr,
    num::NonZeroU32,
    ops::Range,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// What a node of a list, tree or table takes besides its element, at most.
const NODE: usize = 32;

/// See the [module](self).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Shape {
    Unit,
    Marker(Marker),
    Flag(bool),
    Signed(i8, i16, i32, i64, i128),
    Unsigned(u8, u16, u32, u64, u128),
    Floats(Float<f32>, Float<f64>),
    Letter(char),
    Text(String),
    Boxed(Box<str>),
    Borrowed(Cow<'static, str>),
    Bytes(Vec<u8>),
    CString(CString),
    Path(PathBuf),
    Maybe(Option<Option<u8>>),
    Newtype(Wrapped),
    Struct {
        on: bool,
        at: Option<u64>,
        page: Box<Page>,
    },
    Array([u16; 3]),
    Units([(); 8]),
    Tuple((u8, String, [i8; 2])),
    Result(Result<u8, String>),
    NonZero(NonZeroU32),
    Address(IpAddr),
    Span(Duration),
    Time(SystemTime),
    Range(Range<u32>),
    /// Elements without bytes.
    Nothing(Vec<()>),
    Phantoms(Vec<PhantomData<u8>>),
    NothingLinked(LinkedList<()>),
    NothingMapped(BTreeMap<(), ()>),
    NothingHashed(HashSet<()>),
    /// Elements with no bytes, and many in memory.
    Pages(Vec<Page>),
    /// Elements with few bytes, and many in memory.
    Wide(Vec<Option<[u64; 32]>>),
    Nested(Vec<Vec<()>>),
    Hashed(HashMap<u64, u64>),
    HashedText(HashMap<String, Vec<u16>>),
    Sorted(BTreeMap<u16, String>),
    SortedSet(BTreeSet<i32>),
    Queue(VecDeque<u16>),
    Boxes(Vec<Box<str>>),
    /// As deep as the peer likes.
    Deep(Box<Shape>),
    DeepMaybe(Option<Box<Shape>>),
    DeepList(Vec<Shape>),
    DeepMap(BTreeMap<u8, Shape>),
    Tree(Tree),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Marker;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Wrapped(u32);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree(Vec<Tree>);

/// No bytes on the wire, 256 in memory.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Page {
    #[serde(skip)]
    content: [[u64; 16]; 2],
}

/// A number that equals itself also when it is none.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Float<T>(T);

impl PartialEq for Float<f32> {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Float<f64> {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Shape {
    /// The memory that it takes besides its own place, in bytes, about.
    pub(super) fn weight(&self) -> usize {
        match self {
            Shape::Struct { .. } => size_of::<Page>(),
            Shape::Text(text) => text.capacity(),
            Shape::Boxed(text) => text.len(),
            Shape::Borrowed(text) => text.len(),
            Shape::Bytes(bytes) => bytes.capacity(),
            Shape::CString(text) => text.as_bytes_with_nul().len(),
            Shape::Path(path) => path.capacity(),
            Shape::Tuple((_, text, _)) => text.capacity(),
            Shape::Result(Err(text)) => text.capacity(),
            Shape::NothingLinked(list) => list.len() * NODE,
            Shape::Pages(pages) => pages.capacity() * size_of::<Page>(),
            Shape::Wide(wide) => wide.capacity() * size_of::<Option<[u64; 32]>>(),
            Shape::Nested(nested) => nested.capacity() * size_of::<Vec<()>>(),
            Shape::Hashed(map) => map.capacity() * 17,
            Shape::HashedText(map) => {
                let values = map
                    .iter()
                    .map(|(key, value)| key.capacity() + 2 * value.capacity());
                values.sum::<usize>() + map.capacity() * 49
            }
            Shape::Sorted(map) => {
                map.len() * NODE + map.values().map(String::capacity).sum::<usize>()
            }
            Shape::SortedSet(set) => set.len() * NODE,
            Shape::Queue(queue) => queue.capacity() * 2,
            Shape::Boxes(boxes) => {
                let texts = boxes.iter().map(|text| text.len()).sum::<usize>();
                boxes.capacity() * size_of::<Box<str>>() + texts
            }
            Shape::Deep(inner) | Shape::DeepMaybe(Some(inner)) => {
                size_of::<Shape>() + inner.weight()
            }
            Shape::DeepList(list) => list.capacity() * size_of::<Shape>() + super::weight(list),
            Shape::DeepMap(map) => {
                let inner = map.values().map(Shape::weight).sum::<usize>();
                map.len() * (size_of::<Shape>() + NODE) + inner
            }
            Shape::Tree(tree) => tree.weight(),
            _ => 0,
        }
    }
}

impl Tree {
    fn weight(&self) -> usize {
        let inner: usize = self.0.iter().map(Tree::weight).sum();
        self.0.capacity() * size_of::<Tree>() + inner
    }
}

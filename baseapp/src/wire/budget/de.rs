//! The shapes of the serde data model, as postcard writes them.

use serde::{Deserializer, de::Visitor};

use super::{
    Budgeted, Fault,
    access::{Elements, Entries, Fields, Variant},
};
use crate::copying;

/// Methods that have postcard read one value and hand it to the visitor.
macro_rules! plain {
    ($($method:ident => $visit:ident($type:ty),)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.read::<$type>()?)
        }
    )*};
}

/// Methods for what only formats with names in them can do.
macro_rules! self_describing {
    ($($method:ident)*) => {$(
        #[cold]
        fn $method<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Fault> {
            Err(Fault::new(
                "its type needs a self-describing format (untagged and internally tagged \
                enums and `#[serde(flatten)]` are not supported)",
            ))
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Budgeted<'de> {
    type Error = Fault;

    plain! {
        deserialize_bool => visit_bool(bool),
        deserialize_i8 => visit_i8(i8),
        deserialize_i16 => visit_i16(i16),
        deserialize_i32 => visit_i32(i32),
        deserialize_i64 => visit_i64(i64),
        deserialize_i128 => visit_i128(i128),
        deserialize_u8 => visit_u8(u8),
        deserialize_u16 => visit_u16(u16),
        deserialize_u32 => visit_u32(u32),
        deserialize_u64 => visit_u64(u64),
        deserialize_u128 => visit_u128(u128),
        deserialize_f32 => visit_f32(f32),
        deserialize_f64 => visit_f64(f64),
        deserialize_char => visit_char(char),
        deserialize_str => visit_borrowed_str(&'de str),
        deserialize_bytes => visit_borrowed_bytes(&'de [u8]),
    }

    self_describing! { deserialize_any deserialize_identifier deserialize_ignored_any }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    /// What is long is copied here: see [`copying`].
    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.read::<&'de str>()? {
            long if copying::is_long(long.len()) => visitor.visit_string(copying::to_string(long)),
            short => visitor.visit_borrowed_str(short),
        }
    }

    /// As for [strings](Self::deserialize_string).
    #[inline]
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.read::<&'de [u8]>()? {
            long if copying::is_long(long.len()) => visitor.visit_byte_buf(copying::to_vec(long)),
            short => visitor.visit_borrowed_bytes(short),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.read::<u8>()? {
            0 => visitor.visit_none(),
            1 => self.nested(|de| visitor.visit_some(de)),
            _ => Err(Fault::from_postcard(postcard::Error::DeserializeBadOption)),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.nested(|de| visitor.visit_newtype_struct(de))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let (len, hint) = self.read_len()?;
        self.nested(|de| visitor.visit_seq(Elements::new(de, len, hint)))
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let (len, hint) = self.read_len()?;
        self.nested(|de| visitor.visit_map(Entries::new(de, len, hint)))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.nested(|de| visitor.visit_seq(Fields::new(de, len)))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.nested(|de| visitor.visit_enum(Variant::new(de)))
    }
}

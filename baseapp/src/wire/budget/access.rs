//! What a visitor sees of a sequence, a map, a struct or an enum.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    },
};

use super::{Budgeted, Fault, LEAST_CHARGE};

/// The elements of a sequence.
pub(super) struct Elements<'a, 'de> {
    de: &'a mut Budgeted<'de>,
    left: usize,
    /// The most to expect.
    hint: usize,
    /// What was paid for each element that is left.
    paid: usize,
}

impl<'a, 'de> Elements<'a, 'de> {
    #[inline]
    pub(super) fn new(de: &'a mut Budgeted<'de>, len: usize, hint: usize) -> Self {
        Elements {
            de,
            hint,
            left: len,
            paid: 0,
        }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        let price = LEAST_CHARGE.max(size_of::<S::Value>());
        pay(self.de, &mut self.paid, price, self.left)?;
        self.left -= 1;
        seed.deserialize(&mut *self.de).map(Some)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint.min(self.left))
    }
}

/// The keys and values of a map.
pub(super) struct Entries<'a, 'de> {
    de: &'a mut Budgeted<'de>,
    /// The keys that are left.
    left: usize,
    /// The most to expect.
    hint: usize,
    /// What was paid for each key and each value that is left.
    paid: (usize, usize),
}

impl<'a, 'de> Entries<'a, 'de> {
    #[inline]
    pub(super) fn new(de: &'a mut Budgeted<'de>, len: usize, hint: usize) -> Self {
        Entries {
            de,
            hint,
            left: len,
            paid: (0, 0),
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        let price = LEAST_CHARGE.max(size_of::<S::Value>());
        pay(self.de, &mut self.paid.0, price, self.left)?;
        self.left -= 1;
        seed.deserialize(&mut *self.de).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        // The key has paid the least charge, and its value is one more than
        // the keys that are left.
        let price = size_of::<S::Value>();
        pay(
            self.de,
            &mut self.paid.1,
            price,
            self.left.saturating_add(1),
        )?;
        seed.deserialize(&mut *self.de)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.hint.min(self.left))
    }
}

/// Pays `price` for each of the `left` elements, less what was paid for them.
///
/// This does something for the first element only, unless a visitor asks for
/// elements of several types and a later one is larger.
#[inline]
fn pay(de: &mut Budgeted<'_>, paid: &mut usize, price: usize, left: usize) -> Result<(), Fault> {
    if price > *paid {
        de.charge(left, price - *paid)?;
        *paid = price;
    }
    Ok(())
}

/// The fields of a struct or tuple.
///
/// Their number comes from the type, so they are not charged. They give no hint
/// all the same, for types that get the number from their own bytes.
pub(super) struct Fields<'a, 'de> {
    de: &'a mut Budgeted<'de>,
    left: usize,
}

impl<'a, 'de> Fields<'a, 'de> {
    #[inline]
    pub(super) fn new(de: &'a mut Budgeted<'de>, len: usize) -> Self {
        Fields { de, left: len }
    }
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.de).map(Some)
    }
}

/// The variant of an enum, at the level of the enum. Its fields are one deeper.
pub(super) struct Variant<'a, 'de> {
    de: &'a mut Budgeted<'de>,
}

impl<'a, 'de> Variant<'a, 'de> {
    #[inline]
    pub(super) fn new(de: &'a mut Budgeted<'de>) -> Self {
        Variant { de }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let index = self.de.read::<u32>()?;
        let value = seed.deserialize(IntoDeserializer::<Fault>::into_deserializer(index))?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.de)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.de.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.de.deserialize_tuple(fields.len(), visitor)
    }
}

//! [`Budgeted`]: decoding that costs no more than the bytes are worth.
//!
//! Postcard believes every length that it reads. A peer could therefore say in
//! five bytes that ten billion units follow, and in a few more have memory set
//! aside for a map that never comes, or nest a value until the stack overflows.
//! Three rules bound what bytes can cost:
//!
//! - A value nests at most [`DEPTH_LIMIT`] levels deep.
//! - The elements of all sequences and maps together take at most
//!   [`BASE_BUDGET`] bytes of memory and [`BUDGET_PER_BYTE`] more for each byte
//!   of the message. All elements that a length announces are paid for before
//!   the first of them is read.
//! - A sequence or map never tells its visitor to expect more elements than
//!   there are bytes left, because visitors set memory aside for that many.
//!
//! Strings and byte strings need no rule: postcard finds that their bytes are
//! there before it does anything with them. Nor do structs and tuples, whose
//! fields are part of the memory of what they are in.
//!
//! Postcard reads the scalars and strings. The shapes made of them are read
//! here, because that is where the rules apply. It also keeps the text of the
//! errors of `Deserialize` implementations, which postcard would drop.

mod access;
mod de;
mod fault;
#[cfg(test)]
mod tests;

use std::mem;

use postcard::{Deserializer as Postcard, de_flavors::Slice};
use serde::Deserialize;

pub(super) use self::fault::Fault;

/// The most levels of structs, tuples, enums, options, sequences and maps.
const DEPTH_LIMIT: usize = 128;

/// The memory that the elements of any message may take, in bytes.
const BASE_BUDGET: usize = 8 << 20;

/// The memory that they may take besides for each byte of the message.
const BUDGET_PER_BYTE: usize = 64;

/// The least that an element is charged for.
///
/// It is what the allocator takes for a node of a linked list, so that elements
/// without a size, and without bytes in the message, are not for free. It is
/// less than [`BUDGET_PER_BYTE`], so an element that has even one byte in the
/// message pays for itself.
const LEAST_CHARGE: usize = 32;

/// A deserializer for the postcard format with bounded cost.
pub(super) struct Budgeted<'de> {
    /// What reads scalars and strings, and knows the bytes not yet read.
    plain: Postcard<'de, Slice<'de>>,
    /// How many levels deeper the value may nest.
    levels: usize,
    /// What is left of the budget.
    credit: usize,
    /// The whole budget, for the error.
    budget: usize,
}

impl<'de> Budgeted<'de> {
    #[inline]
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        let budget = BASE_BUDGET.saturating_add(bytes.len().saturating_mul(BUDGET_PER_BYTE));
        Budgeted {
            plain: Postcard::from_bytes(bytes),
            levels: DEPTH_LIMIT,
            credit: budget,
            budget,
        }
    }

    /// The number of bytes not yet read.
    #[inline]
    pub(super) fn remaining(&mut self) -> Result<usize, Fault> {
        // Postcard tells its bytes only at the end, so end it and begin again.
        // It is two pointers: this costs a subtraction.
        let plain = mem::replace(&mut self.plain, Postcard::from_bytes(&[]));
        let rest = plain.finalize().map_err(Fault::from_postcard)?;
        self.plain = Postcard::from_bytes(rest);
        Ok(rest.len())
    }

    /// Reads a scalar or a string.
    #[inline]
    fn read<T: Deserialize<'de>>(&mut self) -> Result<T, Fault> {
        T::deserialize(&mut self.plain).map_err(Fault::from_postcard)
    }

    /// Reads the length of a sequence or map, and how much of it a visitor may
    /// be told to expect.
    #[inline]
    fn read_len(&mut self) -> Result<(usize, usize), Fault> {
        let len = self.read::<usize>()?;
        Ok((len, len.min(self.remaining()?)))
    }

    /// Runs `visit` one level deeper.
    #[inline]
    fn nested<T>(&mut self, visit: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        match self.levels.checked_sub(1) {
            Some(levels) => self.levels = levels,
            None => return Err(Fault::too_deep()),
        }
        let result = visit(self);
        self.levels += 1;
        result
    }

    /// Pays for `count` elements of `size` bytes.
    #[inline]
    fn charge(&mut self, count: usize, size: usize) -> Result<(), Fault> {
        match self.credit.checked_sub(count.saturating_mul(size)) {
            Some(credit) => {
                self.credit = credit;
                Ok(())
            }
            None => Err(Fault::too_many(self.budget)),
        }
    }
}

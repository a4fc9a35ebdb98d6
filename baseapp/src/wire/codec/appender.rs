//! [`Appender`]: where encoded bytes go.

use postcard::{Error, ser_flavors::Flavor};

use crate::copying;

/// Bytes of the longest number of 64 bits.
const NUMBER: usize = 10;

/// The end of a buffer, of which at most `max` more bytes may be used.
///
/// Unless it is [committed](Appender::commit) it takes back what it wrote when
/// it goes away, also by a panic in the value's `Serialize`.
pub(super) struct Appender<'a> {
    out: &'a mut Vec<u8>,
    /// The length to go back to.
    keep: usize,
    /// The length that it may reach.
    limit: usize,
    full: bool,
}

impl<'a> Appender<'a> {
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>, max: usize) -> Self {
        let keep = out.len();
        let limit = keep.saturating_add(max);
        Appender {
            keep,
            out,
            limit,
            full: false,
        }
    }

    /// Whether a write was refused.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Bytes that may still be written.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.limit.saturating_sub(self.out.len())
    }

    /// Keeps what was written.
    #[inline]
    pub(super) fn commit(mut self) {
        self.keep = self.out.len();
    }

    /// Finds whether there is room for `count` bytes.
    #[inline]
    fn make_room(&mut self, count: usize) -> Result<(), Error> {
        if self.limit.saturating_sub(self.out.len()) < count {
            self.full = true;
            return Err(Error::SerializeBufferFull);
        }
        Ok(())
    }
}

impl Drop for Appender<'_> {
    #[inline]
    fn drop(&mut self) {
        self.out.truncate(self.keep);
    }
}

impl Flavor for Appender<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> Result<(), Error> {
        self.make_room(1)?;
        self.out.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.make_room(bytes.len())?;
        match bytes.len() {
            // Floats, whose length is known when this is compiled. Numbers that happen
            // to be as long pay two nanoseconds for it.
            4 | 8 => self.out.extend_from_slice(bytes),
            // Not worth a call of `memcpy`; and they were written one by one just
            // now, so that to read them at once would wait for that.
            ..=NUMBER => bytes.iter().for_each(|byte| self.out.push(*byte)),
            _ => copying::append(self.out, bytes),
        }
        Ok(())
    }

    #[inline]
    fn finalize(self) -> Result<(), Error> {
        self.commit();
        Ok(())
    }
}

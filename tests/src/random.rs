//! [`Random`]: numbers that are the same for the same seed.

/// Marsaglia's xorshift64*.
#[derive(Clone, Copy, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of that seed.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        Random(seed.max(1)) // it would stay 0 for ever
    }

    /// Another one for each of many.
    #[must_use]
    pub fn of(seed: u64, which: u64) -> Random {
        let mut random = Random::new(seed ^ (which + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.below(1);
        random
    }

    /// The next number that is smaller than `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end.max(1)
    }
}

//! Bits into bytes, the most significant first.

/// Longest code that [`Bits::push`] takes at once.
pub(super) const MOST: u32 = 56;

/// A writer of bits. Allocates in [`Bits::reserve`] alone.
#[derive(Debug)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Whole bytes written.
    at: usize,
    /// Bits that do not fill a byte yet, at the top.
    rest: u64,
    /// How many they are, 0 to 7.
    held: u32,
}

impl Bits {
    /// Goes on behind `bytes`.
    pub(super) fn after(bytes: Vec<u8>) -> Self {
        Self {
            at: bytes.len(),
            bytes,
            rest: 0,
            held: 0,
        }
    }

    /// Makes room for so many bits: no more may be pushed before it is called again.
    pub(super) fn reserve(&mut self, bits: u64) {
        let room = self.at + (bits / 8) as usize + 9;
        self.bytes.resize(room.max(self.bytes.len()), 0);
    }

    /// Appends the lowest `count` bits of `value`, 0 to [`MOST`]; the others must be zero.
    #[inline(always)]
    pub(super) fn push(&mut self, value: u64, count: u32) {
        debug_assert!(count <= MOST && value >> count == 0, "{value} in {count}");
        // `held` is below 8: a shift by 64 happens for no bits alone, and then by nothing.
        self.rest |= value << ((64 - self.held - count) % 64);
        // The bytes behind the whole ones are written too, and again by the next push.
        self.bytes[self.at..self.at + 8].copy_from_slice(&self.rest.to_be_bytes());
        let held = self.held + count;
        self.at += (held / 8) as usize;
        self.rest <<= held & !7;
        self.held = held & 7;
    }

    /// Appends `count` zeros and a one.
    #[inline(always)]
    pub(super) fn unary(&mut self, mut count: u32) {
        while count >= MOST {
            self.push(0, MOST);
            count -= MOST;
        }
        self.push(1, count + 1);
    }

    /// Appends the lowest `count` bits of a signed number.
    #[inline(always)]
    pub(super) fn signed(&mut self, value: i32, count: u32) {
        self.push(value as u64 & ((1 << count) - 1), count);
    }

    /// The bytes, the last filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let whole = self.at + usize::from(self.held > 0);
        self.bytes.truncate(whole);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_length_lie_behind_one_another() {
        let codes = (0..=MOST).map(|count| (0xA5C3_96F0_1234_5678 & ((1u64 << count) - 1), count));
        let mut bits = Bits::after(vec![0xEE]);
        bits.reserve(
            codes
                .clone()
                .map(|(_, count)| u64::from(count))
                .sum::<u64>()
                + 201,
        );
        let mut text = String::from("11101110");
        for (value, count) in codes {
            bits.push(value, count);
            if count > 0 {
                text += &format!("{value:0width$b}", width = count as usize);
            }
        }
        bits.unary(200);
        text += &("0".repeat(200) + "1");
        text += &"0".repeat(text.len().next_multiple_of(8) - text.len());
        let written: String = bits
            .finish()
            .iter()
            .map(|byte| format!("{byte:08b}"))
            .collect();
        assert_eq!(written, text);
    }
}

//! FLAC frames as bytes: their number and their checksums (FLAC format, RFC 9639 section 9).
//!
//! A frame depends on no other frame. That is what lets one encoder serve many recordings: each
//! frame is given the number it has in its own file. Pure; allocates the new frame.

/// `x^8 + x^2 + x + 1`, over the frame header.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |c, _| {
            if c & 0x80 != 0 {
                (c << 1) ^ 0x07
            } else {
                c << 1
            }
        })
    })
}

/// Of `x^16 + x^15 + x^2 + 1`, over the whole frame. Table `n` is of a byte with `n` bytes behind it,
/// so that sixteen bytes are taken at once: what is waited for is the sum of those before.
static CRC16: [[u16; 256]; 16] = {
    let mut tables = [[0u16; 256]; 16];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 {
                (crc << 1) ^ 0x8005
            } else {
                crc << 1
            };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut n = 1;
    while n < 16 {
        let mut i = 0;
        while i < 256 {
            let before = tables[n - 1][i];
            tables[n][i] = (before << 8) ^ tables[0][(before >> 8) as usize];
            i += 1;
        }
        n += 1;
    }
    tables
};

/// The checksum at a frame's end.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    let at = |table: usize, byte: u8| CRC16[table][usize::from(byte)];
    let (sixteens, rest) = bytes.as_chunks::<16>();
    let crc = sixteens.iter().fold(0u16, |crc, bytes| {
        let [high, low] = crc.to_be_bytes();
        let behind = (2..16).fold(0, |sum, n| sum ^ at(15 - n, bytes[n]));
        behind ^ at(15, bytes[0] ^ high) ^ at(14, bytes[1] ^ low)
    });
    rest.iter().fold(crc, |crc, byte| {
        (crc << 8) ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)]
    })
}

/// Appends the "UTF-8" coding of a frame number, up to 31 bits.
fn push_number(out: &mut Vec<u8>, number: u32) {
    let tail = match number {
        0..0x80 => return out.push(number as u8),
        0x80..0x800 => 1,
        0x800..0x1_0000 => 2,
        0x1_0000..0x20_0000 => 3,
        0x20_0000..0x400_0000 => 4,
        _ => 5u32,
    };
    let lead = !(0xFFu8 >> (tail + 1));
    out.push(lead | (number >> (6 * tail)) as u8);
    for at in (0..tail).rev() {
        out.push(0x80 | ((number >> (6 * at)) & 0x3F) as u8);
    }
}

/// Appends the header of frame `number` of a fixed-blocksize stream at 8 kHz and 16 bit: `samples`
/// per channel of each of 1 to 8 independent channels.
pub(super) fn push_header(out: &mut Vec<u8>, channels: usize, samples: usize, number: u32) {
    let start = out.len();
    let sixteen_bit_length = 0b0111 << 4;
    let eight_khz = 0b0100;
    let sixteen_bits = 0b100 << 1;
    out.extend_from_slice(&[0xFF, 0xF8, sixteen_bit_length | eight_khz]);
    out.push((channels as u8 - 1) << 4 | sixteen_bits);
    push_number(out, number);
    out.extend_from_slice(&(samples as u16 - 1).to_be_bytes());
    let checksum = crc8(&out[start..]);
    out.push(checksum);
}

/// `frame` with the frame number `number` and both checksums to match.
///
/// `None` if `frame` is not a frame of a fixed-blocksize stream.
pub(super) fn renumber(frame: &[u8], number: u32) -> Option<Vec<u8>> {
    let (&[sync0, sync1, sizes, _], rest) = frame.split_first_chunk::<4>()?;
    if sync0 != 0xFF || sync1 != 0xF8 {
        return None;
    }
    let coded = match rest.first()?.leading_ones() {
        0 => 1,
        n @ 2..=6 => n as usize,
        _ => return None,
    };
    let block_bytes = match sizes >> 4 {
        0b0110 => 1,
        0b0111 => 2,
        _ => 0,
    };
    let rate_bytes = match sizes & 0xF {
        0b1100 => 1,
        0b1101 | 0b1110 => 2,
        _ => 0,
    };
    let tail = rest.get(coded..coded + block_bytes + rate_bytes)?;
    let body = rest.get(coded + tail.len() + 1..)?;
    let body = body.get(..body.len().checked_sub(2)?)?;

    let mut out = Vec::with_capacity(frame.len() + 6);
    out.extend_from_slice(&frame[..4]);
    push_number(&mut out, number);
    out.extend_from_slice(tail);
    out.push(crc8(&out));
    out.extend_from_slice(body);
    out.extend_from_slice(&crc16(&out).to_be_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_have_their_catalogue_values() {
        assert_eq!(crc8(b"123456789"), 0xF4); // CRC-8/SMBUS
        assert_eq!(crc16(b"123456789"), 0xFEE8); // CRC-16/UMTS
        let bytes: [u8; 40] = std::array::from_fn(|n| (n * n + 7) as u8);
        assert_eq!(crc16(&bytes), {
            let bits = bytes
                .iter()
                .flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1));
            bits.fold(0u16, |crc, bit| {
                let out = (crc >> 15) as u8 ^ bit;
                (crc << 1) ^ if out == 1 { 0x8005 } else { 0 }
            })
        });
    }

    #[test]
    fn numbers_are_coded_like_utf8() {
        for c in ['a', 'ą', '€', '𝄞'] {
            let mut out = Vec::new();
            push_number(&mut out, u32::from(c));
            assert_eq!(out, c.to_string().as_bytes());
        }
        let mut out = Vec::new();
        push_number(&mut out, 0x7FFF_FFFF);
        assert_eq!(out, [0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]);
    }

    #[test]
    fn what_is_not_a_frame_is_refused() {
        for bytes in [
            &b""[..],
            b"fLaC",
            &[0xFF, 0xF8],
            &[0xFF, 0xF8, 0x74, 0x08, 0],
            &[0xFF; 20],
        ] {
            assert!(renumber(bytes, 3).is_none());
        }
    }
}

//! ITU-T G.711: the A-law and µ-law of digital lines, to and from 16-bit linear samples.
//!
//! Expansion follows tables 1a/1b (A-law) and 2a/2b (µ-law): the standard's 13-bit A-law values are
//! placed at the top of 16 bits (x 8), its 14-bit µ-law values likewise (x 4), so that the overload
//! point of either law is the overload point of the 16-bit sample (+3.14 and +3.17 dBm0).
//! Compression goes by the standard's decision values. Nothing here allocates or fails.

/// The 16-bit value of every A-law code as it stands on the line (even bits inverted).
pub static A_LAW: [i16; 256] = expand_all(true);

/// The 16-bit value of every µ-law code as it stands on the line (all bits inverted).
pub static MU_LAW: [i16; 256] = expand_all(false);

const fn expand_all(a_law: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = if a_law {
            expand_a(code as u8)
        } else {
            expand_mu(code as u8)
        };
        code += 1;
    }
    table
}

const fn expand_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = (code & 0x0f) as i16;
    let segment = (code >> 4) & 0x07;
    let magnitude = if segment == 0 {
        (2 * step + 1) << 3
    } else {
        (2 * step + 33) << (segment + 2)
    };
    if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }
}

const fn expand_mu(code: u8) -> i16 {
    let code = !code;
    let step = (code & 0x0f) as i16;
    let segment = (code >> 4) & 0x07;
    let magnitude = (((2 * step + 33) << segment) - 33) << 2;
    if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// The A-law code of a 16-bit sample.
pub fn to_a_law(sample: i16) -> u8 {
    // Ones' complement maps the negative half onto the positive one without a seam at zero.
    let (sign, magnitude) = if sample >= 0 {
        (0x80, sample)
    } else {
        (0x00, !sample)
    };
    let units = (magnitude >> 4) as u16; // half-steps of the first segment: 0..=2047
    let code = if units < 32 {
        units as u8
    } else {
        let segment = (11 - units.leading_zeros() as u16).max(1) as u8;
        let step = (units >> segment) as u8 & 0x0f;
        ((segment + 1) << 4) | step
    };
    (sign | code) ^ 0x55
}

/// The µ-law code of a 16-bit sample.
pub fn to_mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0x00 };
    // 14-bit magnitude, rounded, plus the bias of 33 that makes every segment a power of two.
    let magnitude = (u32::from(sample.unsigned_abs()) + 2) / 4;
    let biased = (magnitude + 33).min(8_191);
    let segment = 26 - biased.leading_zeros();
    let step = (biased >> (segment + 1)) & 0x0f;
    !(sign | (segment << 4 | step) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positive values of tables 1a and 2a of G.711, computed from their segment end points.
    fn published(a_law: bool) -> Vec<i16> {
        let mut values = Vec::new();
        // Table 1a: 13 segments, decision values 0, 64, 128, ... 4096 in steps of 2, 4, ...
        // Table 2a: 15 segments, decision values 0, 1, 3, ... 31, 95, 223, ... 8159.
        if a_law {
            for (from, step) in [(0, 2), (32, 2), (64, 4), (128, 8), (256, 16), (512, 32)]
                .into_iter()
                .chain([(1024, 64), (2048, 128)])
            {
                values.extend((0..16).map(|k| (from + k * step + step / 2) * 8));
            }
        } else {
            values.push(0);
            values.extend((1..16).map(|k| 2 * k * 4));
            for (from, step) in [(31, 4), (95, 8), (223, 16), (479, 32), (991, 64)]
                .into_iter()
                .chain([(2015, 128), (4063, 256)])
            {
                values.extend((0..16).map(|k| (from + k * step + step / 2) * 4));
            }
        }
        values
    }

    #[test]
    fn all_codes_expand_as_published() {
        for (number, value) in published(true).into_iter().enumerate() {
            let code = number as u8;
            assert_eq!(A_LAW[usize::from((code | 0x80) ^ 0x55)], value, "A+{code}");
            assert_eq!(A_LAW[usize::from(code ^ 0x55)], -value, "A-{code}");
        }
        for (number, value) in published(false).into_iter().enumerate() {
            let code = number as u8;
            assert_eq!(MU_LAW[usize::from(!code)], value, "µ+{code}");
            assert_eq!(MU_LAW[usize::from(!(code | 0x80))], -value, "µ-{code}");
        }
        assert_eq!((A_LAW[0xd5], A_LAW[0xaa]), (8, 32_256));
        assert_eq!((MU_LAW[0xff], MU_LAW[0x80]), (0, 32_124));
    }

    #[test]
    fn every_code_survives_the_round_trip() {
        for code in 0..=255u8 {
            assert_eq!(to_a_law(A_LAW[usize::from(code)]), code, "A {code:#x}");
            let back = to_mu_law(MU_LAW[usize::from(code)]);
            // Negative zero and positive zero are one value.
            assert_eq!(if code == 0x7f { 0xff } else { code }, back, "µ {code:#x}");
        }
    }

    #[test]
    fn compression_errs_by_half_a_step_at_most() {
        for sample in i16::MIN..=i16::MAX {
            for (table, code) in [(&A_LAW, to_a_law(sample)), (&MU_LAW, to_mu_law(sample))] {
                let value = i32::from(table[usize::from(code)]);
                let error = (value - i32::from(sample)).abs();
                // Steps are 1/16 of the segment's lower end or finer, 16 at the smallest.
                assert!(
                    error <= i32::from(sample).abs() / 32 + 9,
                    "{sample} {value}"
                );
            }
        }
    }
}

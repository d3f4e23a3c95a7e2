//! The frame check sequence of HDLC (ITU-T X.25 2.2.7, Q.921 2.7): CRC-16, reflected 0x8408,
//! preset and complemented with ones, sent low octet first. Blocks nothing, allocates nothing.

const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut crc = octet as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0x8408
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[octet] = crc;
        octet += 1;
    }
    table
}

fn remainder(octets: &[u8]) -> u16 {
    octets.iter().fold(0xFFFF, |crc, &octet| {
        crc >> 8 ^ TABLE[usize::from((crc as u8) ^ octet)]
    })
}

/// The sequence to send after `octets`, low octet first.
pub fn fcs16(octets: &[u8]) -> [u8; 2] {
    (!remainder(octets)).to_le_bytes()
}

/// Whether `octets` end in their own frame check sequence.
pub fn intact(octets: &[u8]) -> bool {
    octets.len() > 2 && remainder(octets) == 0xF0B8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_value_of_the_catalogue() {
        assert_eq!(fcs16(b"123456789"), 0x906E_u16.to_le_bytes());
        let mut sent = b"123456789".to_vec();
        sent.extend(fcs16(b"123456789"));
        assert!(intact(&sent));
        sent[3] ^= 0x10;
        assert!(!intact(&sent));
    }
}

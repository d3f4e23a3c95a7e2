//! Passwords, second factors and random tokens.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jiff::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use super::CredentialError;
use crate::words::hex;

/// Fewest characters of a password (a phrase of three words has more).
pub const SHORTEST: usize = 12;

/// Most bytes: hashing must not be a way to keep the machine busy.
const LONGEST: usize = 256;

/// Letters and digits of one-time passwords: none that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";

fn random<const N: usize>() -> Result<[u8; N], CredentialError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| CredentialError::Refused("the system gives no random numbers"))?;
    Ok(bytes)
}

/// 256 random bits in hexadecimal digits.
///
/// # Errors
/// The system gives none.
pub fn random_token() -> Result<String, CredentialError> {
    Ok(hex(&random::<32>()?))
}

/// A password to be used once: 100 bits in four groups of five.
pub(super) fn one_time() -> Result<String, CredentialError> {
    let mut text = String::new();
    for (at, byte) in random::<20>()?.into_iter().enumerate() {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(text)
}

/// argon2id with the crate's parameters, those of RFC 9106 for little memory: 19 MiB, 2 passes.
pub(super) fn hash(password: &str) -> Result<String, CredentialError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| CredentialError::Refused("the system gives no random numbers"))
}

pub(super) fn verify(password: &str, hash: &str) -> bool {
    let fits = password.len() <= LONGEST;
    let parsed = PasswordHash::new(hash).ok();
    fits && parsed.is_some_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    })
}

/// Takes as long as [`verify`].
pub(super) fn verify_nothing(password: &str) {
    if password.len() <= LONGEST {
        drop(hash(password));
    }
}

/// Whether a password is long and varied enough.
pub(super) fn good(password: &str) -> Result<(), &'static str> {
    let mut seen: Vec<char> = password.chars().collect();
    let length = seen.len();
    seen.sort_unstable();
    seen.dedup();
    if length < SHORTEST {
        Err("the password needs at least 12 characters")
    } else if password.len() > LONGEST {
        Err("the password has more than 256 bytes")
    } else if seen.len() < 6 {
        Err("the password needs at least 6 different characters")
    } else {
        Ok(())
    }
}

/// A second factor: a secret shared with an authenticator application (RFC 6238, SHA-1, 6 digits,
/// 30 s, as they all understand it).
#[derive(Clone, Debug)]
pub struct Factor(Totp);

impl Factor {
    /// A new one of 160 bits.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new() -> Result<Self, CredentialError> {
        let secret = Secret::from(random::<20>()?);
        Self::of(secret).ok_or(CredentialError::Refused("no second factor"))
    }

    fn of(secret: Secret) -> Option<Self> {
        let built = Builder::new().with_secret(secret).with_skew(1).build();
        built.ok().map(Self)
    }

    /// From the text that the application was given.
    pub fn from_base32(text: &str) -> Option<Self> {
        Self::of(Secret::try_from_base32(text).ok()?)
    }

    /// The text that the application is given.
    pub fn base32(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The 30 s step to which a code belongs, if it is one of now, the one before or the next.
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let six_digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let second = u64::try_from(now.as_second()).ok()?;
        six_digits.then(|| self.0.check(&code, second)).flatten()
    }

    /// The code at a moment.
    pub fn code(&self, now: Timestamp) -> String {
        let second = u64::try_from(now.as_second()).unwrap_or(0);
        self.0.generate(second).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, shortened to 6 digits.
        let factor = Factor::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("secret");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            let at = Timestamp::from_second(second).expect("time");
            assert_eq!(factor.code(at), code);
            assert_eq!(factor.step_of(code, at), Some(second as u64 / 30));
        }
    }

    #[test]
    fn easy_passwords_are_refused() {
        for (password, fine) in [
            ("krótkie", false),
            ("aaaaaaaaaaaaaaaa", false),
            ("trzy różne słowa", true),
            (&"x1y2z3".repeat(60), false),
        ] {
            assert_eq!(good(password).is_ok(), fine, "{password}");
        }
        let one = one_time().expect("random");
        assert!(good(&one).is_ok() && one.len() == 23, "{one}");
    }
}

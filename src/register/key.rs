//! ed25519 keys for signing: the recorder's, the director's, a listener's. A file of 0600 with the
//! seed in hexadecimal digits; the public key is 64 of them. A file made by the console holds an
//! age identity and comments beside it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::words::hex;

use super::RegisterError;
use super::entry::unhex;

/// A secret signing key; wiped when dropped.
pub struct SecretKey(SigningKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey of {}", self.public())
    }
}

impl SecretKey {
    /// Makes one in a new file of mode 0600; a file that is there is an error.
    ///
    /// # Errors
    /// The disk's, or no random numbers.
    pub fn create(path: &Path) -> Result<Self, RegisterError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|error| RegisterError::Key {
            path: path.to_owned(),
            what: format!("no random numbers: {error}"),
        })?;
        let text = Zeroizing::new(format!("{}\n", hex(seed.as_ref())));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(RegisterError::io("create", path))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(RegisterError::io("write", path))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads one: the first line of 64 hexadecimal digits.
    ///
    /// # Errors
    /// The disk's, or a file that holds no key.
    pub fn read(path: &Path) -> Result<Self, RegisterError> {
        let text =
            Zeroizing::new(fs::read_to_string(path).map_err(RegisterError::io("read", path))?);
        let seed = text
            .lines()
            .find_map(|line| <[u8; 32]>::try_from(unhex(line.trim())?).ok());
        let seed = Zeroizing::new(seed.ok_or_else(|| RegisterError::Key {
            path: path.to_owned(),
            what: "it must hold a line of 64 hexadecimal digits".into(),
        })?);
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public key, 64 hexadecimal digits.
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs; 128 hexadecimal digits.
    pub fn sign(&self, text: &str) -> String {
        hex(&self.raw(text.as_bytes()))
    }

    pub(super) fn raw(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// Whether `public` is the text of a public key.
pub(super) fn is_public(public: &str) -> bool {
    verifying(public).is_some()
}

fn verifying(public: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = unhex(public)?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

/// Whether `signature` over `text` is by the holder of `public`. Strict: no malleable signatures.
pub(super) fn verify(public: &str, text: &str, signature: &str) -> bool {
    unhex(signature).is_some_and(|signature| verify_raw(public, text.as_bytes(), &signature))
}

pub(super) fn verify_raw(public: &str, bytes: &[u8], signature: &[u8]) -> bool {
    let key = verifying(public);
    let signature = Signature::from_slice(signature).ok();
    key.zip(signature)
        .is_some_and(|(key, signature)| key.verify_strict(bytes, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_private_and_its_signature_is_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let key = SecretKey::create(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(SecretKey::create(&path).is_err());
        let again = SecretKey::read(&path).unwrap();
        let signature = again.sign("polecenie");
        assert!(verify(&key.public(), "polecenie", &signature));
        assert!(!verify(&key.public(), "Polecenie", &signature));
        assert!(!verify(&key.public(), "polecenie", &signature[2..]));
    }
}

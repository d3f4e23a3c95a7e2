//! Keys: a 32-byte key per recording, wrapped by age to the director and the escrow.
//!
//! A wrapping is an ordinary age file with the key and the recording's id, so that `age -d` opens
//! it and a blob put under another recording's name is found out. Keys are wiped from memory when
//! dropped. This program makes identities for whoever asks, and keeps none.

use std::io::{Read, Write};
use std::path::Path;
use std::str::FromStr;

use age::secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::VaultError;
use crate::words::RecordingId;

/// The key of one recording.
pub struct Dek(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Dek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dek(hidden)")
    }
}

impl Dek {
    /// A new one from the kernel's generator.
    pub(super) fn generate() -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(|error| VaultError::Key {
            what: format!("no random numbers: {error}"),
        })?;
        Ok(Self(key))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// To whom a key is wrapped: an age public key (`age1...`).
#[derive(Clone, Debug)]
pub struct Recipient(age::x25519::Recipient);

impl FromStr for Recipient {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        age::x25519::Recipient::from_str(text.trim())
            .map(Self)
            .map_err(|error| VaultError::Key {
                what: format!("{text:?} is no recipient: {error}"),
            })
    }
}

impl std::fmt::Display for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What is compared on paper: 16 hexadecimal digits of the SHA-256 of a public key's text.
pub fn fingerprint(public: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(public).into();
    let hex: Vec<String> = hash[..8]
        .chunks(2)
        .map(|pair| format!("{:02x}{:02x}", pair[0], pair[1]))
        .collect();
    hex.join("-")
}

impl Recipient {
    /// Its [`fingerprint`].
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.to_string())
    }
}

/// What opens wrappings: an age secret key. Wiped when dropped.
pub struct Identity(age::x25519::Identity);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity of {}", self.recipient())
    }
}

impl Identity {
    /// A new one.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// The first secret key in the text of an age identity file.
    ///
    /// # Errors
    /// If there is none.
    pub fn from_file_text(text: &str) -> Result<Self, VaultError> {
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'));
        let parsed = line.map(age::x25519::Identity::from_str);
        match parsed {
            Some(Ok(identity)) => Ok(Self(identity)),
            Some(Err(error)) => Err(VaultError::Key {
                what: format!("no secret key: {error}"),
            }),
            None => Err(VaultError::Key {
                what: "the identity file holds no key".to_owned(),
            }),
        }
    }

    /// The text of its identity file, as `age-keygen` writes it.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        let secret = self.0.to_string();
        Zeroizing::new(format!(
            "# public key: {}\n{}\n",
            self.recipient(),
            secret.expose_secret()
        ))
    }

    /// Its public key.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }
}

/// The key of recording `id`, wrapped to `recipients`.
///
/// # Errors
/// Without recipients.
pub fn wrap(dek: &Dek, id: RecordingId, recipients: &[Recipient]) -> Result<Vec<u8>, VaultError> {
    let failed = |error: &dyn std::fmt::Display| VaultError::Key {
        what: format!("cannot wrap: {error}"),
    };
    let to = recipients
        .iter()
        .map(|recipient| &recipient.0 as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(to).map_err(|error| failed(&error))?;
    let mut blob = Vec::new();
    let write = || {
        let mut writer = encryptor.wrap_output(&mut blob)?;
        writer.write_all(dek.bytes())?;
        writer.write_all(id.0.as_bytes())?;
        writer.finish().map(drop)
    };
    write().map_err(|error| failed(&error))?;
    Ok(blob)
}

/// The key of recording `id` out of a wrapping; `path` is named in errors.
///
/// # Errors
/// [`VaultError::WrongKey`] if the identity is not among the recipients, [`VaultError::Damaged`]
/// if the wrapping was altered or belongs to another recording.
pub fn unwrap(
    blob: &[u8],
    id: RecordingId,
    identity: &Identity,
    path: &Path,
) -> Result<Dek, VaultError> {
    let damaged = |what: String| VaultError::Damaged {
        path: path.to_owned(),
        what,
    };
    let open = age::Decryptor::new(blob)
        .and_then(|age| age.decrypt(std::iter::once(&identity.0 as &dyn age::Identity)));
    let mut reader = match open {
        Ok(reader) => reader,
        Err(age::DecryptError::NoMatchingKeys) => {
            let fingerprints = "not to the identity given".to_owned();
            return Err(VaultError::WrongKey {
                path: path.to_owned(),
                fingerprints,
            });
        }
        Err(error) => return Err(damaged(error.to_string())),
    };
    let mut plain = Zeroizing::new(Vec::with_capacity(64));
    reader
        .read_to_end(&mut plain)
        .map_err(|error| damaged(error.to_string()))?;
    let (key, of) = plain
        .split_first_chunk::<32>()
        .ok_or_else(|| damaged("it holds no key".to_owned()))?;
    if of != id.0.as_bytes() {
        return Err(damaged("it is the key of another recording".to_owned()));
    }
    let mut bytes = *key;
    let dek = Dek(Zeroizing::new(bytes));
    bytes.zeroize();
    Ok(dek)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_only_for_its_recipients_and_its_recording() {
        let (director, escrow, other) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let id = RecordingId(uuid::Uuid::from_u128(1));
        let dek = Dek::generate().unwrap();
        let path = Path::new("k.age");
        let blob = wrap(&dek, id, &[director.recipient(), escrow.recipient()]).unwrap();
        for identity in [&director, &escrow] {
            assert_eq!(
                unwrap(&blob, id, identity, path).unwrap().bytes(),
                dek.bytes()
            );
        }
        assert!(matches!(
            unwrap(&blob, id, &other, path),
            Err(VaultError::WrongKey { .. })
        ));
        let stranger = RecordingId(uuid::Uuid::from_u128(2));
        assert!(matches!(
            unwrap(&blob, stranger, &director, path),
            Err(VaultError::Damaged { .. })
        ));
        for at in 0..blob.len() {
            let mut altered = blob.clone();
            altered[at] ^= 0x04;
            assert!(unwrap(&altered, id, &director, path).is_err(), "byte {at}");
        }
        assert!(wrap(&dek, id, &[]).is_err());
    }

    #[test]
    fn identities_survive_their_file_and_fingerprints_are_short() {
        let identity = Identity::generate();
        let again = Identity::from_file_text(&identity.to_file_text()).unwrap();
        assert_eq!(
            again.recipient().to_string(),
            identity.recipient().to_string()
        );
        assert_eq!(identity.recipient().fingerprint().len(), 19);
        assert!(!format!("{identity:?}").contains("SECRET"));
        assert!("age1nonsense".parse::<Recipient>().is_err());
    }
}

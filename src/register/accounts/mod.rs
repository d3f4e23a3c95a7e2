//! What opens an account of the console: passwords (argon2id), second factors (RFC 6238), lockouts
//! and sessions. They lie in one file of mode 0600 beside the log, are never in the log, and never
//! leave the recorder. No clock here: time is an argument.
//!
//! Blocks: checking or setting a password takes one core for about 30 ms and 19 MiB, one at a time
//! under the caller's lock; every change waits for the disk. An account without an entry here cannot
//! sign in (a restored backup: the administrator resets it).

mod lockout;
mod password;
mod sessions;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::RegisterError;
pub use lockout::{Attempts, TRIES};
pub use password::{Factor, SHORTEST, random_token};
pub use sessions::{ABSOLUTE, IDLE, Session, Sessions};

/// How long a one-time password opens an account.
const ONE_TIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What opens one account.
#[derive(Clone, Serialize, Deserialize)]
struct Secret {
    /// argon2id, as a PHC string.
    hash: String,
    /// Second factor, base32; none while the password is a one-time one.
    totp: Option<String>,
    /// The last code's 30 s step: a code counts once.
    #[serde(default)]
    used_step: u64,
    /// Until when a one-time password counts.
    #[serde(default)]
    one_time_until: Option<Timestamp>,
}

/// Why somebody is not let in. For the log; the person hears less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotIn {
    /// There is no such account, or nothing opens it.
    Unknown,
    /// Another password.
    Password,
    /// Another second factor, or one used already.
    Code,
    /// The one-time password is too old.
    TooOld,
}

impl NotIn {
    /// The log's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Password => "password",
            Self::Code => "code",
            Self::TooOld => "too_old",
        }
    }
}

/// Why something was not set.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The disk's.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A password that is too easy, or a code that does not fit.
    #[error("{0}")]
    Refused(&'static str),
}

/// The file of secrets. One per recorder, under the caller's lock.
pub struct Credentials {
    path: PathBuf,
    secrets: BTreeMap<String, Secret>,
}

impl Credentials {
    /// Reads the file beside the log; one that is not there has no secrets.
    ///
    /// # Errors
    /// The disk's, or a file that is none of ours.
    pub fn open(dir: &Path) -> Result<Self, RegisterError> {
        let path = dir.join("accounts.json");
        let secrets = match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| RegisterError::Damaged {
                    path: path.clone(),
                    line: error.line() as u64,
                    what: error.to_string(),
                })?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(RegisterError::io("read", &path)(error)),
        };
        Ok(Self { path, secrets })
    }

    fn save(&self) -> Result<(), RegisterError> {
        let fresh = self.path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&fresh)?;
            file.write_all(&serde_json::to_vec(&self.secrets)?)?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)
        };
        write().map_err(RegisterError::io("write", &self.path))
    }

    /// Gives an account a one-time password, told once. What opened it before opens it no more.
    ///
    /// # Errors
    /// The disk's, or no random numbers.
    pub fn reset(&mut self, account: &str, now: Timestamp) -> Result<String, CredentialError> {
        let password = password::one_time()?;
        let secret = Secret {
            hash: password::hash(&password)?,
            totp: None,
            used_step: 0,
            one_time_until: now.checked_add(ONE_TIME).ok(),
        };
        self.secrets.insert(account.to_owned(), secret);
        self.save()?;
        Ok(password)
    }

    /// Forgets what opened an account.
    ///
    /// # Errors
    /// The disk's.
    pub fn forget(&mut self, account: &str) -> Result<(), RegisterError> {
        self.secrets.remove(account);
        self.save()
    }

    /// Checks a sign-in; true if a password and a second factor are still to be chosen. Takes as
    /// long for an account that is not there.
    ///
    /// # Errors
    /// Why not; the disk's.
    pub fn check(
        &mut self,
        account: Option<&str>,
        password: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Result<bool, NotIn>, RegisterError> {
        let secret = account.and_then(|account| self.secrets.get_mut(account));
        let Some(secret) = secret else {
            password::verify_nothing(password);
            return Ok(Err(NotIn::Unknown));
        };
        if !password::verify(password, &secret.hash) {
            return Ok(Err(NotIn::Password));
        }
        let Some(totp) = &secret.totp else {
            let valid = secret.one_time_until.is_some_and(|until| now < until);
            return Ok(valid.then_some(true).ok_or(NotIn::TooOld));
        };
        let step = Factor::from_base32(totp).and_then(|factor| factor.step_of(code, now));
        match step {
            Some(step) if step > secret.used_step => {
                secret.used_step = step;
                self.save()?;
                Ok(Ok(false))
            }
            _ => Ok(Err(NotIn::Code)),
        }
    }

    /// Checks the password of an account alone.
    ///
    /// # Errors
    /// Why it is not right.
    pub fn check_password(&self, account: &str, password: &str) -> Result<(), NotIn> {
        let secret = self.secrets.get(account).ok_or(NotIn::Unknown)?;
        let right = password::verify(password, &secret.hash);
        right.then_some(()).ok_or(NotIn::Password)
    }

    /// Sets the password, and the second factor if a new one is given with a code that proves it.
    ///
    /// # Errors
    /// A password that is too easy, a code that is not the factor's; the disk's.
    pub fn set(
        &mut self,
        account: &str,
        password: &str,
        factor: Option<(&Factor, &str)>,
        now: Timestamp,
    ) -> Result<(), CredentialError> {
        password::good(password).map_err(CredentialError::Refused)?;
        let secret = self
            .secrets
            .get_mut(account)
            .ok_or(CredentialError::Refused("the account was reset or ended"))?;
        if password::verify(password, &secret.hash) {
            return Err(CredentialError::Refused("this is the password you have"));
        }
        let (totp, used_step) = match factor {
            Some((factor, code)) => {
                let step = factor.step_of(code, now).ok_or(CredentialError::Refused(
                    "the code is not that of the new second factor",
                ))?;
                (factor.base32(), step)
            }
            None => match &secret.totp {
                Some(totp) => (totp.clone(), secret.used_step),
                None => return Err(CredentialError::Refused("a second factor is needed")),
            },
        };
        *secret = Secret {
            hash: password::hash(password)?,
            totp: Some(totp),
            used_step,
            one_time_until: None,
        };
        Ok(self.save()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).expect("a time")
    }

    #[test]
    fn a_one_time_password_leads_to_one_of_ones_own_and_a_code_counts_once() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let mut all = Credentials::open(dir.path()).expect("none yet");
        let first = all.reset("A-1", at(0)).expect("reset");
        let mut check = |password: &str, code: &str, now| {
            all.check(Some("A-1"), password, code, now).expect("disk")
        };
        assert_eq!(check(&first, "", at(1)), Ok(true));
        assert_eq!(check("another password", "", at(1)), Err(NotIn::Password));
        assert_eq!(check(&first, "", at(8 * 86_400)), Err(NotIn::TooOld));
        let factor = Factor::new().expect("random numbers");
        let own = "poprawny koń bateria";
        let set = all.set("A-1", own, Some((&factor, "000000")), at(60));
        assert!(set.is_err() || factor.code(at(60)) == "000000");
        let code = factor.code(at(60));
        all.set("A-1", own, Some((&factor, &code)), at(60))
            .expect("set");
        let mut again = Credentials::open(dir.path()).expect("read");
        let mut check = |code: &str, now| again.check(Some("A-1"), own, code, now).expect("disk");
        assert_eq!(check(&code, at(60)), Err(NotIn::Code), "it was used");
        let next = factor.code(at(120));
        assert_eq!(check(&next, at(120)), Ok(false));
        assert_eq!(check(&next, at(121)), Err(NotIn::Code), "it counts once");
        assert_eq!(check(&factor.code(at(600)), at(120)), Err(NotIn::Code));
    }

    #[test]
    fn the_file_is_private_and_holds_no_password() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("temporary folder");
        let mut all = Credentials::open(dir.path()).expect("none yet");
        let first = all.reset("A-1", at(0)).expect("reset");
        let path = dir.path().join("accounts.json");
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains("$argon2id$") && !text.contains(&first));
        all.forget("A-1").expect("forgotten");
        let gone = all.check(Some("A-1"), &first, "", at(1)).expect("disk");
        assert_eq!(gone, Err(NotIn::Unknown));
    }
}

//! Sessions: short, bound to an account, known by the hash of their token alone. Pure; time is an
//! argument. A restart ends them all.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{CredentialError, Factor, random_token};
use crate::register::Hash;

/// A session ends so long after it began.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(8);
/// And so long after it was last used.
pub const IDLE: SignedDuration = SignedDuration::from_mins(15);

/// Sessions of one account at once, and of all.
const MOST_OF_ONE: usize = 4;
const MOST: usize = 256;

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Number of the account.
    pub account: String,
    /// When.
    pub begun: Timestamp,
    /// When it was last used.
    pub seen: Timestamp,
    /// A password and a second factor are still to be chosen: nothing else is allowed.
    pub must_change: bool,
    /// A second factor that was shown and not proved yet.
    pub offered: Option<Factor>,
}

impl Session {
    /// When it ends if it is not used again.
    pub fn expires(&self) -> Timestamp {
        let end = |from: Timestamp, span| from.saturating_add(span).unwrap_or(from);
        end(self.begun, ABSOLUTE).min(end(self.seen, IDLE))
    }

    fn lives(&self, now: Timestamp) -> bool {
        // A clock set back does not prolong it.
        now >= self.begun && now < self.expires()
    }
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    by_token: HashMap<[u8; 32], Session>,
}

fn key(token: &str) -> [u8; 32] {
    Hash::of(&[token.as_bytes()]).0
}

impl Sessions {
    /// Begins one; gives its token, which is kept nowhere.
    ///
    /// # Errors
    /// No random numbers.
    pub fn begin(
        &mut self,
        account: &str,
        must_change: bool,
        now: Timestamp,
    ) -> Result<(String, Session), CredentialError> {
        self.by_token.retain(|_, session| session.lives(now));
        while self.of(account) >= MOST_OF_ONE {
            self.end_oldest(Some(account));
        }
        while self.by_token.len() >= MOST {
            self.end_oldest(None);
        }
        let token = random_token()?;
        let session = Session {
            account: account.to_owned(),
            begun: now,
            seen: now,
            must_change,
            offered: None,
        };
        self.by_token.insert(key(&token), session.clone());
        Ok((token, session))
    }

    fn of(&self, account: &str) -> usize {
        let all = self.by_token.values();
        all.filter(|session| session.account == account).count()
    }

    fn end_oldest(&mut self, account: Option<&str>) {
        let all = self.by_token.iter();
        let oldest = all
            .filter(|(_, session)| account.is_none_or(|account| session.account == account))
            .min_by_key(|(_, session)| session.seen)
            .map(|(key, _)| *key);
        if let Some(oldest) = oldest {
            self.by_token.remove(&oldest);
        }
    }

    /// The session of a token, used now; none if it is over.
    pub fn touch(&mut self, token: &str, now: Timestamp) -> Option<&mut Session> {
        let key = key(token);
        if self.by_token.get(&key).is_some_and(|s| !s.lives(now)) {
            self.by_token.remove(&key);
        }
        let session = self.by_token.get_mut(&key)?;
        session.seen = session.seen.max(now);
        Some(session)
    }

    /// Ends one; its account, if there was one.
    pub fn end(&mut self, token: &str) -> Option<String> {
        let ended = self.by_token.remove(&key(token));
        ended.map(|session| session.account)
    }

    /// Ends all of an account, but for the one of `except`.
    pub fn end_all_of(&mut self, account: &str, except: Option<&str>) {
        let except = except.map(key);
        self.by_token
            .retain(|key, session| session.account != account || Some(*key) == except);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minute * 60).expect("a time")
    }

    #[test]
    fn a_session_ends_when_idle_and_at_the_latest_after_eight_hours() {
        let mut sessions = Sessions::default();
        let (token, _) = sessions.begin("A-1", false, at(0)).expect("random");
        let mut now = 0;
        while now + 14 < 480 {
            now += 14;
            assert!(sessions.touch(&token, at(now)).is_some(), "minute {now}");
        }
        assert!(sessions.touch(&token, at(480)).is_none(), "eight hours");
        let (token, _) = sessions.begin("A-1", false, at(0)).expect("random");
        assert!(sessions.touch(&token, at(15)).is_none(), "idle");
        assert!(sessions.touch(&token, at(1)).is_none(), "ended is ended");
        let (token, _) = sessions.begin("A-1", false, at(100)).expect("random");
        assert!(sessions.touch(&token, at(99)).is_none(), "a clock set back");
        assert!(sessions.touch("", at(100)).is_none());
    }

    #[test]
    fn there_are_few_of_one_and_all_end_with_the_account() {
        let mut sessions = Sessions::default();
        let tokens: Vec<String> = (0..5)
            .map(|n| sessions.begin("A-1", false, at(n)).expect("random").0)
            .collect();
        assert!(
            sessions.touch(&tokens[0], at(5)).is_none(),
            "the oldest went"
        );
        let (other, _) = sessions.begin("A-2", true, at(5)).expect("random");
        sessions.end_all_of("A-1", Some(&tokens[4]));
        assert!(sessions.touch(&tokens[3], at(5)).is_none());
        assert!(sessions.touch(&tokens[4], at(5)).is_some());
        assert!(sessions.touch(&other, at(5)).is_some_and(|s| s.must_change));
        assert_eq!(sessions.end(&other).as_deref(), Some("A-2"));
    }
}

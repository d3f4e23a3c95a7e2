//! How often somebody may try: per login, and all together. Pure; time is an argument. Logins that
//! no account has are counted as well, so that nobody learns from a lockout which exist.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// Failures in a row that shut a login.
pub const TRIES: u32 = 5;

/// For how long the first time; each further time twice as long, up to a day.
const FIRST: SignedDuration = SignedDuration::from_mins(15);

/// Attempts of all logins together within [`SPAN`].
const TOGETHER: usize = 30;
const SPAN: SignedDuration = SignedDuration::from_mins(1);

/// Logins remembered; beyond, the longest untried is forgotten.
const MOST: usize = 1_000;

#[derive(Clone, Copy, Debug)]
struct Tries {
    failures: u32,
    lockouts: u32,
    until: Option<Timestamp>,
    last: Timestamp,
}

/// Who has tried how often. A restart forgets it.
#[derive(Debug, Default)]
pub struct Attempts {
    by_login: HashMap<String, Tries>,
    recent: VecDeque<Timestamp>,
    /// Attempts turned away since the last one that was judged: entered with the next.
    turned_away: u64,
}

impl Attempts {
    /// Whether an attempt may be made now; if not, until when not. Counts it.
    ///
    /// # Errors
    /// The moment from which on it may be tried again.
    pub fn admit(&mut self, login: &str, now: Timestamp) -> Result<(), Timestamp> {
        if let Some(until) = self.locked(login, now) {
            self.turned_away += 1;
            return Err(until);
        }
        let old = |at: &Timestamp| now.duration_since(*at).abs() >= SPAN;
        while self.recent.front().is_some_and(old) {
            self.recent.pop_front();
        }
        if self.recent.len() >= TOGETHER {
            self.turned_away += 1;
            let first = self.recent.front().copied().unwrap_or(now);
            return Err(first.saturating_add(SPAN).unwrap_or(now));
        }
        self.recent.push_back(now);
        Ok(())
    }

    /// Until when a login is shut.
    pub fn locked(&self, login: &str, now: Timestamp) -> Option<Timestamp> {
        let until = self.by_login.get(login)?.until?;
        (now < until).then_some(until)
    }

    /// Logins that are shut now.
    pub fn locked_now(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let shut = move |tries: &Tries| tries.until.is_some_and(|until| now < until);
        let all = self.by_login.iter();
        all.filter(move |(_, tries)| shut(tries))
            .map(|(login, _)| login.as_str())
    }

    /// An attempt failed; the end of the lockout if this one shuts the login.
    pub fn failed(&mut self, login: &str, now: Timestamp) -> Option<Timestamp> {
        if self.by_login.len() >= MOST && !self.by_login.contains_key(login) {
            let oldest = self.by_login.iter().min_by_key(|(_, tries)| tries.last);
            if let Some(oldest) = oldest.map(|(login, _)| login.clone()) {
                self.by_login.remove(&oldest);
            }
        }
        let tries = self.by_login.entry(login.to_owned()).or_insert(Tries {
            failures: 0,
            lockouts: 0,
            until: None,
            last: now,
        });
        tries.last = now;
        tries.failures += 1;
        if tries.failures < TRIES {
            return None;
        }
        tries.failures = 0;
        let minutes = FIRST.as_mins() << tries.lockouts.min(6);
        let span = SignedDuration::from_mins(minutes.min(24 * 60));
        tries.lockouts += 1;
        tries.until = now.checked_add(span).ok();
        tries.until
    }

    /// Somebody was let in, or the administrator lifts the lockout.
    pub fn clear(&mut self, login: &str) {
        self.by_login.remove(login);
    }

    /// How many attempts were turned away since this was last asked.
    pub fn turned_away(&mut self) -> u64 {
        std::mem::take(&mut self.turned_away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).expect("a time")
    }

    #[test]
    fn five_failures_shut_a_login_each_time_for_longer() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        for minutes in [15, 30, 60] {
            let until = (0..TRIES)
                .filter_map(|_| attempts.failed("ewa", at(now)))
                .last();
            assert_eq!(until, Some(at(now + minutes * 60)));
            assert_eq!(
                attempts.admit("ewa", at(now + minutes * 60 - 1)),
                Err(until.expect("shut"))
            );
            assert!(
                attempts.admit("jan", at(now + 1)).is_ok(),
                "others are let try"
            );
            now += minutes * 60;
            assert!(attempts.admit("ewa", at(now)).is_ok());
        }
        assert_eq!(attempts.turned_away(), 3);
        attempts.clear("ewa");
        assert_eq!(attempts.failed("ewa", at(now)), None);
    }

    #[test]
    fn all_together_may_try_thirty_times_a_minute() {
        let mut attempts = Attempts::default();
        for n in 0..TOGETHER {
            assert!(attempts.admit(&format!("login-{n}"), at(n as i64)).is_ok());
        }
        assert_eq!(attempts.admit("one more", at(30)), Err(at(60)));
        assert!(attempts.admit("one more", at(60)).is_ok());
        for n in 0..5_000 {
            attempts.failed(&format!("login-{n}"), at(100 + n));
        }
        assert!(attempts.by_login.len() <= MOST);
    }
}

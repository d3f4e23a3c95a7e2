//! Values as the database keeps them.

use jiff::Timestamp;

use super::State;
use crate::words::{Direction, Presentation};

pub(super) fn ms(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Out of range (only a damaged row can be) reads as 1970.
pub(super) fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn direction_code(direction: Direction) -> i64 {
    match direction {
        Direction::Unknown => 0,
        Direction::Incoming => 1,
        Direction::Outgoing => 2,
    }
}

pub(super) fn direction(code: i64) -> Direction {
    match code {
        1 => Direction::Incoming,
        2 => Direction::Outgoing,
        _ => Direction::Unknown,
    }
}

pub(super) fn presentation_code(presentation: Presentation) -> i64 {
    match presentation {
        Presentation::Allowed => 0,
        Presentation::Restricted => 1,
        Presentation::Unavailable => 2,
    }
}

/// What is not known to be allowed is not shown.
pub(super) fn presentation(code: i64) -> Presentation {
    match code {
        0 => Presentation::Allowed,
        2 => Presentation::Unavailable,
        _ => Presentation::Restricted,
    }
}

pub(super) fn state_code(state: State) -> i64 {
    match state {
        State::Open => 0,
        State::Closed => 1,
        State::Recovered => 2,
        State::Deleted => 3,
    }
}

pub(super) fn state(code: i64) -> State {
    match code {
        0 => State::Open,
        1 => State::Closed,
        2 => State::Recovered,
        _ => State::Deleted,
    }
}

/// The digits of a number from the last to the first.
pub(super) fn backwards(digits: &str) -> String {
    digits.chars().rev().collect()
}

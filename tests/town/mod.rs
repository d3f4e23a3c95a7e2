//! The calls of a small town, as many as are wanted.

use jiff::Timestamp;
use linetap::index::{CallRow, Entry, Index};
use linetap::words::{CallId, Digits, Direction, Presentation};

/// A moment of the town's time.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).expect("a time")
}

/// The n-th call's id.
pub(crate) fn call_id(n: u64) -> CallId {
    CallId(uuid::Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n),
    ))
}

/// Calls as an office has them: 12 lines, 20 s apart, mostly incoming, numbers from a small town.
pub(crate) fn call(n: u64) -> CallRow {
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let mut call = CallRow::begun(
        call_id(n),
        &format!("Centrala {}", mixed / 30 % 12),
        at(n as i64 * 20),
        "Europe/Warsaw",
    );
    let caller = format!("52{:07}", mixed % 400_000);
    call.direction = if mixed.is_multiple_of(3) {
        Direction::Outgoing
    } else {
        Direction::Incoming
    };
    call.dialled = Digits::from_text(if mixed.is_multiple_of(3) {
        &caller
    } else {
        "523730000"
    });
    if !mixed.is_multiple_of(3) {
        call.caller = Digits::from_text(&caller);
        call.presentation = Some(Presentation::Allowed);
    }
    // One in a thousand is long.
    let length = if n % 1_000 == 500 { 1_800 } else { 90 };
    call.end = Some(at(n as i64 * 20 + length));
    call.recorded = mixed % 10 < 8;
    call.reason = if call.recorded {
        "external"
    } else {
        "out_of_hours"
    }
    .into();
    call
}

/// Writes the first `calls` of them.
pub(crate) fn fill(index: &mut Index, calls: u64) {
    for from in (0..calls).step_by(10_000) {
        let entries: Vec<Entry> = (from..calls.min(from + 10_000))
            .map(|n| Entry::Call(call(n)))
            .collect();
        index.write(&entries).expect("written");
    }
}

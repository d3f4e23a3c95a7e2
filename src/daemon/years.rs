//! Years of an office in virtual time, through the real line recorders, rules, writer, store,
//! janitor and register: random calls of a trunk and of an extension, holds and what becomes of
//! them, clocks set forwards and backwards by years, crashes, stops of days, month ends and both
//! clock changes. After each step, of everything the index or the disk holds:
//!
//! * nothing is deleted before its term, told from the true time, whatever the clock showed;
//! * what is due and not held is gone with the first round under a trusted clock, and rounds come
//!   every few hours here (each minute in the product): far within 24 hours;
//! * nothing is deleted on which a hold stands;
//! * no sound of an internal call, and none from outside office hours, is in any file;
//! * no row tells of an internal call, and rows of calls not recorded go at the same term.
//!
//! The true time is the test's; the recorder has only its wall clock and the time elapsed. The
//! quick form takes one run of two years; `LINETAP_YEARS=100` that many.

mod machine;
mod truth;
mod world;

use world::World;

fn runs() -> u64 {
    let asked = std::env::var("LINETAP_YEARS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn years_of_calls_holds_crashes_and_wrong_clocks() {
    let mut sum = truth::Sums::default();
    for seed in 1..=runs() {
        let mut world = World::new(seed);
        world.live(2 * 365);
        sum.add(&world.sums);
    }
    println!("{sum:?}");
    // A run in which nothing of that happened would prove nothing.
    assert!(sum.recorded > 30 && sum.deleted > 20, "{sum:?}");
    assert!(sum.held > 3 && sum.ordered > 0, "{sum:?}");
    assert!(
        sum.clock_steps > 3 && sum.crashes > 3 && sum.confirmed > 0,
        "{sum:?}"
    );
    assert!(sum.internal > 10 && sum.outside_hours > 10, "{sum:?}");
    assert!(sum.forgotten > 10, "{sum:?}");
}

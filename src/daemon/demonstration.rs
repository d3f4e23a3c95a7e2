//! What the built-in exchange was going to do, beside what the recorder found.

use crate::config::{CardSource, Config, LineConfig};
use crate::rules::LineRole;
use crate::signal::exchange::{Exchange, PlacedCall};
use crate::words::{SampleTime, ms};

use super::sources;

/// The calls that the exchange of `config`'s first card places and that are over before its end.
pub(crate) fn placed(config: &Config) -> Vec<PlacedCall> {
    let Some(CardSource::Exchange {
        lines,
        seed,
        minutes: Some(minutes),
        ..
    }) = config.cards.first().map(|card| &card.source)
    else {
        return Vec::new();
    };
    let wired: Vec<&LineConfig> = config.lines_of(0).map(|(_, line)| line).collect();
    let lines = usize::from(*lines);
    let options = sources::exchange(lines, &wired);
    let until = SampleTime(ms(u64::from(*minutes) * 60_000));
    let plan = Exchange::plan(lines, *seed, &options, until);
    plan.into_iter().filter(|call| call.end < until).collect()
}

/// The text of a configuration for `lines` lines of the built-in exchange: every other line tapped
/// through a transformer, the rest DC coupled. `state` and `socket` are absolute.
pub(crate) fn configuration(lines: u16, minutes: u32, state: &str, socket: &str) -> String {
    let mut text = format!(
        "\
# The configuration of `linetap demo`: an exchange that is simulated, in virtual time.
# For a real one, see docs/configuration.md and `linetap check --config FILE`.

[office]
name = \"Ośrodek na próbę\"
site = \"demo\"
timezone = \"Europe/Warsaw\"

[paths]
state = {state:?}
socket = {socket:?}

[hours]
mon = [\"07:30-15:30\"]
tue = [\"07:30-17:00\"]
wed = [\"07:30-15:30\"]
thu = [\"07:30-15:30\"]
fri = [\"07:30-14:00\"]
holidays = \"PL\"

[retention]
months = 3

[[card]]
name = \"exchange\"
exchange = {lines}
seed = 7
pace = \"max\"                     # as fast as the machine can
start = \"2026-11-23T09:00:00\"    # a Monday: the file's time is virtual time
minutes = {minutes}
"
    );
    for at in 0..lines {
        let hook = if at % 2 == 0 {
            "{ mode = \"dc\", volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0 }"
        } else {
            "{ mode = \"audio\" }"
        };
        text.push_str(&format!(
            "\n[[line]]\nname = \"Linia {}\"\ncard = \"exchange\"\nchannels = [{at}]\n\
             role = {:?}\nhook = {hook}\n",
            at + 1,
            LineRole::Trunk.word(),
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_a_configuration_in_order_and_calls_to_find() {
        let text = configuration(8, 4, "/srv/state", "/srv/control.sock");
        let config = Config::parse(&text, "demo").expect("in order");
        assert_eq!(config.lines.len(), 8);
        assert!(config.require_hours().is_ok());
        assert!(placed(&config).len() >= 16);
    }
}

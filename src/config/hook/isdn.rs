//! `hook = { mode = "isdn", ... }`: how an ISDN or CAS interface lies on a card's channels.

mod signals;

pub use signals::CasSignals;

use crate::config::section::{Placed, Section};

/// Which ISDN interface is tapped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Interface {
    /// Primary rate, E1: 31 timeslots, D channel in timeslot 16.
    Pri,
    /// Basic rate, S0: B1, B2 and D.
    Bri,
    /// E1 without a D channel: four signalling bits a channel in timeslot 16.
    Cas,
}

impl Interface {
    /// The word of the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pri => "pri",
            Self::Bri => "bri",
            Self::Cas => "cas",
        }
    }

    /// Timeslots (PRI) or B channels (BRI) of a whole interface.
    pub const fn timeslots(self) -> u8 {
        match self {
            Self::Pri | Self::Cas => 31,
            Self::Bri => 2,
        }
    }

    /// Where the D channel lies after the first timeslot, if the card delivers them in order.
    const fn d_offset(self) -> u16 {
        match self {
            Self::Pri | Self::Cas => 15,
            Self::Bri => 2,
        }
    }
}

/// How an ISDN interface lies on a card's channels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IsdnTap {
    /// Which kind.
    pub interface: Interface,
    /// From when on a call is recorded.
    pub record: RecordFrom,
    /// What the signalling bits mean; of no account but with [`Interface::Cas`].
    pub signals: CasSignals,
    /// Consecutive timeslots delivered for each direction, from timeslot 1 (B1).
    pub timeslots: u8,
    /// Card channel with the D bits (CAS: timeslot 16) our side (the user) sends.
    pub d_ours: u16,
    /// Card channel with the D bits (CAS: timeslot 16) their side (the network) sends.
    pub d_theirs: u16,
}

/// From when on a call of an ISDN line is recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RecordFrom {
    /// Only while both ends are connected.
    Answer,
    /// From the moment its channel is known: announcements and ringing too.
    Seizure,
}

pub(super) fn read(section: &Section<'_>, channels: &[u16]) -> Option<IsdnTap> {
    section.require("interface", "\"pri\", \"bri\" or \"cas\"");
    let kinds = [
        ("pri", Interface::Pri),
        ("bri", Interface::Bri),
        ("cas", Interface::Cas),
    ];
    let interface = section.choice("interface", &kinds);
    let most = i64::from(interface.map_or(31, Interface::timeslots));
    let timeslots = section.integer("timeslots", 1..=most);
    let d_channel = section.integers("d_channel");
    let moments = [
        ("answer", RecordFrom::Answer),
        ("seizure", RecordFrom::Seizure),
    ];
    let record = section.choice("record", &moments);
    let signals = signals::read(section, interface);
    let interface = interface?;
    let [ours, theirs] = *channels else {
        let what = format!("{} = \"isdn\" needs both directions", section.key("mode"));
        let remedy = "give channels = [0, 32]: where timeslot 1 of our side and of theirs begins";
        section.problem(&section.place, what, remedy);
        return None;
    };
    let [d_ours, d_theirs] = match d_channel {
        None => [ours, theirs].map(|first| first.saturating_add(interface.d_offset())),
        Some(list) => d_pair(section, &list)?,
    };
    let timeslots = timeslots.map_or(most, |slots| slots.value);
    Some(IsdnTap {
        interface,
        record: record.unwrap_or(RecordFrom::Answer),
        signals: signals?,
        timeslots: u8::try_from(timeslots).ok()?,
        d_ours,
        d_theirs,
    })
}

fn d_pair(section: &Section<'_>, list: &Placed<Vec<Placed<i64>>>) -> Option<[u16; 2]> {
    let channels: Vec<u16> = list
        .value
        .iter()
        .filter_map(|channel| u16::try_from(channel.value).ok())
        .collect();
    match channels[..] {
        [ours, theirs] if ours != theirs && list.value.len() == 2 => Some([ours, theirs]),
        _ => {
            let what = format!("{} is not two different channels", section.key("d_channel"));
            let remedy = "write [our side, their side], in the order of channels";
            section.problem(&list.place, what, remedy);
            None
        }
    }
}

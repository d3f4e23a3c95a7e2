//! A house full of lines that all talk: its sound, and the recorder's configuration for it.

use std::fs;
use std::path::Path;

mod talk;
pub(crate) use talk::talk;

/// Closed recordings below a folder.
pub(crate) fn recordings(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .map(|path| match path.is_dir() {
            true => recordings(&path),
            false => usize::from(path.extension().is_some_and(|ext| ext == "flac")),
        })
        .sum()
}

/// A configuration in which `cards` cards of `lines` lines each replay `sound`, open all day. With
/// `realtime` in the time that passes, else as fast as the machine can.
pub(crate) fn configuration(
    state: &Path,
    (cards, lines): (usize, usize),
    sound: &Path,
    realtime: bool,
) -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .map(|day| format!("{day} = [\"00:00-24:00\"]\n"))
        .concat();
    let pace = if realtime {
        "pace = \"realtime\""
    } else {
        "pace = \"max\"\nstart = \"2026-11-23T09:00:00\""
    };
    let mut text = format!(
        "[office]\nname = \"Bench\"\ntimezone = \"Europe/Warsaw\"\n\
         [paths]\nstate = {state:?}\nsocket = \"{}/control.sock\"\n\
         [hours]\n{days}holidays = \"none\"\n",
        state.display()
    );
    for card in 0..cards {
        text.push_str(&format!(
            "[[card]]\nname = \"c{card}\"\nreplay = {sound:?}\n{pace}\n\
             rate = 8000\nchannels = {lines}\nformat = \"S16_LE\"\n"
        ));
        for line in 0..lines {
            text.push_str(&format!(
                "[[line]]\nname = \"c{card} {line}\"\ncard = \"c{card}\"\nchannels = [{line}]\n\
                 role = \"trunk\"\nhook = {{ mode = \"audio\" }}\n"
            ));
        }
    }
    text
}

//! The picture: a table of all lines, and the selected one's check list and voltages.
//!
//! Pure: the same state gives the same picture, whatever the terminal.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Cell, Paragraph, Row, Table, TableState};

use crate::hardware::wiring::{Step, WiredLine, Wiring};

use super::words;

/// Ends of the level bar (dBm0).
const BAR: (f32, f32) = (-60.0, 3.0);

/// Cells of the level bar.
const BAR_CELLS: usize = 16;

/// What the view shows besides the lines.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The line whose details are shown.
    pub(super) selected: usize,
    /// What goes wrong; shown instead of the keys.
    pub(super) trouble: String,
    /// What the last key did, where that shows nowhere else; shown until the next one.
    pub(super) done: String,
    /// Whose recorder it is.
    pub(super) office: String,
    /// Where.
    pub(super) site: String,
    /// Its time.
    pub(super) time: String,
}

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, wiring: &Wiring, view: &View) {
    let [head, table, detail, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(4),
        Constraint::Length(10),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    let time: String = view.time.replacen('T', " ", 1).chars().take(19).collect();
    let title = format!(
        " {} ({})  {time}   meters and detected signals only: no sound is heard or stored",
        view.office, view.site
    );
    frame.render_widget(Paragraph::new(title).reversed(), head);
    lines(frame, table, wiring, view.selected);
    if let Some(line) = wiring.lines().get(view.selected) {
        details(frame, detail, line);
    }
    let keys = " up/down line   r reset peaks   w write report   q end";
    let text = match (view.trouble.as_str(), view.done.as_str()) {
        ("", "") => Line::from(keys).dim(),
        ("", done) => Line::from(format!(" {done}")).green(),
        (trouble, _) => Line::from(format!(" {trouble}")).yellow(),
    };
    frame.render_widget(Paragraph::new(text), foot);
}

fn lines(frame: &mut Frame<'_>, area: Rect, wiring: &Wiring, selected: usize) {
    let head = [
        "line", "level", "dBm0", "peak", "volts", "state", "hears", "digits", "caller", "checked",
    ];
    let widths = [
        Constraint::Min(12),
        Constraint::Length(BAR_CELLS as u16 + 1),
        Constraint::Length(6),
        Constraint::Length(6),
        Constraint::Length(6),
        Constraint::Length(9),
        Constraint::Length(14),
        Constraint::Length(13),
        Constraint::Length(11),
        Constraint::Length(8),
    ];
    let rows = wiring.lines().iter().map(row);
    let table = Table::new(rows, widths)
        .header(Row::new(head).style(Style::new().add_modifier(Modifier::BOLD)))
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    let mut state = TableState::default().with_selected(Some(selected));
    frame.render_stateful_widget(table, area, &mut state);
}

fn row(line: &WiredLine) -> Row<'static> {
    let reading = &line.reading;
    let hears: Vec<&str> = reading
        .faults
        .iter()
        .chain(&reading.tones)
        .map(String::as_str)
        .collect();
    let hears = words(&hears.join(" "));
    let hears = if reading.faults.is_empty() {
        Cell::from(hears)
    } else {
        Cell::from(hears).style(Style::new().fg(Color::Red))
    };
    let volts = reading
        .volts
        .map_or_else(|| "-".to_owned(), |volts| format!("{volts:.1}"));
    Row::new([
        Cell::from(reading.line.clone()),
        Cell::from(bar(reading.level_dbm0, line.held_peak)).style(colour(line.held_peak)),
        Cell::from(format!("{:>6.1}", reading.level_dbm0)),
        Cell::from(format!("{:>6.1}", line.held_peak)),
        Cell::from(volts),
        Cell::from(words(&reading.state)),
        hears,
        Cell::from(reading.digits.clone()),
        Cell::from(reading.caller.clone().unwrap_or_default()),
        Cell::from(ticks(line)),
    ])
}

/// The level as a bar with a mark where the peak is held.
fn bar(level: f32, peak: f32) -> String {
    let (low, high) = BAR;
    let cells = |dbm0: f32| {
        let share = (dbm0.clamp(low, high) - low) / (high - low);
        (share * BAR_CELLS as f32).round() as usize
    };
    let (filled, mark) = (cells(level), cells(peak));
    (1..=BAR_CELLS)
        .map(|cell| match cell {
            _ if cell == mark => '|',
            _ if cell <= filled => '=',
            _ => ' ',
        })
        .collect()
}

fn colour(peak: f32) -> Style {
    Style::new().fg(match peak {
        peak if peak > 2.0 => Color::Red,
        peak if peak > -50.0 => Color::Green,
        _ => Color::Gray,
    })
}

fn ticks(line: &WiredLine) -> String {
    let done = |step: Step| line.check.at(step).is_some();
    Step::ALL
        .map(|step| if done(step) { 'x' } else { '.' })
        .iter()
        .collect()
}

fn details(frame: &mut Frame<'_>, area: Rect, line: &WiredLine) {
    let block = Block::bordered().title(format!(" {} ", line.reading.line));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(inner);
    let steps: Vec<Line<'_>> = Step::ALL.map(|step| step_line(line, step)).into();
    frame.render_widget(Paragraph::new(steps), left);
    frame.render_widget(Paragraph::new(measures(line)), right);
}

fn step_line(line: &WiredLine, step: Step) -> Line<'static> {
    let keys = line.check.keys();
    match line.check.at(step) {
        Some(_) => Line::from(format!("[x] {}", step.text())).green(),
        None if step == Step::Dialled && !keys.is_empty() => Line::from(vec![
            Span::raw(format!("[ ] {}  ", step.text())),
            Span::raw(format!("({keys})")).yellow(),
        ]),
        None => Line::from(format!("[ ] {}", step.text())),
    }
}

fn measures(line: &WiredLine) -> Vec<Line<'static>> {
    let reading = &line.reading;
    let faults = if reading.faults.is_empty() {
        Line::from("faults   none")
    } else {
        Line::from(format!("faults   {}", words(&reading.faults.join(", ")))).red()
    };
    let mut lines = vec![
        Line::from(format!("noise    {:.1} dBm0", reading.noise_dbm0)),
        Line::from(format!(
            "highest  {:.1} dBm0 in this test",
            line.highest_peak
        )),
        faults,
    ];
    let Some((low, high)) = line.thresholds.seen() else {
        lines.push(Line::from("volts    not sensed on this line"));
        return lines;
    };
    lines.push(Line::from(format!("volts    {low:.0} to {high:.0} seen")));
    match line.thresholds.proposal() {
        None => lines.push(Line::from("         lift the handset for a proposal").dim()),
        Some(found) => {
            let (idle, off) = (found.idle, found.off_hook);
            lines.push(Line::from(format!(
                "         idle {:.0}-{:.0}, lifted {:.0}-{:.0}",
                idle.0, idle.1, off.0, off.1
            )));
            lines.push(
                Line::from(format!(
                    "proposed off_hook_below = {:.1}, dead_below = {:.1}",
                    found.off_hook_below, found.dead_below
                ))
                .cyan(),
            );
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::wiring::{Counts, Reading};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn picture(wiring: &Wiring) -> String {
        let mut terminal = Terminal::new(TestBackend::new(120, 20)).expect("a terminal");
        let view = View {
            office: "Test office".into(),
            ..View::default()
        };
        terminal
            .draw(|frame| draw(frame, wiring, &view))
            .expect("drawn");
        terminal.backend().to_string()
    }

    #[test]
    fn a_bar_shows_level_and_held_peak() {
        assert_eq!(bar(-60.0, -60.0), " ".repeat(BAR_CELLS));
        assert_eq!(bar(3.0, 3.0), "===============|");
        assert_eq!(bar(-28.5, 3.0), "========       |");
    }

    #[test]
    fn the_picture_has_the_meters_the_ticks_and_the_proposal() {
        let mut wiring = Wiring::default();
        let reading = |volts: f32, off_hooks: u32| Reading {
            line: "Centrala 1".into(),
            state: "in_call".into(),
            volts: Some(volts),
            level_dbm0: -12.0,
            faults: vec!["hum".into()],
            digits: "523".into(),
            counts: Counts {
                off_hooks,
                ..Counts::default()
            },
            ..Reading::default()
        };
        for at in 0..4 {
            wiring.update(vec![reading(48.0, 0)], f64::from(at));
        }
        for at in 4..8 {
            wiring.update(vec![reading(8.0, 1)], f64::from(at));
        }
        let picture = picture(&wiring);
        for part in [
            "Centrala 1",
            "in call",
            "523",
            "hum",
            "x.....",
            "[x] lift the handset",
            "off_hook_below = 29.0",
            "no sound is heard",
        ] {
            assert!(picture.contains(part), "no {part:?} in:\n{picture}");
        }
    }
}

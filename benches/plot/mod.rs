//! The figures of `pipeline` as a picture: cost per line over the number of lines.

use std::fmt::Write;

/// One size of house.
pub(crate) struct Row {
    /// All in calls.
    pub(crate) lines: usize,
    /// CPU ns per channel-sample.
    pub(crate) ours: f64,
    /// The same of the C program, where it could be built.
    pub(crate) theirs: Option<f64>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = HEIGHT - 50.0;
const RIGHT: f64 = WIDTH - 150.0;

/// An SVG: lines on a logarithmic axis, ns on one that begins at zero.
pub(crate) fn plot(rows: &[Row]) -> String {
    let all = rows.iter().flat_map(|row| [Some(row.ours), row.theirs]);
    let most = all.flatten().fold(10.0, f64::max);
    let top = (most / 10.0).ceil() * 10.0;
    let first = rows.first().map_or(1.0, |row| row.lines as f64).log2();
    let last = rows.last().map_or(2.0, |row| row.lines as f64).log2();
    let x = |lines: usize| {
        LEFT + 20.0 + ((lines as f64).log2() - first) / (last - first) * (RIGHT - LEFT - 40.0)
    };
    let y = |ns: f64| BOTTOM - ns / top * (BOTTOM - TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let mut text = |x: f64, y: f64, anchor: &str, text: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    };
    let steps = (top / 10.0) as usize;
    for step in 0..=steps {
        let ns = step as f64 * 10.0;
        text(LEFT - 8.0, y(ns) + 4.0, "end", &format!("{ns}"));
    }
    for row in rows {
        let lines = row.lines.to_string();
        text(x(row.lines), BOTTOM + 20.0, "middle", &lines);
    }
    let (middle, below) = ((LEFT + RIGHT) / 2.0, HEIGHT - 10.0);
    text(middle, below, "middle", "lines, all in calls");
    let title = "CPU ns per sample of a line";
    text(LEFT - 40.0, TOP - 6.0, "start", title);
    let ours: Vec<_> = rows.iter().map(|row| (x(row.lines), y(row.ours))).collect();
    let theirs: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((x(row.lines), y(row.theirs?))))
        .collect();
    for (points, name) in [(&ours, "linetap"), (&theirs, "spandsp + libFLAC")] {
        if let Some((x, y)) = points.last() {
            text(x + 10.0, y + 4.0, "start", name);
        }
    }
    for step in 0..=steps {
        let y = y(step as f64 * 10.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#ddd\" fill=\"none\"/>"
        );
    }
    for (points, colour) in [(ours, "#0057b7"), (theirs, "#c1440e")] {
        curve(&mut svg, &points, colour);
    }
    svg.push_str("</svg>\n");
    svg
}

fn curve(svg: &mut String, points: &[(f64, f64)], colour: &str) {
    let path: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>",
        path.join(" ")
    );
    for (x, y) in points {
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"
        );
    }
}

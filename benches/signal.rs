//! What hearing costs and what it hears, ours and spandsp's on the same samples in one run.
//!
//! `cargo bench --bench signal`. spandsp's columns need a C compiler and libspandsp-dev and are left
//! out, with a line saying so, where they are absent. Times are CPU time of one thread, the median
//! of five runs, each after a pass that does not count. The tables are those of `docs/detectors.md`.
#![expect(clippy::print_stdout, reason = "a bench reports on the terminal")]

#[path = "../tests/keypad/mod.rs"]
mod keypad;
mod peer;

use keypad::yardstick::{Case, Demand, cases};
use keypad::{Dice, Press, to_linear, voice};
use linetap::signal::bank::Arithmetic;
use linetap::signal::dtmf::DtmfBank;
use linetap::signal::tones::{ToneBank, TonePlan};
use linetap::signal::{Analyzer, HookMode, LineSetup};
use peer::{Heard, Peer};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let peer = Peer::build();
    if let Err(why) = &peer {
        println!("spandsp left out: {why}");
    }
    let peer = peer.ok();
    costs(peer.as_ref());
    decisions(peer.as_ref());
}

/// How often ours and spandsp take turns.
const TURNS: usize = 9;

/// One minute of each kind of signal.
fn materials() -> [(&'static str, Vec<i16>); 3] {
    let voice = voice(8_000 * 60, &mut Dice(1));
    let speech: Vec<f64> = voice.iter().map(|x| x * 2_000.0).collect();
    let dense = Press {
        on_ms: 50.0,
        off_ms: 50.0,
        repeats: 36,
        ..Press::default()
    };
    let (digits, _) = dense.make(&mut Dice(2));
    let silence = vec![0; 8_000 * 60];
    [
        ("voice", to_linear(&speech)),
        ("dense digits", to_linear(&digits)),
        ("silence", silence),
    ]
}

fn costs(peer: Option<&Peer>) {
    println!("\nCPU ns per channel-sample");
    for (name, samples) in materials() {
        println!("\n{name}");
        for channels in [8, 16, 64, 256, 1_024] {
            let frames = spread(&samples, channels);
            let best = time(&frames, channels, || dtmf(channels, Arithmetic::Best));
            println!("  DTMF, {channels:4} channels         {best:7.2}");
        }
        let frames = spread(&samples, 256);
        let scalar = time(&frames, 256, || dtmf(256, Arithmetic::Scalar));
        println!("  DTMF,  256 channels, scalar {scalar:7.2}");
        println!(
            "  tones, 256 channels         {:7.2}",
            time(&frames, 256, tones)
        );
        let scalar = time(&frames, 256, || analyzer(256, Arithmetic::Scalar));
        println!("  all detectors,  256, scalar {scalar:7.2}");
        for lines in [32, 1_024] {
            let frames = spread(&samples, lines);
            let all = time(&frames, lines, || analyzer(lines, Arithmetic::Best));
            println!("  all detectors, {lines:4} lines   {all:7.2}");
        }
        side_by_side(&frames, &samples, peer);
    }
}

/// All detectors on 256 lines and spandsp's three, in turns: a machine's bad moment meets both.
fn side_by_side(frames: &[i16], samples: &[i16], peer: Option<&Peer>) {
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let all = time(frames, 256, || analyzer(256, Arithmetic::Best));
        ours.push(all);
        if let Some(peer) = peer {
            let its = ["dtmf", "tones", "cid"].map(|what| peer.nanoseconds(what, samples));
            let sum: f64 = its.iter().sum();
            ratios.push(all / sum);
            theirs.push(its);
        }
    }
    println!("  all detectors,  256 lines   {:7.2}", median(&mut ours));
    if theirs.is_empty() {
        return;
    }
    let [dtmf, tones, cid] =
        [0, 1, 2].map(|of| median(&mut theirs.iter().map(|its| its[of]).collect::<Vec<_>>()));
    let sum = dtmf + tones + cid;
    println!("  spandsp: dtmf {dtmf:.2} + tones {tones:.2} + caller id {cid:.2} = {sum:.2}");
    println!("  ours / spandsp, all detectors {:.2}", median(&mut ratios));
}

/// About a second for each of `channels` channels, each from another place of `samples`.
fn spread(samples: &[i16], channels: usize) -> Vec<i16> {
    let frames = 8_000 * (1 + 63 / channels.min(64));
    let sample = |at: usize, channel: usize| samples[(at + channel * 7_919) % samples.len()];
    (0..frames)
        .flat_map(|at| (0..channels).map(move |channel| sample(at, channel)))
        .collect()
}

type Push<'a> = Box<dyn FnMut(&[i16]) + 'a>;

fn dtmf(channels: usize, arithmetic: Arithmetic) -> Push<'static> {
    let mut bank = DtmfBank::with_arithmetic(channels, arithmetic);
    Box::new(move |block| bank.push(block, &mut |_, _| {}))
}

fn tones() -> Push<'static> {
    let plan = TonePlan::of("pl").expect("the default plan is built in");
    let mut bank = ToneBank::new(256, &plan);
    Box::new(move |block| bank.push(block, &mut |_, _| {}))
}

fn analyzer(lines: usize, arithmetic: Arithmetic) -> Push<'static> {
    let line = |audio| LineSetup {
        audio,
        other: None,
        hook: HookMode::Audio,
    };
    let setups: Vec<LineSetup> = (0..lines).map(line).collect();
    let mut analyzer = Analyzer::with_arithmetic(&setups, lines, arithmetic);
    Box::new(move |block| analyzer.push(block, &mut |_, _| {}))
}

/// Median of five runs over the frames in blocks of 20 ms, each after one that does not count.
fn time(frames: &[i16], channels: usize, make: impl Fn() -> Push<'static>) -> f64 {
    let mut runs = [0.0; 5].map(|_: f64| {
        let mut push = make();
        let mut pass = || frames.chunks(160 * channels).for_each(&mut push);
        pass(); // touches the memory: a recorder does that once in months
        let start = cpu_seconds();
        pass();
        (cpu_seconds() - start) * 1e9 / frames.len() as f64
    });
    median(&mut runs)
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// The tolerance table: digits right of those sent, and reports too many.
fn decisions(peer: Option<&Peer>) {
    println!("\nright/sent (+ reports that are wrong or twice), linear and through A-law\n");
    println!("{:62} {:>23} {:>25}", "", "linetap", "spandsp");
    for pair in cases().chunks(2) {
        let ours = pair.iter().map(|case| verdict(case, &hear(&case.samples)));
        let cells: Vec<String> = ours.collect();
        let theirs = pair.iter().map(|case| {
            peer.map_or("-".into(), |peer| {
                verdict(case, &peer.decide(&case.samples))
            })
        });
        let theirs: Vec<String> = theirs.collect();
        println!(
            "{:62} {:>12} {:>12} {:>12} {:>12}",
            pair[0].title, cells[0], cells[1], theirs[0], theirs[1]
        );
    }
}

fn hear(samples: &[i16]) -> Vec<Heard> {
    let mut bank = DtmfBank::new(1);
    let mut heard = Vec::new();
    for block in samples.chunks(160) {
        let now = bank.now().0 as usize + block.len();
        bank.push(block, &mut |_, signal| {
            if let linetap::words::Signal::Dtmf { digit, .. } = signal {
                heard.push((now, digit.as_char()));
            }
        });
    }
    heard
}

/// A report is right once per key, from its start to 112 ms after its end.
fn verdict(case: &Case, heard: &[Heard]) -> String {
    let mut taken = vec![false; heard.len()];
    let mut right = 0;
    for (start, end, key) in &case.truth {
        let fits = |(at, hit): &Heard| hit == key && (*start..end + 900).contains(at);
        if let Some(found) = (0..heard.len()).find(|&i| !taken[i] && fits(&heard[i])) {
            taken[found] = true;
            right += 1;
        }
    }
    let extra = heard.len() - right;
    let met = match case.demand {
        Demand::All => right == case.truth.len() && extra == 0,
        Demand::Most(part) => right as f64 >= part * case.truth.len() as f64 && extra == 0,
        Demand::Nothing => heard.is_empty(),
    };
    let extra = if extra > 0 {
        format!("+{extra}")
    } else {
        String::new()
    };
    format!(
        "{right}/{}{extra}{}",
        case.truth.len(),
        if met { "" } else { " !" }
    )
}

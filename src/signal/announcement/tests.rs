//! The recogniser on speech-like sound made here: noise, talk-over, other voices, gaps.

use super::*;
use std::f32::consts::PI;

/// Speech-like sound: random syllables of four partials. The seed is the text.
fn voice(seconds: u64, mut seed: u64) -> Vec<f32> {
    let mut dice = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 40) as f32 / (1u64 << 24) as f32
    };
    let mut sound = Vec::new();
    while sound.len() < ms(seconds * 1_000) as usize {
        let length = ms(60 + (200.0 * dice()) as u64) as usize;
        let partials: [(f32, f32); 4] =
            std::array::from_fn(|_| (250.0 + 2_900.0 * dice() * dice(), 4_000.0 * dice()));
        let pause = dice() < 0.15;
        for n in 0..length {
            let shape = (PI * n as f32 / length as f32).sin() * f32::from(u8::from(!pause));
            let wave =
                |&(hz, loud): &(f32, f32)| loud * (2.0 * PI * hz * n as f32 / RATE_HZ as f32).sin();
            sound.push(shape * partials.iter().map(wave).sum::<f32>());
        }
    }
    sound
}

fn pcm(sound: &[f32], gain: f32) -> Vec<i16> {
    sound.iter().map(|x| (x * gain) as i16).collect()
}

fn known(sound: &[f32]) -> Arc<Announcement> {
    Arc::new(Announcement::from_samples(&pcm(sound, 1.0)).unwrap())
}

fn hear(known: &Arc<Announcement>, line: &[i16]) -> (Vec<Heard>, Option<Hearing>) {
    let mut detector = AnnouncementDetector::new(Arc::clone(known));
    let mut heard = Vec::new();
    for (n, block) in line.chunks(333).enumerate() {
        detector.push(block, SampleTime(333 * n as u64), &mut |found| {
            heard.push(found);
        });
    }
    (heard, detector.hearing())
}

fn rms(x: &[f32]) -> f32 {
    (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt()
}

#[test]
fn it_is_found_at_10_db_under_noise_quietly_and_talked_over() {
    let text = voice(12, 11);
    let known = known(&text);
    for seed in 1..=30u64 {
        let start = ms(137 * seed) as usize;
        let mut line = vec![0.0; start];
        line.extend(&text);
        let mut noise = seed;
        let loud = rms(&text) * 0.316 * 3f32.sqrt();
        let other = voice(20, 1_000 + seed);
        for (x, other) in line.iter_mut().zip(&other) {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *x += loud * ((noise >> 40) as f32 / (1u64 << 23) as f32 - 1.0);
            *x += 0.5 * other * f32::from(u8::from(seed % 2 == 0));
        }
        let gain = [1.0, 0.3, 0.05][seed as usize % 3];
        let (heard, hearing) = hear(&known, &pcm(&line, gain));
        assert_eq!(heard.len(), 1, "{seed} {hearing:?}");
        let place = heard[0].at.0 as i64 - start as i64 - heard[0].offset as i64;
        assert!(place.abs() <= ms(40) as i64, "{seed} {place}");
        let hearing = hearing.unwrap();
        assert!(
            known.len() - hearing.reached < ms(600),
            "{seed} {hearing:?}"
        );
    }
}

#[test]
fn a_start_in_the_middle_is_placed() {
    let text = voice(12, 11);
    let known = known(&text);
    let from = ms(5_000) as usize;
    let (heard, hearing) = hear(&known, &pcm(&text[from..from + ms(4_000) as usize], 0.5));
    assert_eq!(heard.len(), 1);
    assert!(
        heard[0].offset.abs_diff(from as u64 + heard[0].at.0) <= ms(40),
        "{heard:?}"
    );
    assert!(
        hearing.unwrap().reached.abs_diff(ms(9_000)) <= ms(150),
        "{hearing:?}"
    );
}

#[test]
fn other_voices_and_silence_are_not_it() {
    let known = known(&voice(12, 11));
    for seed in 1..=10 {
        assert_eq!(hear(&known, &pcm(&voice(30, 77 + seed), 1.0)).0, []);
    }
    assert_eq!(hear(&known, &[0; 80_000]).0, []);
    let tone: Vec<f32> = (0..80_000)
        .map(|n| 5_000.0 * (0.334 * n as f32).sin())
        .collect();
    assert_eq!(hear(&known, &pcm(&tone, 1.0)).0, []);
}

#[test]
fn the_result_does_not_depend_on_how_the_input_is_cut_and_a_gap_begins_anew() {
    let text = voice(6, 11);
    let known = known(&text);
    let line = pcm(&text, 0.7);
    let mut whole = AnnouncementDetector::new(Arc::clone(&known));
    whole.push(&line, SampleTime(0), &mut |_| {});
    assert_eq!(whole.hearing(), hear(&known, &line).1);
    let mut torn = AnnouncementDetector::new(known);
    let mut found = 0;
    for (n, block) in line.chunks(ms(2_000) as usize).enumerate() {
        torn.push(block, SampleTime(n as u64 * ms(2_001)), &mut |_| found += 1);
    }
    assert_eq!(found, 0, "no stretch is long enough");
}

#[test]
fn a_recording_that_cannot_be_recognised_is_refused() {
    assert_eq!(
        Announcement::from_samples(&[900; 4_000]).unwrap_err(),
        Unusable::Short(500)
    );
    assert_eq!(
        Announcement::from_samples(&[0; 40_000]).unwrap_err(),
        Unusable::Silent
    );
}

//! Files as other programs write them, and as crashes leave them.

use super::*;
use crate::words::Encoding;
use proptest::prelude::*;
use std::process::{Command, Stdio};

fn played(replay: &mut Replay) -> Vec<u8> {
    let frame = replay.format().frame_bytes();
    let mut buffer = vec![0; replay.period_frames() * frame];
    let mut all = Vec::new();
    while let Read::Frames { frames, .. } = replay.read(&mut buffer) {
        assert!(frames > 0);
        all.extend_from_slice(&buffer[..frames * frame]);
    }
    assert_eq!(replay.read(&mut buffer), Read::Ended, "and again");
    all
}

fn play(bytes: &[u8]) -> Result<(StreamFormat, Vec<u8>), ReplayError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("line");
    std::fs::write(&path, bytes).unwrap();
    let mut replay = Replay::open(&path, None, Pacing::Max)?;
    let total = replay.total_frames();
    let all = played(&mut replay);
    let frames = all.len() / replay.format().frame_bytes();
    assert!(total.is_none_or(|total| total == frames as u64));
    Ok((replay.format(), all))
}

/// A WAV with a plain header.
fn wav(tag: u16, channels: u16, bits: u16, data_size: u32, data: &[u8]) -> Vec<u8> {
    let mut fmt = Vec::new();
    fmt.extend(tag.to_le_bytes());
    fmt.extend(channels.to_le_bytes());
    fmt.extend(8_000u32.to_le_bytes());
    fmt.extend((8_000 * u32::from(channels * bits / 8)).to_le_bytes());
    fmt.extend((channels * bits / 8).to_le_bytes());
    fmt.extend(bits.to_le_bytes());
    riff(&fmt, data_size, data)
}

fn riff(fmt: &[u8], data_size: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    file.extend((fmt.len() as u32).to_le_bytes());
    file.extend(fmt);
    file.extend(b"data");
    file.extend(data_size.to_le_bytes());
    file.extend(data);
    file
}

fn extensible(sub_format: u16) -> Vec<u8> {
    let mut fmt = wav(0xfffe, 2, 16, 0, &[])[20..36].to_vec();
    fmt.extend([22, 0, 16, 0, 3, 0, 0, 0]);
    fmt.extend(sub_format.to_le_bytes());
    fmt.extend(*b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    fmt
}

#[test]
fn every_width_that_hound_writes_is_read_as_written() {
    for (bits, encoding, scale) in [
        (8, Encoding::S16Le, 256),
        (16, Encoding::S16Le, 1),
        (24, Encoding::S24Packed, 1),
        (32, Encoding::S32Le, 1),
    ] {
        let mut file = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 3,
            sample_rate: 48_000,
            bits_per_sample: bits,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        let samples: Vec<i32> = (0..3 * 2_500).map(|n| (n % 251) - 125).collect();
        for &sample in &samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let (format, bytes) = play(&file.into_inner()).unwrap();
        assert_eq!(
            (format.rate, format.channels, format.encoding),
            (48_000, 3, encoding)
        );
        let width = encoding.bytes();
        let expected: Vec<u8> = samples
            .iter()
            .flat_map(|&s| (s * scale).to_le_bytes()[..width].to_vec())
            .collect();
        assert_eq!(bytes, expected, "{bits} bits");
    }
}

#[test]
fn laws_floats_and_the_extensible_header_are_known() {
    let data = [1, 2, 3, 4, 5, 6, 7, 8];
    for (file, encoding) in [
        (wav(6, 1, 8, 8, &data), Encoding::ALaw),
        (wav(7, 1, 8, 8, &data), Encoding::MuLaw),
        (wav(3, 1, 32, 8, &data), Encoding::F32Le),
        (riff(&extensible(1), 8, &data), Encoding::S16Le),
    ] {
        let (format, bytes) = play(&file).unwrap();
        assert_eq!((format.encoding, &bytes[..]), (encoding, &data[..]));
    }
    let (format, bytes) = play(&wav(3, 1, 64, 8, &0.25f64.to_le_bytes())).unwrap();
    assert_eq!(format.encoding, Encoding::F32Le);
    assert_eq!(bytes, 0.25f32.to_le_bytes());
}

#[test]
fn a_length_never_written_or_too_long_means_to_the_end() {
    let data = [7; 101]; // 50 frames and a broken one
    for size in [0, u32::MAX, 0x7fff_f000, 101] {
        let (_, bytes) = play(&wav(1, 1, 16, size, &data)).unwrap();
        assert_eq!(bytes, [7; 100], "{size:#x}");
    }
    let (_, bytes) = play(&wav(1, 1, 16, 40, &data)).unwrap();
    assert_eq!(bytes.len(), 40, "a true length is believed");
    let (_, bytes) = play(&wav(1, 1, 16, 0, b"LIST\x04\0\0\0abcd")).unwrap();
    assert!(
        bytes.is_empty(),
        "an empty recording with a comment behind it"
    );
}

#[test]
fn rf64_tells_its_length_in_ds64() {
    let plain = wav(1, 2, 16, u32::MAX, &[9; 64]);
    let mut file = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    for value in [0u64, 48, 12] {
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file.extend(&plain[12..]);
    let (_, bytes) = play(&file).unwrap();
    assert_eq!(bytes, [9; 48]);
}

#[test]
fn sixty_four_channels_are_read_and_sixty_five_refused() {
    let (format, bytes) = play(&wav(1, 64, 16, 256, &[1; 256])).unwrap();
    assert_eq!((format.channels, bytes.len()), (64, 256));
    let error = play(&wav(1, 65, 16, 260, &[1; 260])).unwrap_err();
    assert!(error.to_string().contains("65 channels"), "{error}");
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let whole = wav(1, 1, 16, 8, &[1; 8]);
    for length in [1, 3, 4, 11, 20, 35, 40, 43] {
        let text = play(&whole[..length]).unwrap_err().to_string();
        let said = text.contains("ends inside its header") || text.contains("neither WAV nor FLAC");
        assert!(said, "{length}: {text}");
    }
    assert_eq!(
        play(&whole[..44]).unwrap().1,
        Vec::<u8>::new(),
        "a whole header without samples"
    );
    assert!(matches!(play(&[]), Err(ReplayError::Empty(_))));
    assert!(matches!(
        play(b"ID3\x04mp3"),
        Err(ReplayError::UnknownKind(_))
    ));
    assert!(matches!(
        play(&wav(0x55, 1, 16, 8, &[0; 8])),
        Err(ReplayError::Unsupported { .. })
    ));
    assert!(matches!(
        play(&riff(&extensible(0x92), 8, &[0; 8])),
        Err(ReplayError::Unsupported { .. })
    ));
    assert!(matches!(
        play(&wav(1, 0, 16, 8, &[0; 8])),
        Err(ReplayError::Unsupported { .. })
    ));
    let nowhere = Replay::open(Path::new("/nowhere/line.wav"), None, Pacing::Max);
    assert!(matches!(nowhere, Err(ReplayError::Open { .. })));
    let folder = Replay::open(Path::new("/"), None, Pacing::Max);
    assert!(matches!(folder, Err(ReplayError::Directory(_))));
}

#[test]
fn raw_samples_take_the_format_given() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("line.raw");
    std::fs::write(&path, [3; 1_001]).unwrap();
    let format = StreamFormat {
        rate: 8_000,
        channels: 2,
        encoding: Encoding::ALaw,
        layout: Layout::Planar,
    };
    let mut replay = Replay::open(&path, Some(format), Pacing::Max).unwrap();
    assert_eq!(replay.format().layout, Layout::Interleaved);
    assert_eq!(played(&mut replay), [3; 1_000]);
    assert!(
        replay.describe().contains("500 frames"),
        "{}",
        replay.describe()
    );
}

/// `samples` as FLAC by the reference encoder, or `None` where it is not installed.
fn flac(channels: u16, bits: u32, raw: &[u8]) -> Option<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in.raw"), dir.path().join("out.flac"));
    std::fs::write(&input, raw).unwrap();
    let done = Command::new("flac")
        .args([
            "-s",
            "--force-raw-format",
            "--endian=little",
            "--sign=signed",
        ])
        .args([format!("--channels={channels}"), format!("--bps={bits}")])
        .args(["--sample-rate=8000", "-o"])
        .arg(&output)
        .arg(&input)
        .stderr(Stdio::null())
        .status();
    if !done.is_ok_and(|status| status.success()) {
        println!("skipped: the `flac` tool is not installed");
        return None;
    }
    Some(std::fs::read(output).unwrap())
}

#[test]
fn flac_of_the_reference_encoder_is_bit_exact() {
    let raw: Vec<u8> = (0..60_000u32)
        .map(|n| (n.wrapping_mul(n) >> 7) as u8)
        .collect();
    for (channels, bits, width) in [(1, 16, 2), (8, 16, 2), (2, 24, 3)] {
        let Some(file) = flac(channels, bits, &raw) else {
            return;
        };
        let (format, bytes) = play(&file).unwrap();
        assert_eq!((format.channels, format.rate), (channels, 8_000));
        let expected: Vec<u8> = if width == 2 {
            raw.clone()
        } else {
            raw.chunks(3).flat_map(|b| [&[0], b].concat()).collect()
        };
        assert!(bytes == expected, "{channels} channels of {bits} bits");
    }
}

#[test]
fn a_flac_cut_off_gives_what_it_has_and_says_so() {
    let raw: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(n) >> 9) as u8)
        .collect();
    let Some(file) = flac(1, 16, &raw) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.flac");
    std::fs::write(&path, &file[..file.len() / 2]).unwrap();
    let mut replay = Replay::open(&path, None, Pacing::Max).unwrap();
    let got = played(&mut replay);
    assert!(got.len() > raw.len() / 4 && raw.starts_with(&got));
    let problem = replay
        .problem()
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(problem.contains("damaged after frame"), "{problem}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_header_makes_it_panic(
        at in 0usize..60, value in any::<u8>(), second in 0usize..60, other in any::<u8>(),
    ) {
        let mut file = riff(&extensible(1), 16, &[5; 16]);
        let last = file.len() - 1;
        file[at.min(last)] = value;
        file[second.min(last)] = other;
        if let Ok((format, bytes)) = play(&file) {
            prop_assert!(bytes.len() % format.frame_bytes() == 0);
        }
    }
}

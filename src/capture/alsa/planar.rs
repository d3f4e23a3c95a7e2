//! Reading cards that keep each channel in a buffer of its own (non-interleaved access).
//!
//! alsa-lib wants an array of pointers, one to each channel's buffer, for which the `alsa` crate
//! has no safe call. This file owns the one `unsafe` of the capture, and nothing else.
#![expect(
    unsafe_code,
    reason = "snd_pcm_readn takes raw pointers; multichannel cards without interleaved access \
              cannot be read otherwise"
)]

use std::ptr;

use alsa::pcm::PCM;

use super::negotiate::MOST_CHANNELS;
use crate::words::StreamFormat;

/// Reads up to `frames` frames into the front of `buffer`, channel by channel without spaces, and
/// returns how many came. `format` is the one that `pcm` was configured with. Where `buffer` is
/// too small for them, fewer are read. Does not allocate.
pub(super) fn read(
    pcm: &PCM,
    format: StreamFormat,
    buffer: &mut [u8],
    frames: usize,
) -> alsa::Result<usize> {
    let (channels, sample_bytes) = (usize::from(format.channels), format.encoding.bytes());
    let frames = frames.min(buffer.len() / format.frame_bytes());
    let plane = frames * sample_bytes;
    if plane == 0 {
        return Ok(0);
    }
    let mut room = [ptr::null_mut(); MOST_CHANNELS as usize];
    let pointers = &mut room[..channels];
    for (pointer, channel) in pointers.iter_mut().zip(buffer.chunks_exact_mut(plane)) {
        *pointer = channel.as_mut_ptr();
    }
    // SAFETY: alsa-lib writes at most `frames` samples of `sample_bytes` to each of the stream's
    // channels. There is one pointer for each, set above to chunks of `buffer` of exactly that
    // length, which do not overlap and stay borrowed until the call returns.
    let came = unsafe { pcm.io_bytes().readn(pointers, frames) }?;
    close_ranks(buffer, came, frames, sample_bytes, channels);
    Ok(came)
}

/// Moves the channels together if fewer frames came than there was room for.
fn close_ranks(buffer: &mut [u8], came: usize, room: usize, sample_bytes: usize, channels: usize) {
    if came < room {
        for channel in 1..channels {
            let from = channel * room * sample_bytes;
            buffer.copy_within(
                from..from + came * sample_bytes,
                channel * came * sample_bytes,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_read_leaves_no_spaces_between_channels() {
        let mut buffer = *b"aabb--ccdd--eeff--";
        close_ranks(&mut buffer, 2, 3, 2, 3);
        assert_eq!(&buffer[..12], b"aabbccddeeff");
    }
}

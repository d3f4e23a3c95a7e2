#!/usr/bin/python3
"""Judges the trial: judge.py FOLDER. Every recorded sample must be the tape's, of the right channel, in order.

Allowed besides the tape's sound are the idle voltage and the zeros of a loop-back card nobody plays into. At rates
other than 8000 the recorder converts: the tape's sound is then what `truth.py` has made of it, for each of the
frames at which playing may have begun.
"""
import array
import collections
import glob
import json
import subprocess
import sys
import wave

folder = sys.argv[1]
NEEDLE = 24
# Samples that a converter makes of sound that breaks off: those its filter spans.
EDGE = 64
# Where on the tape the call is (samples at 8 kHz).
BEGIN, END = 3 * 8000, 23 * 8000
# What a power cut may cost (s).
MOST_LOST = 1.0


def decoded(path):
    command = ["flac", "-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", path]
    samples = array.array("h")
    samples.frombytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return samples


class Tape:
    """The sound of one channel at 8 kHz; `slack` samples at a call's ends the converter may shift."""

    def __init__(self, samples, slack):
        self.samples, self.raw, self.slack = samples, samples.tobytes(), slack
        self.rest = samples[8000]

    def is_whole(self, stretches):
        """Whether these stretches are the tape's call from its beginning to its end."""
        first, (place, length) = stretches[0][0], stretches[-1]
        heard = sum(length for _, length in stretches)
        ends = first <= BEGIN + self.slack and place + length >= END - self.slack
        return ends and heard >= END - BEGIN - 2 * self.slack

    def place(self, needle):
        """The sample at which `needle` lies, or None."""
        at = self.raw.find(needle)
        while at % 2 and at > 0:
            at = self.raw.find(needle, at + 1)
        return None if at < 0 else at // 2

    def edge(self, recording, at):
        """Length of what the converter makes of sound that breaks off into a silent card's zeros; 0 if it is none."""
        if not self.slack:
            return 0
        silent = (length for length in range(1, EDGE + 1) if not any(recording[at + length : at + length + NEEDLE]))
        return next(silent, 0)

    def stretches(self, recording):
        """Places and lengths of the stretches that the recording is made of; None if it holds anything else."""
        found, at = [], 0
        while at < len(recording):
            if recording[at] in (0, self.rest):
                at += 1
                continue
            start = self.place(recording[at : at + NEEDLE].tobytes())
            length = 0
            while start is not None and at + length < len(recording) and start + length < len(self.samples):
                if recording[at + length] != self.samples[start + length] or recording[at + length] == self.rest:
                    break
                length += 1
            if length > 0:
                found.append((start, length))
            elif found:
                length = self.edge(recording, at)
            if length == 0:
                return None
            at += length
        return found


def tapes(channel, rate, columns):
    """All that the recorder may have made of a channel."""
    if rate == 8000:
        return [Tape(columns[channel], 0)]
    return [Tape(decoded(path), 2) for path in sorted(glob.glob(f"{folder}/truth/{channel}-*.flac"))]


def main():
    with wave.open(f"{folder}/tape.wav") as tape:
        rate, channels = tape.getframerate(), tape.getnchannels()
        frames = array.array("h", tape.readframes(tape.getnframes()))
    columns = [frames[channel::channels] for channel in range(channels)]
    with open(f"{folder}/out/played") as file:
        played_s = int(file.read()) / rate
    calls = [json.loads(line) for line in open(f"{folder}/out/calls.json")]
    known, exact, wrong, kinds, lost = {}, 0, 0, collections.Counter(), []
    for call in calls:
        channel = int(call["line"].split()[1])
        ways = known.setdefault(channel, tapes(channel, rate, columns))
        for recording in call["recordings"]:
            samples = decoded(f"{folder}/out/state/{recording['file']}")
            found = next((way for way in map(lambda tape: (tape, tape.stretches(samples)), ways) if way[1]), None)
            if found is None:
                wrong += 1
                print(f"WRONG {call['line']} {recording['file']} {recording['state']}")
                continue
            tape, stretches = found
            length = sum(length for _, length in stretches)
            exact += length
            kinds["whole" if tape.is_whole(stretches) else "cut short"] += 1
            if recording["state"] == "recovered":
                place, length = stretches[-1]
                lost.append(played_s - (place + length) / 8000)
    lines = len({call["line"] for call in calls})
    print(f"{len(calls)} calls on {lines} lines of {channels} channels at {rate} Hz: {dict(kinds)}")
    print(f"{exact} samples compared, all the tape's own; {wrong} recordings with anything else")
    print("lost by the power cut on each line:", ", ".join(f"{seconds:.2f}" for seconds in sorted(lost)), "s")
    good = wrong == 0 and kinds["whole"] >= 2 * lines and kinds["cut short"] >= 3 * lines
    good = good and len(lost) == lines and max(lost) <= MOST_LOST
    print("PASSED" if good else "FAILED")
    return 0 if good else 1


sys.exit(main())

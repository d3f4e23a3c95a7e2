#!/usr/bin/python3
"""Judges the trial: judge.py FOLDER. Every recorded sample must be the tape's, of the right channel, in order.

Allowed besides the tape's sound are the idle voltage and the zeros of a loop-back card nobody plays into. At rates
other than 8000 the recorder converts, so lengths alone are judged there.
"""
import array
import collections
import json
import subprocess
import sys
import wave

folder = sys.argv[1]
IDLE, CALL_S, NEEDLE = int(48 / 150 * 32768), 20, 24

with wave.open(f"{folder}/tape.wav") as tape:
    rate, channels = tape.getframerate(), tape.getnchannels()
    frames = array.array("h", tape.readframes(tape.getnframes()))
tapes = [frames[channel::channels].tobytes() for channel in range(channels)]


def decoded(path):
    command = ["flac", "-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", path]
    samples = array.array("h")
    samples.frombytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return samples


def place(tape, needle):
    """The sample of the tape at which `needle` lies, or None."""
    at = tape.find(needle)
    while at % 2 and at > 0:
        at = tape.find(needle, at + 1)
    return None if at < 0 else at // 2


def runs(samples, tape):
    """Lengths of the stretches of the tape that the recording is made of; None if it holds anything else."""
    found, at, whole = [], 0, array.array("h", tape)
    while at < len(samples):
        if samples[at] in (0, IDLE):
            at += 1
            continue
        start = place(tape, samples[at : at + NEEDLE].tobytes())
        if start is None:
            return None
        length = 0
        while at + length < len(samples) and start + length < len(whole):
            if samples[at + length] != whole[start + length] or whole[start + length] == IDLE:
                break
            length += 1
        if length == 0:
            return None
        found.append(length)
        at += length
    return found


calls = [json.loads(line) for line in open(f"{folder}/out/calls.json")]
exact, wrong, kinds, shortest_cut = 0, 0, collections.Counter(), None
for call in calls:
    channel = int(call["line"].split()[1])
    for recording in call["recordings"]:
        samples = decoded(f"{folder}/out/state/{recording['file']}")
        if rate != 8000:
            seconds = len(samples) / 8000
            kinds["whole" if seconds >= CALL_S else "cut short"] += 1
            continue
        lengths = runs(samples, tapes[channel])
        if lengths is None:
            wrong += 1
            print(f"WRONG {call['line']} {recording['file']} {recording['state']}")
            continue
        exact += sum(lengths)
        seconds = sum(lengths) / 8000
        kinds["whole" if seconds == CALL_S else "cut short"] += 1
        if seconds != CALL_S:
            shortest_cut = min(seconds, shortest_cut or seconds)
lines = len({call["line"] for call in calls})
print(f"{len(calls)} calls on {lines} lines of {channels} channels at {rate} Hz: {dict(kinds)}")
if rate == 8000:
    print(f"{exact} samples compared, all the tape's own; {wrong} recordings with anything else")
    print(f"shortest recording of an interrupted call: {shortest_cut} s")
good = wrong == 0 and kinds["whole"] >= 2 * lines and kinds["cut short"] >= 3 * lines
print("PASSED" if good else "FAILED")
sys.exit(0 if good else 1)

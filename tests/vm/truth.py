#!/usr/bin/python3
"""What the recorder must make of the tape at 8 kHz: truth.py FOLDER PROGRAM.

A card at 48 kHz is converted, and playing begins at any of the six frames that one sample at 8 kHz spans. So the
truth is made by the program itself, from the same tape in a file, once for each of these beginnings: what is on
trial is everything between card and disk; that the conversion is right is proven elsewhere (`signal::resample`).
Its results do not depend on how the input is cut, nor on the processor, so every sample can be compared.
Leaves FOLDER/truth/CHANNEL-PHASE.flac.
"""
import array
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave

folder, program = sys.argv[1], sys.argv[2]
with open(f"{folder}/linetap.toml", "rb") as file:
    config = tomllib.load(file)
picked = [line["channels"][0] for line in config["line"]]
with wave.open(f"{folder}/tape.wav") as tape:
    rate, channels = tape.getframerate(), tape.getnchannels()
    frames = array.array("h", tape.readframes(tape.getnframes()))
phases = rate // math.gcd(rate, 8000)
ways = [(channel, phase) for channel in picked for phase in range(phases)]

# A file of the program's has 64 channels at most: of each beginning there is one.
cards = [[way for way in ways if way[1] == phase] for phase in range(phases)]


def weave(card, path):
    """The tape's channels of these ways, each so many frames late."""
    columns = []
    for channel, phase in card:
        column = frames[channel::channels]
        columns.append(column[:1] * phase + column + column[-1:] * (phases - phase))
    woven = array.array("h", bytes(2 * len(columns[0]) * len(columns)))
    for at, column in enumerate(columns):
        woven[at :: len(columns)] = column
    with wave.open(path, "wb") as out:
        out.setnchannels(len(card))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(woven.tobytes())


work = tempfile.mkdtemp(dir=folder)
with open(f"{work}/linetap.toml", "w") as out:
    out.write(f'[office]\nname = "Trial"\ntimezone = "Europe/Warsaw"\n[paths]\nstate = "{work}/state"\n')
    out.write(f'socket = "{work}/socket"\n[hours]\nmon = ["00:00-24:00"]\nholidays = "none"\n')
    for number, card in enumerate(cards):
        weave(card, f"{work}/{number}.wav")
        out.write(f'[[card]]\nname = "{number}"\nreplay = "{number}.wav"\npace = "max"\n')
        out.write('start = "2026-11-23T09:00:00"\n')
        for at, (channel, phase) in enumerate(card):
            out.write(
                f'[[line]]\nname = "{channel}-{phase}"\ncard = "{number}"\nchannels = [{at}]\nrole = "trunk"\n'
                # 48 V count as lifted here, so that the whole tape is one recording.
                'hook = { mode = "dc", volts_full_scale = 150.0, off_hook_below = 100.0, dead_below = 3.0 }\n'
            )


def linetap(*arguments):
    command = [program, *arguments, "--config", "linetap.toml"]
    return subprocess.run(command, cwd=work, check=True, stdout=subprocess.PIPE, text=True).stdout


linetap("run", "--until-end")
shutil.rmtree(f"{folder}/truth", ignore_errors=True)
os.mkdir(f"{folder}/truth")
for call in map(json.loads, linetap("calls", "--json", "--limit", "1000").splitlines()):
    (recording,) = call["recordings"]
    shutil.copy(f"{work}/state/{recording['file']}", f"{folder}/truth/{call['line']}.flac")
shutil.rmtree(work)
made = len(os.listdir(f"{folder}/truth"))
if made != len(ways):
    sys.exit(f"{made} truths of {len(ways)}")

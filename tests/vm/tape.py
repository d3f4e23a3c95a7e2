#!/usr/bin/python3
"""The tape of the trial: tape.py FOLDER CHANNELS RATE LINES.

Each channel carries its loop voltage (150 V at full scale): 48 V for 3 s, 8 V with noise of its own for 20 s, 48 V
for 4 s. Beside it stands the configuration for a loop-back card. Every sample of a call differs from channel to
channel. Lines lie on channels spread over the card, so that a swapped or shifted channel cannot pass for the right one.
"""
import array
import random
import sys
import wave

folder, channels, rate, lines = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
IDLE, LIFTED = int(48 / 150 * 32768), int(8 / 150 * 32768)
IDLE_BEFORE, CALL, IDLE_AFTER = 3, 20, 4

frames = array.array("h")
sources = [random.Random(1000 + channel) for channel in range(channels)]
for at in range(rate * (IDLE_BEFORE + CALL + IDLE_AFTER)):
    lifted = IDLE_BEFORE * rate <= at < (IDLE_BEFORE + CALL) * rate
    if lifted:
        frames.extend(LIFTED + source.getrandbits(9) - 256 for source in sources)
    else:
        frames.extend([IDLE] * channels)
with wave.open(f"{folder}/tape.wav", "wb") as tape:
    tape.setnchannels(channels)
    tape.setsampwidth(2)
    tape.setframerate(rate)
    tape.writeframes(frames.tobytes())

with open(f"{folder}/linetap.toml", "w") as out:
    out.write('[office]\nname = "Trial"\ntimezone = "Europe/Warsaw"\n[hours]\nholidays = "none"\n')
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        out.write(f'{day} = ["00:00-24:00"]\n')
    out.write(
        '[[card]]\nname = "loop"\ndevice = "hw:CARD=Loopback,DEV=1"\n'
        f'rate = {rate}\nchannels = {channels}\nformat = "S16_LE"\n'
    )
    for channel in (line * channels // lines for line in range(lines)):
        out.write(
            f'[[line]]\nname = "line {channel}"\ncard = "loop"\nchannels = [{channel}]\nrole = "trunk"\n'
            'hook = { mode = "dc", volts_full_scale = 150.0, off_hook_below = 20.0, dead_below = 3.0 }\n'
        )

#!/bin/bash
# Runs inside the guest at every boot. Phase 1: whole calls, the card pulled out and put back in mid-call, a
# reboot in mid-call. Phase 2: a power cut in mid-call (the host's doing). Phase 3: everything is handed over.
# Each line that begins with TRIAL is a result; the host judges.

state=/opt/trial/phase
phase=$(cat $state 2>/dev/null || echo 1)
say() { echo "TRIAL $phase $*"; }

status() { linetap status --json 2>/dev/null; }
field() { status | grep -o "\"$1\":[^,}]*" | head -n 1 | cut -d: -f2; }
play() { aplay -q -D hw:Loopback,0,0 /opt/trial/tape.wav; }

wait_for_recorder() {
    for _ in $(seq 300); do
        status | grep -q '"state":"running"' && return 0
        sleep 0.2
    done
    say "FAILED the recorder does not answer"
    systemctl status --no-pager linetap
    journalctl -u linetap --no-pager | tail -n 20
    linetap cards
    sync
    poweroff
    exit 1
}

wait_for_recorder
say "started $(systemctl is-active linetap) up $(cut -d' ' -f1 /proc/uptime) pid $(field pid)"

case $phase in
1)
    say "exposure $(systemd-analyze security --no-pager linetap.service | grep -o 'SAFE\|OK\|MEDIUM\|EXPOSED' | tail -n 1)"
    linetap cards
    play
    sleep 3
    say "calls $(linetap calls --json | wc -l) lost $(field lost_frames)"
    play &
    sleep 12
    echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/unbind
    say "unplugged"
    sleep 3
    echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/bind
    wait
    wait_for_recorder
    say "replugged reopenings $(field reopenings) lost $(field lost_frames)"
    play
    sleep 3
    say "calls $(linetap calls --json | wc -l)"
    linetap doctor | grep -v "line "
    echo 2 >$state
    sync
    play &
    sleep 14
    say "rebooting in mid-call"
    systemctl reboot
    ;;
2)
    say "calls $(linetap calls --json | wc -l)"
    echo 3 >$state
    sync
    play &
    sleep 14
    say "cut the power now"
    # Until then: how far the tape is.
    for _ in $(seq 1000); do
        while read -r word _ value; do
            [ "$word" = hw_ptr ] && echo "TRIAL 2 played $value" >/dev/ttyS0
        done </proc/asound/Loopback/pcm0p/sub0/status
        sleep 0.05
    done
    ;;
3)
    sleep 2
    say "calls $(linetap calls --json | wc -l)"
    mount -t 9p -o trans=virtio,version=9p2000.L out /mnt
    linetap calls --json --limit 1000 >/mnt/calls.json
    status >/mnt/status.json
    journalctl -u linetap --no-pager >/mnt/journal.txt
    systemctl stop linetap
    cp -a /var/lib/linetap /mnt/state
    sync
    say "done"
    poweroff
    ;;
esac

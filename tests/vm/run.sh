#!/bin/bash
# A machine that really boots: run.sh FOLDER PACKAGE [CHANNELS [RATE [LINES]]]. Three boots of the guest under QEMU
# without KVM; the second ends by a power cut. Then every recording is compared with the tape, sample by sample.
# LINES of the card's channels carry lines (4). The guest's clock counts its instructions (-icount, two nanoseconds
# each): on a busy host the trial takes longer, and no sample is lost for that.
set -eu

folder="$1"
package="$2"
channels="${3:-16}"
rate="${4:-8000}"
lines="${5:-4}"
here="$(cd "$(dirname "$0")" && pwd)"
# Half seconds that the guest may take: each line is work for it.
patience=$((1200 + 100 * lines))
mkdir -p "$folder/out"
rm -rf "$folder/out/"* "$folder/serial.log"
python3 "$here/tape.py" "$folder" "$channels" "$rate" "$lines"
"$here/image.sh" "$folder" "$package"

boot() {
    qemu-system-x86_64 -M pc -accel tcg,thread=single -icount shift=1 -cpu max -m 1024 -no-reboot -display none -nic none \
        -serial stdio -kernel "$folder/vmlinuz" -initrd "$folder/initrd.img" \
        -append "root=/dev/vda rw console=ttyS0 quiet" \
        -drive "file=$folder/disk.img,format=raw,if=virtio,cache=writethrough" \
        -virtfs "local,path=$folder/out,mount_tag=out,security_model=none" </dev/null >>"$folder/serial.log" 2>&1 &
    guest=$!
}

wait_or_give_up() {
    for _ in $(seq "$1"); do
        kill -0 "$guest" 2>/dev/null || return 0
        if [ -n "${2:-}" ] && grep -aqE "$2" "$folder/serial.log"; then
            kill -KILL "$guest"
            wait "$guest" 2>/dev/null || true
            return 0
        fi
        sleep 0.5
    done
    kill -KILL "$guest"
    echo "The guest did not end in time:"
    tail -n 30 "$folder/serial.log"
    exit 1
}

boot && wait_or_give_up $((2 * patience))
boot && wait_or_give_up $patience $'TRIAL 2 played [0-9]+\r'
boot && wait_or_give_up $patience
grep -a TRIAL "$folder/serial.log" | grep -av ' played ' | sed 's/.*TRIAL/TRIAL/'
sed -n 's/.*TRIAL 2 played \([0-9]*\)\r$/\1/p' "$folder/serial.log" | tail -n 1 >"$folder/out/played"
if [ "$rate" != 8000 ]; then
    rm -rf "$folder/package"
    dpkg-deb -x "$package" "$folder/package"
    python3 "$here/truth.py" "$folder" "$folder/package/usr/bin/linetap"
fi
exec python3 "$here/judge.py" "$folder"

#!/bin/sh
# Makes a Debian guest with a kernel that has sound, and the package installed: image.sh FOLDER PACKAGE.
# Leaves FOLDER/disk.img, vmlinuz and initrd.img. The bare system is kept in FOLDER/root.tar for the next time.
set -eu

folder="$1"
package="$2"
here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$folder"

if [ ! -e "$folder/root.tar" ]; then
    rm -f "$folder/root.new.tar"
    mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Retries "5"' \
        --include=systemd,systemd-sysv,udev,dbus,linux-image-amd64,alsa-utils,libasound2,kmod,procps \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/gpu/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/net/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/infiniband/*' \
        --dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/scsi/*' \
        bookworm "$folder/root.new.tar"
    mv "$folder/root.new.tar" "$folder/root.tar"
fi

root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
tar -xf "$folder/root.tar" -C "$root" --exclude='./dev/*'
cp "$package" "$root/linetap.deb"
chroot "$root" dpkg -i /linetap.deb
rm "$root/linetap.deb"

# A loop-back card of 32 channels at boot, and the trial in place of a technician.
echo snd-aloop >"$root/etc/modules-load.d/trial.conf"
echo "options snd-aloop pcm_substreams=1" >"$root/etc/modprobe.d/trial.conf"
install -m 644 "$folder/linetap.toml" "$root/etc/linetap/linetap.toml"
install -D -m 755 "$here/trial.sh" "$root/opt/trial/trial.sh"
install -m 644 "$folder/tape.wav" "$root/opt/trial/tape.wav"
install -m 644 "$here/trial.service" "$root/etc/systemd/system/trial.service"
ln -s ../trial.service "$root/etc/systemd/system/multi-user.target.wants/trial.service"
ln -sf /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"
echo guest >"$root/etc/hostname"

cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$root"/boot/initrd.img-* "$folder/initrd.img"
rm -f "$folder/disk.img"
mke2fs -q -t ext4 -d "$root" "$folder/disk.img" 1400M

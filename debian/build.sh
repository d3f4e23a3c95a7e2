#!/bin/sh
# Makes linetap_VERSION_ARCHITECTURE.deb in the folder $1 from the program $2, by `make install` and dpkg-deb.
# DEB_COMPRESSION (default xz) is dpkg-deb's -Z.
set -eu

out="$1"
program="$2"
here="$(cd "$(dirname "$0")/.." && pwd)"
tree="$(mktemp -d)"
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"

version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)"
architecture="$(dpkg --print-architecture)"
glibc="$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -V | tail -n 1 | cut -d_ -f2)"

make --no-print-directory -s -C "$here" install-files DESTDIR="$tree" PREFIX=/usr BINARY="$program"
strip --strip-debug "$tree/usr/bin/linetap"
mkdir "$tree/DEBIAN"
size="$(du -sk "$tree" | cut -f1)"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
    -e "s/@GLIBC@/$glibc/" "$here/debian/control.in" >"$tree/DEBIAN/control"
install -m 644 "$here/debian/conffiles" "$tree/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "$here/debian/$script" "$tree/DEBIAN/$script"
done
mkdir -p "$out"
package="$out/linetap_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Z"${DEB_COMPRESSION:-xz}" --build "$tree" "$package" >/dev/null
echo "$package"

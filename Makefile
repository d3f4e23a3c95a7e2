# linetap: the two commands of the README are `make demo` and `make test`.
# Each installs the Debian packages it needs (saying which) and works where only Rust is present.

SHELL := /bin/bash
CARGO ?= cargo
# Where cargo builds: a user may keep that elsewhere.
TARGET := $(or $(CARGO_TARGET_DIR),target)
BUILD_PACKAGES := libasound2-dev pkg-config cmake gcc
TEST_PACKAGES  := $(BUILD_PACKAGES) flac sqlite3 age tshark tmux socat xz-utils libspandsp-dev libtiff-dev libflac-dev systemd \
	strace procps util-linux mount e2fsprogs python3 binutils
# Tests of the console drive a real browser. Node may come from elsewhere than Debian.
TEST_PACKAGES += chromium $(shell command -v npm >/dev/null || echo nodejs npm)
PREFIX ?= /usr/local
export DEBIAN_FRONTEND = noninteractive

.PHONY: demo test build bench console-assets deb install install-files vm-test packages-build packages-test clean-demo

demo: packages-build
	$(CARGO) build --release --locked
	$(TARGET)/release/linetap demo linetap-demo

build: packages-build
	$(CARGO) build --release --locked

# Nothing is linked by a check: libFuzzer itself need not be built.
FUZZ_CHECK = CUSTOM_LIBFUZZER_PATH=/nowhere/libfuzzer.a $(CARGO) check --locked --manifest-path fuzz/Cargo.toml

test: packages-test
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(FUZZ_CHECK) --target-dir $(TARGET)
	$(CARGO) test --locked --no-fail-fast 2>&1 | tee $(TARGET)/test.log; test "$${PIPESTATUS[0]}" = 0
	@tests/summary.sh $(TARGET)/test.log

bench: packages-test
	LINETAP_PLOT=docs/cost-per-line.svg $(CARGO) bench --locked

packages-build:
	@tests/packages.sh $(BUILD_PACKAGES)

packages-test:
	@tests/packages.sh $(TEST_PACKAGES)

# The scripts that the console embeds: committed, so that a build needs no Node. `tests/console_assets.rs` checks
# that they are what the sources give.
WEB := src/console/web

console-assets:
	@tests/packages.sh $(shell command -v npm >/dev/null || echo nodejs npm)
	cd $(WEB) && npm ci --ignore-scripts && node build.mjs

# --- installing -----------------------------------------------------------------------------------------
# `make deb` makes a Debian package where cargo builds; `make install` installs without one. Both place the same files.
# DESTDIR stages them elsewhere; BINARY is the program to install.
BINARY ?= $(TARGET)/release/linetap
DESTDIR ?=
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
SHARE = $(DESTDIR)$(PREFIX)/share

deb: build
	@debian/build.sh $(TARGET) $(BINARY)

install: build install-files
	@echo "Installed below $(DESTDIR)$(PREFIX). Next: systemd-sysusers; systemctl daemon-reload; linetap cards"

install-files:
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/linetap
	install -d $(UNITS)
	sed 's|/usr/bin/linetap|$(PREFIX)/bin/linetap|g' systemd/linetap.service > $(UNITS)/linetap.service
	sed 's|/usr/bin/linetap|$(PREFIX)/bin/linetap|g' systemd/linetap-announce@.service > $(UNITS)/linetap-announce@.service
	chmod 644 $(UNITS)/linetap.service $(UNITS)/linetap-announce@.service
	sed 's|/usr/bin/linetap|$(PREFIX)/bin/linetap|g' systemd/linetap-console.service > $(UNITS)/linetap-console.service
	chmod 644 $(UNITS)/linetap-console.service
	install -D -m 644 systemd/linetap.preset $(DESTDIR)$(PREFIX)/lib/systemd/system-preset/50-linetap.preset
	install -D -m 644 systemd/linetap.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/linetap.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/udev/rules.d udev/70-linetap.rules
	install -D -m 644 -t $(SHARE)/linetap/hw-profiles hw-profiles/*.toml
	install -D -m 644 -t $(SHARE)/doc/linetap README.md docs/*.md docs/linetap.example.toml
	install -D -m 644 LICENSE $(SHARE)/doc/linetap/copyright
	install -d $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/vendor-completions \
		$(SHARE)/fish/vendor_completions.d
	$(BINARY) man --dir $(SHARE)/man/man1
	gzip -9nf $(SHARE)/man/man1/linetap*.1
	$(BINARY) completions bash > $(SHARE)/bash-completion/completions/linetap
	$(BINARY) completions zsh > $(SHARE)/zsh/vendor-completions/_linetap
	$(BINARY) completions fish > $(SHARE)/fish/vendor_completions.d/linetap.fish
	test -e $(DESTDIR)/etc/linetap/linetap.toml || \
		install -D -m 644 docs/linetap.example.toml $(DESTDIR)/etc/linetap/linetap.toml

# A Debian guest under QEMU without KVM boots three times with the package installed: whole calls, the card pulled out
# in mid-call, a reboot and a power cut in mid-call, every sample compared. About 4 minutes; VM_CHANNELS up to 32, VM_RATE
# 8000 or 48000. Needs root (mmdebstrap, chroot).
VM_PACKAGES := qemu-system-x86 mmdebstrap e2fsprogs flac python3
VM_CHANNELS ?= 16
VM_RATE ?= 8000
VM_LINES ?= 4

vm-test: deb
	@tests/packages.sh $(VM_PACKAGES)
	tests/vm/run.sh $(TARGET)/vm $(TARGET)/linetap_*.deb $(VM_CHANNELS) $(VM_RATE) $(VM_LINES)

clean-demo:
	rm -rf linetap-demo

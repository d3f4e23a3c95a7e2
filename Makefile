# linetap: the two commands of the README are `make demo` and `make test`.
# Each installs the Debian packages it needs (saying which) and works where only Rust is present.

SHELL := /bin/bash
CARGO ?= cargo
BUILD_PACKAGES := libasound2-dev pkg-config cmake gcc
TEST_PACKAGES  := $(BUILD_PACKAGES) flac sqlite3 age tshark tmux socat xz-utils libspandsp-dev libtiff-dev systemd
PREFIX ?= /usr/local
export DEBIAN_FRONTEND = noninteractive

.PHONY: demo test build bench install packages-build packages-test check-format lint soak clean-demo

demo: packages-build
	$(CARGO) build --release --locked
	./target/release/linetap demo linetap-demo

build: packages-build
	$(CARGO) build --release --locked

test: packages-test
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked --no-fail-fast 2>&1 | tee target/test.log; test "$${PIPESTATUS[0]}" = 0
	@tests/summary.sh target/test.log

bench: packages-test
	$(CARGO) bench --locked

packages-build:
	@tests/packages.sh $(BUILD_PACKAGES)

packages-test:
	@tests/packages.sh $(TEST_PACKAGES)

clean-demo:
	rm -rf linetap-demo

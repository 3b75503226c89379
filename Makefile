# The commands of the house. `make demo` and `make test` install what they need when run as root
# on a Debian system, and say what is missing otherwise.

CARGO ?= cargo
# Where cargo builds, as cargo itself decides it.
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help demo test test-java bench-java test-kills test-crowd test-sanitizers lint header packages-demo packages-test

help:
	@echo 'make demo             authorize a user and create a meeting on each provider (BROWSER=1: by hand)'
	@echo 'make test             everything that CI runs'
	@echo 'make test-java        the Java door, on two JVMs if they are here (part of make test)'
	@echo 'make bench-java       what a call costs through the Java door beside the C door'
	@echo 'make test-kills       kills processes at 200 moments of a creation and 1000 of a refresh'
	@echo 'make test-crowd       4 processes of 64 threads with one expired token; 10,000 users at once'
	@echo 'make test-sanitizers  the C harnesses under AddressSanitizer and valgrind, in full'
	@echo 'make lint             formatting and clippy'
	@echo 'make header           write include/meetbridge.h anew'

demo: packages-demo
	$(CARGO) build --quiet --release --lib --package meetbridge
	$(CARGO) build --quiet --package meetbridge-sandbox
	BROWSER=$(BROWSER) samples/c-host/demo.sh $(TARGET)/release $(TARGET)/debug/meetbridge-sandbox

test: packages-test
	$(CARGO) test --workspace --all-features
	$(MAKE) test-java

test-java: packages-test
	$(CARGO) build --workspace --all-features
	tests/java/test.sh $(TARGET)/debug

bench-java: packages-test
	$(CARGO) build --release --lib --package meetbridge
	$(CARGO) build --workspace --all-features
	tests/java/bench.sh $(TARGET)

test-kills: packages-test
	MEETBRIDGE_KILLS=200 MEETBRIDGE_REFRESH_KILLS=1000 \
		$(CARGO) test --workspace --all-features --test crash -- --nocapture any_moment

test-crowd: packages-test
	MEETBRIDGE_USERS=10000 MEETBRIDGE_ROUNDS=20 \
		$(CARGO) test --workspace --all-features --test refresh -- --nocapture refresh_it_once refreshed_once

test-sanitizers: packages-test
	MEETBRIDGE_SANITIZERS=full $(CARGO) test --workspace --all-features --test c_harness

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings

header:
	MEETBRIDGE_BLESS=1 $(CARGO) test --quiet --test header committed_header

packages-demo:
	@scripts/install-packages.sh gcc:gcc /usr/include/stdio.h:libc6-dev curl:curl

packages-test:
	@scripts/install-packages.sh gcc:gcc g++:g++ /usr/include/stdio.h:libc6-dev nm:binutils \
		valgrind:valgrind /usr/share/doc/libc6-dbg:libc6-dbg chromium:chromium chromedriver:chromium-driver \
		/usr/lib/postgresql/*/bin/initdb:postgresql javac:openjdk-17-jdk-headless mvn:maven \
		/usr/share/fonts/truetype/motoya-l-cedar/*:fonts-motoya-l-cedar
	@scripts/install-prism.sh $(TARGET)/prism-5.14.2

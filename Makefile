# The commands of the house. `make demo` and `make test` install what they need when run as root
# on a Debian system, and say what is missing otherwise.

CARGO ?= cargo
# Where cargo builds, as cargo itself decides it.
TARGET := $(or $(CARGO_TARGET_DIR),target)
# The library as it is shipped. Cargo optimizes across crates (`lto`) only where it makes nothing that
# Rust programs link, so the form that the benchmarks need is left out.
SHIPPED := $(CARGO) rustc --release --lib --package meetbridge --crate-type cdylib
# How long `make soak`, or each target of `make fuzz`, runs.
MINUTES ?= 1
JOBS ?= 2
DENY_VERSION := 0.20.2
DENY := $(TARGET)/tools/cargo-deny-$(DENY_VERSION)
WINDOWS := $(TARGET)/x86_64-pc-windows-gnu/release

.PHONY: help library dist windows demo test test-java test-dist test-windows test-openssl test-races \
	test-kills test-crowd test-sanitizers soak fuzz deny lint header \
	bench bench-smoke bench-docs bench-java packages-demo packages-test packages-bench \
	packages-dist packages-fuzz

help:
	@echo 'make library          libmeetbridge.so as it is shipped, in target/release'
	@echo 'make dist             the packages for servers, in dist (docs/packaging.md)'
	@echo 'make demo             authorize a user and create a meeting on each provider (BROWSER=1: by hand)'
	@echo 'make test             everything that CI runs'
	@echo 'make test-java        the Java door, on two JVMs if they are here (part of make test)'
	@echo 'make test-dist        what make dist has made: symbols, scenarios, installing'
	@echo 'make deny             licences, bans, sources and advisories of all dependencies'
	@echo 'make bench            every figure of docs/performance.md (QUICK=1: a smoke test of it)'
	@echo 'make bench-docs       puts the last run of it into docs/performance.md'
	@echo 'make bench-java       what a call costs through the Java door beside the C door'
	@echo 'make test-kills       kills processes at 200 moments of a creation and 1000 of a refresh'
	@echo 'make test-crowd       4 processes of 64 threads with one expired token; 10,000 users at once'
	@echo 'make soak MINUTES=n   two hosts work while everything around them fails: do the books balance?'
	@echo 'make test-openssl     the library beside OpenSSL 1.1, fetched from Debian 11, and 3'
	@echo 'make test-sanitizers  the harnesses of C and LotusScript under AddressSanitizer and valgrind, in full'
	@echo 'make test-races       64 threads under ThreadSanitizer (needs rust-src)'
	@echo 'make fuzz             every fuzz target for a minute (MINUTES=n JOBS=n TARGETS="door …")'
	@echo 'make windows          nmeetbridge.dll and its import library, in target/x86_64-pc-windows-gnu/release'
	@echo 'make test-windows     the C door of it under Wine: every scenario, threads, processes, loading'
	@echo 'make lint             formatting and clippy'
	@echo 'make header           write include/meetbridge.h anew, and what is new into include/abi'

library:
	$(SHIPPED)

dist: packages-dist
	packaging/build.sh dist $(TARGET)/tools/python

demo: packages-demo
	$(SHIPPED) --quiet
	$(CARGO) build --quiet --package meetbridge-sandbox
	BROWSER=$(BROWSER) samples/c-host/demo.sh $(TARGET)/release $(TARGET)/debug/meetbridge-sandbox

test: packages-test
	$(CARGO) test --workspace --all-features
	$(MAKE) test-java
	$(MAKE) bench-smoke

test-java: packages-test
	$(CARGO) build --workspace --all-features
	tests/java/test.sh $(TARGET)/debug

# Of the last `make dist`. The scenarios are those of the tests, by the library as it is shipped.
test-dist: packages-test packages-dist
	packaging/test.sh dist
	MEETBRIDGE_LIBRARY=$(abspath dist)/linux-x86_64/libmeetbridge.so $(CARGO) test --workspace --all-features \
		--test scenarios --test header --test c_harness -- --skip sanitizer --skip valgrind --skip starts_threads

bench-java: packages-test
	$(SHIPPED)
	$(CARGO) build --workspace --all-features
	tests/java/bench.sh $(TARGET)/release/libmeetbridge.so $(TARGET)/debug/meetbridge-sandbox

# The rig has a profile of its own, and so a folder: in that of the release it would overwrite the
# library.
bench: packages-bench packages-test
	$(SHIPPED)
	$(CARGO) build --workspace --all-features
	QUICK=$(QUICK) $(CARGO) bench --package meetbridge-benches --profile rig --bench calls

# Whether the rig still runs: all of it, briefly, of what the tests have built. Its times mean nothing.
bench-smoke: packages-bench packages-test
	QUICK=1 MEETBRIDGE_LIBRARY=$(abspath $(TARGET))/debug/libmeetbridge.so \
		$(CARGO) bench --workspace --all-features --profile dev --bench calls

bench-docs:
	@grep -q '^A full run' $(TARGET)/bench/table.md || { echo 'the last run was no full one'; false; }
	sed -i '/^<!-- what make bench wrote -->$$/q' docs/performance.md
	{ echo; cat $(TARGET)/bench/table.md; } >>docs/performance.md
	cp $(TARGET)/bench/plot.svg docs/performance.svg

test-kills: packages-test
	MEETBRIDGE_KILLS=200 MEETBRIDGE_REFRESH_KILLS=1000 \
		$(CARGO) test --workspace --all-features --test crash -- --nocapture any_moment

test-crowd: packages-test
	MEETBRIDGE_USERS=10000 MEETBRIDGE_ROUNDS=20 \
		$(CARGO) test --workspace --all-features --test refresh -- --nocapture refresh_it_once refreshed_once

# With the library as it is shipped; `make test` has the short form, with the one of the tests.
soak: packages-test
	$(SHIPPED)
	MEETBRIDGE_SOAK=$$(($(MINUTES) * 60)) \
		MEETBRIDGE_LIBRARY=$(abspath $(TARGET))/release/libmeetbridge.so \
		$(CARGO) test --workspace --all-features --test soak -- --nocapture the_books

test-openssl: packages-test
	scripts/fetch-openssl-1.1.sh $(TARGET)/openssl-1.1
	MEETBRIDGE_LIBRARIES=$(abspath $(TARGET))/openssl-1.1 \
		$(CARGO) test --workspace --all-features --test foreign -- --nocapture other_libraries

# What each of these shows: docs/testing.md.
test-sanitizers: packages-test
	scripts/sanitizers.sh $(TARGET)/sanitizers

test-races: packages-demo
	scripts/thread-sanitizer.sh $(TARGET)/sanitizers/thread

fuzz: packages-fuzz
	scripts/fuzz.sh $(TARGET)/fuzz $(MINUTES) $(JOBS) $(TARGETS)

deny: $(DENY)/bin/cargo-deny
	$(DENY)/bin/cargo-deny --workspace check bans licenses sources
	@if $(DENY)/bin/cargo-deny --workspace fetch db; \
		then $(DENY)/bin/cargo-deny --workspace --offline check advisories; \
		else echo 'deny: the advisory database cannot be reached: advisories are NOT checked' >&2; fi

# Compiled once, which takes minutes; unoptimized in half of them, and fast enough.
$(DENY)/bin/cargo-deny:
	$(CARGO) install --locked --debug --root $(DENY) cargo-deny@$(DENY_VERSION)

# Cargo names both after the package; what programs look for stands in the library itself.
windows:
	scripts/windows-toolchain.sh install
	scripts/windows-toolchain.sh cargo $(wordlist 2,99,$(SHIPPED))
	cp $(WINDOWS)/meetbridge.dll $(WINDOWS)/nmeetbridge.dll
	cp $(WINDOWS)/libmeetbridge.dll.a $(WINDOWS)/libnmeetbridge.dll.a
	scripts/check-windows-library.sh $(WINDOWS)/nmeetbridge.dll include/abi/0.txt

test-windows: packages-test windows
	scripts/windows-toolchain.sh install-wine
	MEETBRIDGE_WINDOWS=$(abspath $(WINDOWS))/nmeetbridge.dll \
		$(CARGO) test --workspace --all-features --test process

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings

header:
	MEETBRIDGE_BLESS=1 $(CARGO) test --quiet --test header

packages-demo:
	@scripts/install-packages.sh gcc:gcc /usr/include/stdio.h:libc6-dev curl:curl

packages-test:
	@scripts/install-packages.sh gcc:gcc g++:g++ /usr/include/stdio.h:libc6-dev nm:binutils \
		valgrind:valgrind /usr/share/doc/libc6-dbg:libc6-dbg chromium:chromium chromedriver:chromium-driver \
		/usr/lib/*/libssl.so.3:libssl3 /usr/lib/*/libsqlite3.so.0:libsqlite3-0 \
		/usr/share/i18n/locales/tr_TR:locales \
		/usr/lib/postgresql/*/bin/initdb:postgresql javac:openjdk-17-jdk-headless mvn:maven \
		/usr/share/fonts/truetype/motoya-l-cedar/*:fonts-motoya-l-cedar
	@scripts/install-prism.sh $(TARGET)/prism-5.14.2

packages-fuzz:
	@scripts/install-packages.sh gcc:gcc g++:g++ /usr/include/stdio.h:libc6-dev python3:python3

packages-bench:
	@scripts/install-packages.sh gcc:gcc strip:binutils taskset:util-linux valgrind:valgrind \
		/usr/include/openssl/ssl.h:libssl-dev /usr/include/*/curl/curl.h:libcurl4-openssl-dev \
		/usr/lib/python3/dist-packages/requests_oauthlib:python3-requests-oauthlib

packages-dist:
	@scripts/install-packages.sh gcc:gcc objdump:binutils pkg-config:pkgconf zip:zip unzip:unzip jq:jq \
		/usr/share/doc/python3-venv:python3-venv javac:openjdk-17-jdk-headless mvn:maven
	@packaging/install-tools.sh $(TARGET)/tools/python

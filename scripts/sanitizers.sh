#!/bin/sh
# The checkers of memory, in full: sanitizers.sh FOLDER. What each of them shows: docs/testing.md.
set -eu

mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')

echo 'AddressSanitizer and LeakSanitizer, in the library and in the C harnesses; valgrind'
# An unstable option, of the compiler that builds everything else. With a target, so that it is not
# for what runs while building.
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
    cargo build --quiet --lib --target "$host" --target-dir "$folder/address"
MEETBRIDGE_SANITIZERS=full MEETBRIDGE_ADDRESS_LIBRARY=$folder/address/$host/debug/libmeetbridge.so \
    cargo test --workspace --all-features --test c_harness

# The scenarios are left out: some of their calls take longer so than a call may.
echo 'valgrind over the tests of the LotusScript door'
runner=CARGO_TARGET_$(echo "$host" | tr 'a-z-' 'A-Z_')_RUNNER
env "$runner=valgrind --quiet --error-exitcode=99 --suppressions=$PWD/tests/c/valgrind.supp" \
    cargo test --workspace --all-features --test lotusscript -- --skip every_scenario

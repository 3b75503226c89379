#!/bin/sh
# 64 threads in the library under ThreadSanitizer: thread-sanitizer.sh FOLDER
#
# The standard library must be built with the checker too: it would not see what passes through
# locks of one that was not. So this needs that library's source: the component rust-src of a
# toolchain, or RUST_SOURCE, its folder `library` of (nearly) the compiler's own version.
set -eu

mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/../fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')

has_source() { [ -e "$(rustc "+$1" --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ]; }
toolchain=${RUST_TOOLCHAIN:-nightly}
if [ -n "${RUST_SOURCE:-}" ]; then
    export __CARGO_TESTS_ONLY_SRC_ROOT="$RUST_SOURCE"
elif ! has_source "$toolchain" && ! rustup component add --toolchain "$toolchain" rust-src; then
    echo "not run: $toolchain has no rust-src; see scripts/thread-sanitizer.sh" >&2
    exit 1
fi
echo "ThreadSanitizer, by $(rustc "+$toolchain" --version)"
RUSTFLAGS=-Zsanitizer=thread cargo "+$toolchain" build --quiet --package meetbridge-threads \
    -Zbuild-std --target "$host" --target-dir "$folder"
program=$folder/$host/debug/meetbridge-threads
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 suppressions=$PWD/threads/suppressions.txt"

# First that it finds one.
if "$program" race >"$folder/race.log" 2>&1 || ! grep -q 'data race' "$folder/race.log"; then
    echo "ThreadSanitizer finds no race where there is one: $folder/race.log" >&2
    exit 1
fi
"$program" 64 4

#!/bin/sh
# Runs the fuzz targets one after another: fuzz.sh FOLDER MINUTES JOBS [TARGET...]
# FOLDER keeps what is built, the corpus of each target, and what was found (FOLDER/found), from
# where it goes to fuzz/regressions once it is understood.
set -eu

mkdir -p "$1"
folder=$(cd "$1" && pwd)
minutes=$2
jobs=$3
shift 3
cd "$(dirname "$0")/.."
# libFuzzer and the sanitizers are unstable options, of the compiler that builds everything else.
export RUSTC_BOOTSTRAP=1
export ASAN_OPTIONS=detect_odr_violation=0:detect_stack_use_after_return=1
tool=$folder/cargo-fuzz/bin/cargo-fuzz
if [ ! -x "$tool" ]; then
    cargo install --quiet --locked --version 0.13.2 --root "$folder/cargo-fuzz" cargo-fuzz
fi
"$tool" fuzz build --target-dir "$folder"
programs=$(dirname "$(find "$folder" -path '*/release/settings' -type f | head -n 1)")
mkdir -p "$folder/found"
python3 fuzz/seeds.py "$folder/corpus"

# In memory where there is a file system for it, and gone in the end.
memory=/dev/shm
[ -d "$memory" ] || memory=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$memory/meetbridge-fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

if [ $# -eq 0 ]; then
    for file in fuzz/fuzz_targets/*.rs; do
        set -- "$@" "$(basename "$file" .rs)"
    done
fi
# Input of more than 4 KB, a second of the processor's time (fuzz/src/oracle.rs), and memory beyond
# what any call needs.
limits="-max_len=4096 -timeout=60 -report_slow_units=60 -rss_limit_mb=2048 -malloc_limit_mb=64"

printf '%-12s %12s %9s %8s %9s %8s %6s\n' target executions 'per s' edges features corpus found
failed=0
for target; do
    corpus=$folder/corpus/$target
    mkdir -p "$corpus"
    before=$(find "$folder/found" -name "$target-*" | wc -l)
    pids=
    for job in $(seq "$jobs"); do
        # shellcheck disable=SC2086  # a list of options
        "$programs/$target" $limits -max_total_time=$((minutes * 60)) -print_final_stats=1 \
            -dict=fuzz/dictionary.txt -artifact_prefix="$folder/found/$target-" -reload=5 \
            "$corpus" "fuzz/seeds/$target" $(ls -d "fuzz/regressions/$target" 2>/dev/null) \
            >"$folder/$target-$job.log" 2>&1 &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || failed=1
    done
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$target"-*.log |
        awk '{ sum += $1 } END { print sum + 0 }')
    # What all of the corpus reaches, whoever found it.
    # shellcheck disable=SC2086
    last=$("$programs/$target" $limits -runs=0 "$corpus" "fuzz/seeds/$target" 2>&1 |
        grep -E 'INITED|DONE' | tail -n 1)
    after=$(find "$folder/found" -name "$target-*" | wc -l)
    printf '%-12s %12s %9s %8s %9s %8s %6s\n' "$target" "$executions" \
        "$((executions / (minutes * 60)))" \
        "$(echo "$last" | sed -n 's/.* cov: \([0-9]*\).*/\1/p')" \
        "$(echo "$last" | sed -n 's/.* ft: \([0-9]*\).*/\1/p')" \
        "$(find "$corpus" -type f | wc -l)" "$((after - before))"
done
if [ "$failed" -ne 0 ]; then
    echo "something was found: see $folder/found and the logs in $folder" >&2
    exit 1
fi

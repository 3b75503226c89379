#!/bin/sh
# Looks at what `make dist` has made: test.sh DIST. Nothing is installed but into temporary folders.
set -eu
dist=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
running=
trap '[ -z "$running" ] || kill "$running"; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

fail() {
    echo "test-dist: $*" >&2
    exit 1
}

# equal WHAT FOUND WANTED
equal() {
    [ "$2" = "$3" ] || fail "$1: found '$2', wanted '$3'"
    echo "$1: $(echo "$2" | tr '\n' ' ')"
}

# check ARTIFACT NEEDED...: what a system of the age of RHEL 8 must have for it
check() {
    file=$1
    shift
    name=$(basename "$file")
    newest=$(objdump -T "$file" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    [ "$(printf '%s\n' "$newest" GLIBC_2.28 | sort -V | tail -n 1)" = GLIBC_2.28 ] ||
        fail "$name needs $newest"
    echo "$name needs $newest at most"
    needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort)
    equal "$name needs" "$needed" "$(printf '%s\n' "$@" | sort)"
    readelf -dW "$file" >"$scratch/dynamic"
    readelf -lW "$file" >"$scratch/segments"
    ! grep -q TEXTREL "$scratch/dynamic" || fail "$name has text relocations"
    grep -q 'BIND_NOW\|FLAGS.*NOW' "$scratch/dynamic" || fail "$name binds lazily"
    grep -q GNU_RELRO "$scratch/segments" || fail "$name has no RELRO"
    grep -q 'GNU_STACK.* RW ' "$scratch/segments" || fail "the stack is executable with $name"
    for folder in "$HOME" "$PWD" "${CARGO_HOME:-$HOME/.cargo}"; do
        ! grep -aqF "$folder/" "$file" || fail "$name names $folder, where it was built"
    done
}

library=$dist/linux-x86_64/libmeetbridge.so
check "$library" libc.so.6 libdl.so.2 libpthread.so.0 ld-linux-x86-64.so.2
check "$dist/linux-x86_64/meetbridge" libm.so.6 libc.so.6 libdl.so.2 libpthread.so.0 ld-linux-x86-64.so.2
major=$(sed -n 's/^version = "\([0-9]*\)\..*/\1/p' Cargo.toml | head -n 1)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
equal soname "$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')" libmeetbridge.so
nm -D --defined-only --format=posix "$library" | cut -d ' ' -f 1 | sort >"$scratch/exported"
{
    grep -o '\bmeetbridge_[a-z_]*(' include/meetbridge.h | tr -d '('
    grep -o '^Java_org_meetbridge_Native_[A-Za-z]*' "include/abi/$major.txt"
} | sort -u >"$scratch/declared"
cmp "$scratch/exported" "$scratch/declared" || fail 'the library exports something else than is declared'

# Both archives are whole, and of the same files.
(cd "$dist" && sha256sum --check --quiet "meetbridge-$version.sha256")
tar -xzf "$dist/meetbridge-$version.tar.gz" -C "$scratch"
package=$scratch/meetbridge-$version
(cd "$package" && sha256sum --check --quiet SHA256SUMS)
mkdir "$scratch/zip"
unzip -q "$dist/meetbridge-$version.zip" -d "$scratch/zip"
diff -r "$package" "$scratch/zip/meetbridge-$version"
[ -x "$scratch/zip/meetbridge-$version/install.sh" ] || fail 'the zip lost the rights'

# Whatever a bill names has its licence, and a hash where it was published as one file.
for bill in "$package"/*/*.cdx.json; do
    count=$(jq '.components | length' "$bill")
    [ "$count" -gt 50 ] || fail "$bill names $count components"
    jq -r '.components[] | .name + " " + (.version // "(parts)") + ": "' "$bill" >"$scratch/names"
    while read -r component; do
        grep -qF "$component" "$package/THIRD-PARTY-LICENSES.txt" || fail "no licence of $component"
    done <"$scratch/names"
    jq -e 'all(.components[] | select(.purl | startswith("pkg:cargo/")); .hashes[0].content and .licenses[0])' \
        "$bill" >/dev/null || fail "$bill: a crate without hash or licence"
    jq -e '[.components[].name] | contains(["sqlite", "ring", "boringssl", "rust-std"])' "$bill" >/dev/null ||
        fail "$bill: what is written in C is missing"
    echo "$(basename "$bill"): $count components"
done

. packaging/test-install.sh
echo 'test-dist: all of it is as it should be'

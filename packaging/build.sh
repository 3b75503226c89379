#!/bin/sh
# Makes the packages: build.sh OUTPUT TOOLS
# What was made before in OUTPUT is replaced. The same commit and the same versions of the tools give
# the same bytes, wherever the checkout is.
set -eu
cd "$(dirname "$0")/.."
out=$1 tools=$2
target=${CARGO_TARGET_DIR:-target}
linux=x86_64-unknown-linux-gnu windows=x86_64-pc-windows-gnu
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=meetbridge-$version

if [ -n "$(git status --porcelain)" ]; then
    echo 'dist: there are changes without a commit, and packages are those of a commit' >&2
    exit 1
fi

export PATH="$PWD/$tools/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 TZ=UTC LC_ALL=C
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022

fill() {
    sed -e "s/@VERSION@/$version/g" "$1" >"$2"
}

rm -rf "$out"
mkdir -p "$out/linux-x86_64" "$out/java"

# 2.28 is the glibc of RHEL 8. Messages of panics name no folder of this machine.
home=${CARGO_HOME:-$HOME/.cargo}
flags="--remap-path-prefix=$home=/cargo --remap-path-prefix=$PWD=/meetbridge"
zigbuild() {
    RUSTFLAGS=$flags cargo-zigbuild rustc --locked --release --package meetbridge --target $linux.2.28 "$@"
}
zigbuild --lib --crate-type cdylib
cp "$target/$linux/release/libmeetbridge.so" "$out/linux-x86_64/"
# Apart, as it makes a library of its own, with more features, under the same name. Nobody waits for
# its code, so that optimizing across crates would only be minutes of linking.
(
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    zigbuild --target-dir "$target/command" --features cli --bin meetbridge
)
cp "$target/command/$linux/release/meetbridge" "$out/linux-x86_64/"
fill packaging/meetbridge.pc.in "$out/linux-x86_64/meetbridge.pc"
platforms=$linux

if scripts/windows-toolchain.sh has-compilers; then
    "${MAKE:-make}" windows
    mkdir "$out/windows-x86_64"
    for file in nmeetbridge.dll libnmeetbridge.dll.a; do
        cp "$target/$windows/release/$file" "$out/windows-x86_64/"
    done
    platforms="$platforms $windows"
else
    echo 'dist: the packages are without Windows: the compilers of `make windows` are not here' >&2
fi

mvn --batch-mode -Dstyle.color=never --no-transfer-progress --quiet --file bindings/java/pom.xml package \
    -Dmaven.test.skip=true -Dproject.build.outputTimestamp="$SOURCE_DATE_EPOCH"
cp "$target/java/meetbridge/$name.jar" "$out/java/meetbridge.jar"

# All that people read and import, under the paths that their links have.
git ls-files -z -- CHANGELOG.md LICENSE README.md README.ja.md bindings docs include samples |
    xargs -0 cp --parents --target-directory="$out"
fill packaging/install.sh "$out/install.sh"
chmod 755 "$out/install.sh"

# What each artifact consists of, and under which licences.
bill() {
    [ ! -e "$out/$1" ] || python3 packaging/sbom.py "$out/$1" "$2" "$out/$1.cdx.json" $3
}
bill linux-x86_64/libmeetbridge.so $linux ''
bill linux-x86_64/meetbridge $linux cli
bill windows-x86_64/nmeetbridge.dll $windows ''
# shellcheck disable=SC2086  # a list of names
python3 packaging/licences.py "$out/THIRD-PARTY-LICENSES.txt" $platforms

# Everything at one time, in one order, of nobody: so the archives are the same each time.
(cd "$out" && find . -type f ! -name SHA256SUMS | sort | sed 's,^\./,,' | xargs sha256sum >SHA256SUMS)
find "$out" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
whole=$(mktemp -d "$target/dist.XXXXXX")
trap 'rm -rf "$whole"' EXIT
mv "$out" "$whole/$name"
(
    cd "$whole"
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --format=ustar "$name" |
        gzip -9 --no-name >"$name.tar.gz"
    find "$name" | sort | zip --quiet -X -9 "$name.zip" -@
    sha256sum "$name.tar.gz" "$name.zip" >"$name.sha256"
)
mv "$whole/$name" "$out"
mv "$whole/$name".* "$out/"
echo "dist: $out/$name.tar.gz, $out/$name.zip"

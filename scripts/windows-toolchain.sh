#!/bin/sh
# Builds for 64-bit Windows on Debian, and runs what was built under Wine:
#
#   windows-toolchain.sh install            the compilers, and Rust's standard library for Windows
#   windows-toolchain.sh install-wine       the same, Wine, and a folder for it to run in
#   windows-toolchain.sh has-compilers      whether `install` would have nothing to install
#   windows-toolchain.sh ready              whether `install-wine` would have nothing to install
#   windows-toolchain.sh cargo ARGUMENT...  Cargo, for x86_64-pc-windows-gnu
#   windows-toolchain.sh wine PROGRAM ARGUMENT...
#
# Debian has Rust's standard library for Windows as source alone. It is built once for each version
# of the compiler, into a cache that all checkouts share: MEETBRIDGE_TOOLS, by default
# ~/.cache/meetbridge. Debian's compiler is named by its path, so that one of rustup's that comes
# earlier in PATH stays what it is for everything else.
set -eu

target=x86_64-pc-windows-gnu
gcc=x86_64-w64-mingw32-gcc-win32
wine=/usr/lib/wine/wine64
tools=${MEETBRIDGE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/meetbridge}
scripts=$(cd "$(dirname "$0")" && pwd)
compilers='/usr/bin/rustc:rustc-web /usr/bin/cargo:cargo-web
    /usr/src/rustc-*/library/std:rust-web-src
    x86_64-w64-mingw32-gcc-win32:gcc-mingw-w64-x86-64-win32'

# What is built depends on both compilers, and so has both in its name.
standard_library() {
    rust=$(/usr/bin/rustc --version | cut -d ' ' -f 2)
    echo "$tools/std-$rust-gcc-$($gcc -dumpversion)"
}

has_compilers() {
    for file in /usr/bin/rustc /usr/bin/cargo /usr/src/rustc-*/library/std /usr/bin/$gcc; do
        test -e "$file" || return 1
    done
}

export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc
export CC_x86_64_pc_windows_gnu=$gcc AR_x86_64_pc_windows_gnu=x86_64-w64-mingw32-ar
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=$gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$scripts/windows-toolchain.sh wine"

build_standard_library() {
    into=$(standard_library)/lib/rustlib/$target/lib
    if [ -d "$into" ]; then
        return
    fi
    echo "building Rust's standard library for Windows into $into"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/src"
    echo '#![no_std]' >"$work/src/lib.rs"
    printf '[package]\nname = "empty"\nedition = "2024"\n' >"$work/Cargo.toml"
    # `-Z` is for compilers that are told to be unstable ones. Bitcode is for LTO.
    (cd "$work" && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$work/target \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS=-Cembed-bitcode=yes \
        /usr/bin/cargo build --quiet --release --target $target -Zbuild-std=std,panic_unwind,test)
    mkdir -p "$into.$$"
    cp "$work"/target/$target/release/deps/lib*.rlib "$into.$$"
    # In one step, and not where another run was faster: its copy is as good.
    mv -T "$into.$$" "$into" 2>/dev/null || rm -rf "$into.$$"
}

# Wine 8 lacks the library from which Rust's standard library has its random numbers. What stands in
# for it here serves tests, and never leaves this folder.
make_prefix() {
    if [ -d "$tools/wine" ]; then
        return
    fi
    echo "making a folder for Wine in $tools/wine"
    mkdir -p "$tools"
    new=$tools/wine.$$
    (WINEPREFIX=$new run_wine wineboot -i)
    $gcc -shared -s -o "$new/drive_c/windows/system32/bcryptprimitives.dll" \
        "$scripts/wine-bcryptprimitives.c" -ladvapi32
    # Waits until it has written its registry.
    WINEPREFIX=$new "${wine%/*}/wineserver64" -w
    mv -T "$new" "$tools/wine" 2>/dev/null || rm -rf "$new"
}

run_wine() {
    export WINEPREFIX="${WINEPREFIX:-$tools/wine}" WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}"
    # Neither .NET nor HTML: else it asks whether to install them.
    export WINEDLLOVERRIDES='mscoree,mshtml=d'
    # In the place of this shell, so that who ends it ends the program.
    exec "$wine" "$@"
}

case $1 in
install | install-wine)
    # shellcheck disable=SC2086  # a list
    "$scripts/install-packages.sh" $compilers
    build_standard_library
    if [ "$1" = install-wine ]; then
        "$scripts/install-packages.sh" $wine:wine64
        make_prefix
    fi
    ;;
has-compilers)
    has_compilers
    ;;
ready)
    has_compilers && test -e $wine
    ;;
cargo)
    shift
    # The time of linking, and the folders of this machine, would make each build another one.
    export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="--sysroot=$(standard_library) \
-Clink-arg=-Wl,--no-insert-timestamp --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo \
--remap-path-prefix=$(cd "$scripts/.." && pwd)=/meetbridge"
    command=$1
    shift
    exec /usr/bin/cargo "$command" --target $target "$@"
    ;;
wine)
    shift
    run_wine "$@"
    ;;
*)
    echo "$0: no $1" >&2
    exit 2
    ;;
esac

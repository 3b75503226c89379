#!/bin/sh
# Installs Meetbridge from this folder, replaces an older version, or takes it away again.
set -eu

usage() {
    cat <<'USAGE'
install.sh [--prefix DIR] [--owner USER[:GROUP]] [--dry-run] [--uninstall]
install.sh --domino PROGRAM_DIR [the same options]

  --prefix DIR     where to: lib, bin, include and share below it (default /usr/local)
  --domino DIR     for a Domino server with this program directory: all files in one folder, the
                   prefix (default /opt/meetbridge), and a link to the library in DIR
  --owner OWNER    who owns what is made new; otherwise who runs this. A file that is replaced
                   keeps its owner and mode
  --dry-run        says what would be done, and does nothing
  --uninstall      removes what was installed with the same --prefix and --domino; settings, keys
                   and stores are elsewhere and stay

Processes that run keep the library that they have loaded. They take the new one when they are
restarted.
USAGE
}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

prefix='' domino='' owner='' is_dry='' is_removal=''
while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --domino | --owner)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value; see --help"
        case $1 in
        --prefix) prefix=$2 ;;
        --domino) domino=$2 ;;
        --owner) owner=$2 ;;
        esac
        shift
        ;;
    --dry-run) is_dry=1 ;;
    --uninstall) is_removal=1 ;;
    -h | --help) usage && exit ;;
    *) fail "$1 is not known; see --help" ;;
    esac
    shift
done
if [ -z "$prefix" ]; then
    if [ -n "$domino" ]; then prefix=/opt/meetbridge; else prefix=/usr/local; fi
fi
for folder in "$prefix" "${domino:-/}"; do
    case $folder in
    /*) ;;
    *) fail "$folder is not a path from the root" ;;
    esac
done
[ -z "$domino" ] || [ -d "$domino" ] || fail "$domino is not there"

# Who has a CDPATH gets what cd prints, too.
here=$(CDPATH= cd -- "$(dirname "$0")" && pwd)

# What goes where: calls `$1 MODE SOURCE TARGET` for files and `$1 link TEXT TARGET` for links. The
# library comes last of the files, so that whoever finds it finds all else.
each() {
    if [ -n "$domino" ]; then
        lib=$prefix bin=$prefix jar=$prefix script=$prefix doc=$prefix/doc
    else
        lib=$prefix/lib bin=$prefix/bin jar=$prefix/share/java
        script=$prefix/share/meetbridge doc=$prefix/share/doc/meetbridge
        "$1" 644 include/meetbridge.h "$prefix/include/meetbridge.h"
        "$1" 644 linux-x86_64/meetbridge.pc "$lib/pkgconfig/meetbridge.pc"
    fi
    for file in LICENSE THIRD-PARTY-LICENSES.txt CHANGELOG.md; do
        "$1" 644 "$file" "$doc/$file"
    done
    for file in libmeetbridge.so.cdx.json meetbridge.cdx.json; do
        "$1" 644 "linux-x86_64/$file" "$doc/$file"
    done
    "$1" 644 bindings/lotusscript/MeetBridge.lss "$script/MeetBridge.lss"
    "$1" 644 java/meetbridge.jar "$jar/meetbridge.jar"
    "$1" 755 linux-x86_64/meetbridge "$bin/meetbridge"
    "$1" 755 linux-x86_64/libmeetbridge.so "$lib/libmeetbridge.so"
    if [ -n "$domino" ]; then
        "$1" link "$lib/libmeetbridge.so" "$domino/libmeetbridge.so"
    fi
}

# The folders that are ours alone, which go when they are empty.
own_folders() {
    if [ -n "$domino" ]; then
        printf '%s\n' "$prefix/doc" "$prefix"
    else
        printf '%s\n' "$prefix/share/doc/meetbridge" "$prefix/share/meetbridge"
    fi
}

say() {
    if [ -n "$is_dry" ]; then echo "would $*"; else echo "$*"; fi
}

# As root, or where it changes nothing, `chown` works; else it says why not.
give() {
    [ -z "$1" ] || chown -h "$1" "$2"
}

make_folder() {
    [ ! -d "$1" ] || return 0
    make_folder "$(dirname "$1")"
    mkdir "$1"
    chmod 755 "$1"
    give "$owner" "$1"
}

# Where a file waits until all are there. The folder is nobody else's: in that of a server's user, whom
# root need not trust, he could put a link of the same name in our way.
waiting() {
    echo "$stage/$(echo "$1" | tr / _)"
}

is_file() {
    [ -f "$1" ] && [ ! -h "$1" ]
}

prepare() {
    mode=$1 source=$2 target=$3
    [ ! -d "$target" ] || fail "$target is a folder"
    make_folder "$(dirname "$target")"
    new=./$(basename "$(waiting "$target")")
    if [ "$mode" = link ]; then
        ln -s "$source" "$new"
        give "$owner" "$new"
        return
    fi
    keeper=$owner
    # Of a link's target nothing is kept, and never a right to act as its owner.
    if is_file "$target"; then
        keeper=$(stat -c %u:%g "$target")
        mode=$(printf %o "$((0$(stat -c %a "$target") & 0777))")
    fi
    cp "$here/$source" "$new"
    [ "$(stat -c %u:%g "$new")" = "$keeper" ] || give "$keeper" "$new"
    # After the change of owner, which takes some bits away.
    chmod "$mode" "$new"
}

# A new file takes the name: who has loaded the old one keeps it, and no moment is without any.
rename() {
    mv -f -T "$(waiting "$3")" "$3"
}

tell_install() {
    if [ "$1" = link ]; then
        echo "would link $3 to $2"
    elif is_file "$3"; then
        echo "would replace $3, keeping owner $(stat -c %U:%G "$3") and mode $(stat -c %a "$3")"
    else
        echo "would install $3, mode $1${owner:+, owner $owner}"
    fi
}

remove() {
    if [ "$1" = link ] && [ "$(readlink "$3")" != "$2" ]; then
        return 0
    fi
    if [ -e "$3" ] || [ -h "$3" ]; then
        say remove "$3"
        [ -n "$is_dry" ] || rm -f "$3"
    fi
}

if [ -n "$is_removal" ]; then
    each remove
    [ -n "$is_dry" ] || own_folders | while read -r folder; do
        rmdir "$folder" 2>/dev/null || true
    done
    exit
fi

[ "$(uname -sm)" = 'Linux x86_64' ] || fail "this is for Linux on x86_64, not for $(uname -sm)"
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
case $glibc in
'') fail "this system has no glibc, which the library needs" ;;
[01].* | 2.[0-9] | 2.1[0-9] | 2.2[0-7]) fail "this system has glibc $glibc; 2.28 or newer is needed" ;;
esac
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || fail "this package is not whole; get it again"

if [ -n "$is_dry" ]; then
    each tell_install
    exit
fi
make_folder "$prefix"
stage=$(mktemp -d "$prefix/.meetbridge.XXXXXX")
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT TERM HUP
# From within, so that what is done here is done in this folder, whatever becomes of its name.
cd "$stage"
[ "$(stat -c %u:%a .)" = "$(id -u):700" ] || fail "$stage is not ours"
each prepare
cd /
each rename
echo "Meetbridge @VERSION@ is installed: $lib/libmeetbridge.so"
echo "Processes that have an older one loaded take this one when they are restarted."

#!/bin/sh
# Fetches OpenSSL 1.1, which Debian 12 does not have any more, from Debian 11 into a folder:
# fetch-openssl-1.1.sh FOLDER. Nothing is installed.
set -eu

folder=$1
if [ -e "$folder/libssl.so.1.1" ]; then
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/lists/partial" "$work/cache/archives/partial"
echo 'deb http://deb.debian.org/debian bullseye main' >"$work/sources.list"
apt() {
    apt-get --quiet=2 -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
apt update
(cd "$work" && apt download libssl1.1)
dpkg-deb --extract "$work"/libssl1.1_*.deb "$work/root"
cp "$work"/root/usr/lib/*/lib*.so.1.1 "$folder"

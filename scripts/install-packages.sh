#!/bin/sh
# Sees to it that commands and files are there: install-packages.sh COMMAND_OR_PATH:PACKAGE...
# As root on a Debian system it installs the packages that are missing; elsewhere it names them.
set -eu

missing=
for pair in "$@"; do
    case $pair in
    /*)
        # A pattern stands for the first file that it finds.
        # shellcheck disable=SC2086
        for file in ${pair%%:*}; do break; done
        test -e "$file"
        ;;
    *) command -v "${pair%%:*}" >/dev/null ;;
    esac || missing="$missing ${pair#*:}"
done
if [ -z "$missing" ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing:$missing (Debian package names); install them, or run this as root on Debian" >&2
    exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
# shellcheck disable=SC2086  # a list of names
apt-get install --quiet=2 --yes --no-install-recommends $missing >/dev/null

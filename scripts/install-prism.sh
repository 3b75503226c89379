#!/bin/sh
# Installs prism, the proxy of tests/conformance.rs: install-prism.sh FOLDER-VERSION.
# Where there is no npm, or none of the files that the proxy is for, it does nothing; that test says
# then that it is skipped.
set -eu

folder=$1
version=${folder##*-}
# Nothing younger among what prism itself needs, so that every installation is the same.
before=2026-08-31

specs=${MEETBRIDGE_SPECS:-$(dirname "$0")/../../shared/specs}
if [ -e "$folder" ] || [ ! -d "$specs" ] || ! command -v npm >/dev/null; then
    exit 0
fi
echo "installing: prism $version (npm)"
mkdir -p "$(dirname "$folder")"
own=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$own"' EXIT
chmod 755 "$own"
if ! npm install --prefix "$own" --silent --no-audit --no-fund --ignore-scripts --fetch-retries 1 \
    --before "$before" "@stoplight/prism-cli@$version"; then
    echo "prism could not be installed; tests/conformance.rs is skipped" >&2
    exit 0
fi
# In one step, and not where another run was faster: its copy is as good.
mv -T "$own" "$folder" 2>/dev/null || test -e "$folder"

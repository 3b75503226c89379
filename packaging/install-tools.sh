#!/bin/sh
# Installs what `make dist` takes from PyPI: install-tools.sh FOLDER. Once for each list of versions.
set -eu

folder=$1
wanted=$(dirname "$0")/requirements.txt
if cmp -s "$wanted" "$folder/installed"; then
    exit 0
fi
echo "installing: Zig, cargo-zigbuild and CycloneDX (PyPI)"
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
cp "$wanted" "$folder/installed"

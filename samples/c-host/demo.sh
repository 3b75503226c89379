#!/bin/sh
# Runs the C host against the sandbox: demo.sh LIBRARY_FOLDER SANDBOX_COMMAND
#
# This script is the person who consents; with BROWSER=1 it waits for a real one.
set -eu

library=$(cd "$1" && pwd)
sandbox=$2
port=${CALLBACK_PORT:-8931}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$(mktemp -d)
sandbox_pid=

clean() {
    if [ -n "$sandbox_pid" ]; then
        kill "$sandbox_pid" 2>/dev/null || true
        wait "$sandbox_pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT TERM

"$sandbox" --port 0 --ready-file "$folder/ready" >"$folder/sandbox.log" &
sandbox_pid=$!
while [ ! -s "$folder/ready" ]; do
    kill -0 "$sandbox_pid" 2>/dev/null || { cat "$folder/sandbox.log"; exit 1; }
    sleep 0.1
done
base=$(sed -n 's/.*\(http:[^ ]*\).*/\1/p' "$folder/sandbox.log" | head -n 1)

cat >"$folder/settings.json" <<SETTINGS
{
  "apps": [
    { "provider": "zoom", "client_id": "sandbox-zoom", "client_secret": "sandbox-zoom-secret",
      "redirect_urls": ["http://127.0.0.1:$port/callback"],
      "authorization_url": "$base/zoom/oauth/authorize", "token_url": "$base/zoom/oauth/token",
      "revoke_url": "$base/zoom/oauth/revoke", "api_url": "$base/zoom/v2" },
    { "provider": "webex", "client_id": "sandbox-webex", "client_secret": "sandbox-webex-secret",
      "redirect_urls": ["http://127.0.0.1:$port/callback"],
      "authorization_url": "$base/webex/v1/authorize",
      "token_url": "$base/webex/v1/access_token", "api_url": "$base/webex/v1" }
  ],
  "store": { "sqlite": "$folder/meetbridge.db" },
  "key": { "file": "$folder/meetbridge.key" }
}
SETTINGS

gcc -std=c99 -Wall -Wextra -o "$folder/c-host" "$here/main.c" \
    -I"$root/include" -L"$library" -lmeetbridge -Wl,-rpath,"$library"

"$folder/c-host" "$folder/settings.json" anna@example.com "$port" >"$folder/output" &
host_pid=$!

# Prints what the host prints and, unless a person does it, consents to every address in it.
shown=0
follow() {
    total=$(wc -l <"$folder/output")
    while [ "$shown" -lt "$total" ]; do
        shown=$((shown + 1))
        line=$(sed -n "${shown}p" "$folder/output")
        printf '%s\n' "$line"
        case $line in
        "$base"/*authorize*)
            [ "${BROWSER:-}" = 1 ] || consent "$line"
            ;;
        esac
    done
}

# The browser's part: opens the consent page's decision and follows it to the host.
consent() {
    location=$(curl --silent --show-error --fail "$base/_sandbox/consent" \
        --header 'Content-Type: application/json' \
        --data "{\"authorization_url\": \"$1\", \"user\": \"anna@example.com\", \"decision\": \"allow\"}" |
        sed -n 's/.*"location": *"\([^"]*\)".*/\1/p')
    curl --silent --show-error --fail --output /dev/null "$location"
}

while kill -0 "$host_pid" 2>/dev/null; do
    follow
    sleep 0.1
done
follow
wait "$host_pid"

# The links are real: the sandbox serves them.
grep 'join link' "$folder/output" | sed 's/.*: //' | while read -r link; do
    curl --silent --show-error --fail --output /dev/null "$link"
    echo "served: $link"
done

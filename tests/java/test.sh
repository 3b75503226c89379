#!/bin/sh
# Builds and tests all that is Java: test.sh FOLDER_OF_LIBRARY_AND_SANDBOX [maven's options...]
# First on the JVM of the JDK, then on another that is installed.
set -eu
cd "$(dirname "$0")/../.."
built=$(cd "$1" && pwd)
shift

run() {
    mvn --batch-mode --no-transfer-progress --file tests/java/pom.xml verify \
        -Dmeetbridge.library="$built/libmeetbridge.so" \
        -Dmeetbridge.sandbox="$built/meetbridge-sandbox" "$@"
}

version() {
    "$1" -version 2>&1 | sed -n '2p'
}

JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
export JAVA_HOME
first=$(readlink -f "$JAVA_HOME/bin/java")
second=
for java in /usr/lib/jvm/*/bin/java; do
    java=$(readlink -f "$java")
    if [ -x "$java" ] && [ "$java" != "$first" ]; then
        second=$java
        break
    fi
done

run "$@"
echo "Java tests passed on: $(version "$first")"
if [ -n "$second" ]; then
    run -Djvm="$second" "$@"
    echo "Java tests passed on a second JVM: $(version "$second")"
else
    echo "Java tests ran on one JVM: there is no other under /usr/lib/jvm"
fi

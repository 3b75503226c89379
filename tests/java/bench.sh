#!/bin/sh
# What a call costs through the Java door and through the C door: bench.sh TARGET
# Needs the library as a release, and the sandbox.
set -eu
cd "$(dirname "$0")/../.."
target=$(cd "$1" && pwd)
mvn --batch-mode --no-transfer-progress --quiet --file tests/java/pom.xml \
    --projects ../../bindings/java test-compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile="$PWD/target/java/classpath" -Dmdep.includeScope=test
classes=target/java/meetbridge
exec java -cp "$classes/classes:$classes/test-classes:$(cat target/java/classpath)" \
    -Dmeetbridge.library="$target/release/libmeetbridge.so" \
    -Dmeetbridge.sandbox="$target/debug/meetbridge-sandbox" \
    -Dmeetbridge.root="$PWD" org.meetbridge.Bench

#!/bin/sh
# What a call costs through the Java door and through the C door: bench.sh LIBRARY SANDBOX
# Needs the library as a release, and the sandbox's program.
set -eu
library=$(realpath "$1")
sandbox=$(realpath "$2")
cd "$(dirname "$0")/../.."
mvn --batch-mode --no-transfer-progress --quiet --file tests/java/pom.xml \
    --projects ../../bindings/java test-compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath \
    -Dmdep.outputFile="$PWD/target/java/classpath" -Dmdep.includeScope=test
classes=target/java/meetbridge
exec java -cp "$classes/classes:$classes/test-classes:$(cat target/java/classpath)" \
    -Dmeetbridge.library="$library" -Dmeetbridge.sandbox="$sandbox" \
    -Dmeetbridge.root="$PWD" org.meetbridge.Bench

#!/usr/bin/env bash
# build.sh IMAGE   builds a Kafka image with the interface of the public apache/kafka one, from Debian packages and Maven jars
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# java.desktop is for java.beans, which log4j needs; jdk.crypto.ec for TLS; java.security.* and jdk.security.auth for SASL.
modules=java.desktop,java.management,java.naming,java.net.http,java.security.jgss,java.security.sasl,java.sql,\
jdk.crypto.ec,jdk.security.auth,jdk.unsupported,jdk.zipfs

# The jlink of a JDK 17 or 21, on the PATH or among Debian's alternatives.
find_jlink() {
    local candidate
    for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/jlink}" $(command -v jlink) $(update-alternatives --list jlink 2>/dev/null); do
        if [[ -x $candidate && $("$candidate" --version) =~ ^(17|21)\. ]]; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

base=$("$here/../docker/debian.sh")
jlink=$(find_jlink) || { "$here/../debian/install.sh" jlink-17=openjdk-17-jdk-headless; jlink=$(find_jlink); }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/image" "$work/context"
"$here/jars.sh" "$work/context/libs"
echo "making a Java runtime for the broker" >&2
"$jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --compress=2 --output "$work/context/java"
echo "building $1" >&2
if ! docker build --build-arg BASE_IMAGE="$base" --tag "$1" "$work/context" >"$work/log" 2>&1 </dev/null; then
    tail -20 "$work/log" >&2
    exit 1
fi

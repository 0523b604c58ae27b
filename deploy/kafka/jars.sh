#!/usr/bin/env bash
# jars.sh DIRECTORY   puts Kafka's jars there, once, from wherever this machine's Maven gets its artifacts
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)
stamp=$directory/.complete

if [[ $stamp -nt $here/pom.xml ]]; then exit 0; fi
"$here/../debian/install.sh" java=openjdk-17-jre-headless mvn=maven
echo "fetching the jars of Kafka $("$here/version.sh")" >&2
rm -f "$directory"/*.jar
if ! said=$(mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$directory" </dev/null 2>&1); then
    tail -20 <<<"$said" >&2
    exit 1
fi
touch "$stamp"

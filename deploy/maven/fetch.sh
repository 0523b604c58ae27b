#!/usr/bin/env bash
# fetch.sh WHAT POM DIRECTORY GOAL [OPTION...]   fills the directory once; Maven gets the artifacts as this machine does
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
what=$1 pom=$2
mkdir -p "$3"
directory=$(cd "$3" && pwd)
shift 3
stamp=$directory/.complete

if [[ $stamp -nt $pom ]]; then exit 0; fi
"$here/../debian/install.sh" java=openjdk-17-jre-headless mvn=maven
echo "fetching $what" >&2
rm -rf "$directory"/*.jar "$directory/.markers"
if ! said=$(mvn --quiet --batch-mode --file "$pom" "$@" -DoutputDirectory="$directory" \
    -DmarkersDirectory="$directory/.markers" </dev/null 2>&1); then
    tail -20 <<<"$said" >&2
    exit 1
fi
touch "$stamp"

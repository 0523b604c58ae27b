#!/usr/bin/env bash
# obtain.sh DIRECTORY   puts Apicurio Registry there, once, from wherever this machine's Maven gets its artifacts (140 MB)
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)
stamp=$directory/.complete

if [[ $stamp -nt $here/pom.xml ]]; then exit 0; fi
"$here/../debian/install.sh" java=openjdk-17-jre-headless mvn=maven
echo "fetching Apicurio Registry" >&2
if ! said=$(mvn --quiet --batch-mode --file "$here/pom.xml" dependency:unpack-dependencies \
    -DoutputDirectory="$directory" -DmarkersDirectory="$directory/.markers" </dev/null 2>&1); then
    tail -20 <<<"$said" >&2
    exit 1
fi
touch "$stamp"

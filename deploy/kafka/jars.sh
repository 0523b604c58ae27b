#!/usr/bin/env bash
# jars.sh DIRECTORY   puts Kafka's jars there, once
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../maven/fetch.sh" "the jars of Kafka $("$here/version.sh")" "$here/pom.xml" "$1" \
    dependency:copy-dependencies -DincludeScope=runtime

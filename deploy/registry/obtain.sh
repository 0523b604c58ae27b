#!/usr/bin/env bash
# obtain.sh DIRECTORY   puts Apicurio Registry there, once (140 MB)
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../maven/fetch.sh" "Apicurio Registry" "$here/pom.xml" "$1" dependency:unpack-dependencies

#!/usr/bin/env bash
# version.sh   prints the version of Kafka that pom.xml names
set -o nounset -o errexit -o pipefail

sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$(dirname "${BASH_SOURCE[0]}")/pom.xml"

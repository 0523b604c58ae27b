#!/usr/bin/env bash
# image.sh   prints the name of a Kafka image that is here: KAFKA_IMAGE if set, else the public one, else one built here
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [[ -n ${KAFKA_IMAGE-} ]]; then
    if ! docker image inspect "$KAFKA_IMAGE" >/dev/null 2>&1 && ! timeout 900 docker pull --quiet "$KAFKA_IMAGE" >&2; then
        echo "KAFKA_IMAGE=$KAFKA_IMAGE is not here and cannot be pulled: unset it, or name an image that is here" >&2
        exit 1
    fi
    echo "$KAFKA_IMAGE"
    exit
fi
version=$("$here/version.sh")
# A changed recipe is another image.
recipe=$(cat "$here"/{build.sh,pom.xml,image/*} | sha256sum | cut -c1-8)
"$here/../docker/obtain.sh" "apache/kafka:$version" "streamgauge-local/kafka:$version-$recipe" "$here/build.sh"

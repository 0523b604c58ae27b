#!/usr/bin/env bash
# image.sh         prints the name of a Prometheus image that is here: PROMETHEUS_IMAGE if set, else the public one, else one
#                  built here from Debian's package
# image.sh IMAGE   builds the latter
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if (($# == 0)); then
    if [[ -n ${PROMETHEUS_IMAGE-} ]]; then
        echo "$PROMETHEUS_IMAGE"
        exit
    fi
    exec "$here/../docker/obtain.sh" prom/prometheus:v3.5.0 streamgauge-local/prometheus:bookworm "$0"
fi
base=$("$here/../docker/debian.sh")
docker build --quiet --build-arg BASE_IMAGE="$base" --tag "$1" - <"$here/Dockerfile" >&2

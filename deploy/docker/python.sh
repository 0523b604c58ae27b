#!/usr/bin/env bash
# python.sh         prints the name of an image with Python 3.11 that is here: the public one, else one built here
# python.sh IMAGE   builds the latter
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if (($# == 0)); then
    exec "$here/obtain.sh" python:3.11-slim-bookworm streamgauge-local/python:3.11 "$0"
fi
base=$("$here/debian.sh")
docker build --quiet --build-arg BASE_IMAGE="$base" --tag "$1" - <"$here/python.Dockerfile" >&2

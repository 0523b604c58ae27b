#!/usr/bin/env bash
# image.sh   builds the worker's image and prints its name
# Settings: WORKER_IMAGE (default streamgauge:dev), BASE_IMAGE (an image with Python 3.11), PIP_CERT (a bundle of authorities).
set -o nounset -o errexit -o pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
image=${WORKER_IMAGE:-streamgauge:dev}
base=${BASE_IMAGE:-$(deploy/docker/python.sh)}

# The Dockerfile needs BuildKit; a newer client without its buildx plugin cannot ask for it, Debian's older one can.
docker=docker
if ! docker buildx version >/dev/null 2>&1 && [[ -x /usr/bin/docker ]]; then docker=/usr/bin/docker; fi
DOCKER_BUILDKIT=1 "$docker" build --quiet --build-arg BASE_IMAGE="$base" --secret id=ca,src="${PIP_CERT:-/dev/null}" \
    --file deploy/worker/Dockerfile --tag "$image" . >&2
echo "$image"

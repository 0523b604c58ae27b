#!/usr/bin/env bash
# obtain.sh PUBLIC LOCAL BUILDER   makes sure that one of two images is here, and prints which
# PUBLIC is pulled when its registry answers; where none does, BUILDER (a command that takes the name) builds LOCAL.
set -o nounset -o errexit -o pipefail

public=$1 local=$2 builder=$3

for image in "$public" "$local"; do
    if docker image inspect "$image" >/dev/null 2>&1; then
        echo "$image"
        exit
    fi
done
# Asking for the manifest first tells in a moment whether there is a registry at all; a pull may take its time.
if timeout 20 docker manifest inspect "$public" >/dev/null 2>&1; then
    echo "pulling $public" >&2
    if timeout 900 docker pull --quiet "$public" >&2; then
        echo "$public"
        exit
    fi
fi
echo "$public cannot be pulled here: building $local" >&2
"$builder" "$local"
echo "$local"

#!/usr/bin/env bash
# wheel.sh DIRECTORY   builds the wheel with the pinned build tools of .venv, without a network, and prints its path
set -o nounset -o errexit -o pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
directory=$1

# Built from a copy: what an earlier build left in build/ must not get in.
sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
tar --create --exclude=__pycache__ --exclude='*.egg-info' \
    CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md deploy docs examples pyproject.toml stream training |
    tar --extract --directory "$sources"

.venv/bin/python -m pip wheel --quiet --no-deps --no-index --no-build-isolation --disable-pip-version-check \
    --wheel-dir "$directory" "$sources" </dev/null >&2
find "$directory" -name "streamgauge-*.whl" -printf "%T@ %p\n" | sort -n | tail -n 1 | cut -d " " -f 2-

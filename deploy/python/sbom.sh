#!/usr/bin/env bash
# sbom.sh WHEEL FILE   writes a CycloneDX document of all that an installation of the wheel contains
# The wheel is installed into an environment of its own, with the versions of constraints.txt and no extra.
set -o nounset -o errexit -o pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
wheel=$1 file=$2

environment=$(mktemp -d)
trap 'rm -rf "$environment"' EXIT
.venv/bin/python -m venv "$environment"
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$environment/bin/python" -m pip install --quiet --no-compile --constraint constraints.txt "$wheel" </dev/null >&2
# What the installation does not need is not part of it.
"$environment/bin/python" -m pip uninstall --quiet --yes pip setuptools </dev/null >&2
.venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
    --output-file "$file" "$environment/bin/python" >&2
echo "$file"

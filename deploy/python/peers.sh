#!/usr/bin/env bash
# peers.sh   makes .venv-peers: bytewax, kafka-python, quixstreams and river, for benchmarks/peers
# An environment of its own, since their needs are not the worker's. Setting: PYTHON, the interpreter (default python3).
set -o nounset -o errexit -o pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
requirements=benchmarks/peers/requirements.txt
if cmp --silent "$requirements" .venv-peers/requirements.txt; then
    exit
fi
echo "installing the peers of the benchmarks into .venv-peers" >&2
"${PYTHON:-python3}" -m venv --clear .venv-peers
.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements" </dev/null
cp "$requirements" .venv-peers/requirements.txt

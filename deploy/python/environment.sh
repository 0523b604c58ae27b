#!/usr/bin/env bash
# environment.sh EXTRAS   makes .venv and installs streamgauge into it, editable, with these extras (demo or training,demo,...)
# Settings: PYTHON, the interpreter to start from (default python3). Versions are those of constraints.txt.
set -o nounset -o errexit -o pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=deploy/python
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    found=$("$python" --version 2>&1) || found="nothing that runs"
    echo "streamgauge needs Python 3.11 or newer; $python is $found. Name another: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
# Debian's python3 comes without the part of venv that brings pip.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$here/../debian/install.sh" "ensurepip of $python=python3-venv"
fi

# An environment whose interpreter has gone (the folder was moved, Python was upgraded) is made anew.
if ! .venv/bin/python -c '' 2>/dev/null; then
    "$python" -m venv --clear .venv
fi
echo "installing streamgauge[$1] into .venv" >&2
# The constraints hold for the build's own packages too; the second name is the newer pip's.
export PIP_CONSTRAINT=$PWD/constraints.txt PIP_BUILD_CONSTRAINT=$PWD/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[$1]" </dev/null
.venv/bin/streamgauge prepare

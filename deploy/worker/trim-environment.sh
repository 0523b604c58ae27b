#!/usr/bin/env bash
# trim-environment.sh DIRECTORY   removes what no command of streamgauge loads from a virtual environment: 70 MB on disk
set -o nounset -o errexit -o pipefail

cd "$1"/lib/python3*/site-packages

# ONNX Runtime for programs in C, beside the one that Python loads, and its tools for those who make models.
rm -rf onnxruntime/capi/libonnxruntime.so.* onnxruntime/{transformers,tools,quantization,datasets}
# Compilers for graphics cards and for extension modules.
rm -rf numba/cuda numba/pycc numpy/distutils numpy/f2py
# A second implementation, which PyPy takes.
rm -f zstandard/_cffi.* zstandard/backend_cffi.py
# Tests, types, and what compilers read.
find . -type d \( -name tests -o -name include \) -prune -exec rm -rf {} +
find . \( -name '*.pyi' -o -name '*.a' -o -name '*.h' -o -name '*.pxd' \) -delete
# Symbols; the libraries of NumPy's wheel are laid out in a way that does not bear it.
find . -name '*.so' -size +200k -not -path './numpy.libs/*' -exec strip --strip-unneeded {} +

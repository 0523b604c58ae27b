#!/usr/bin/env bash
# trim-system.sh   removes from a Debian image with Python what a finished image does not run: 45 MB
set -o nounset -o errexit -o pipefail

# The package manager with what only it needs, Perl, file systems, and the parts of Python that build environments.
# dpkg takes itself for too essential to do without some of these; its list of what is left stays, for scanners.
packages=(
    apt debian-archive-keyring gpgv libapt-pkg6.0 libdb5.3 libgcrypt20 libgnutls30 libp11-kit0 perl-base
    e2fsprogs libext2fs2 libss2 logsave mount util-linux-extra
    python3-distutils python3-lib2to3 python3-pip-whl python3-setuptools-whl python3-venv python3.11-venv
)
dpkg --purge --force-all "${packages[@]}" >/dev/null 2>&1 || true

rm -rf /usr/lib/*/gconv /usr/share/{doc,locale,man,perl5} /var/cache/* /var/lib/apt /var/lib/dpkg/info
for library in /usr/lib/python3.* /usr/local/lib/python3.*; do
    rm -rf "$library"/{ensurepip,idlelib,lib2to3,pydoc_data,test,tkinter,turtledemo} "$library"/site-packages/*
done
python3 -c 'import ctypes, lzma, readline, sqlite3, ssl, zoneinfo'

#!/usr/bin/env bash
# trim-system.sh   removes from a Debian image with Python what a finished image does not run: packaging and Perl, 40 MB
# The list of installed packages stays, for scanners.
set -o nounset -o errexit -o pipefail

libraries=$(dirname "$(find /usr/lib -name perl-base -type d)")
rm -rf /usr/bin/perl* "$libraries"/perl-base "$libraries"/gconv "$libraries"/libapt-* /usr/lib/apt /usr/bin/apt* \
    /usr/share/{doc,locale,man,perl*,python-wheels} /var/lib/apt /var/cache/* /var/lib/dpkg/info
for library in /usr/lib/python3.* /usr/local/lib/python3.*; do
    rm -rf "$library"/{distutils,ensurepip,idlelib,lib2to3,pydoc_data,test,tkinter,turtledemo} "$library"/site-packages/*
    find "$library" -name __pycache__ -prune -exec rm -rf {} +
    # Its own bytecode anew, without the parts that are gone.
    if [[ -d $library/asyncio ]]; then python3 -m compileall -q "$library"; fi
done

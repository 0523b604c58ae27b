#!/usr/bin/env bash
# install.sh COMMAND=PACKAGE...   installs the Debian package of every COMMAND that this machine does not have
set -o nounset -o errexit -o pipefail

export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive

packages=()
for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
done
((${#packages[@]})) || exit 0
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)

by_hand="install them by hand: apt-get install ${packages[*]} (the names on Debian and Ubuntu)"
if ! command -v apt-get >/dev/null; then
    echo "missing: ${packages[*]}. This machine has no apt-get: $by_hand" >&2
    exit 1
fi
if [[ $(id -u) != 0 ]]; then
    echo "missing: ${packages[*]}. Only root can install packages, and this is user $(id -un): $by_hand" >&2
    exit 1
fi

# One at a time: apt-get does not wait for another.
exec 9</var/lib/dpkg
flock 9

echo "installing ${packages[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { apt-get install -y --no-install-recommends "${packages[@]}" </dev/null >>"$log" 2>&1; }
# The list of packages may be absent or older than the mirror: it is fetched when the first try fails.
if ! install && ! { apt-get update </dev/null >>"$log" 2>&1 && install; }; then
    tail -20 "$log" >&2
    echo "apt-get could not install ${packages[*]}: the last lines it wrote are above" >&2
    exit 1
fi

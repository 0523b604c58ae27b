#!/usr/bin/env bash
# debian.sh   prints the name of a small Debian image, made with debootstrap where it is not here yet (root)
# The packages come from wherever this machine's own apt gets them.
set -o nounset -o errexit -o pipefail

export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=bookworm
image=streamgauge-local/debian:$suite

# One `deb URI suite components` line for each part of the suite that apt knows on this machine.
repositories() {
    # shellcheck disable=SC2016
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suite="$suite" '$3 ~ "^" suite' | sort -u
}

if docker image inspect "$image" >/dev/null 2>&1; then
    echo "$image"
    exit
fi
if [[ $(id -u) != 0 ]]; then
    echo "only root can make a base image (debootstrap); this is user $(id -un). Pull one, or run this as root" >&2
    exit 1
fi
"$here/../debian/install.sh" debootstrap=debootstrap
lines=$(repositories)
uri=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' <<<"$lines")
if [[ -z $uri ]]; then
    echo "apt on this machine names no repository of Debian $suite to make a base image from" >&2
    exit 1
fi

echo "making the base image $image" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! debootstrap --variant=minbase "$suite" "$work/root" "$uri" >"$work/log" 2>&1; then
    tail -5 "$work/log" >&2
    exit 1
fi
printf '%s\n' "$lines" >"$work/root/etc/apt/sources.list"
# Nobody reads manuals in a container: neither these nor those of packages installed later.
rm -rf "$work"/root/var/{cache/apt,lib/apt/lists,log}/* "$work"/root/usr/share/{doc,info,locale,man}/*
printf 'path-exclude=/usr/share/%s/*\n' doc info locale man >"$work/root/etc/dpkg/dpkg.cfg.d/without-manuals"
tar --directory "$work/root" --create . | docker import --change 'CMD ["bash"]' - "$image" >/dev/null
echo "$image"

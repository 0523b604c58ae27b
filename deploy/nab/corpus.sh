#!/usr/bin/env bash
# corpus.sh   prints the folder of NAB's whole corpus, checked by hash: STREAMGAUGE_NAB if set, else .nab, fetched once
# Settings: NAB_ARCHIVE, the address of the archive to fetch (default: GitHub's, of the commit below)
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
commit=ea702d75cc2258d9d7dd35ca8e5e2539d71f3140
archive=${NAB_ARCHIVE:-https://github.com/numenta/NAB/archive/$commit.tar.gz}
folder=$here/../../.nab

# Every file of the list has its hash, and no series is there that is not on the list.
check() {
    (cd "$1" && sha256sum --check --strict --quiet "$here/SHA256SUMS" >&2) || return 1
    diff <(cd "$1" && LC_ALL=C ls data/*/*.csv) <(grep -o 'data/.*\.csv$' "$here/SHA256SUMS") >&2
}

if [[ -n ${STREAMGAUGE_NAB-} ]]; then
    if ! check "$STREAMGAUGE_NAB"; then
        echo "STREAMGAUGE_NAB=$STREAMGAUGE_NAB: expected data/ and labels/ of NAB at commit $commit, found other content" \
            "(above): name a copy of that commit, or unset STREAMGAUGE_NAB to have it fetched" >&2
        exit 1
    fi
    cd "$STREAMGAUGE_NAB" && pwd
    exit
fi
if [[ ! -d $folder ]]; then
    "$here/../debian/install.sh" curl=curl
    echo "fetching NAB from $archive" >&2
    part=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$part"' EXIT
    if ! curl --fail --silent --show-error --location --retry 2 --output "$part/nab.tar.gz" "$archive"; then
        echo "NAB could not be fetched: try again where $archive can be reached, or set STREAMGAUGE_NAB to a copy" >&2
        exit 1
    fi
    mkdir "$part/nab"
    if ! tar --extract --file "$part/nab.tar.gz" --directory "$part/nab" --strip-components=1 --wildcards \
        '*/data/*/*.csv' '*/labels/combined_windows.json' '*/LICENSE.txt' || ! check "$part/nab"; then
        echo "$archive: expected NAB at commit $commit, found other content (above); nothing was kept" >&2
        exit 1
    fi
    mv "$part/nab" "$folder"
fi
if ! check "$folder"; then
    echo "$folder: the files are not those of NAB at commit $commit (above): remove the folder and try again" >&2
    exit 1
fi
cd "$folder" && pwd

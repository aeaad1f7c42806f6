#!/bin/bash
# What a user does once after installing Tonari: puts the pools of both clusters to use and makes the clusters neighbours.
# Does only what is left to do.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

managed() { [ "$("$here/kubectl" "$1" get storagepool "$1-main" -o 'jsonpath={.status.state}')" = Managed ]; }
reaches() { [ "$("$here/kubectl" "$1" get clusterpeer "$2" -o 'jsonpath={.status.reachable}')" = true ]; }

manage() {
    await 60 "$here/kubectl" "$1" get storagepool "$1-main" || die "$1: Tonari has not found its pool; see lab/kubectl $1 -n tonari-system logs daemonset/tonari-node"
    if ! managed "$1"; then "$here/tonari" "$1" pool manage "$1-main"; fi
    await 60 managed "$1" || die "$1: its pool is not managed; see lab/tonari $1 pool show $1-main"
}

pair() {
    if reaches blue green 2>/dev/null && reaches green blue 2>/dev/null; then return 0; fi
    "$here/tonari" green peer invite | "$here/tonari" blue peer join -
    await 60 reaches blue green || die "blue does not reach green; see lab/tonari blue peer show green"
    await 60 reaches green blue || die "green does not reach blue; see lab/tonari green peer show blue"
}

for cluster in "${CLUSTERS[@]}"; do task "$cluster: pool managed" "$LAB/$cluster/log/manage" manage "$cluster"; done
task "blue and green are neighbours" "$LAB/blue/log/pair" pair

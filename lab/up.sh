#!/bin/bash
# The whole lab: two real clusters, blue and green. Quick when all is up already.
#   lab/up.sh          clusters, images, Tonari deployed to both, pools managed, the clusters neighbours
#   lab/up.sh --bare   clusters only
# Environment: see lab/cluster.sh; TONARI_PUBLISH=/folder deploys a ready publish instead of building one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

bare=no
case ${1:-} in
    '') ;;
    --bare) bare=yes ;;
    *) die "usage: lab/up.sh [--bare]" ;;
esac
need_root
not_in_use
started=$(now_ms)

# both COMMAND... NAME : the same for both clusters at once; waits for both even if one fails.
both() {
    local cluster pids=() failed=no pid
    for cluster in "${CLUSTERS[@]}"; do
        "$@" "$cluster" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
    [ $failed = no ]
}

"$here/install.sh"
"$here/kubernetes/build.sh" >/dev/null
"$here/images.sh" build pause
both "$here/cluster.sh" up
"$here/link.sh" apply
if [ $bare = no ]; then
    "$here/images.sh" build postgres tonari
    both "$here/images.sh" load
    both "$here/deploy.sh"
    "$here/pair.sh"
fi
if [ $bare = no ]; then
    for cluster in "${CLUSTERS[@]}"; do
        say "$cluster's web interface: $(web_address "$cluster"); lab/token.sh $cluster prints a token to sign in with"
    done
fi
say "lab is up after $(seconds "$started") s: lab/kubectl blue get pods -A, lab/tonari blue peer list"

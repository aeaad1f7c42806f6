#!/bin/bash
# Saves what both clusters can say about themselves: lab/logs.sh FOLDER
# Pods' logs (of ended containers too), events, Tonari's resources, what the pools hold, and the clusters' own programs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
[ $# = 1 ] || die "usage: lab/logs.sh FOLDER"

kinds=nodes,persistentvolumes,persistentvolumeclaims,pods,statefulsets,deployments,jobs,storageclasses

# save FILE COMMAND... : the command's output; an error is part of what there is to know.
save() {
    local file=$1
    shift
    "$@" >"$file" 2>&1 || true
}

pod_logs() {
    local cluster=$1 to=$2 namespace pod
    "$here/kubectl" "$cluster" get pods -A --no-headers -o custom-columns=N:.metadata.namespace,P:.metadata.name 2>/dev/null |
        while read -r namespace pod; do
            save "$to/pod-$namespace-$pod.log" "$here/kubectl" "$cluster" -n "$namespace" logs "$pod" --all-containers --timestamps
            save "$to/pod-$namespace-$pod.before.log" "$here/kubectl" "$cluster" -n "$namespace" logs "$pod" --all-containers --previous
        done
    grep -rlE '^(Error from server|error:).*previous terminated' "$to" 2>/dev/null | xargs -r rm -f
}

for cluster in "${CLUSTERS[@]}"; do
    if [ ! -d "$LAB/$cluster" ]; then continue; fi
    to=$1/$cluster
    mkdir -p "$to"
    save "$to/resources.txt" "$here/kubectl" "$cluster" get -A -o wide "$kinds"
    save "$to/resources.yaml" "$here/kubectl" "$cluster" get -A -o yaml "$kinds"
    save "$to/events.txt" "$here/kubectl" "$cluster" get events -A --sort-by=.lastTimestamp
    for kind in appmirrors applications appsnapshots exechooks clusterpeers storagepools; do
        save "$to/$kind.yaml" "$here/kubectl" "$cluster" get -A -o yaml "$kind.tonari.dev"
    done
    pod_logs "$cluster" "$to"
    save "$to/pool.txt" find "$LAB/$cluster/pools" -maxdepth 5 -not -path '*/.*' -printf '%y %10s %TT %p\n'
    cp -r "$LAB/$cluster/log" "$to/programs" 2>/dev/null || true
done
save "$1/loop-devices.txt" losetup --list
save "$1/mounts.txt" findmnt --raw
say "logs are in $1"

#!/bin/bash
# Ends the lab from whatever state it is in, removes its data, and checks that nothing is left.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=cgroups.sh
. "$here/cgroups.sh"
need_root
not_in_use
started=$(now_ms)

"$here/link.sh" clear
pids=()
failed=no
for cluster in "${CLUSTERS[@]}"; do
    "$here/cluster.sh" down "$cluster" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
cgroup_remove "$CGROUP_TOP" || { say "cgroup $CGROUP_TOP is left"; failed=yes; }
if [ -d "$LAB" ] && ! rmdir "$LAB"; then failed=yes; fi
rm -f "$LAB.in-use" # of a program that was killed
[ $failed = no ] || die "the lab is not wholly down; lab/down.sh can be run again"
say "lab is down after $(seconds "$started") s"

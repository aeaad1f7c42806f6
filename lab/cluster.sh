#!/bin/bash
# One single-node cluster: lab/cluster.sh up|down|off|status NAME, lab/cluster.sh start NAME PROGRAM
#   up      start it, or whatever of it does not run; quick when all runs
#   down    end it and remove its data, from whatever state it is in; says so when nothing is left
#   off     end it as pulling the plug would, and keep its disks: no process, mount, loop device or network is left; "up" is its next boot
#   start   start one program that has died, as a supervisor would, and wait for nothing
#   status  one line; false unless the cluster is up
# Environment: TONARI_LAB (folder of the lab), POOL_SIZE (20G), POOL_FS (btrfs or xfs), KUBE_BIN (ready binaries).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=cgroups.sh
. "$here/cgroups.sh"
# shellcheck source=cluster/network.sh
. "$here/cluster/network.sh"
# shellcheck source=cluster/storage.sh
. "$here/cluster/storage.sh"
# shellcheck source=cluster/configuration.sh
. "$here/cluster/configuration.sh"
# shellcheck source=cluster/processes.sh
. "$here/cluster/processes.sh"
# shellcheck source=cluster/teardown.sh
. "$here/cluster/teardown.sh"

usage="usage: lab/cluster.sh up|down|off|status blue|green, or lab/cluster.sh start blue|green PROGRAM"
command=${1:-} NAME=${2:-}
if [ "$command" = start ]; then [ $# = 3 ] || die "$usage"; else [ $# = 2 ] || die "$usage"; fi
known_cluster "$NAME"
need_root
D=$LAB/$NAME
GROUP=$CGROUP_TOP/$NAME
SAY_PREFIX=$(printf '%-7s' "$NAME:")

take_lock() {
    mkdir -p /run/lock
    exec {lock}>"/run/lock/tonari-lab-$NAME"
    flock --nonblock "$lock" || { say "another command works on this cluster; waiting"; flock "$lock"; }
}

is_up() { [ -e "$D/admin.kubeconfig" ] && all_run && node_is_ready; }

# A folder without its namespaces is what a reboot leaves; the processes find their data again. A half-written one is
# completed, because every step makes only what is missing.
up() {
    local started
    started=$(now_ms)
    if is_up 2>/dev/null; then
        say "is up already ($(seconds "$started") s)"
        return 0
    fi
    mkdir -p "$D/log"
    cgroup_make "$GROUP/system"
    task "1/6 network" "$D/log/up-1" make_network
    task "2/6 storage pool (${POOL_FS:-btrfs}, ${POOL_SIZE:-20G})" "$D/log/up-2" make_storage
    task "3/6 keys and configuration" "$D/log/up-3" make_configuration
    task "4/6 API server and container runtime" "$D/log/up-4" start_apiserver_and_runtime
    task "5/6 node and images" "$D/log/up-5" start_node
    task "6/6 node Ready" "$D/log/up-6" wait_until_ready
    say "up in $(seconds "$started") s"
}

make_storage() {
    make_node_disk
    make_pool
    make_mount_namespace
}

start_node() {
    start_the_rest
    "$here/images.sh" load "$NAME"
}

down() {
    local started left
    started=$(now_ms)
    end_processes
    remove_storage
    remove_network
    await 10 cgroup_remove "$GROUP" || true
    remove_new_dirs
    rm -rf --one-file-system "$D"
    left=$(leftovers)
    [ -z "$left" ] || die "down, but this is left:"$'\n'"$left"
    say "down in $(seconds "$started") s; no process, mount, loop device, network, cgroup or file is left"
}

# What is frozen stays so in the image alone, as after a real loss of power; the image of the node's own disk begins anew.
off() {
    local started
    started=$(now_ms)
    end_processes
    remove_storage
    remove_network
    await 10 cgroup_remove "$GROUP" || true
    rm -rf --one-file-system "$D/run"
    say "off after $(seconds "$started") s"
}

case $command in
    up)
        take_lock
        KUBE_BIN=$("$here/kubernetes/build.sh")
        up
        ;;
    down)
        take_lock
        down
        ;;
    off)
        take_lock
        off
        ;;
    start)
        [ -e "$D/admin.kubeconfig" ] || die "cluster $NAME is not up; lab/cluster.sh up $NAME starts it"
        take_lock
        KUBE_BIN=$("$here/kubernetes/build.sh")
        start_program "$3"
        ;;
    status)
        KUBE_BIN=$("$here/kubernetes/build.sh")
        if is_up 2>/dev/null; then say "up, API server https://$(node_ip "$NAME"):6443"; else
            say "not up"
            exit 1
        fi
        ;;
    *) die "$usage" ;;
esac

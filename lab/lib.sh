# shellcheck shell=bash disable=SC2034
# What every lab script shares: where things are, how progress is said, how to wait for something.
# Sourced, never run.

LAB_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(dirname "$LAB_SOURCE")
CACHE=${TONARI_CACHE:-$HOME/.cache/tonari}
LAB=${TONARI_LAB:-/var/lib/tonari-lab}
CLUSTERS=(blue green)

export LC_ALL=C
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

now_ms() { date +%s%3N; }

# seconds SINCE_MS : "12.3"
seconds() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

say() { printf '%s%s\n' "${SAY_PREFIX:-}" "$*"; }

die() {
    printf '%serror: %s\n' "${SAY_PREFIX:-}" "$*" >&2
    exit 1
}

# not_in_use : what deploys or ends the lab stops here while a program plays on it (Tonari.Lab/LabUse.cs).
not_in_use() {
    [ ! -e "$LAB.in-use" ] || flock --nonblock "$LAB.in-use" true \
        || die "process $(cat "$LAB.in-use") plays on this lab, and would take what happens now for its own doing: wait for it, or end it"
}

need_root() { [ "$(id -u)" = 0 ] || die "the lab makes namespaces and mounts: run it as root"; }

# task LABEL LOG COMMAND... : run a command with its output in LOG; say when it ends and how long it took, give a
# sign of life every 15 seconds, and show the end of the log if it fails. The command keeps `set -e`.
task() {
    local label=$1 log=$2 started pid code=0 beat=0
    shift 2
    started=$(now_ms)
    mkdir -p "$(dirname "$log")"
    (
        set -euo pipefail
        "$@"
    ) >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.1
        beat=$((beat + 1))
        if ((beat % 150 == 0)); then
            say "$label ... $(seconds "$started") s  $(tail -n 1 "$log" | cut -c 1-100)"
        fi
    done
    wait "$pid" || code=$?
    if ((code != 0)); then
        say "$label FAILED after $(seconds "$started") s; the end of $log:"
        tail -n 30 "$log" | sed 's/^/    /'
        return "$code"
    fi
    say "$label: $(seconds "$started") s"
}

# await SECONDS COMMAND... : repeat the command, quietly, until it succeeds; false once the deadline has passed.
await() {
    local deadline=$(($(now_ms) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        (($(now_ms) < deadline)) || return 1
        sleep 0.2
    done
}

# hash_of FILE... : one short content hash over files, in the order given.
hash_of() { cat -- "$@" | sha256sum | cut -c 1-16; }

# known_cluster NAME : refuse names that are not ours, so that a slip never ends someone else's namespace.
known_cluster() {
    local c
    for c in "${CLUSTERS[@]}"; do
        if [ "$c" = "$1" ]; then return 0; fi
    done
    die "no cluster is called '$1'; there are: ${CLUSTERS[*]}"
}

# The one digit in which the addresses of the clusters differ.
cluster_index() { case $1 in blue) echo 1 ;; green) echo 2 ;; esac; }
host_ip() { echo "10.23$(cluster_index "$1").1.1"; }
node_ip() { echo "10.23$(cluster_index "$1").1.2"; }
node_net() { echo "10.23$(cluster_index "$1").1.0/24"; }
web_address() { echo "https://$(node_ip "$1"):7448"; } # Tonari's web interface and REST API
pod_net() { echo "10.24$(cluster_index "$1").0.0/24"; }

netns_name() { echo "tonari-$1"; }
host_link() { echo "tlab-$1"; } # the host's end of the cluster's veth pair

# shellcheck shell=bash disable=SC2034
# The lab's processes live in cgroups below "tonari-lab", one subtree per cluster, so that ending the lab ends exactly
# what the lab started, however it was started. Works with cgroup v2, v1 and both side by side.
# Sourced after lib.sh.

CGROUP_TOP=tonari-lab

# Every hierarchy this machine has: one line per mount point.
cgroup_hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | sort -u; }

# cgroup_make PATH : make the group in every hierarchy, with what a group needs before processes may enter.
# One at a time: two clusters that start together share the top group, and a v1 group without processors takes no process.
cgroup_make() {
    (
        flock 8
        cgroup_make_locked "$1"
    ) 8<"${BASH_SOURCE[0]}"
}

cgroup_make_locked() {
    local h part at controllers
    for h in $(cgroup_hierarchies); do
        at=$h
        for part in ${1//\// }; do
            if [ -e "$at/cgroup.subtree_control" ]; then
                controllers=$(sed 's/[a-z]\+/+&/g' "$at/cgroup.controllers")
                if [ -n "$controllers" ]; then echo "$controllers" >"$at/cgroup.subtree_control"; fi
            fi
            mkdir -p "$at/$part"
            if [ -e "$at/$part/cpuset.mems" ] && [ ! -e "$at/$part/cgroup.controllers" ] && [ -z "$(cat "$at/$part/cpuset.mems")" ]; then
                cat "$at/cpuset.cpus" >"$at/$part/cpuset.cpus" # v1 groups start with no processor at all
                cat "$at/cpuset.mems" >"$at/$part/cpuset.mems"
            fi
            at=$at/$part
        done
    done
}

# cgroup_enter PATH : move the calling process (not only this subshell's parent) into the group.
cgroup_enter() {
    local h
    for h in $(cgroup_hierarchies); do echo "$BASHPID" >"$h/$1/cgroup.procs"; done
}

# cgroup_pids PATH : every process in the group and below, in any hierarchy.
cgroup_pids() {
    local h
    for h in $(cgroup_hierarchies); do
        if [ -d "$h/$1" ]; then find "$h/$1" -name cgroup.procs -exec cat {} + 2>/dev/null || true; fi
    done | sort -un
}

cgroup_empty() { [ -z "$(cgroup_pids "$1")" ]; }

# cgroup_has PATH PID : is that process one of the group's? A recorded process id alone may have been given away since.
cgroup_has() { grep -qE ":/?$1(/|\$)" "/proc/$2/cgroup" 2>/dev/null; }

# cgroup_kill PATH : SIGKILL to all of the group; one pass.
cgroup_kill() {
    local pid
    for pid in $(cgroup_pids "$1"); do kill -KILL "$pid" 2>/dev/null || true; done
}

# cgroup_remove PATH : remove the empty group and all below it.
cgroup_remove() {
    local h
    for h in $(cgroup_hierarchies); do
        if [ -d "$h/$1" ]; then find "$h/$1" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
    done
    ! cgroup_exists "$1"
}

cgroup_exists() {
    local h
    for h in $(cgroup_hierarchies); do
        if [ -d "$h/$1" ]; then return 0; fi
    done
    return 1
}

# start_process GROUP NAME LOG PIDFILE COMMAND... : run a program on its own session in GROUP, detached from this shell,
# unless it already runs. Its open files are its own: no lock of ours is inherited.
start_process() {
    local group=$1 log=$2 pidfile=$3
    shift 3
    if process_runs "$group" "$pidfile"; then return 0; fi
    mkdir -p "$(dirname "$log")" "$(dirname "$pidfile")"
    (
        cgroup_enter "$group"
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if ((fd > 2)); then eval "exec $fd>&-"; fi
        done
        echo "$BASHPID" >"$pidfile"
        exec setsid -- "$@" >>"$log" 2>&1 </dev/null
    ) &
    await 5 process_runs "$group" "$pidfile" || { echo "$1 did not start; see $log"; return 1; }
}

process_runs() { [ -s "$2" ] && cgroup_has "$1" "$(cat "$2")"; }

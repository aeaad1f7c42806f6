# shellcheck shell=bash
# Ending one cluster, from whatever state it is in, and proving that nothing is left. Sourced by cluster.sh.

# A process that writes to a frozen filesystem cannot even be killed, and a frozen filesystem never lets go of its
# device: thaw everything on a loop device that our processes have mounted, wherever they have. Thawing what is not
# frozen only fails.
thaw_filesystems() {
    local pid target seen=' ' namespace
    for pid in $(cgroup_pids "$GROUP"); do
        namespace=$(readlink "/proc/$pid/ns/mnt" 2>/dev/null) || continue
        if [[ $seen == *" $namespace "* ]]; then continue; fi
        seen+="$namespace "
        awk '$1 ~ "^/dev/loop" { print $2 }' "/proc/$pid/mounts" 2>/dev/null |
            while read -r target; do fsfreeze --unfreeze "/proc/$pid/root$target" 2>/dev/null || true; done
    done
}

# An agent may freeze again while we thaw, so both are repeated until nobody is left.
end_processes() {
    local deadline=$(($(now_ms) + 30000))
    while cgroup_exists "$GROUP" && ! cgroup_empty "$GROUP"; do
        (($(now_ms) < deadline)) || { echo "still alive: $(cgroup_pids "$GROUP" | tr '\n' ' ')"; return 1; }
        thaw_filesystems
        cgroup_kill "$GROUP"
        sleep 0.1
    done
}

# mounts_below DIR : mount points of this namespace, the latest first.
mounts_below() { awk -v top="$1" '$5 == top || index($5, top "/") == 1 { print $5 }' /proc/self/mountinfo | tac; }

loop_list() {
    losetup --list --json --output NAME,BACK-MAJ:MIN,BACK-FILE |
        jq -r '.loopdevices[]? | [.name, (.["back-maj:min"] | gsub(" "; "")), .["back-file"]] | @tsv'
}

# The loop devices that carry this cluster's own disks: the pools and the node's.
disk_loops() { loop_list | awk -F '\t' -v lab="$D/" 'index($3, lab) == 1 && index($3, lab "pools/") != 1 { print $1 }'; }

# The loop devices whose file lies in one of the pools. When the mount is gone below which a file was opened, its path
# says little; the device it is on still tells. (Every btrfs subvolume is a device of its own.)
inner_loops() {
    local pool
    for pool in "$D"/pools/*/; do
        if mountpoint -q "$pool"; then find "$pool" -maxdepth 6 -type d -exec stat -c '%Hd:%Ld' {} +; fi
    done | sort -u >"$D/pool-devices"
    loop_list | awk -F '\t' -v lab="$D/pools/" -v devices="$D/pool-devices" '
        BEGIN { while ((getline line <devices) > 0) ours[line] = 1 }
        index($3, lab) == 1 || ($2 in ours) { print $1 }'
}

# A disk that was unmounted while files in it were still loop devices lives on unseen; mounted again, it can be searched.
find_lost_disks() {
    local device
    for device in $(disk_loops); do
        if grep -q "^$device " /proc/self/mounts; then continue; fi
        mkdir -p "$D/pools/lost-${device##*/}"
        mount "$device" "$D/pools/lost-${device##*/}" || losetup --detach "$device" || true
    done
}

# A filesystem that was left frozen and whose mounts are gone keeps its device busy; it can be mounted again and thawed.
detach_inner_loops() {
    local device
    for device in $(inner_loops); do
        losetup --detach "$device" 2>/dev/null || true
    done
    for device in $(inner_loops); do
        mkdir -p "$D/thaw"
        if mount "$device" "$D/thaw" 2>/dev/null; then
            fsfreeze --unfreeze "$D/thaw" 2>/dev/null || true
            umount "$D/thaw" || true
        fi
        losetup --detach "$device" 2>/dev/null || true
    done
    [ -z "$(inner_loops)" ]
}

# From the inside out: mounts of volumes, their loop devices, the disks, the disks' loop devices.
unmount_all() {
    local target device
    for target in $(mounts_below "$D"); do
        if [[ $target != "$D"/pools* ]]; then umount "$target" || true; fi
    done
    detach_inner_loops || return 1
    for target in $(mounts_below "$D"); do umount "$target" || true; done
    for device in $(disk_loops); do losetup --detach "$device" || true; done
    [ -z "$(mounts_below "$D")" ] && [ -z "$(disk_loops)" ]
}

remove_storage() {
    if [ ! -d "$D" ]; then return 0; fi
    find_lost_disks
    await 30 unmount_all || {
        echo "still mounted or attached: $({ mounts_below "$D"; inner_loops; disk_loops; } | tr '\n' ' ')"
        return 1
    }
}

# The mount points that make_mount_namespace made on the host. The last cluster removes them: removing a directory
# silently unmounts what another namespace has mounted there.
remove_new_dirs() {
    local dir
    if [ ! -e "$LAB/.new-dirs" ] || other_cluster_is_there; then return 0; fi
    while read -r dir; do rmdir "$dir" 2>/dev/null || true; done <"$LAB/.new-dirs"
    rm -f "$LAB/.new-dirs"
}

# What is left of the cluster, one line each; empty when all is well.
leftovers() {
    local ns link pid
    ns=$(netns_name "$NAME")
    link=$(host_link "$NAME")
    for pid in $(cgroup_pids "$GROUP"); do echo "process $pid"; done
    # A process that escaped our cgroups would still carry the folder in its command line.
    grep -lsF -f <(echo "$D/") /proc/[0-9]*/cmdline | sed 's|^/proc/\([0-9]*\)/cmdline|process \1 names the folder|' || true
    mounts_below "$D" | sed 's/^/mount /'
    loop_list | awk -F '\t' -v lab="$D/" 'index($3, lab) == 1 { print "loop device " $1 }'
    if [ -e "/run/netns/$ns" ]; then echo "network namespace $ns"; fi
    if ip link show "$link" >/dev/null 2>&1; then echo "link $link"; fi
    if cgroup_exists "$GROUP"; then echo "cgroup $GROUP"; fi
    if [ -e "$D" ]; then echo "folder $D"; fi
}

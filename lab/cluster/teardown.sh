# shellcheck shell=bash
# Ending one cluster, from whatever state it is in, and proving that nothing is left. Sourced by cluster.sh.

# A process that writes to a frozen filesystem cannot even be killed, and a frozen filesystem never lets go of its
# device: thaw everything of ours that is on a loop device. Thawing what is not frozen only fails.
thaw_filesystems() {
    local target
    if [ "$(stat -f -c %T "$D/ns/mnt" 2>/dev/null)" != nsfs ]; then return 0; fi
    nsenter --mount="$D/ns/mnt" -- awk -v lab="$D/" '$1 ~ "^/dev/loop" && index($2, lab) == 1 { print $2 }' /proc/self/mounts |
        while read -r target; do nsenter --mount="$D/ns/mnt" -- fsfreeze --unfreeze "$target" 2>/dev/null || true; done
}

# Agents first may freeze again while we thaw, so both are repeated until nobody is left.
end_processes() {
    local deadline=$(($(now_ms) + 30000))
    while cgroup_exists "$GROUP" && ! cgroup_empty "$GROUP"; do
        (($(now_ms) < deadline)) || { echo "still alive: $(cgroup_pids "$GROUP" | tr '\n' ' ')"; return 1; }
        cgroup_kill "$GROUP"
        thaw_filesystems
        sleep 0.1
    done
}

# mounts_below DIR : mount points of this namespace, the latest first.
mounts_below() { awk -v top="$1" '$5 == top || index($5, top "/") == 1 { print $5 }' /proc/self/mountinfo | tac; }

# Loop devices whose file lies in this cluster's folder. A file that was opened below a mount that is gone shows only
# its path within the pool, so that is compared as well: same device, same inode.
cluster_loops() {
    local name inode device file pool candidate
    losetup --list --noheadings --raw --output NAME,BACK-INO,BACK-MAJ:MIN,BACK-FILE |
        while read -r name inode device file; do
            file=${file% (deleted)}
            if [[ $file == "$D/"* ]]; then
                echo "$name"
                continue
            fi
            for pool in "$D"/pools/*/; do
                candidate=${pool%/}$file
                if [ -e "$candidate" ] && [ "$(stat -c '%i %Hd:%Ld' "$candidate")" = "$inode $device" ]; then echo "$name"; fi
            done
        done
}

detach_loops() {
    local device
    for device in $(cluster_loops); do losetup --detach "$device" 2>/dev/null || true; done
}

unmount_all() {
    local target
    for target in $(mounts_below "$D"); do
        # Marked for detaching while in use, a loop device goes with its last mount.
        detach_loops
        umount "$target" 2>/dev/null || true
    done
    detach_loops
    [ -z "$(mounts_below "$D")" ] && [ -z "$(cluster_loops)" ]
}

remove_storage() {
    await 20 unmount_all || { echo "still mounted or attached: $(mounts_below "$D" | tr '\n' ' ') $(cluster_loops | tr '\n' ' ')"; return 1; }
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
    cluster_loops | sed 's/^/loop device /'
    if [ -e "/run/netns/$ns" ]; then echo "network namespace $ns"; fi
    if ip link show "$link" >/dev/null 2>&1; then echo "link $link"; fi
    if cgroup_exists "$GROUP"; then echo "cgroup $GROUP"; fi
    if [ -e "$D" ]; then echo "folder $D"; fi
}

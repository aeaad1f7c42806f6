# shellcheck shell=bash
# The cluster's pool, and the mount namespace its processes live in. Sourced by cluster.sh.
# D is the cluster's folder, NAME its name.

# A sparse file, formatted and mounted over loop with direct I/O, is a pool on any machine.
make_pool() {
    local file=$D/pool-main.img fs=${POOL_FS:-btrfs} device
    mkdir -p "$D/pools"
    # Shared, so that a pool mounted here later is seen by the cluster and its pods as well.
    if ! mountpoint -q "$D/pools"; then
        mount --bind "$D/pools" "$D/pools"
        mount --make-private "$D/pools" && mount --make-shared "$D/pools"
    fi
    mkdir -p "$D/pools/main"
    if mountpoint -q "$D/pools/main"; then return 0; fi
    if [ ! -e "$file" ]; then
        truncate -s "${POOL_SIZE:-20G}" "$file.new"
        case $fs in
            btrfs) mkfs.btrfs -q -L "tonari-$NAME" "$file.new" ;;
            xfs) mkfs.xfs -q -m reflink=1 -L "tonari-$NAME" "$file.new" ;;
            *) echo "POOL_FS=$fs: a pool is btrfs or xfs"; return 1 ;;
        esac
        mv "$file.new" "$file"
    fi
    device=$(losetup --find --show --direct-io=on "$file")
    mount "$device" "$D/pools/main" || { losetup -d "$device"; return 1; }
}

# The node's own disk, for images and containers: tens of thousands of files that are gone at once when the file is, where
# removing them one by one can take longer than anything else. What is on it is never needed after a crash of the machine.
make_node_disk() {
    local file=$D/node-disk.img device
    mkdir -p "$D/containerd"
    if mountpoint -q "$D/containerd"; then return 0; fi
    rm -f "$file"
    truncate -s "${NODE_DISK_SIZE:-40G}" "$file"
    mkfs.ext4 -q -O ^has_journal "$file"
    device=$(losetup --find --show --direct-io=on "$file")
    mount -o noatime "$device" "$D/containerd" || { losetup -d "$device"; return 1; }
}

# One mount namespace per cluster, kept by a file: the kubelet and the container runtime of one cluster must not see
# each other's fixed paths (a kubelet deletes the logs below /var/log/pods of pods it does not know), and whatever they
# leave mounted is gone with the namespace. Mounts made by the host below $D/pools still come in; none go out.
make_mount_namespace() {
    local file=$D/ns/mnt
    mkdir -p "$D/ns" "$D/kubelet" "$D/pod-logs" "$D/container-logs" "$D/run-containerd" "$D/cni-cache"
    : >"$D/resolv.conf" # there is no DNS in the lab; a name that is looked up by mistake fails at once
    if ! mountpoint -q "$D/ns"; then
        mount --bind "$D/ns" "$D/ns"
        mount --make-private "$D/ns" # the kernel refuses to keep a namespace below a shared mount
    fi
    if [ "$(stat -f -c %T "$file" 2>/dev/null)" = nsfs ]; then return 0; fi
    touch "$file"
    remember_new_dirs /var/log/pods /var/log/containers /run/containerd /var/lib/cni
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount="$file" --propagation slave bash -euo pipefail -c '
        d=$1
        mount --bind "$d/pod-logs" /var/log/pods
        mount --bind "$d/container-logs" /var/log/containers
        mount --bind "$d/run-containerd" /run/containerd
        mount --bind "$d/cni-cache" /var/lib/cni
        if [ -e /etc/resolv.conf ]; then mount --bind "$d/resolv.conf" /etc/resolv.conf; fi
        # What the neighbour has mounted by now would stay mounted here, and keep its disks, when it unmounts them.
        awk -v top="${d%/*}/" -v own="$d" "index(\$5, top) == 1 && index(\$5 \"/\", own \"/\") != 1 { print \$5 }" /proc/self/mountinfo | tac |
            while read -r target; do umount --lazy "$target"; done
        mount --bind "$d/kubelet" "$d/kubelet"
        mount --make-rshared "$d/kubelet"
        mount --make-rshared "$d/pools"
    ' bash "$D"
}

# remember_new_dirs DIR... : make mount points that this machine lacks, and note them for removal.
remember_new_dirs() {
    local dir
    for dir in "$@"; do
        if [ ! -d "$dir" ]; then
            mkdir -p "$dir"
            echo "$dir" >>"$LAB/.new-dirs"
        fi
    done
}

# inside COMMAND... : run a command in the cluster's network and mounts.
inside() { nsenter --net="/run/netns/$(netns_name "$NAME")" --mount="$D/ns/mnt" -- "$@"; }

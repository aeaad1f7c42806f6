#!/bin/bash
# Installs the Debian packages that the lab needs and that are missing, and says which. Nothing of them is started as a
# service, and nothing that already runs is touched. `lab/install.sh lint` installs only what linting needs, `lab/install.sh browser`
# what tests need that click: Chromium, letters for both languages, and a program that makes pictures small.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

declare -A needed=(
    [lint]="shellcheck"
    [lab]="btrfs-progs buildah ca-certificates conntrack containerd containernetworking-plugins dpkg-dev e2fsprogs
           etcd-server gcc golang-go iproute2 iptables jq kmod libc6-dev make mmdebstrap mount nftables openssl patch
           postgresql-client procps rsync runc shellcheck util-linux xfsprogs xz-utils"
    [browser]="chromium fonts-noto-cjk fonts-noto-core pngquant"
)
set_name=${1:-lab}
[ -n "${needed[$set_name]:-}" ] || die "usage: lab/install.sh [lab|lint|browser]"

missing=()
for package in ${needed[$set_name]}; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    if [ "$state" != installed ]; then missing+=("$package"); fi
done
if ((${#missing[@]} == 0)); then exit 0; fi

need_root
say "installing from Debian: ${missing[*]}"
scratch=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
placed_policy=no
cleanup() {
    rm -rf "$scratch"
    if [ $placed_policy = yes ]; then rm -f "$policy"; fi
}
trap cleanup EXIT

# etcd and containerd would start as services of the machine; the lab runs its own, in its own namespaces.
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    placed_policy=yes
fi

known_to_apt() { apt-get install --simulate -qq --no-install-recommends "${missing[@]}"; }
install_missing() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "${missing[@]}"
}

known_to_apt >/dev/null 2>&1 || task "apt-get update" "$scratch/update" apt-get update
task "apt-get install of ${#missing[@]} packages" "$scratch/install" install_missing

# Without a service from us now, also none after the next boot.
if [ -d /run/systemd/system ]; then
    for package in etcd-server:etcd containerd:containerd; do
        case " ${missing[*]} " in
            *" ${package%%:*} "*) systemctl disable --quiet "${package##*:}.service" ;;
        esac
    done
fi

#!/bin/bash
# Builds the Kubernetes 1.20.2 that the lab runs, once, from Debian's own source package, with the patches beside this
# script. Prints the folder of the binaries, and progress to standard error; a folder that exists is complete.
# KUBE_BIN=/folder takes ready binaries instead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib.sh
. "$here/../lib.sh"
exec 3>&1 1>&2

version=1.20.2
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
steps=5

has_all() {
    local p
    for p in "${programs[@]}"; do [ -x "$1/$p" ] || return 1; done
}

if [ -n "${KUBE_BIN:-}" ]; then
    has_all "$KUBE_BIN" || die "KUBE_BIN=$KUBE_BIN lacks one of: ${programs[*]}"
    echo "$KUBE_BIN" >&3
    exit 0
fi

target=$CACHE/kubernetes-$(hash_of "$here"/build.sh "$here"/*.patch)
if has_all "$target"; then
    echo "$target" >&3
    exit 0
fi

mkdir -p "$CACHE"
exec {lock}>"$CACHE/kubernetes.lock"
flock -n "$lock" || { say "another build of Kubernetes runs; waiting for it"; flock "$lock"; }
if has_all "$target"; then
    echo "$target" >&3
    exit 0
fi

# Below the lock nobody else writes here, so what a broken-off build left can go.
work=$CACHE/kubernetes-build
rm -rf "$work"
mkdir -p "$work/bin" "$work/log"
tree=$work/go/src/k8s.io/kubernetes # GOPATH mode: the tree must really lie here

# Source packages from where this machine already takes its binary packages, without touching /etc/apt.
fetch_source() {
    mkdir -p "$work/apt/lists/partial"
    # shellcheck disable=SC2016  # the placeholders are apt's
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' \
        --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u >"$work/apt/sources.list"
    [ -s "$work/apt/sources.list" ] || { echo "no Debian bookworm main in this machine's apt lists; run apt-get update"; return 1; }
    local apt=(apt-get -o "Dir::Etc::SourceList=$work/apt/sources.list" -o Dir::Etc::SourceParts=-
        -o "Dir::State::Lists=$work/apt/lists" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    cd "$work/apt"
    "${apt[@]}" source --download-only kubernetes
    apt-get -o APT::Sandbox::User=root download golang-github-modern-go-reflect2-dev
}

# The tree brings reflect2 1.0.1, whose map iterator is too short for Go 1.18 and later: the API server then dies now and
# then with a memory fault while it encodes a map (modern-go/reflect2 pull 19). Debian's own 1.0.2 takes its place.
replace_reflect2() {
    local library=github.com/modern-go/reflect2
    dpkg-deb -x "$work"/apt/golang-github-modern-go-reflect2-dev_*.deb "$work/reflect2"
    [ -e "$work/reflect2/usr/share/gocode/src/$library/go_above_118.go" ] || { echo "reflect2 in Debian is older than 1.0.2"; return 1; }
    rm -rf "${tree:?}/vendor/$library"
    cp -r "$work/reflect2/usr/share/gocode/src/$library" "$tree/vendor/$library"
}

unpack_and_patch() {
    local dsc=("$work"/apt/kubernetes_*"$version"*.dsc) p
    [ -f "${dsc[0]}" ] || { echo "Debian's kubernetes source package is not $version"; return 1; }
    mkdir -p "$(dirname "$tree")"
    dpkg-source --no-check -x "${dsc[0]}" "$tree" # apt-get has already checked the signatures
    for p in "$here"/*.patch; do patch -d "$tree" -p1 <"$p"; done
    replace_reflect2
}

go_environment() {
    export GOPATH=$work/go GOCACHE=$work/gocache GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
    cd "$tree"
}

generate() {
    go_environment
    make generated_files
}

compile() {
    go_environment
    local v=k8s.io/kubernetes/vendor/k8s.io/component-base/version # GOPATH mode links by this long name
    go build -o "$work/bin/" \
        -ldflags "-s -w -X $v.gitVersion=v$version -X $v.gitMajor=1 -X $v.gitMinor=20 -X $v.gitTreeState=clean" \
        "${programs[@]/#/./cmd/}"
}

check() {
    "$work/bin/kubelet" --version | grep -qx "Kubernetes v$version"
    grep -q 'GitVersion:"v'"$version"'"' <("$work/bin/kubectl" version --client)
}

started=$(now_ms)
say "Kubernetes $version is built once, from Debian's source package; this takes 5 to 15 minutes on two cores"
task "kubernetes 1/$steps fetch the source package" "$work/log/1" fetch_source
task "kubernetes 2/$steps unpack and patch" "$work/log/2" unpack_and_patch
task "kubernetes 3/$steps generate code" "$work/log/3" generate
task "kubernetes 4/$steps compile ${#programs[@]} programs" "$work/log/4" compile
task "kubernetes 5/$steps check the versions" "$work/log/5" check
mv "$work/bin" "$target"
rm -rf "$work"
say "Kubernetes $version built in $(seconds "$started") s"
echo "$target" >&3

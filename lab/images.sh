#!/bin/bash
# The lab's images; there is no registry.
#   lab/images.sh build NAME...   build pause, base, postgres, tonari; quick when nothing changed
#   lab/images.sh load CLUSTER    give a running cluster every image that is built and that it lacks
# Images are OCI folders below $TONARI_CACHE/images, named by a hash of what they are made from.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

store=$CACHE/images
scratch=
# The registry names the images carry inside a cluster; what a pod writes as image "tonari:dev" means this.
declare -A image_name=([pause]=docker.io/library/lab-pause:1 [postgres]=docker.io/library/lab-postgres:15
    [tonari]=docker.io/library/tonari:dev)

buildah_here() { buildah --root "$store/buildah" --runroot "$store/buildah-run" --storage-driver "$(storage_driver)" "$@"; }

# overlay is quick; where the cache itself lies on an overlay it does not work and vfs copies instead.
storage_driver() {
    if [ "$(stat -f -c %T "$store")" = overlayfs ]; then echo vfs; else echo overlay; fi
}

# finish NAME HASH : export the image "lab/NAME:HASH" as an OCI folder and make it the one to load. The layers stay
# uncompressed (buildah does that only for its "dir" form): packing and unpacking would take longer than copying.
finish() {
    local folder=$store/oci-$1 new=$store/oci-$1.new manifest
    rm -rf "$new"
    mkdir -p "$new/blobs/sha256"
    buildah_here push --quiet --disable-compression "lab/$1:$2" "dir:$new/exported"
    manifest=$(sha256sum "$new/exported/manifest.json" | cut -d ' ' -f 1)
    mv "$new/exported/manifest.json" "$new/blobs/sha256/$manifest"
    rm "$new/exported/version"
    mv "$new/exported"/* "$new/blobs/sha256/"
    rmdir "$new/exported"
    echo '{"imageLayoutVersion": "1.0.0"}' >"$new/oci-layout"
    jq -n --arg name "${image_name[$1]}" --arg digest "sha256:$manifest" \
        --argjson size "$(stat -c %s "$new/blobs/sha256/$manifest")" \
        '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: $digest, size: $size, annotations: {"io.containerd.image.name": $name}}]}' >"$new/index.json"
    rm -rf "$folder" "$store/$1.built"
    mv "$new" "$folder"
    echo "$2" >"$store/$1.built"
    forget_older "$1" "$2"
}

# Of every image only the newest is kept, with the layers it is made of.
forget_older() {
    buildah_here images --format '{{.Name}}:{{.Tag}}' | { grep -F "/lab/$1:" || true; } | { grep -vF ":$2" || true; } |
        while read -r image; do buildah_here rmi "$image" >/dev/null; done
}

is_built() { [ "$(cat "$store/$1.built" 2>/dev/null)" = "$2" ]; }

build_pause() {
    local hash
    hash=$(hash_of "$here"/images/pause/*)
    if is_built pause "$hash"; then return 0; fi
    task "image pause" "$store/log/pause" make_pause "$hash"
}

make_pause() {
    cp "$here/images/pause/Containerfile" "$scratch"
    gcc -std=gnu11 -Os -Wall -Wextra -Werror -static -o "$scratch/pause" "$here/images/pause/pause.c"
    strip "$scratch/pause"
    buildah_here bud --quiet --isolation chroot --tag "lab/pause:$1" "$scratch"
    finish pause "$1"
}

# A small Debian 12 from wherever this machine takes its packages, with this machine's settings for fetching them.
build_base() {
    base_hash=$(sed -n '/^make_base()/,/^}/p' "$here/images.sh" | sha256sum | cut -c 1-16)
    if buildah_here inspect --type image "lab/base:$base_hash" >/dev/null 2>&1; then return 0; fi
    task "image base (Debian 12)" "$store/log/base" make_base "$base_hash"
}

make_base() {
    apt-config dump | grep '^Acquire::' >"$scratch/apt.conf"
    # shellcheck disable=SC2016  # the placeholders are apt's
    apt-get indextargets 'Created-By: Packages' 'Origin: Debian' \
        --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' | sort -u >"$scratch/sources.list"
    mmdebstrap --mode=root --variant=apt --include=bash,ca-certificates --aptopt="$scratch/apt.conf" \
        --dpkgopt=path-exclude='/usr/share/doc/*' --dpkgopt=path-exclude='/usr/share/man/*' \
        --dpkgopt=path-exclude='/usr/share/locale/*' \
        bookworm "$scratch/base.tar" "$scratch/sources.list"
    printf 'FROM scratch\nADD base.tar /\nCMD ["/bin/bash"]\n' >"$scratch/Containerfile"
    buildah_here bud --quiet --isolation chroot --tag "lab/base:$1" "$scratch"
}

build_postgres() {
    local hash
    build_base
    hash=$({ echo "$base_hash"; cat "$here"/images/postgres/*; } | hash_of -)
    if is_built postgres "$hash"; then return 0; fi
    task "image postgres" "$store/log/postgres" from_base postgres "$hash" "$here/images/postgres/Containerfile" "$here/images/postgres"
}

# from_base NAME HASH CONTAINERFILE CONTEXT
from_base() {
    buildah_here bud --quiet --layers --isolation chroot --build-arg BASE="lab/base:$base_hash" --tag "lab/$1:$2" --file "$3" "$4"
    finish "$1" "$2"
}

build_tonari() {
    local hash
    build_base
    task "publish Tonari" "$store/log/publish" publish_tonari
    hash=$({ echo "$base_hash"; cat "$REPO/deploy/Containerfile"; cd "$store/publish" && find . -type f -print0 | sort -z | xargs -0 sha256sum; } | hash_of -)
    if is_built tonari "$hash"; then return 0; fi
    task "image tonari" "$store/log/tonari" from_base tonari "$hash" "$REPO/deploy/Containerfile" "$store/tonari-context"
}

# Three self-contained programs that share one folder and one runtime. Only files that differ are replaced in the build
# context, so that the runtime's layer stays the same.
publish_tonari() {
    local project artifacts
    # Apart from the working tree's own output, which is for another runtime identifier.
    artifacts=$store/dotnet-$(echo "$REPO" | sha256sum | cut -c 1-8)
    rm -rf "$store/publish"
    if [ -n "${TONARI_PUBLISH:-}" ]; then
        cp -a "$TONARI_PUBLISH" "$store/publish"
    else
        for project in Node Controller Cli; do
            dotnet publish "$REPO/src/Tonari.$project/Tonari.$project.csproj" -c Release -r linux-x64 --self-contained \
                -nodeReuse:false --artifacts-path "$artifacts" --output "$store/publish"
        done
    fi
    mkdir -p "$store/tonari-context/publish"/{app,runtime}
    rsync --archive --checksum --delete --prune-empty-dirs --include='*/' --include='[Tt]onari*' --include='/wwwroot/**' \
        --exclude='*' "$store/publish/" "$store/tonari-context/publish/app/"
    rsync --archive --checksum --delete --exclude='[Tt]onari*' --exclude='/wwwroot/' \
        "$store/publish/" "$store/tonari-context/publish/runtime/"
}

# Only what the cluster lacks is sent: layers it has from an earlier build stay out of the stream.
load() {
    local name folder digest present
    local ctr=(ctr --address "$LAB/$1/containerd.sock" --namespace k8s.io)
    known_cluster "$1"
    [ -S "$LAB/$1/containerd.sock" ] || die "cluster $1 is not up"
    [ -e "$store/pause.built" ] || die "no images are built; run lab/images.sh build pause"
    for name in pause postgres tonari; do
        folder=$store/oci-$name
        if [ ! -e "$store/$name.built" ]; then continue; fi
        digest=$(jq -r '.manifests[0].digest' "$folder/index.json")
        present=$("${ctr[@]}" images list -q "name==${image_name[$name]},target.digest==$digest")
        if [ -n "$present" ]; then continue; fi
        "${ctr[@]}" content list -q | sed 's|^sha256:|./blobs/sha256/|' >"$scratch/has"
        tar -C "$folder" --exclude-from="$scratch/has" -cf - . | "${ctr[@]}" images import - >/dev/null
        say "loaded ${image_name[$name]} into $1"
    done
}

usage="usage: lab/images.sh build pause|base|postgres|tonari... | load blue|green"
[ $# -ge 2 ] || die "$usage"
need_root
command=$1
shift
mkdir -p "$store"
exec {lock}>"$store/lock"
if [ "$command" = load ]; then flock --shared "$lock"; else flock "$lock"; fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case $command in
    build)
        for image in "$@"; do
            case $image in
                pause | base | postgres | tonari) "build_$image" ;;
                *) die "$usage" ;;
            esac
        done
        ;;
    load) load "$1" ;;
    *) die "$usage" ;;
esac

#!/bin/bash
# Installs Tonari into a running cluster of the lab, or brings it up to date: lab/deploy.sh blue|green
# The overlay it writes stays in $TONARI_LAB/NAME/deploy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

[ $# = 1 ] || die "usage: lab/deploy.sh blue|green"
NAME=$1
known_cluster "$NAME"
need_root
not_in_use
D=$LAB/$NAME
SAY_PREFIX=$(printf '%-7s' "$NAME:")
[ -e "$D/admin.kubeconfig" ] || die "cluster $NAME is not up; start it with lab/up.sh"

kubectl() { "$here/kubectl" "$NAME" "$@"; }

# The tag stays the same when the image changes; its digest in the pods makes the workloads follow.
image_digest() {
    ctr --address "$D/containerd.sock" --namespace k8s.io images list 'name==docker.io/library/tonari:dev' |
        awk 'NR == 2 { print $3 }'
}

write_overlay() {
    local digest=$1
    rm -rf "$D/deploy"
    mkdir -p "$D/deploy"
    cp -r "$REPO"/deploy/* "$D/deploy/" # kustomize refuses files from outside its folder
    mkdir "$D/deploy/here"
    cat >"$D/deploy/here/kustomization.yaml" <<EOF
bases:
- ../base
patchesJson6902:
- target: {group: apps, version: v1, kind: DaemonSet, name: tonari-node, namespace: tonari-system}
  path: node.yaml
- target: {group: apps, version: v1, kind: Deployment, name: tonari-controller, namespace: tonari-system}
  path: controller.yaml
EOF
    cat >"$D/deploy/here/node.yaml" <<EOF
- {op: add, path: /spec/template/metadata/annotations, value: {tonari.dev/image: "$digest"}}
- {op: test, path: /spec/template/spec/containers/0/env/2/name, value: KUBELET_DIR}
- {op: replace, path: /spec/template/spec/containers/0/env/2/value, value: "$D/kubelet"}
- {op: test, path: /spec/template/spec/containers/0/env/3/name, value: POOLS_DIR}
- {op: replace, path: /spec/template/spec/containers/0/env/3/value, value: "$D/pools"}
- {op: replace, path: /spec/template/spec/containers/0/volumeMounts/0/mountPath, value: "$D/kubelet"}
- {op: replace, path: /spec/template/spec/containers/0/volumeMounts/1/mountPath, value: "$D/pools"}
- {op: replace, path: /spec/template/spec/volumes/0/hostPath/path, value: "$D/kubelet"}
- {op: replace, path: /spec/template/spec/volumes/1/hostPath/path, value: "$D/pools"}
EOF
    cat >"$D/deploy/here/controller.yaml" <<EOF
- {op: add, path: /spec/template/metadata/annotations, value: {tonari.dev/image: "$digest"}}
- {op: test, path: /spec/template/spec/containers/0/env/1/name, value: CLUSTER_NAME}
- {op: replace, path: /spec/template/spec/containers/0/env/1/value, value: "$NAME"}
- {op: test, path: /spec/template/spec/containers/0/env/3/name, value: PEER_ENDPOINT}
- {op: replace, path: /spec/template/spec/containers/0/env/3/value, value: "$(node_ip "$NAME"):7443"}
- {op: test, path: /spec/template/spec/containers/0/ports/2/name, value: web}
- {op: add, path: /spec/template/spec/containers/0/ports/2/hostPort, value: 7448}
EOF
}

deploy() {
    local digest
    digest=$(image_digest)
    [ -n "$digest" ] || { echo "cluster $NAME has no image tonari:dev; run lab/images.sh build tonari and lab/images.sh load $NAME"; return 1; }
    write_overlay "$digest"
    kubectl apply -k "$D/deploy/crds"
    kubectl wait --for=condition=Established --timeout=30s crd --all
    kubectl apply -k "$D/deploy/here"
    kubectl apply -k "$D/deploy/snapshots"
}

# Waits for both workloads; if one does not come, says what its pods say.
roll_out() {
    local workload
    for workload in daemonset/tonari-node deployment/tonari-controller; do
        if kubectl -n tonari-system rollout status "$workload" --timeout=120s; then continue; fi
        kubectl -n tonari-system get pods -o wide
        kubectl -n tonari-system get events --sort-by=.lastTimestamp | tail -n 10
        kubectl -n tonari-system logs "$workload" --tail=20
        return 1
    done
}

task "apply Tonari" "$D/log/deploy" deploy
task "Tonari ready" "$D/log/rollout" roll_out

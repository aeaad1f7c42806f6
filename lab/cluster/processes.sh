# shellcheck shell=bash
# The programs of one cluster. Sourced by cluster.sh.

DAEMONS=(etcd kube-apiserver containerd kube-controller-manager kube-scheduler kubelet kube-proxy)

# start NAME COMMAND... : start a program of this cluster, in its cgroup, network and mounts.
start() {
    local program=$1
    shift
    start_process "$GROUP/system" "$D/log/$program.log" "$D/run/$program.pid" \
        nsenter --net="/run/netns/$(netns_name "$NAME")" --mount="$D/ns/mnt" -- "$@"
}

runs() { process_runs "$GROUP/system" "$D/run/$1.pid"; }

all_run() {
    local program
    for program in "${DAEMONS[@]}"; do
        runs "$program" || return 1
    done
}

# start_program PROGRAM : start one of DAEMONS, unless it runs.
start_program() {
    case $1 in
        etcd)
            start etcd etcd --unsafe-no-fsync --data-dir "$D/etcd" \
                --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
                --listen-peer-urls http://127.0.0.1:2380
            ;;
        containerd) start containerd containerd --config "$D/containerd.toml" ;;
        kube-apiserver)
            start kube-apiserver "$KUBE_BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
                --advertise-address="$(node_ip "$NAME")" --service-cluster-ip-range=$SERVICE_NET \
                --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
                --client-ca-file="$D/certs/ca.crt" --cert-dir="$D/certs" \
                --tls-cert-file="$D/certs/apiserver.crt" --tls-private-key-file="$D/certs/apiserver.key" \
                --service-account-issuer=https://kubernetes.default.svc \
                --service-account-key-file="$D/certs/service-accounts.pub" \
                --service-account-signing-key-file="$D/certs/service-accounts.key" \
                --kubelet-preferred-address-types=InternalIP --kubelet-certificate-authority="$D/certs/ca.crt" \
                --kubelet-client-certificate="$D/certs/admin.crt" --kubelet-client-key="$D/certs/admin.key"
            ;;
        kube-controller-manager)
            start kube-controller-manager "$KUBE_BIN/kube-controller-manager" --kubeconfig="$D/admin.kubeconfig" \
                --root-ca-file="$D/certs/ca.crt" --service-account-private-key-file="$D/certs/service-accounts.key" \
                --use-service-account-credentials=true --leader-elect=false \
                --cluster-cidr="$(pod_net "$NAME")" --allocate-node-cidrs=true
            ;;
        kube-scheduler)
            start kube-scheduler "$KUBE_BIN/kube-scheduler" --kubeconfig="$D/admin.kubeconfig" --leader-elect=false
            ;;
        kubelet)
            start kubelet "$KUBE_BIN/kubelet" --config="$D/kubelet.yaml" --kubeconfig="$D/kubelet.kubeconfig" \
                --root-dir="$D/kubelet" --cert-dir="$D/kubelet/pki" --hostname-override="$NAME" --node-ip="$(node_ip "$NAME")" \
                --container-runtime=remote --container-runtime-endpoint="unix://$D/containerd.sock"
            ;;
        kube-proxy)
            start kube-proxy "$KUBE_BIN/kube-proxy" --kubeconfig="$D/admin.kubeconfig" --hostname-override="$NAME" \
                --cluster-cidr="$(pod_net "$NAME")" --oom-score-adj=0 --conntrack-max-per-core=0 \
                --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0
            ;;
        *) die "there is no program $1 in a cluster; there are: ${DAEMONS[*]}" ;;
    esac
}

start_apiserver_and_runtime() {
    start_program etcd
    start_program containerd
    start_program kube-apiserver
    wait_for 60 "the API server's /readyz" kube-apiserver kubectl get --raw /readyz
    wait_for 30 "the container runtime" containerd ctr version
}

start_the_rest() {
    start_program kube-controller-manager
    start_program kube-scheduler
    start_program kubelet
    start_program kube-proxy
}

wait_until_ready() {
    wait_for 120 "node $NAME to be Ready" kubelet node_is_ready
    wait_for 30 "the default service account" kube-controller-manager kubectl -n default get serviceaccount default
}

node_is_ready() {
    [ "$(kubectl get node "$NAME" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}')" = True ]
}

kubectl() { "$KUBE_BIN/kubectl" --kubeconfig "$D/admin.kubeconfig" --request-timeout=5s "$@"; }
ctr() { command ctr --address "$D/containerd.sock" --namespace k8s.io "$@"; }

# wait_for SECONDS WHAT PROGRAM COMMAND... : wait for a condition; if it does not come, show what PROGRAM last said.
wait_for() {
    local limit=$1 what=$2 program=$3
    shift 3
    if await "$limit" "$@"; then return 0; fi
    echo "waited $limit s for $what in vain; the end of $D/log/$program.log:"
    tail -n 20 "$D/log/$program.log"
    return 1
}

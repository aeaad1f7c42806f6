# shellcheck shell=bash
# Keys, certificates and configuration files of one cluster. Sourced by cluster.sh.

SERVICE_NET=10.96.0.0/16
API_SERVICE_IP=10.96.0.1

make_configuration() {
    mkdir -p "$D/certs" "$D/cni" "$D/volume-plugins"
    if [ ! -e "$D/certs/complete" ]; then
        make_certificates
        touch "$D/certs/complete"
    fi
    write_kubeconfig admin
    write_kubeconfig kubelet
    write_containerd_configuration
    write_cni_configuration
    write_kubelet_configuration
}

new_key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1"; }

make_certificates() {
    cd "$D/certs"
    new_key ca.key
    openssl req -x509 -new -key ca.key -sha256 -days 365 -subj "/CN=tonari-lab-$NAME" -out ca.crt
    new_key service-accounts.key
    openssl ec -in service-accounts.key -pubout -out service-accounts.pub
    sign_certificate apiserver /CN=kube-apiserver
    sign_certificate admin /O=system:masters/CN=admin
    sign_certificate kubelet "/O=system:nodes/CN=system:node:$NAME"
}

sign_certificate() {
    new_key "$1.key"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
    printf 'subjectAltName=IP:127.0.0.1,IP:%s,IP:%s,DNS:localhost,DNS:kubernetes.default.svc\n' \
        "$(node_ip "$NAME")" "$API_SERVICE_IP" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -sha256 -days 365 -extfile "$1.ext" -out "$1.crt"
}

# Everything is inside the file, so that it can be copied away.
write_kubeconfig() {
    local file=$D/$1.kubeconfig
    (
        umask 077
        cat >"$file" <<EOF
apiVersion: v1
kind: Config
clusters:
- name: $NAME
  cluster:
    server: https://$(node_ip "$NAME"):6443
    certificate-authority-data: $(base64 -w 0 "$D/certs/ca.crt")
users:
- name: $1
  user:
    client-certificate-data: $(base64 -w 0 "$D/certs/$1.crt")
    client-key-data: $(base64 -w 0 "$D/certs/$1.key")
contexts:
- name: $NAME
  context: {cluster: $NAME, user: $1}
current-context: $NAME
EOF
    )
}

write_containerd_configuration() {
    cat >"$D/containerd.toml" <<EOF
version = 2
root = "$D/containerd/root"
state = "$D/containerd/state"
[grpc]
  address = "$D/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$D/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true # a machine without CAP_SYS_RESOURCE cannot lower the score
  netns_mounts_under_state_dir = true
  sandbox_image = "docker.io/library/lab-pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$D/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
EOF
}

write_cni_configuration() {
    cat >"$D/cni/10-pods.conflist" <<EOF
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
      "ipam": {
        "type": "host-local", "dataDir": "$D/cni-addresses",
        "ranges": [[{"subnet": "$(pod_net "$NAME")"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
EOF
}

write_kubelet_configuration() {
    cat >"$D/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $D/certs/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $D/certs/kubelet.crt
tlsPrivateKeyFile: $D/certs/kubelet.key
cgroupDriver: cgroupfs
cgroupsPerQOS: true
cgroupRoot: /$GROUP
enforceNodeAllocatable: []
failSwapOn: false
oomScoreAdj: 0
resolvConf: $D/resolv.conf
volumePluginDir: $D/volume-plugins
nodeStatusUpdateFrequency: 2s
# No registry: an image that is collected is lost, and a full disk is the machine's, not the lab's.
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {nodefs.available: "1%", imagefs.available: "1%", memory.available: "100Mi"}
EOF
}

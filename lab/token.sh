#!/bin/bash
# A token to sign in with, at a cluster's web interface or REST API: lab/token.sh blue|green [OPTIONS]
#   --role operator|viewer  operator may do everything (the default), viewer may look at what is Tonari's and change nothing
#   --namespace NAME        only there; without it everywhere
#   --for SECONDS           how long it is good for, at least 600; an hour unless said otherwise
# Whose it is: a ServiceAccount in the namespace "people", which this script makes, with a binding of the role.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib.sh
. "$here/lib.sh"

usage() { die "$(sed -n '2,/^set -/{s/^# //p}' "$here/token.sh")"; }

cluster=${1:-}
[ -n "$cluster" ] || usage
known_cluster "$cluster"
shift
role=operator namespace='' lifetime=3600
while (($# > 0)); do
    case $1:${2:-} in
        --role:operator | --role:viewer) role=$2 ;;
        --namespace:?*) namespace=$2 ;;
        --for:?*) lifetime=$2 ;;
        *) usage ;;
    esac
    shift 2
done
[[ $lifetime =~ ^[0-9]+$ ]] || usage
kubectl() { "$here/kubectl" "$cluster" "$@"; }

# People live apart from the applications, so that they are no part of what is replicated.
people=people
person=$role${namespace:+-$namespace}
cluster_role="cluster-admin"
if [ "$role" = viewer ]; then cluster_role=lab-viewer; fi

binding() {
    if [ -z "$namespace" ]; then
        printf 'kind: ClusterRoleBinding\nmetadata: {name: lab-%s}\n' "$person"
    else
        printf 'kind: RoleBinding\nmetadata: {name: lab-%s, namespace: %s}\n' "$person" "$namespace"
    fi
}

kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $people}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: $person, namespace: $people}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: lab-viewer}
rules:
- apiGroups: [tonari.dev]
  resources: ["*"]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
$(binding)
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $cluster_role}
subjects:
- {kind: ServiceAccount, name: $person, namespace: $people}
YAML

# What `kubectl create token` does, which this kubectl does not have yet.
printf '{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": %s}}' "$lifetime" |
    kubectl create --raw "/api/v1/namespaces/$people/serviceaccounts/$person/token" -f - | jq -r .status.token

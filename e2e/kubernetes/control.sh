# shellcheck shell=bash
# Sourced by e2e/cluster: what runs on the machine `control`.
# shellcheck disable=SC2154

prepare_control() {
  local pki=$base/pki of=$base/control
  make_machine control
  : >"$of/mounts"
  component control etcd etcd --name control --data-dir "$of/disk/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster control=http://127.0.0.1:2380
  component control kube-apiserver kube-apiserver --advertise-address "$(address control)" --secure-port 6443 \
    --etcd-servers http://127.0.0.1:2379 --service-cluster-ip-range "$services" --allow-privileged \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --client-ca-file "$pki/ca.crt" \
    --tls-cert-file "$pki/kube-apiserver.crt" --tls-private-key-file "$pki/kube-apiserver.key" \
    --kubelet-client-certificate "$pki/admin.crt" --kubelet-client-key "$pki/admin.key" \
    --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-accounts.pub" \
    --service-account-signing-key-file "$pki/service-accounts.key" --cert-dir "$of/disk"
  component control kube-controller-manager kube-controller-manager --kubeconfig "$of/kube-controller-manager.kubeconfig" \
    --leader-elect=false --use-service-account-credentials --root-ca-file "$pki/ca.crt" --cert-dir "$of/disk" \
    --service-account-private-key-file "$pki/service-accounts.key" \
    --cluster-signing-cert-file "$pki/ca.crt" --cluster-signing-key-file "$pki/ca.key"
  component control kube-scheduler kube-scheduler --kubeconfig "$of/kube-scheduler.kubeconfig" --leader-elect=false
}

kubectl() { "$bin/kubectl" --kubeconfig "$kubeconfig" "$@"; }

api_is_ready() { kubectl --request-timeout 2s get --raw /readyz; }

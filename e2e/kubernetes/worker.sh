# shellcheck shell=bash
# Sourced by e2e/cluster: what runs on the machines node-1 to node-3.
# shellcheck disable=SC2154

# prepare_worker NODE
prepare_worker() {
  local of=$base/$1
  make_machine "$1"
  cat >"$of/mounts" <<TEXT
$of/disk/kubelet /var/lib/kubelet
$of/disk/containerd /var/lib/containerd
$of/disk/hast /var/lib/hast
$of/disk/pod-logs /var/log/pods
$of/disk/cni /etc/cni/net.d
TEXT
  mkdir -p "$of/disk/cni"
  pod_network "$1" >"$of/disk/cni/10-pods.conflist"
  containerd_configuration >"$of/containerd.toml"
  kubelet_configuration "$1" >"$of/kubelet.yaml"
  kube_proxy_configuration "$1" >"$of/kube-proxy.yaml"
  component "$1" containerd containerd --config "$of/containerd.toml" --log-level warn
  component "$1" kubelet kubelet --config "$of/kubelet.yaml" --kubeconfig "$of/kubelet.kubeconfig" --hostname-override "$1" \
    --node-ip "$(address "$1")" --node-labels "topology.kubernetes.io/zone=zone-${1#node-}" --v 1
  component "$1" kube-proxy kube-proxy --config "$of/kube-proxy.yaml"
}

# A pod's interface is one end of a cable to its node, which routes. Addresses are noted in /run, because no pod survives a boot.
pod_network() {
  cat <<TEXT
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": "$(pods_of "$1")"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": "/run/pod-addresses"
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
  ]
}
TEXT
}

# Without the right to lower the score by which the kernel chooses whom to kill for memory, runc fails unless told.
containerd_configuration() {
  cat <<TEXT
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "$pause_image"

[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
TEXT
}

# Images come from files, not from a registry, so they are never removed to make room. Names are not resolved: nobody
# listens where they would be, so that who asks is refused at once, and no Event says for each pod that there is no DNS.
kubelet_configuration() {
  cat <<TEXT
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $(address "$1")
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $base/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $base/pki/$1.crt
tlsPrivateKeyFile: $base/pki/$1.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$group/$1
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
clusterDomain: cluster.local
clusterDNS: [$(address control)]
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
TEXT
}

kube_proxy_configuration() {
  cat <<TEXT
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clusterCIDR: $pods
hostnameOverride: $1
clientConnection: {kubeconfig: $base/$1/kube-proxy.kubeconfig}
conntrack: {maxPerCore: 0}
oomScoreAdj: 0
TEXT
}

ctr() { on "$1" "$bin/ctr" --namespace k8s.io "${@:2}"; }

containerd_answers() { ctr "$1" version; }

# load_image NODE FILE
load_image() { ctr "$1" images import "$2"; }

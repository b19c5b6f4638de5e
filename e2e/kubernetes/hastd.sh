# shellcheck shell=bash
# Sourced by e2e/kubernetes/check: hastd as a DaemonSet, a volume that two nodes replicate, and the death of the node that
# serves it. Documents, certificates and the arbiter's file are in a directory that all nodes see, as they share one machine.
# Loop devices they share too, and hastd knows its own by the path of the file behind it: hence a directory for each node.
# shellcheck disable=SC2154

shared=/var/lib/hast-cluster-$HAST_CLUSTER/shared
dist=${HAST_DIST-node-daemon/daemon/target/dist}

hastd_image() {
  e2e/kubernetes/hast-image "$logs/$HAST_CLUSTER.hastd.tar" && cluster load "$logs/$HAST_CLUSTER.hastd.tar"
  local code=$?
  rm -f "$logs/$HAST_CLUSTER.hastd.tar"
  return $code
}

hastd_documents() {
  local node
  mkdir -p "$shared"/{etc,arbiter} && "$dist/bin/hastctl" pki init --dir "$shared/pki" || return 1
  for node in node-1 node-2 node-3; do
    "$dist/bin/hastctl" pki node "$node" --host "${address[$node]}" --dir "$shared/pki" || return 1
    cat >"$shared/etc/$node.yaml" <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastNode
metadata: {name: $node}
spec:
  listen: ${address[$node]}
  tls: {ca: $shared/pki/ca.crt, cert: $shared/pki/$node.crt, key: $shared/pki/$node.key, crl: $shared/pki/crl.pem}
  arbiter: {type: file, path: $shared/arbiter}
  controlSocket: /run/hast/control.sock
  runDirectory: /run/hast/$node
TEXT
  done
  cat >"$shared/etc/volume.yaml" <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastResource
metadata: {name: volume}
spec:
  size: 32Mi
  replicas:
    - {node: node-1, provider: /var/lib/hast/volume, address: ${address[node-1]}}
    - {node: node-2, provider: /var/lib/hast/volume, address: ${address[node-2]}}
TEXT
}

hastd_daemons() {
  cat <<TEXT
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: hastd}
spec:
  selector: {matchLabels: {app: hastd}}
  template:
    metadata: {labels: {app: hastd}}
    spec:
      hostNetwork: true
      containers:
        - name: hastd
          image: hast.test/hastd:1
          imagePullPolicy: Never
          command: [bash, -c, 'truncate -s 40M /var/lib/hast/volume && exec hastd -c $shared/etc -n "\$NODE"']
          env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
          securityContext: {privileged: true}
          terminationMessagePath: /tmp/termination-log
          volumeMounts:
            - {name: dev, mountPath: /dev, mountPropagation: HostToContainer}
            - {name: run, mountPath: /run/hast}
            - {name: hast, mountPath: /var/lib/hast}
            - {name: shared, mountPath: $shared}
      volumes:
        - {name: dev, hostPath: {path: /dev}}
        - {name: run, hostPath: {path: /run/hast, type: DirectoryOrCreate}}
        - {name: hast, hostPath: {path: /var/lib/hast}}
        - {name: shared, hostPath: {path: $shared}}
TEXT
}

# hastctl_on NODE ARGS...: in the pod of the daemon there.
hastctl_on() {
  local pod
  pod=$(kubectl get pods -l app=hastd --field-selector "spec.nodeName=$1" -o name) &&
    cluster kubectl exec "$pod" -- hastctl "${@:2}"
}

# Both replicas get their metadata, and the daemons hear of it.
volume_created() { hastctl_on node-1 create volume && hastctl_on node-2 create volume; }
in_sync() { hastctl_on "$1" status volume | grep 2/2; }
device_on() { cluster on "$1" test -b /dev/hast/volume; }

# What is written on one node is read on the other when the first is dead.
write_text() { cluster on "$1" bash -c 'echo acknowledged | dd of=/dev/hast/volume bs=4096 conv=sync,notrunc oflag=direct'; }
read_text() { cluster on "$1" dd if=/dev/hast/volume bs=4096 count=1 iflag=direct | grep -a acknowledged; }

judge_hastd() {
  local primary=node-1 other=node-2
  judge "hastd: its image gets onto each node" hastd_image
  judge "its documents and certificates" hastd_documents
  judge "a DaemonSet of it is accepted" kubectl apply -f <(hastd_daemons)
  judge "its volume is made on two nodes" within 60 volume_created
  judge "both replicas are in sync" within 60 in_sync node-1
  device_on node-1 || { within 20 device_on node-2 && primary=node-2 other=node-1; }
  judge "its device is on $primary" within 20 device_on $primary
  judge "a write is acknowledged there" write_text $primary
  cluster kill $primary
  judge "its device is on $other" within 20 device_on $other
  judge "what was acknowledged is there" within 20 read_text $other
  cluster start $primary
  judge "both replicas are in sync again" within 60 in_sync $other
}

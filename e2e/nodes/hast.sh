# shellcheck shell=bash
# Sourced by ./quickstart and e2e/experiments/run, after nodes.sh: hastd, its command line, its documents and its
# arbiter on nodes. `dist` names the build.
# shellcheck disable=SC2154

hastctl() { on "$1" "$dist/bin/hastctl" "${@:2}" </dev/null; }

# make_certificates NODE...
make_certificates() {
  local node
  must "$dist/bin/hastctl" pki init --dir "$base/pki"
  for node; do
    must "$dist/bin/hastctl" pki node "$node" --host "$(address "$node")" --dir "$base/pki"
  done
}

# node_document NODE ARBITER: `ARBITER` is the node that etcd runs on, or none.
node_document() {
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastNode
metadata:
  name: $1
spec:
  listen: $(address "$1")
  tls: {ca: $base/pki/ca.crt, cert: $base/pki/$1.crt, key: $base/pki/$1.key, crl: $base/pki/crl.pem}
  arbiter:
$(arbiter_of "$1" "$2" | sed 's/^/    /')
  controlSocket: $base/$1/run/control.sock
  runDirectory: $base/$1/run
  stateDirectory: $base/$1/state
  deviceDirectory: $base/$1/dev
TEXT
}

arbiter_of() {
  case $2 in
  none) echo "type: none" ;;
  *)
    cat <<TEXT
type: etcd
endpoints: ["https://$(address "$2"):2379"]
tls: {ca: $base/pki/ca.crt, cert: $base/pki/$1.crt, key: $base/pki/$1.key}
TEXT
    ;;
  esac
}

# resource_document NAME SIZE NODE...: the provider is the file $base/NODE/NAME.
resource_document() {
  local name=$1 size=$2 node
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastResource
metadata:
  name: $name
spec:
  size: $size
  replicas:
TEXT
  for node in "${@:3}"; do
    echo "    - {node: $node, provider: $base/$node/$name, address: $(address "$node")}"
  done
}

# start_etcd NODE
start_etcd() {
  local node=$1
  case $(uname -m) in aarch64) export ETCD_UNSUPPORTED_ARCH=arm64 ;; esac
  in_background "$node" "$base/$node/etcd.log" etcd --name "$node" --data-dir "$base/$node/etcd" --log-level error \
    --listen-client-urls "https://$(address "$node"):2379" --advertise-client-urls "https://$(address "$node"):2379" \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster "$node=http://127.0.0.1:2380" \
    --cert-file "$base/pki/$node.crt" --key-file "$base/pki/$node.key" \
    --client-cert-auth --trusted-ca-file "$base/pki/ca.crt"
}

start_hastd() {
  in_background "$1" "$base/$1/hastd.log" "$dist/bin/hastd" -c "$base/etc" -n "$1"
  echo $! >"$base/$1/hastd.pid"
}

await_hastd() {
  until_true 60 "the control socket of hastd on $1" test -S "$base/$1/run/control.sock"
}

# await_device NODE NAME
await_device() { until_true 60 "the device $2 on $1" test -b "$base/$1/dev/$2"; }

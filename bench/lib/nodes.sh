# shellcheck shell=bash
# Sourced by bench/run: clusters of hastd on this machine. A cluster is a word:
#   lt  loopback, TLS: nodes a b c      lp  loopback, plain: nodes a b
#   vt  namespaces, TLS: nodes a b      vp  namespaces, plain: nodes a b
# base, size, dist, results come from bench/run.
# shellcheck disable=SC2154,SC2034

claimed=''
declare -A pid=() # of hastd by CLUSTER.NODE, of others by name

address() {
  case $1.$2 in
  lt.a) echo 127.0.0.1 ;; lt.b) echo 127.0.0.2 ;; lt.c) echo 127.0.0.3 ;;
  lp.a) echo 127.0.1.1 ;; lp.b) echo 127.0.1.2 ;;
  vt.a) echo 10.78.0.1 ;; vt.b) echo 10.78.0.2 ;;
  vp.a) echo 10.78.1.1 ;; vp.b) echo 10.78.1.2 ;;
  esac
}

network_of() { case $1 in l?) echo lo ;; *) echo "$2" ;; esac; }
nodes_of() { case $1 in lt) echo a b c ;; *) echo a b ;; esac; }
has_tls() { case $1 in ?t) ;; *) return 1 ;; esac; }

in_network() { nsenter --net="/run/netns/hastbench-$1" -- "${@:2}"; }

make_network() {
  local node
  for node in lo a b switch; do
    ip netns add "hastbench-$node" || give_up "cannot make network namespaces"
    ip -n "hastbench-$node" link set lo up
  done
  ip -n hastbench-switch link add switch type bridge
  ip -n hastbench-switch link set switch up
  for node in a b; do
    ip -n hastbench-switch link add "to-$node" type veth peer name eth0 netns "hastbench-$node"
    ip -n hastbench-switch link set "to-$node" master switch up
    ip -n "hastbench-$node" addr add "$(address vt $node)/24" dev eth0
    ip -n "hastbench-$node" addr add "$(address vp $node)/24" dev eth0
    ip -n "hastbench-$node" link set eth0 up
  done
  in_background lo etcd etcd --name bench --data-dir "$base/etcd" --log-level error \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster bench=http://127.0.0.1:2380
}

# in_background NETWORK NAME COMMAND...: its process id is in pid[NAME].
in_background() {
  nsenter --net="/run/netns/hastbench-$1" -- "${@:3}" </dev/null >>"$results/$2.log" 2>&1 &
  pid[$2]=$!
  disown
}

write_node() {
  local cluster=$1 node=$2 dir=$base/$1
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastNode
metadata: {name: $node}
spec:
  listen: $(address "$cluster" "$node")
$(if has_tls "$cluster"; then
    echo "  tls: {ca: $dir/pki/ca.crt, cert: $dir/pki/$node.crt, key: $dir/pki/$node.key, crl: $dir/pki/crl.pem}"
  else
    echo "  plaintext: true"
  fi)
  arbiter: $(if [ "$cluster" = lt ]; then
    echo '{type: etcd, endpoints: ["http://127.0.0.1:2379"]}'
  else
    echo "{type: file, path: $dir/arbiter}"
  fi)
  controlSocket: $dir/$node/run/control.sock
  runDirectory: $dir/$node/run
  stateDirectory: $dir/$node/state
  deviceDirectory: $dir/$node/dev
  metricsListen: none
TEXT
}

# write_resource CLUSTER NAME MORE NODE...
write_resource() {
  local cluster=$1 name=$2 more=$3 node
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastResource
metadata: {name: $name}
spec:
  size: ${size}Mi
$more
  replicas:
$(for node in "${@:4}"; do
    echo "    - {node: $node, provider: $base/$cluster/$node/$name, address: $(address "$cluster" "$node")}"
  done)
TEXT
}

# start_cluster CLUSTER RESOURCE:NODES...; "w2" has an activity log of half of its extents.
start_cluster() {
  local cluster=$1 dir=$base/$1 resource node name more names
  mkdir -p "$dir/etc"
  if has_tls "$cluster"; then
    "$dist/bin/hastctl" pki init --dir "$dir/pki" >/dev/null || give_up "no certificates"
  fi
  for node in $(nodes_of "$cluster"); do
    mkdir -p "$dir/$node/"{run,state,dev}
    write_node "$cluster" "$node" >"$dir/etc/$node.yaml"
    if has_tls "$cluster"; then
      "$dist/bin/hastctl" pki node "$node" --host "$(address "$cluster" "$node")" --dir "$dir/pki" >/dev/null ||
        give_up "no certificate for $node"
    fi
  done
  for resource in "${@:2}"; do
    name=${resource%%:*} more=''
    [ "$name" != w2 ] || more="  activityLogExtents: $((size / 4))"
    # shellcheck disable=SC2046 # nodes are words
    write_resource "$cluster" "$name" "$more" $(tr , ' ' <<<"${resource#*:}") >"$dir/etc/$name.yaml"
    for node in $(tr , ' ' <<<"${resource#*:}"); do truncate --size="$((size + 32))M" "$dir/$node/$name"; done
  done
  for node in $(nodes_of "$cluster"); do start_hastd "$cluster" "$node"; done
  for node in $(nodes_of "$cluster"); do await_hastd "$cluster" "$node"; done
  for node in $(nodes_of "$cluster"); do
    names=()
    for resource in "${@:2}"; do
      case ,${resource#*:}, in *,$node,*) names+=("${resource%%:*}") ;; esac
    done
    [ ${#names[@]} = 0 ] || hastctl "$cluster" "$node" create "${names[@]}" >/dev/null || give_up "no replicas on $node"
  done
  await_sync "$cluster" a
  for resource in "${@:2}"; do
    name=${resource%%:*}
    until_true 20 "the export of $name" test -S "$dir/a/run/$name.nbd"
  done
}

# The device is not what is measured here: hide nbdfuse, so that hastd makes none.
start_hastd() {
  # shellcheck disable=SC2016 # for the inner shell
  in_background "$(network_of "$1" "$2")" "$1.$2" unshare --mount --propagation private -- sh -c '
    if fuse=$(command -v nbdfuse); then mount --bind /dev/null "$fuse"; fi
    exec "$@"' sh "$dist/bin/hastd" -c "$base/$1/etc" -n "$2"
}

await_hastd() { until_true 60 "hastd on $1.$2" hastctl "$1" "$2" status; }
await_sync() { hastctl "$1" "$2" --timeout 2m status --wait "${@:3}" >/dev/null || give_up "$1 did not get in sync"; }
hastctl() { in_network "$(network_of "$1" "$2")" "$dist/bin/hastctl" -s "$base/$1/$2/run/control.sock" "${@:3}" </dev/null; }
socket() { echo "$base/$1/$2/run/$3.nbd"; }

# Everything that was ever written must exist, or the first writes would measure the file system's allocation.
fill() {
  fio --name=fill --ioengine=nbd --uri="$1" --rw=write --bs=1M --iodepth=4 --size="${size}M" --end_fsync=1 \
    --output=/dev/null || give_up "cannot fill $1"
}

# Nanoseconds of CPU that a process has used, with its threads that are gone (nbdkit has one for each connection).
cpu_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk -v hz="$(getconf CLK_TCK)" '{ printf "%.0f", ($12 + $13) * 1e9 / hz }'; }
resident_of() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; } # KiB

end_process() {
  [ -n "${pid[$1]-}" ] || return
  kill -KILL "${pid[$1]}" 2>/dev/null
  unset "pid[$1]"
}

stop_cluster() {
  local node
  for node in $(nodes_of "$1"); do end_process "$1.$node"; done
  sleep 0.2
  rm -rf "${base:?}/$1"
}

# One run at a time; what a killed one left is removed.
claim() {
  local other
  if ! mkdir -p "$(dirname "$base")" || ! mkdir -m 711 "$base" 2>/dev/null; then
    other=$(cat "$base/pid" 2>/dev/null)
    if [ -n "$other" ] && grep -qa bench/run "/proc/$other/cmdline" 2>/dev/null; then
      give_up "another one runs already (process $other)"
    fi
    say "An earlier run was killed; removing what it left."
    remove_everything
    mkdir -m 711 "$base" || exit 1
  fi
  claimed=yes
  echo $$ >"$base/pid"
}

remove_everything() {
  local network pids
  remove_address_network
  for network in lo a b switch; do
    mapfile -t pids < <(ip netns pids "hastbench-$network" 2>/dev/null)
    [ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
  done
  sleep 0.3
  for network in lo a b switch; do ip netns delete "hastbench-$network" 2>/dev/null; done
  rm -rf --one-file-system "$base"
}

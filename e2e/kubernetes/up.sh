# shellcheck shell=bash
# Sourced by e2e/cluster: up and down.
# shellcheck disable=SC2154

programs=(etcd kube-apiserver kubectl kube-controller-manager kube-scheduler kubelet kube-proxy containerd
  containerd-shim-runc-v2 ctr pause)

# Everything of the machine that a cluster wants, each thing that is missing with its mend.
check_machine() {
  local program missing=() code=0
  if [ "$(id -u)" != 0 ]; then
    say "Not root: machines are namespaces with mounts and control groups. Mend: sudo e2e/cluster up"
    exit 1
  fi
  for program in ip:iproute2 nsenter:util-linux nft:nftables runc:runc openssl:openssl jq:jq losetup:mount sysctl:procps; do
    command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
  [ -x /usr/lib/cni/ptp ] || missing+=(containernetworking-plugins)
  if [ ${#missing[@]} -gt 0 ]; then
    say "Not installed: ${missing[*]}. Mend: apt-get install --no-install-recommends ${missing[*]}"
    code=1
  fi
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null ||
    { say "This kernel has no overlayfs, which containers' file systems are made with." && code=1; }
  [ -n "$(main_hierarchy)" ] || { say "No control groups are mounted below $groups." && code=1; }
  [ $code = 0 ] || exit 1
}

# step WHAT COMMAND...: says what is done, and how long it took.
step() {
  local began
  began=$(now)
  printf '  %-46s' "$1"
  "${@:2}" || exit 1
  printf '%5.1f s\n' "$((($(now) - began) / 100000))e-1"
}

bring_up() {
  local began=$SECONDS
  if [ -e "$base/up" ]; then
    say "The cluster \"$cluster\" is up already. e2e/cluster status shows it; HAST_CLUSTER=NAME e2e/cluster up makes another one."
    exit 1
  fi
  if [ -e "$base" ]; then
    say "There are remains of a cluster \"$cluster\" that was not brought up to its end. Mend: e2e/cluster down"
    exit 1
  fi
  check_machine
  bin=$("$here/binaries" "${programs[@]}") || exit 1
  if ! alone claim; then # before the trap: it may be somebody else's
    say "$base could not be made. Is somebody else bringing \"$cluster\" up?"
    exit 1
  fi
  trap abandon EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  number=$(cat "$base/number") network=10.79.$number
  logs=$root/target/cluster/$cluster
  rm -rf "$logs" && mkdir -p "$logs" || exit 1
  echo "$logs" >"$base/logs"
  echo "$bin" >"$base/bin"
  say "Cluster \"$cluster\", Kubernetes $("$bin/kubectl" version --client -o json | jq -r .clientVersion.gitVersion | tr -d v), on $network.0/24"
  step "certificates and configurations" configure
  step "machines: ${machines[*]}" make_machines
  step "API server answers" until_true 60 "the API server (log: $logs/control/kube-apiserver.log)" api_is_ready
  step "containerd on each node, and its images" load_first_images
  step "${#workers[@]} nodes are Ready" until_true 120 "the nodes to be Ready (logs: $logs)" workers_are_ready
  touch "$base/up"
  trap - EXIT
  say "Up after $((SECONDS - began)) s. Look at it: e2e/cluster status; use it: e2e/cluster kubectl get pods -A"
}

configure() {
  local machine
  alone make_mount_points
  prepare_control
  for machine in "${workers[@]}"; do prepare_worker "$machine"; done
  make_machine client
  : >"$base/client/mounts"
  make_certificates
  make_kubeconfigs
}

make_machines() {
  local machine
  make_switch
  make_cuts
  connect_this_machine
  for machine in "${machines[@]}"; do boot "$machine"; done
}

# This machine is on the switch too, as one outside of the cluster.
connect_this_machine() {
  must ip link add "$(outer_link)" type veth peer name outside netns "$prefix-switch"
  must ip -n "$prefix-switch" link set outside master switch up
  must ip addr add "$network.254/24" dev "$(outer_link)"
  must ip link set "$(outer_link)" up
}

load_first_images() {
  local node image=$base/pause.tar
  mkdir "$base/pause"
  must cp -L "$bin/pause" "$base/pause/"
  must "$here/image" -o "$image" -n "$pause_image" -e /pause "$base/pause"
  for node in "${workers[@]}"; do until_true 30 "containerd on $node" containerd_answers "$node"; done
  load_images "$image"
}

# load_images FILE...: on every node that has power.
load_images() {
  local node file
  for node in "${workers[@]}"; do
    has_power "$node" || { say "$node has no power, and does not get the image." && continue; }
    for file; do must load_image "$node" "$file"; done
  done
}

workers_are_ready() {
  local ready
  sleep 0.3 # who asks takes of the processor that they start with
  ready=$(kubectl --request-timeout 2s get nodes -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}')
  [ "$(grep -cx True <<<"$ready")" = ${#workers[@]} ]
}

# What a failure or an interruption ends with: nothing is left but the logs.
abandon() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  say "Not brought up; removing what there is of it. Logs: $logs"
  take_down
  exit $code
}

# Ends the script, or the subshell that it is called in, with what the components said last.
give_up() {
  local log
  for log in "$logs"/*/*.log; do
    [ -s "$log" ] || continue
    say "The last lines of $log:"
    tail -n 2 "$log" | cut -c 1-220 | indent
  done
  exit 1
}

# Takes everything away, however far it had come: by what is there, not by what was noted.
take_down() {
  local machine
  for machine in "${machines[@]}"; do pull_plug "$machine" >/dev/null 2>&1 & done
  wait
  ip netns delete "$prefix-switch" 2>/dev/null # and with it the cable to this machine
  remove_groups
  alone release
}

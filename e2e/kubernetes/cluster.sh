# shellcheck shell=bash
# Sourced by e2e/cluster: what a cluster is called and where everything of it is. Several may run at once; the name of a
# cluster is in the name of each thing that it makes outside of its directory.
#
# A cluster is five machines (e2e/nodes/nodes.sh calls them nodes) on one switch: `control` runs etcd, the API server, the
# controller manager and the scheduler; node-1 to node-3 run containerd, kubelet and kube-proxy; `client` runs nothing and
# is outside of the cluster. This machine is on the switch too, at the address $network.254.
# shellcheck disable=SC2034 # used where this is sourced

cluster=${HAST_CLUSTER:-hast}
case $cluster in
*[!a-z0-9-]* | -* | '' | ????????????????????*)
  echo "HAST_CLUSTER is \"$cluster\": a name has up to 19 letters a-z, digits and hyphens." >&2
  exit 2
  ;;
esac
base=/var/lib/hast-cluster-$cluster # not below /tmp, where others could make it first
prefix=hk-$cluster
workers=(node-1 node-2 node-3)
machines=(control "${workers[@]}" client)
declare -A host=([control]=10 [node-1]=11 [node-2]=12 [node-3]=13 [client]=200)
number=$(cat "$base/number" 2>/dev/null)
network=10.79.$number
logs=$(cat "$base/logs" 2>/dev/null)
pods=10.78.0.0/16 # all pods; those of node-I are in 10.78.I.0/24
services=10.96.0.0/16
api_service=10.96.0.1
pause_image=hast.test/pause:1
kubeconfig=$base/admin.kubeconfig

say() { echo "$*"; }
indent() { sed 's/^/  /'; }

pods_of() { echo "10.78.${1#node-}.0/24"; }

is_worker() { case " ${workers[*]} " in *" $1 "*) true ;; *) false ;; esac }

# The interface of this machine on the switch.
outer_link() { echo "hk$number-switch"; }

# What a worker's machine has a directory of its own mounted on. They are there for all clusters of this machine.
mount_points=(/var/lib/kubelet /var/lib/containerd /var/lib/hast /var/log/pods /etc/cni/net.d /dev/hast)
made=/var/lib/hast-clusters-made # those of them that were not there before, a path a line

# Runs a function alone among all clusters of this machine, in a subshell.
alone() {
  (
    flock 9
    "$@"
  ) 9</var/lib
}

# Takes the directory and a number that no other cluster has, for its addresses.
claim() {
  local taken
  [ ! -e "$base" ] || return 1
  for ((number = 1; number < 250; number++)); do
    taken=$(cat /var/lib/hast-cluster-*/number 2>/dev/null | grep -cx "$number")
    [ "$taken" = 0 ] && [ -z "$(ip -brief address show to "10.79.$number.0/24")" ] && break
  done
  mkdir -m 711 "$base" && echo "$number" >"$base/number"
}

make_mount_points() {
  local point missing
  for point in "${mount_points[@]}"; do
    missing=() # with its parents
    while [ ! -e "$point" ]; do
      missing=("$point" "${missing[@]}")
      point=$(dirname "$point")
    done
    [ ${#missing[@]} = 0 ] || mkdir "${missing[@]}"
    [ ${#missing[@]} = 0 ] || printf '%s\n' "${missing[@]}" >>"$made"
  done
}

# Gives the directory back; with the last cluster go the mount points.
release() {
  rm -rf --one-file-system "$base"
  if [ ! -e "$made" ] || compgen -G '/var/lib/hast-cluster-*' >/dev/null; then return; fi
  # shellcheck disable=SC2046 # a path a line, none with blanks
  rmdir $(tac "$made") 2>/dev/null
  rm -f "$made"
}

# The cluster has been brought up, and not down.
must_exist() {
  [ -e "$base/up" ] && return
  echo "There is no cluster \"$cluster\" here. Mend: e2e/cluster up" >&2
  [ ! -e "$base" ] || echo "(One was not brought up to its end: e2e/cluster down removes what there is.)" >&2
  exit 1
}

# must_be_machine NAME
must_be_machine() {
  case " ${machines[*]} " in *" ${1-} "*) return ;; esac
  echo "\"${1-}\" is no machine of this cluster; there are: ${machines[*]}" >&2
  exit 2
}

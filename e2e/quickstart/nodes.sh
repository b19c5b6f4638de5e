# shellcheck shell=bash
# Sourced by ./quickstart: nodes on one machine. A node is a network namespace hastqs-NODE on a switch of its
# own, a mount namespace that lives as long as the node's first process, and a directory $base/NODE. It is cut off
# and killed as a whole, and then its mounts are gone, as those of a machine without power.
# red, plain come from screen.sh; claimed is read by ./quickstart.
# shellcheck disable=SC2154,SC2034

base=/var/lib/hast-quickstart # not /tmp: others could make it first
network=10.77.0
declare -A host=([hast-a]=1 [hast-b]=2 [hast-c]=3)
claimed=''

address() { echo "$network.${host[$1]}"; }

# Puts into the array `enter` what runs a command on a node.
enter_node() {
  enter=(env HAST_SOCKET="$base/$1/run/control.sock"
    nsenter --net="/run/netns/hastqs-$1" --mount="/proc/$(cat "$base/$1/first")/ns/mnt" --wd="$PWD" --)
}

# on NODE COMMAND...: as if typed there.
on() {
  local enter
  enter_node "$1"
  "${enter[@]}" "${@:2}"
}

# in_background NODE LOG COMMAND...
in_background() {
  local enter
  enter_node "$1"
  "${enter[@]}" "${@:3}" </dev/null >>"$2" 2>&1 &
  disown
}

# Powers a node on: its first process holds its mounts.
boot() {
  nsenter --net="/run/netns/hastqs-$1" -- unshare --mount --propagation private sleep infinity </dev/null &>/dev/null &
  disown
  echo $! >"$base/$1/first"
  until_true 10 "the first process of $1" own_mounts "$1"
  must ip -n hastqs-switch link set "$1" up
}

own_mounts() { [ "$(readlink "/proc/$(cat "$base/$1/first")/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }

# Before a command: as PostgreSQL's user, with shared memory that goes when its process goes.
as_postgres=(unshare --ipc setpriv --reuid=postgres --regid=postgres --init-groups --no-new-privs)

# must COMMAND...: its output matters only if it fails.
must() {
  local code=0
  "$@" >"$base/must.log" 2>&1 </dev/null || code=$?
  [ $code = 0 ] && return
  say "${red}This failed (exit status $code):$plain $*"
  tail -n 20 "$base/must.log" | indent
  give_up
}

# until_true SECONDS WHAT COMMAND...
until_true() {
  local limit=$(($(now) + $1 * 1000000)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$(now)" -gt $limit ]; then
      say "${red}Waited in vain for:$plain $what"
      give_up
    fi
    sleep 0.05
  done
}

give_up() {
  local node
  for node in hast-a hast-b; do
    [ -s "$base/$node/hastd.log" ] || continue
    say "The last lines of hastd on $node:"
    tail -n 12 "$base/$node/hastd.log" | cut -c 1-220 | indent
    cp "$base/$node/hastd.log" "target/quickstart/$node.log" && say "All of it: target/quickstart/$node.log"
  done
  exit 1
}

make_switch() {
  must ip netns add hastqs-switch
  must ip -n hastqs-switch link add switch type bridge
  must ip -n hastqs-switch link set switch up
}

make_node() {
  must ip netns add "hastqs-$1"
  must ip -n hastqs-switch link add "$1" type veth peer name eth0 netns "hastqs-$1"
  must ip -n hastqs-switch link set "$1" master switch
  must ip -n "hastqs-$1" addr add "$(address "$1")/24" dev eth0
  must ip -n "hastqs-$1" link set eth0 up
  must ip -n "hastqs-$1" link set lo up
  mkdir -p "$base/$1/"{run,state,dev,mnt,log}
  boot "$1"
}

# Loop devices on files below a directory; to be asked while these are still mounted, later the path is not known.
loops_below() {
  local file
  for file in /sys/block/loop*/loop/backing_file; do
    [ -r "$file" ] || continue
    case $(cat "$file") in "$1"/*) echo "/dev/$(cut -d / -f 4 <<<"$file")" ;; esac
  done
}

# Kernel nbd devices that a process of the node attached; the kernel notes the process.
nbds_of() {
  local file pids
  pids=" $(ip netns pids "hastqs-$1" 2>/dev/null | tr '\n' ' ')"
  for file in /sys/block/nbd*/pid; do
    [ -r "$file" ] || continue
    case $pids in *" $(cat "$file") "*) echo "/dev/$(cut -d / -f 4 <<<"$file")" ;; esac
  done
}

# What a machine loses with its power: processes all at once, mounts, devices, what is in /run and /dev.
pull_plug() {
  local node=$1 pids loops nbds device
  nbds=$(nbds_of "$node")
  loops=$(loops_below "$base/$node")
  mapfile -t pids < <(ip netns pids "hastqs-$node" 2>/dev/null)
  while [ ${#pids[@]} -gt 0 ]; do # more than once: one of them may just have started another
    kill -KILL "${pids[@]}" 2>/dev/null
    sleep 0.02
    mapfile -t pids < <(ip netns pids "hastqs-$node" 2>/dev/null)
  done
  for device in $loops; do losetup --detach "$device"; done # as far as it has not gone with its mount
  for device in $nbds; do nbd-client -d "$device"; done
  rm -rf "${base:?}/$node/run" "${base:?}/$node/dev"
  mkdir -p "$base/$node/"{run,dev}
}

# Takes everything away, however far it had come: by what is there, not by what was noted.
remove_everything() {
  local node limit
  for node in hast-a hast-b hast-c; do
    ip -n hastqs-switch link set "$node" down 2>/dev/null
    pull_plug "$node" >/dev/null 2>&1
  done
  limit=$((SECONDS + 15))
  while [ -n "$(loops_below "$base")$(processes)" ] && [ $SECONDS -lt $limit ]; do
    sleep 0.1
  done
  for node in hast-a hast-b hast-c switch; do ip netns delete "hastqs-$node" 2>/dev/null; done
  rm -rf --one-file-system "$base"
}

processes() {
  local node
  for node in hast-a hast-b hast-c; do ip netns pids "hastqs-$node" 2>/dev/null; done
}

# One quickstart at a time; what a killed one left is removed.
claim() {
  local other
  if ! mkdir -m 711 "$base" 2>/dev/null; then
    other=$(cat "$base/pid" 2>/dev/null)
    if [ -n "$other" ] && grep -qa quickstart "/proc/$other/cmdline" 2>/dev/null; then
      echo "A quickstart runs already (process $other). Wait for its end, or interrupt it." >&2
      exit 1
    fi
    say "An earlier quickstart was killed; removing what it left."
    remove_everything
    mkdir -m 711 "$base" || exit 1
  fi
  claimed=yes
  echo $$ >"$base/pid"
}

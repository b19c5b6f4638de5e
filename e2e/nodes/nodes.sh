# shellcheck shell=bash
# Sourced by ./quickstart and e2e/experiments/run: nodes on one machine. A node is a network namespace $prefix-NODE on
# a switch of its own, a mount namespace that lives as long as the node's first process, and a directory $base/NODE.
# It is cut off and killed as a whole, and then its mounts are gone, as those of a machine without power.
#
# Who sources it sets, before anything is called:
#   base      directory of everything that is made; not below /tmp, where others could make it first
#   prefix    of the namespaces' names
#   network   first three numbers of the nodes' addresses
#   host      array: the last number of each node's address
#   logs      directory for what is worth keeping of a failure
# and has say and indent, which print.
# shellcheck disable=SC2154

address() { echo "$network.${host[$1]}"; }

# Puts into the array `enter` what runs a command on a node.
enter_node() {
  enter=(env HAST_SOCKET="$base/$1/run/control.sock"
    nsenter --net="/run/netns/$prefix-$1" --mount="/proc/$(cat "$base/$1/first")/ns/mnt" --wd="$PWD" --)
}

# on NODE COMMAND...: as if typed there.
on() {
  local enter
  enter_node "$1"
  "${enter[@]}" "${@:2}"
}

# in_background NODE LOG COMMAND...: its process id is in $!.
in_background() {
  local enter
  enter_node "$1"
  "${enter[@]}" "${@:3}" </dev/null >>"$2" 2>&1 &
  disown
}

# Powers a node on: its first process holds its mounts.
boot() {
  [ -e "/run/netns/$prefix-$1" ] || connect "$1"
  nsenter --net="/run/netns/$prefix-$1" -- unshare --mount --propagation private sleep infinity </dev/null &>/dev/null &
  disown
  echo $! >"$base/$1/first"
  until_true 10 "the first process of $1" own_mounts "$1"
  plug "$1"
}

own_mounts() { [ "$(readlink "/proc/$(cat "$base/$1/first")/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }

# The network cable of a node.
plug() { must ip -n "$prefix-switch" link set "$1" up; }
unplug() { must ip -n "$prefix-switch" link set "$1" down; }

# must COMMAND...: its output matters only if it fails.
must() {
  local code=0
  "$@" >"$base/must.log" 2>&1 </dev/null || code=$?
  [ $code = 0 ] && return
  say "${red-}This failed (exit status $code):${plain-} $*"
  tail -n 20 "$base/must.log" | indent
  give_up
}

# until_true SECONDS WHAT COMMAND...
until_true() {
  local limit=$(($(now) + $1 * 1000000)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$(now)" -gt $limit ]; then
      say "${red-}Waited in vain for:${plain-} $what"
      give_up
    fi
    sleep 0.05
  done
}

# Microseconds; the wall clock, because clients note by it when they were answered.
now() { echo "${EPOCHREALTIME/[.,]/}"; }

# Ends the script, or the subshell that it is called in, with what the daemons said last.
give_up() {
  local node
  mkdir -p "$logs"
  for node in "${!host[@]}"; do
    [ -s "$base/$node/hastd.log" ] || continue
    say "The last lines of hastd on $node:"
    tail -n 12 "$base/$node/hastd.log" | cut -c 1-220 | indent
    cp "$base/$node/hastd.log" "$logs/$node.log" && say "All of it: $logs/$node.log"
  done
  exit 1
}

make_switch() {
  must ip netns add "$prefix-switch"
  must ip -n "$prefix-switch" link add switch type bridge
  must ip -n "$prefix-switch" link set switch up
}

make_node() {
  mkdir -p "$base/$1/"{run,state,dev,mnt,log}
  boot "$1"
}

connect() {
  must ip netns add "$prefix-$1"
  must ip -n "$prefix-switch" link add "$1" type veth peer name eth0 netns "$prefix-$1"
  must ip -n "$prefix-switch" link set "$1" master switch
  must ip -n "$prefix-$1" addr add "$(address "$1")/24" dev eth0
  must ip -n "$prefix-$1" link set eth0 up
  must ip -n "$prefix-$1" link set lo up
}

# Loop devices on files below a directory; to be asked while these are still mounted, later the path is not known.
loops_below() {
  local file
  for file in /sys/block/loop*/loop/backing_file; do
    [ -r "$file" ] || continue
    case $(cat "$file") in "$1"/*) echo "/dev/$(cut -d / -f 4 <<<"$file")" ;; esac
  done
}

# still_attached DEVICE...: those of them that have a file still. The kernel takes them away when the last file system on
# them has gone, which is some time after its last process; the file's path is then just its name.
still_attached() {
  local device
  for device; do
    case $(cat "/sys/block/${device#/dev/}/loop/backing_file" 2>/dev/null) in
    '') ;;
    "$base"/*) echo "$device" ;;
    /*/*) ;; # taken again, by somebody else
    *) echo "$device" ;;
    esac
  done
}

# Kernel nbd devices that a process of the node attached; the kernel notes the process.
nbds_of() {
  local file pids
  pids=" $(ip netns pids "$prefix-$1" 2>/dev/null | tr '\n' ' ')"
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
  mapfile -t pids < <(ip netns pids "$prefix-$node" 2>/dev/null)
  while [ ${#pids[@]} -gt 0 ]; do # more than once: one of them may just have started another
    kill -KILL "${pids[@]}" 2>/dev/null
    sleep 0.02
    mapfile -t pids < <(ip netns pids "$prefix-$node" 2>/dev/null)
  done
  for device in $loops; do losetup --detach "$device"; done # as far as it has not gone with its mount
  for device in $nbds; do nbd-client -d "$device"; done
  rm -rf "${base:?}/$node/run" "${base:?}/$node/dev"
  mkdir -p "$base/$node/"{run,dev}
}

# A node loses its power: cut off first, so that the kernel cannot tell its peers that connections end, then all at once.
# What is left is its directory, as a machine's disk; the next boot makes the rest anew.
lose_power() {
  must ip -n "$prefix-switch" link delete "$1"
  pull_plug "$1" >/dev/null 2>&1
  must ip netns delete "$prefix-$1"
}

# Takes everything away, however far it had come: by what is there, not by what was noted.
remove_everything() {
  local node limit loops=''
  for node in "${!host[@]}"; do
    loops+=" $(loops_below "$base/$node")"
    ip -n "$prefix-switch" link set "$node" down 2>/dev/null
    pull_plug "$node" >/dev/null 2>&1
  done
  limit=$((SECONDS + 15))
  # shellcheck disable=SC2086 # several
  while [ -n "$(loops_below "$base")$(still_attached $loops)$(processes)" ] && [ $SECONDS -lt $limit ]; do
    sleep 0.1
  done
  for node in "${!host[@]}" switch; do ip netns delete "$prefix-$node" 2>/dev/null; done
  rm -rf --one-file-system "$base"
}

processes() {
  local node
  for node in "${!host[@]}"; do ip netns pids "$prefix-$node" 2>/dev/null; done
}

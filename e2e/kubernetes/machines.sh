# shellcheck shell=bash
# Sourced by e2e/cluster, after e2e/nodes/nodes.sh, some of whose functions it replaces: machines with processes and control
# groups of their own, which containerd and kubelet want. A machine dies with its first process, everything at once.
# shellcheck disable=SC2034,SC2154 # used there

# Puts into the array `enter` what runs a command on a machine.
enter_node() {
  local first
  first=$(first_of "$1") || {
    echo "$1 has no power. Mend: e2e/cluster start $1" >&2
    exit 1
  }
  enter=(nsenter --target "$first" --net --mount --pid --uts --wd="$PWD" --)
}

# The first process of a machine that has power: in the machine's own count it is number 1.
first_of() {
  local first
  first=$(cat "$base/$1/first" 2>/dev/null) && grep -qs "^NSpid:.*[[:blank:]]1$" "/proc/$first/status" && echo "$first"
}

has_power() { first_of "$1" >/dev/null; }

boot() {
  rm -f "$base/$1/first"
  [ -e "/run/netns/$prefix-$1" ] || connect_machine "$1"
  make_groups "$1" || give_up
  # Into its control group first, so that everything it starts is in there, and can be found.
  # shellcheck disable=SC2016 # expanded there
  setsid bash -c 'echo $$ >"$1" && exec nsenter --net="$2" -- unshare --mount --pid --uts --fork --kill-child -- "$3" "$4"' \
    boot "$(group_of "$1")/system/cgroup.procs" "/run/netns/$prefix-$1" "$here/first-process" "$base/$1" \
    </dev/null >>"$logs/$1/first-process.log" 2>&1 &
  disown
  until_true 10 "the first process of $1 (log: $logs/$1/first-process.log)" has_power "$1"
}

connect_machine() {
  local node inside=(ip -n "$prefix-$1")
  connect "$1" # it, and its address
  # Its hardware address is the same after each boot, as others remember it.
  must "${inside[@]}" link set eth0 down
  must "${inside[@]}" link set eth0 address "$(printf '0a:4b:00:%02x:00:%02x' "$number" "${host[$1]}")"
  must "${inside[@]}" link set eth0 up
  for node in "${workers[@]}"; do
    # Whoever is outside of the cluster has no way to its pods, as it is in most networks.
    [ "$node" = "$1" ] || [ "$1" = client ] || must "${inside[@]}" route add "$(pods_of "$node")" via "$(address "$node")"
  done
  if is_worker "$1"; then must nsenter --net="/run/netns/$prefix-$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; fi
  plug "$1"
}

# make_machine NAME: its directory is its disk, and survives it.
make_machine() {
  mkdir -p "$base/$1/"{components,off,running,disk}
  mkdir -p "$logs/$1"
  echo "$logs/$1" >"$base/$1/logs"
}

# component MACHINE NAME COMMAND...: the machine runs it from its next boot on.
component() {
  local file=$base/$1/components/$2
  {
    echo "#!/bin/sh"
    echo "export PATH=$bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root"
    echo "exec $(printf '%q ' "${@:3}")"
  } >"$file"
  chmod 755 "$file"
}

# stop_component MACHINE NAME SIGNAL / start_component MACHINE NAME
stop_component() {
  touch "$base/$1/off/$2"
  signal_component "$@"
}

start_component() {
  rm -f "$base/$1/off/$2"
  signal_component "$1" "$2" CONT
}

# The process id that the machine noted is that of its own namespace.
signal_component() {
  local process
  process=$(cat "$base/$1/running/$2" 2>/dev/null) || return 0
  on "$1" kill -s "$3" "$process" 2>/dev/null
  return 0
}

# Loop devices that somebody on a machine attached: the path that the kernel notes leads to the device's file there or in
# one of its pods, and not here. A file system that is served by a frozen process must not keep us.
loops_of() {
  local device file path process
  for file in /sys/block/loop*/loop/backing_file; do
    [ -r "$file" ] || continue
    path=$(cat "$file")
    device=/dev/$(cut -d / -f 4 <<<"$file")
    file=$(timeout -s KILL 2 losetup --list --noheadings --output BACK-MAJ:MIN,BACK-INO "$device" |
      awk '{ print $1, $2 }')
    [ "$(identity "$path")" != "$file" ] || continue
    for process in $(one_process_of_each_mount_namespace "$1"); do
      [ "$(identity "/proc/$process/root$path")" != "$file" ] || { echo "$device" && break; }
    done
  done
  loops_below "$base/$1"
}

# A file's device and inode.
identity() { timeout -s KILL 2 stat -L -c '%Hd:%Ld %i' "$1" 2>/dev/null; }

one_process_of_each_mount_namespace() {
  local process
  for process in $(processes_of "$1"); do
    echo "$(readlink "/proc/$process/ns/mnt") $process"
  done | sort -u -k 1,1 | cut -d ' ' -f 2
}

# What a machine loses with its power: processes all at once, mounts, devices. The time of its death is in `died`.
pull_plug() {
  local loops first device end=$((SECONDS + 20))
  loops=$(loops_of "$1")
  first=$(first_of "$1")
  died=$(date +%T.%3N)
  ip -n "$prefix-switch" link delete "$1" 2>/dev/null # so that the kernel cannot tell its peers that connections end
  [ -z "$first" ] || kill -KILL "$first"
  is_frozen "$1" && thaw_group "$1" # the frozen do not die
  rm -f "$base/$1/first"
  while [ -n "$(processes_of "$1")" ] && [ $SECONDS -lt $end ]; do
    # shellcheck disable=SC2046 # several
    kill -KILL $(processes_of "$1") 2>/dev/null # who was on his way from or to the machine
    sleep 0.05
  done
  for device in $loops; do losetup --detach "$device" 2>/dev/null; done
  ip netns delete "$prefix-$1" 2>/dev/null
  remove_groups "$1"
}

# Cuts on the switch: a rule for each way that is closed.
make_cuts() { must on_switch nft 'table bridge cuts { chain forward { type filter hook forward priority 0; }; }'; }

# on_switch COMMAND...
on_switch() { nsenter --net="/run/netns/$prefix-switch" -- "$@"; }

# cut FROM TO: nothing that one sends gets to the other.
cut_way() { must on_switch nft add rule bridge cuts forward iifname "$1" oifname "$2" drop; }

cuts() { on_switch nft list chain bridge cuts forward | sed -nE 's/.*iifname "([^"]+)" oifname "([^"]+)" drop.*/\1 \2/p'; }

heal_all() { must on_switch nft flush chain bridge cuts forward; }

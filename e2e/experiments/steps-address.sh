# shellcheck shell=bash
# Sourced by experiments with service addresses, and who uses them. hast-c is the client.
# shellcheck disable=SC2154

vip=192.168.100.200
notes=(/usr/bin/python3 "$PWD/e2e/experiments/notes.py")
notes_port=7007

# virtual_ip FIELD...: the document of the group `service`; a FIELD is a line of YAML below `spec`, instead of the one of
# that name here or beside them.
virtual_ip() {
  local field name
  local -A spec=(
    [addresses]="addresses: [$vip]"
    [vhid]="vhid: 42"
    [nodes]="nodes: [{node: hast-a, advskew: 0}, {node: hast-b, advskew: 100}]"
    [passwordFile]="passwordFile: $base/etc/password"
  )
  echo secret-of-carp >"$base/etc/password"
  for field; do
    name=${field%%:*}
    spec[$name]=$field
  done
  printf 'apiVersion: hast.dev/v1alpha1\nkind: VirtualIP\nmetadata:\n  name: service\nspec:\n' >"$base/etc/service.yaml"
  printf '  %s\n' "${spec[@]}" >>"$base/etc/service.yaml"
}

reload() { # NODE...
  local node
  for node; do must hastctl "$node" reload; done
}

# vip_status NODE FILTER: of `hastctl vip status -o json`, by jq.
vip_status() { hastctl "$1" vip status -o json 2>/dev/null | jq -r ".virtualIps[0] | $2"; }

vip_is() { [ "$(vip_status "$1" '.state | ascii_upcase')" = "$2" ]; }

# await_vip NODE STATE
await_vip() { until_true 60 "the address to be $2 on $1" vip_is "$@"; }

show_vip() { # NODE
  say "$1# hastctl vip status service"
  hastctl "$1" vip status service 2>&1 | indent
}

# Whether the kernel of some node answers for the address: it refuses a connection to a port that nobody listens at.
answers() { [[ $(on hast-c timeout 0.2 bash -c ": </dev/tcp/$vip/9" 2>&1) = *refused* ]]; }

await_answer() { until_true 60 "an answer of $vip" answers; }

# holder NODE: who holds the address, as that node knows it.
holder() { vip_status "$1" .holder; }

# carries NODE: the address is on one of its interfaces.
carries() { on "$1" ip -brief address show to "$vip" | grep -q .; }

# -------------------------------------------------------------------------------------------- a service on the volume

# file_system NODE NAME: makes one on the device.
file_system() { must on "$1" mkfs.ext4 -q -J size=4 "$base/$1/dev/$2"; }

# mounts_of NAME: that volume is mounted by the group.
mounts_of() { echo "mounts: [{resource: $1, path: $base/srv, type: ext4}]"; }

notes_service() {
  local start stop
  start=$(printf '"%s", ' "${notes[@]}" start "$base/srv" "$notes_port")
  stop=$(printf '"%s", ' "${notes[@]}" stop "$base/srv")
  echo "services: [{start: [${start%, }], stop: [${stop%, }]}]"
}

# start_notes SEED: a client on hast-c that writes through the address, whoever serves; notes its acknowledgements in
# $base/notes.SEED, which is on no node.
start_notes() {
  in_background hast-c "$base/notes.$1.log" "${notes[@]}" write $vip $notes_port "$base/notes.$1" "$1"
  echo $! >"$base/notes.$1.pid"
  await_notes "$1" 1
}

noted() { { wc -l <"$base/notes.$1"; } 2>/dev/null || echo 0; }

has_noted() { [ "$(noted "$1")" -ge "$2" ]; }

# await_notes SEED MORE: until so many more have been acknowledged.
await_notes() { until_true 60 "$2 more lines of client $1" has_noted "$1" $(($(noted "$1") + $2)); }

stop_notes() {
  kill -TERM "$(cat "$base/notes.$1.pid")" 2>/dev/null
  until_true 20 "the end of client $1" gone "$(cat "$base/notes.$1.pid")"
}

# start_listener: a client on hast-c that says nothing, and would wait for ever on a connection that nobody knows.
start_listener() {
  in_background hast-c "$base/listener.log" "${notes[@]}" listen $vip $notes_port "$base/listener"
  until_true 20 "the listener to be connected" has_lines "$base/listener" 1
}

# await_listener: until its connection has ended; prints when, in microseconds.
await_listener() {
  until_true 60 "the end of the listener's connection" has_lines "$base/listener" 2 && tail -n 1 "$base/listener"
}

has_lines() { [ "$(wc -l <"$1" 2>/dev/null || echo 0)" -ge "$2" ]; }

# silence_after SEED MICROSECONDS: the longest time between two acknowledgements since then, in milliseconds.
silence_after() {
  awk -v from="$2" '$1 > from { if ($1 - last > most) most = $1 - last } { last = $1 } END { printf "%d", most / 1000 }' \
    "$base/notes.$1"
}

# judge_notes WHAT NODE SEED: every acknowledged line is on the volume there.
judge_notes() {
  local out
  if out=$(on "$2" "${notes[@]}" check "$base/srv" "$base/notes.$3" 2>&1); then
    note ok "$1 ($out)"
  else
    note FAIL "$1: $out"
  fi
}

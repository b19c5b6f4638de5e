# shellcheck shell=bash
# Sourced by e2e/experiments/run, after hast.sh: service addresses, and who answers for them in the eyes of a third node.
# shellcheck disable=SC2154,SC2034

vip=$network.200
vip_password=mekmitasdigoat

# vip_document NAME ADDRESS VHID MORE NODE:ADVSKEW...; MORE is lines of spec, perhaps none.
vip_document() {
  local node
  printf '%s\n' "$vip_password" >"$base/vip-password"
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: VirtualIP
metadata:
  name: $1
spec:
  addresses: [$2]
  vhid: $3
  passwordFile: $base/vip-password
$4
  nodes:
TEXT
  for node in "${@:5}"; do echo "    - {node: ${node%:*}, advskew: ${node#*:}}"; done
}

# start_watch NODE ADDRESS...: from there, until the node loses its power.
start_watch() {
  in_background "$1" "$base/watch.log" e2e/nodes/watch.py watch eth0 "$base/watched" "${@:2}"
  in_background "$1" "$base/watch.log" e2e/nodes/carp.py capture eth0 "$base/adverts"
  until_true 20 "the first question of the watcher" test -s "$base/watched"
}

# watched ADDRESS FILTER SINCE [UNTIL]: of what was seen between two times, by jq; see e2e/nodes/watch.py.
watched() { sleep 0.2 && e2e/nodes/watch.py report "$base/watched" "$1" "${@:3}" | jq -r "$2"; }

mac_of() { ip -n "$prefix-$1" -j link show dev eth0 | jq -r '.[0].address'; }

# The one node that has answered for an address in the last half second.
answerer() { # ADDRESS
  local node macs
  macs=$(e2e/nodes/watch.py report "$base/watched" "$1" $(($(now) - 500000)) | jq -r '.holders | keys | join(" ")')
  for node in "${!host[@]}"; do
    [ "$(mac_of "$node")" != "$macs" ] || echo "$node"
  done
}

is_answerer() { [ "$(answerer "$2")" = "$1" ]; }

# await_holder NODE ADDRESS: alone.
await_holder() { until_true 30 "$1 to be the one that answers for $2" is_answerer "$@"; }

# address_status NODE NAME FILTER: of `hastctl vip status -o json`, by jq.
address_status() { hastctl "$1" vip status -o json "$2" 2>/dev/null | jq -r "$3"; }

# shellcheck shell=bash
# CARP with ucarp: both makes share a vhid, fail over to each other, and take each other's adverts
# shellcheck disable=SC2154

run_experiment() {
  local begin
  ucarp_scripts
  start_watch hast-c "$vip"
  documents none hast-b
  vip_document service "$vip" 1 "  preempt: false" hast-b:100 >"$base/etc/service.yaml"

  say "Without preempt: ucarp first."
  start_ucarp 0
  await_holder hast-a "$vip"
  begin=$(now)
  start_all hast-b
  sleep 4
  judge_equal "hastd hears ucarp, and leaves the address to it" "$(mac_of hast-a)" "$(watched "$vip" '.holders | keys | join(" ")' "$begin")"

  begin=$(now)
  kill -KILL "$(cat "$base/ucarp.pid")"
  on hast-a ip addr del "$vip/32" dev eth0 # ucarp leaves it for ever
  await_holder hast-b "$vip"
  judge_aim "ucarp dies: until hastd answers" 4000 "$(answered_by_other "$begin")"
  begin=$(now)
  start_ucarp 0
  sleep 5
  judge_equal "ucarp is back with a better advskew, and leaves the address to hastd" "$(mac_of hast-b)" \
    "$(watched "$vip" '.holders | keys | join(" ")' "$begin")"

  begin=$(now)
  stop_hastd hast-b
  await_holder hast-a "$vip"
  judge_aim "hastd leaves in order, which a bow-out says: until ucarp answers" 1500 "$(answered_by_other "$begin")"
  begin=$(now)
  start_all hast-b
  await_backup
  begin=$(now)
  kill -USR2 "$(cat "$base/ucarp.pid")"
  await_holder hast-b "$vip"
  judge_aim "ucarp is told to step down: until hastd answers" 4000 "$(answered_by_other "$begin")"

  say "hastd freezes."
  begin=$(now)
  kill -STOP "$(cat "$base/hast-b/hastd.pid")"
  await_holder hast-a "$vip"
  sleep 1
  kill -CONT "$(cat "$base/hast-b/hastd.pid")"
  sleep 4
  judge_aim "until ucarp answers" 4000 "$(answered_by_other "$begin")"
  judge_equal "and not for a moment both, also when hastd goes on" 0 "$(watched "$vip" .two "$begin")"

  say "With preempt."
  vip_document service "$vip" 1 "  preempt: true" hast-b:50 >"$base/etc/service.yaml"
  stop_ucarp
  must hastctl hast-b reload # it begins anew
  until_true 30 "hastd to be master and to preempt" is_preempting_master
  await_holder hast-b "$vip"
  begin=$(now)
  start_ucarp 0 --preempt
  await_holder hast-a "$vip"
  sleep 3
  judge_aim "a better ucarp takes the address from hastd: both answer, as ucarp reads late" 1000 \
    "$(watched "$vip" '.two / 1000 | floor' "$begin")"
  judge_aim "and silence" 1000 "$(watched "$vip" '.silence / 1000 | floor' "$begin")"
  stop_ucarp
  await_holder hast-b "$vip"
  must hastctl hast-b vip hold service
  start_ucarp 100 --preempt
  await_holder hast-a "$vip"
  begin=$(now)
  must hastctl hast-b vip release service
  await_holder hast-b "$vip"
  sleep 3
  judge_aim "a better hastd takes it from ucarp: both answer" 1000 \
    "$(watched "$vip" '.two / 1000 | floor' "$begin")"
  judge_aim "and silence" 1000 "$(watched "$vip" '.silence / 1000 | floor' "$begin")"

  judge_adverts
}

# ucarp_scripts: what ucarp calls to add the address and to remove it.
# shellcheck disable=SC2016 # for the scripts
ucarp_scripts() {
  printf '#!/bin/sh\nexec ip addr add "$2/32" dev "$1"\n' >"$base/ucarp-up"
  printf '#!/bin/sh\nexec ip addr del "$2/32" dev "$1" 2>/dev/null\n' >"$base/ucarp-down" # also when it starts
  chmod 755 "$base"/ucarp-*
}

# start_ucarp ADVSKEW [OPTION...]: on hast-a.
start_ucarp() {
  in_background hast-a "$base/ucarp.log" ucarp --interface=eth0 --srcip="$(address hast-a)" --vhid=1 \
    --pass="$vip_password" --addr="$vip" --advbase=1 --advskew="$1" --upscript="$base/ucarp-up" \
    --downscript="$base/ucarp-down" --shutdown --facility=none "${@:2}"
  echo $! >"$base/ucarp.pid"
}

stop_ucarp() {
  kill -TERM "$(cat "$base/ucarp.pid")"
  until_true 10 "the end of ucarp" gone "$(cat "$base/ucarp.pid")"
}

is_preempting_master() { [ "$(address_status hast-b service '.virtualIps[0] | "\(.state) \(.preempt)"')" = "master true" ]; }
is_backup() { [ "$(address_status hast-b service '.virtualIps[0].state')" = backup ]; }

# Long enough to have heard a master.
await_backup() {
  until_true 20 "hastd to be backup" is_backup
  sleep 4
}

# answered_by_other SINCE: milliseconds until a node answered that had not before.
answered_by_other() { watched "$vip" '.again / 1000 | floor' "$1"; }

right() { jq -e "$1" <<<"$checked" >/dev/null; }

judge_adverts() {
  local checked
  checked=$(e2e/nodes/carp.py check "$base/adverts" "$vip_password" 1 "$vip")
  say "on the wire: $checked"
  judge "each advert of ucarp has the checksum and the digest that an independent program expects" \
    right ".[\"$(address hast-a)\"] | .adverts > 5 and .adverts == .right"
  judge "each advert of hastd too, a bow-out among them" \
    right ".[\"$(address hast-b)\"] | .adverts > 5 and .adverts == .right and .bowOuts > 0"
  judge_equal "hastd has refused none of ucarp's" 0 "$(address_status hast-b service '[.virtualIps[0].refused[].count] | add // 0')"
  judge_equal "ucarp has refused none of hastd's" "" "$(grep -iE 'bad|invalid|wrong' "$base/ucarp.log")"
}

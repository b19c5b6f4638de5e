# shellcheck shell=bash
# Sourced by bench/run: the part about service addresses. hastd, ucarp and keepalived side by side: each on two nodes of its
# own with a client of its own, all on one bridge, doing the same at the same time. A subject is one of these three.
# shellcheck disable=SC2154

address_nodes=(a b client)
address_wait=5.5 # seconds that a take-over may last; ucarp's need up to 4.6
watch=e2e/nodes/watch.py

declare -A subnet=([hastd]=10.79.1 [ucarp]=10.79.2 [keepalived]=10.79.3)
declare -A number=([hastd]=1 [ucarp]=2 [keepalived]=3)
node_address() { case $1 in a) echo "${subnet[$subject]}.1" ;; b) echo "${subnet[$subject]}.2" ;; *) echo "${subnet[$subject]}.3" ;; esac; }
node_mac() { case $1 in a) echo "02:00:00:00:0${number[$subject]}:01" ;; b) echo "02:00:00:00:0${number[$subject]}:02" ;; *) echo "02:00:00:00:0${number[$subject]}:03" ;; esac; }
port() { echo "${subject:0:5}-$1"; } # of the switch; such names are short
other_node() { case $1 in a) echo b ;; *) echo a ;; esac; }
# Addresses by the interval of their adverts.
intervals() { case $subject in ucarp) echo 1s ;; *) echo 1s 100ms ;; esac; }
service_address() { case $1 in 1s) echo "${subnet[$subject]}.200" ;; 100ms) echo "${subnet[$subject]}.201" ;; *) echo "${subnet[$subject]}.202" ;; esac; }

address_part() {
  title "Service address"
  local subject jobs=() subjects=(hastd)
  lacks keepalived keepalived || subjects+=(keepalived)
  lacks ucarp ucarp || subjects+=(ucarp)
  [ -x /usr/bin/python3 ] || give_up "the address part needs /usr/bin/python3"
  mkdir -p "$base/vip"
  address_network
  sample address-run --arg command "$command_line" --arg date "$(date -u '+%Y-%m-%d %H:%M UTC')" \
    --arg commit "$(git describe --always --dirty 2>/dev/null)" --arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" \
    --arg ucarp "$(dpkg-query -W -f '${Version}' ucarp 2>/dev/null)" \
    --arg keepalived "$(dpkg-query -W -f '${Version}' keepalived 2>/dev/null)" --argjson moves "$moves"
  for subject in "${subjects[@]}"; do
    address_subject &
    jobs+=($!)
  done
  for subject in "${jobs[@]}"; do wait "$subject" || address_failed=yes; done
  sample address-end --arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)"
  remove_address_network
  [ -z "${address_failed-}" ] || say "A subject came to its end early; its row has fewer runs."
}

address_network() {
  local subject node
  ip netns add hvb-switch || give_up "cannot make network namespaces"
  ip -n hvb-switch link add name switch type bridge
  ip -n hvb-switch link set switch up
  for subject in "${subjects[@]}"; do
    for node in "${address_nodes[@]}"; do
      ip netns add "hvb-$subject-$node"
      ip -n "hvb-$subject-$node" link set lo up
      ip -n hvb-switch link add name "$(port "$node")" type veth peer name eth0 address "$(node_mac "$node")" \
        netns "hvb-$subject-$node" || give_up "cannot connect $node of $subject"
      ip -n hvb-switch link set "$(port "$node")" master switch up
      ip -n "hvb-$subject-$node" addr add "$(node_address "$node")/24" dev eth0
      ip -n "hvb-$subject-$node" link set eth0 up
    done
  done
}

remove_address_network() {
  local network pids
  for network in $(ip netns list | grep -o '^hvb-[a-z]*-[a-z]*\|^hvb-switch'); do
    mapfile -t pids < <(ip netns pids "$network" 2>/dev/null)
    [ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null
  done
  for network in $(ip netns list | grep -o '^hvb-[a-z]*-[a-z]*\|^hvb-switch'); do ip netns delete "$network" 2>/dev/null; done
}

# ---------------------------------------------------------------------------------------------------------- daemons

at() { nsenter --net="/run/netns/hvb-$subject-$1" -- "${@:2}"; }

at_background() { # NODE LOG COMMAND...
  nsenter --net="/run/netns/hvb-$subject-$1" -- "${@:3}" </dev/null >>"$results/vip-$subject-$2.log" 2>&1 &
  disown
}

# Processes of the daemon on a node.
daemon_pids() { ip netns pids "hvb-$subject-$1"; }

start_daemon() { # NODE
  case $subject in
  hastd)
    rm -f "$base/vip/$1/run/control.sock"
    at_background "$1" "$1" "$dist/bin/hastd" -c "$base/vip/etc" -n "$1"
    until_true 60 "hastd on $1" test -S "$base/vip/$1/run/control.sock"
    ;;
  ucarp)
    at_background "$1" "$1" ucarp --interface=eth0 --srcip="$(node_address "$1")" --vhid=11 --pass=bench \
      --addr="$(service_address 1s)" --advbase=1 --advskew="$(skew "$1")" --upscript="$base/vip/ucarp-up" \
      --downscript="$base/vip/ucarp-down" --shutdown --facility=none
    ;;
  keepalived)
    at_background "$1" "$1" keepalived --dont-fork --log-console --vrrp --use-file="$base/vip/keepalived-$1.conf" \
      --pid="$base/vip/keepalived-$1.pid" --vrrp_pid="$base/vip/keepalived-$1-vrrp.pid"
    ;;
  esac
}

skew() { case $1 in a) echo 10 ;; *) echo 20 ;; esac; }

configure() {
  local node
  case $subject in
  hastd)
    mkdir -p "$base/vip/etc" "$base"/vip/{a,b}/{run,state,dev}
    echo bench >"$base/vip/password"
    head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$base/vip/key"
    for node in a b; do hastd_node "$node" >"$base/vip/etc/$node.yaml"; done
    hastd_address one 1s 1 "" >"$base/vip/etc/one.yaml"
    hastd_address tenth 100ms 2 "  advertisementInterval: 100ms" >"$base/vip/etc/tenth.yaml"
    hastd_address strict strict 3 "  authentication: strict
  keys: [{id: 1, file: $base/vip/key}]" >"$base/vip/etc/strict.yaml"
    ;;
  ucarp)
    # shellcheck disable=SC2016 # for the scripts
    printf '#!/bin/sh\nexec ip addr add "$2/32" dev "$1"\n' >"$base/vip/ucarp-up"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nexec ip addr del "$2/32" dev "$1" 2>/dev/null\n' >"$base/vip/ucarp-down"
    chmod 755 "$base"/vip/ucarp-*
    ;;
  keepalived) for node in a b; do keepalived_configuration "$node" >"$base/vip/keepalived-$node.conf"; done ;;
  esac
}

hastd_node() {
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: HastNode
metadata: {name: $1}
spec:
  listen: $(node_address "$1")
  plaintext: true
  arbiter: {type: none}
  controlSocket: $base/vip/$1/run/control.sock
  runDirectory: $base/vip/$1/run
  stateDirectory: $base/vip/$1/state
  deviceDirectory: $base/vip/$1/dev
  metricsListen: none
TEXT
}

hastd_address() { # NAME INTERVAL VHID MORE
  cat <<TEXT
apiVersion: hast.dev/v1alpha1
kind: VirtualIP
metadata: {name: $1}
spec:
  addresses: [$(service_address "$2")]
  vhid: $3
  passwordFile: $base/vip/password
$4
  nodes:
    - {node: a, advskew: $(skew a), address: $(node_address a)}
    - {node: b, advskew: $(skew b), address: $(node_address b)}
TEXT
}

keepalived_configuration() {
  local priority=200
  [ "$1" = a ] || priority=199
  cat <<TEXT
global_defs {
  router_id $1
  vrrp_version 3
}
vrrp_instance one {
  state BACKUP
  nopreempt
  interface eth0
  virtual_router_id 21
  priority $priority
  advert_int 1
  virtual_ipaddress { $(service_address 1s)/32 dev eth0 }
}
vrrp_instance tenth {
  state BACKUP
  nopreempt
  interface eth0
  virtual_router_id 22
  priority $priority
  advert_int 0.1
  virtual_ipaddress { $(service_address 100ms)/32 dev eth0 }
}
TEXT
}

# order WHAT NODE: of all addresses that are watched, at once.
order() {
  vip "$2" "$1" one >/dev/null &
  vip "$2" "$1" tenth >/dev/null
  wait $!
}

vip() { "$dist/bin/hastctl" -s "$base/vip/$1/run/control.sock" vip "${@:2}" </dev/null; }

# -------------------------------------------------------------------------------------------------------- what is seen

# seen INTERVAL FILTER SINCE [UNTIL]
seen() { "$watch" report "$base/vip/$subject.seen" "$(service_address "$1")" "${@:3}" | jq -r "$2"; }

# The node that alone answered lately.
holder_of() { # INTERVAL
  local macs
  macs=$(seen "$1" '.holders | keys | join(" ")' $(($(now) - 400000)))
  case $macs in
  "$(node_mac a)") echo a ;;
  "$(node_mac b)") echo b ;;
  esac
}

# note KIND SINCE UNTIL [HOLDER]: a sample of each address; one that was not with HOLDER, after a move of its own, gives none.
note() {
  local interval report
  sleep 0.3
  for interval in $(intervals); do
    report=$("$watch" report "$base/vip/$subject.seen" "$(service_address "$interval")" "$2" "$3")
    if [ -n "${4-}" ] && [ "$(jq -r .before <<<"$report")" != "$(node_mac "$4")" ]; then
      sample address-stray --arg subject "$subject" --arg interval "$interval" --arg kind "$1"
      say "$subject $interval: not where it was expected before: $1"
      continue
    fi
    sample address --arg subject "$subject" --arg interval "$interval" --arg kind "$1" \
      --argjson window $(($3 - $2)) --argjson report "$(jq -c '{silence, ended: (.silenceEnded != null), two, again, next, stall, holders: (.holders | length)}' <<<"$report")"
    say "$subject $interval $1: $(jq -c '{silence: (.silence / 1000 | round), two: (.two / 1000 | round), again: (.again // -1000 | . / 1000 | round)}' <<<"$report") ms"
  done
}

# ---------------------------------------------------------------------------------------------------------------- runs

address_subject() {
  local run interval
  : >"$results/vip-$subject-a.log"
  : >"$results/vip-$subject-b.log"
  configure
  # shellcheck disable=SC2046
  at_background client client "$watch" watch eth0 "$base/vip/$subject.seen" \
    $(for interval in $(intervals); do service_address "$interval"; done)
  at_background client client e2e/nodes/carp.py capture eth0 "$base/vip/$subject.adverts"
  start_daemon a
  start_daemon b
  sleep 8
  for ((run = 1; run <= moves; run++)); do
    say "$subject: run $run"
    together a
    healed
    moved_in_order
    address_removed
    daemon_killed
    daemon_frozen
    link_died
    [ "$run" -gt 5 ] || forged
  done
}

# together [NODE]: all addresses on one node, this one; or wherever that is least work. Its name is in `active`.
together() {
  local interval tries found
  for ((tries = 0; tries < 3; tries++)); do
    active='' found=yes
    for interval in $(intervals); do
      active=${active:-${1-$(holder_of "$interval")}}
      [ "$(holder_of "$interval")" = "${active:-a}" ] || found=''
    done
    [ -z "$found" ] || return 0
    active=${active:-a}
    case $subject in
    hastd) order promote "$active" ;;
    *)
      stop_daemon "$(other_node "$active")"
      sleep $address_wait
      start_daemon "$(other_node "$active")"
      ;;
    esac
    sleep 4
  done
  give_up "$subject is nowhere; logs are in target/bench"
}

stop_daemon() {
  local pids
  mapfile -t pids < <(daemon_pids "$1")
  kill -TERM "${pids[@]}" 2>/dev/null
  until_true 20 "the end of $subject" no_daemon "$1"
}

no_daemon() { [ -z "$(daemon_pids "$1")" ]; }

restart_daemon() {
  start_daemon "$1"
  sleep 4.5
}

# A node that holds is cut off from all the others, its carrier stays, and comes back.
healed() {
  local since healed
  since=$(now)
  ip -n hvb-switch link set "$(port "$active")" nomaster
  sleep $address_wait
  healed=$(now)
  ip -n hvb-switch link set "$(port "$active")" master switch
  sleep 7
  note "partition" "$since" "$healed" "$active"
  # The client was with the other one meanwhile.
  note "heal" "$healed" "$(now)" "$(other_node "$active")"
  together
}

moved_in_order() {
  local since old=$active
  since=$(now)
  case $subject in
  hastd) order demote "$old" ;;
  *) stop_daemon "$old" ;;
  esac
  sleep $address_wait
  note "planned" "$since" "$(now)" "$old"
  case $subject in
  hastd) order release "$old" ;;
  *) restart_daemon "$old" ;;
  esac
  together "$(other_node "$old")"
}

address_removed() {
  local since interval
  since=$(now)
  for interval in $(intervals); do ip -n "hvb-$subject-$active" addr del "$(service_address "$interval")/32" dev eth0; done
  sleep $address_wait
  note "removed" "$since" "$(now)" "$active"
  for interval in $(intervals); do
    [ -n "$(holder_of "$interval")" ] || ip -n "hvb-$subject-$active" addr add "$(service_address "$interval")/32" dev eth0
  done
  sleep 1
  together
}

# strike SIGNAL WHAT: the daemon that holds the addresses gets the signal; sets pids to its processes.
strike() {
  local since
  mapfile -t pids < <(daemon_pids "$active")
  since=$(now)
  kill -s "$1" "${pids[@]}"
  sleep $address_wait
  note "$2" "$since" "$(now)" "$old"
}

daemon_killed() {
  local old=$active pids
  strike KILL killed
  restart_daemon "$old"
  together
}

daemon_frozen() {
  local since old=$active pids
  strike STOP frozen
  since=$(now)
  kill -CONT "${pids[@]}"
  sleep 4.5
  note "woken" "$since" "$(now)"
  together
}

link_died() {
  local since old=$active
  since=$(now)
  ip -n hvb-switch link set "$(port "$old")" down
  sleep $address_wait
  note "link" "$since" "$(now)" "$old"
  ip -n hvb-switch link set "$(port "$old")" up
  sleep 4.5
  together
}

# ------------------------------------------------------------------------------------------------------------- forgery

# Adverts that the other node sent when it held, sent again as they were and with a better preference, by the client.
forged() {
  local kind
  for kind in replayed tampered; do
    forge "$kind"
    sleep 5
    together
  done
}

forge() {
  local kind=$1 source vhid better='' accepted refused=0 before
  source=$(node_address "$(other_node "$active")")
  case $subject in
  hastd) vhid=3 && [ "$kind" = replayed ] || better=0 ;;
  ucarp) vhid=11 && [ "$kind" = replayed ] || better=0 ;;
  keepalived) vhid=21 && [ "$kind" = replayed ] || better=255 ;;
  esac
  [ "$subject" != hastd ] || refused=$(refusals)
  before=$(step_downs)
  # shellcheck disable=SC2086 # none, perhaps
  at client e2e/nodes/carp.py send eth0 "$base/vip/$subject.adverts" "$source" "$vhid" $better || return
  sleep 1
  accepted=$(($(step_downs) - before))
  [ "$subject" != hastd ] || refused=$(($(refusals) - refused))
  sample address-forged --arg subject "$subject" --arg kind "$kind" --argjson accepted "$accepted" --argjson refused "$refused"
  say "$subject $kind: the holder stepped down $accepted times, counted $refused refusals"
}

refusals() { vip "$active" status -o json strict | jq '[.virtualIps[0].refused[] | select(.cause | test("replay|signature")) | .count] | add // 0'; }

# How often the holder left its role, by its own log.
step_downs() {
  case $subject in
  hastd) grep -c 'address=strict from=MASTER' "$results/vip-hastd-$active.log" ;;
  ucarp) grep -c 'state: BACKUP' "$results/vip-ucarp-$active.log" ;;
  keepalived) grep -c '(one) Entering BACKUP' "$results/vip-keepalived-$active.log" ;;
  esac
}

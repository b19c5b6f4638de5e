# shellcheck shell=bash
# Article 003: advskew says who is master; preempt, hooks, an orderly stop, and what an administrator can order
# shellcheck disable=SC2154

# shellcheck source=e2e/experiments/steps-address.sh
. e2e/experiments/steps-address.sh

vhid_at=42@eth0

run_experiment() {
  hooks_of_nodes
  preference 0 100
  documents none hast-a hast-b
  start_all hast-a # first, or without preempt hast-b could keep what it finds free
  await_vip hast-a MASTER
  start_all hast-b
  await_vip hast-b BACKUP
  await_answer
  judge_hooks "hast-a has become master" hast-a "CARP $vhid_at MASTER" "up eth0 $vip"
  without_preempt
  with_preempt
  ordered
  ends_in_order
}

# The hooks note their arguments, each node's in a file of its own.
hooks_of_nodes() {
  local hook
  for hook in exec up down; do
    cat >"$base/etc/$hook" <<TEXT
#!/bin/sh
[ $hook = exec ] || set -- $hook "\$@"
echo "\$*" >>"\$(dirname "\$HAST_SOCKET")/hooks"
TEXT
    chmod 755 "$base/etc/$hook"
  done
}

# preference SKEW SKEW [FIELD...]: of hast-a and of hast-b.
preference() {
  virtual_ip "nodes: [{node: hast-a, advskew: $1}, {node: hast-b, advskew: $2}]" \
    "hooks: {exec: $base/etc/exec, up: $base/etc/up, down: $base/etc/down}" "${@:3}"
}

has_last_hooks() { # NODE LINE...
  [ "$(tail -n $(($# - 1)) "$base/$1/run/hooks" 2>/dev/null)" = "$(printf '%s\n' "${@:2}")" ]
}

# judge_hooks WHAT NODE LINE...: these are the last that ran there.
judge_hooks() {
  local limit=$((SECONDS + 20))
  until has_last_hooks "${@:2}" || [ $SECONDS -ge $limit ]; do sleep 0.1; done
  judge_equal "$1: exec, up and down were run with $(printf "'%s' " "${@:3}")" "$(printf '%s\n' "${@:3}")" \
    "$(tail -n $(($# - 2)) "$base/$2/run/hooks")"
}

skew() { vip_status "$1" .advskew; }

# transitions NODE: how many there were.
transitions() { vip_status "$1" '.transitions | length'; }

without_preempt() {
  local before
  before=$(transitions hast-a)
  preference 200 100
  reload hast-a hast-b
  judge_equal "a changed advskew is in force after hastctl reload" 200 "$(skew hast-a)"
  # Several adverts of a worse master pass.
  until_true 20 "four more adverts" has_sent hast-a $(($(vip_status hast-a .advertsSent) + 4))
  judge_equal "without preempt the worse one stays master" "hast-a hast-a" "$(holder hast-a) $(holder hast-b)"
  judge_equal "a reload has moved nothing on the way" "$before" "$(transitions hast-a)"
}

has_sent() { [ "$(vip_status "$1" .advertsSent)" -ge "$2" ]; }

with_preempt() {
  local begin
  begin=$(now)
  preference 200 100 "preempt: true"
  reload hast-a hast-b
  await_vip hast-b MASTER
  await_vip hast-a BACKUP
  await_answer
  say "preempt: hast-b is master, $(milliseconds "$begin") ms after the change"
  judge_equal "with preempt the better one is master" "hast-b hast-b" "$(holder hast-a) $(holder hast-b)"
  judge_hooks "hast-b has become master" hast-b "CARP $vhid_at MASTER" "up eth0 $vip"
  judge_hooks "hast-a was, and is backup" hast-a "CARP $vhid_at BACKUP" "down eth0 $vip"
  judge_equal "hast-b says why" "preempting a slower master" "$(reasons hast-b | sed -n 2p)"
  preference 0 100 "preempt: true"
  reload hast-a hast-b
  await_vip hast-a MASTER
  await_vip hast-b BACKUP
  judge_equal "and back, when advskew says so" "hast-a hast-a" "$(holder hast-a) $(holder hast-b)"
}

# reasons NODE: of its transitions, the last first.
reasons() { vip_status "$1" '.transitions[].reason'; }

ordered() {
  preference 0 100
  reload hast-a hast-b
  must hastctl hast-a vip demote service
  await_vip hast-b MASTER
  await_vip hast-a BACKUP
  judge_equal "demote: hast-a says by how much" "administrator 240" "$(vip_status hast-a '.demotions[] | "\(.source) \(.amount)"')"
  must hastctl hast-a vip promote service
  await_vip hast-a MASTER
  await_vip hast-b BACKUP
  judge_equal "promote: hast-a has it, and is demoted no more" "hast-a " \
    "$(holder hast-b) $(vip_status hast-a '.demotions[]?.source')"
  must hastctl hast-a vip hold service
  await_vip hast-b MASTER
  judge_equal "hold: hast-a takes no part" "INIT true" "$(vip_status hast-a '"\(.state | ascii_upcase) \(.held)"')"
  judge_hooks "and its hooks know" hast-a "CARP $vhid_at INIT" "down eth0 $vip"
  judge_equal "promote is refused while it is held" refused \
    "$(hastctl hast-a vip promote service >/dev/null 2>&1 && echo taken || echo refused)"
  must hastctl hast-a vip release service
  await_vip hast-a BACKUP
  judge_equal "release: it takes part again, and disturbs nobody" hast-b "$(holder hast-a)"
  sleep 4 # who has just begun obeys nobody's farewell before it has listened for three seconds
  show_vip hast-a
}

ends_in_order() {
  local begin
  begin=$(now)
  stop_hastd hast-b &
  await_answer_of hast-a
  judge_aim "hast-b ends in order: hast-a answers at once; three adverts would be 3000" 500 "$(milliseconds "$begin")"
  wait $!
  await_vip hast-a MASTER
  judge_equal "because it was told" "master left" "$(reasons hast-a | sed -n 2p)"
  judge_equal "hast-b has left nothing" "" "$(on hast-b ip -brief address show to "$vip")$(on hast-b nft list tables)"
  show_vip hast-a
}

# await_answer_of NODE: the address answers, and is there.
await_answer_of() { until_true 60 "an answer of $vip from $1" answers_on "$1"; }
answers_on() { carries "$1" && answers; }

# shellcheck shell=bash
# The holder of a service address freezes: never two that answer; and the watcher sees two when the guard is switched off
# shellcheck disable=SC2154

run_experiment() {
  local begin woken
  start_watch hast-c "$vip"
  documents none hast-a hast-b
  vip_document service "$vip" 1 "" hast-a:0 hast-b:100 >"$base/etc/service.yaml"
  start_all hast-a
  await_holder hast-a "$vip"
  start_all hast-b
  sleep 4

  say "With the guard."
  begin=$(now)
  kill -STOP "$(cat "$base/hast-a/hastd.pid")"
  await_holder hast-b "$vip"
  judge_aim "hast-a freezes: until hast-b answers" 3500 "$(watched "$vip" '.again / 1000 | floor' "$begin")"
  sleep 2
  woken=$(now)
  kill -CONT "$(cat "$base/hast-a/hastd.pid")"
  sleep 4
  judge_equal "two answer for so many microseconds, from when hast-a froze to when it goes on and after" 0 \
    "$(watched "$vip" .two "$begin")"
  judge_equal "after it goes on, hast-b alone answers" "$(mac_of hast-b)" "$(watched "$vip" '.holders | keys | join(" ")' "$woken")"
  begin=$(now)
  kill -KILL "$(cat "$base/hast-b/hastd.pid")"
  await_holder hast-a "$vip"
  judge_aim "hast-b is killed: until hast-a answers" 3500 "$(watched "$vip" '.again / 1000 | floor' "$begin")"
  sleep 4
  judge_equal "two answer for so many microseconds" 0 "$(watched "$vip" .two "$begin")"

  say "With the guard switched off, and the address made to last, hast-a freezes again."
  stop_hastd hast-a
  HAST_JAVA_OPTS=-Dhast.test.guard=off start_hastd hast-a
  await_hastd hast-a
  await_holder hast-a "$vip"
  start_all hast-b
  until_true 30 "hast-b to be backup" is_backup hast-b
  sleep 4
  begin=$(now)
  kill -STOP "$(cat "$base/hast-a/hastd.pid")"
  must on hast-a ip addr change "$vip/32" dev eth0 valid_lft forever preferred_lft forever
  sleep 8
  kill -CONT "$(cat "$base/hast-a/hastd.pid")"
  sleep 1
  woken=$(watched "$vip" '.two / 1000 | floor' "$begin")
  judge "the watcher sees two that answer, for milliseconds: $woken" [ "$woken" -gt 1000 ]
}

is_backup() { [ "$(address_status "$1" service '.virtualIps[0].state')" = backup ]; }

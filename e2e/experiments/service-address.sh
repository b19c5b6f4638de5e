# shellcheck shell=bash
# Article 000: address and volume together; the plug of the node that has both is pulled under a client that uses both
# shellcheck disable=SC2154

# shellcheck source=e2e/experiments/steps-address.sh
. e2e/experiments/steps-address.sh

run_experiment() {
  two_replicas 256Mi
  file_system hast-a mirror
  virtual_ip "follows: [mirror]" "$(mounts_of mirror)" "$(notes_service)"
  reload hast-a hast-b
  await_vip hast-a MASTER
  await_answer
  say "The address is on hast-a, where the volume is; a client writes through it to a service on the volume."
  start_notes 1
  await_notes 1 100
  start_listener
  sleep 1.5 # the others are told each second who is connected
  plug_pulled
  back_by_order
  back_by_preference
  moved_as_a_resource
  daemon_restarted
  stop_notes 1
  judge_notes "every acknowledged line is there, after all these moves" hast-b 1
  judge "verify finds both copies equal" verified hast-b mirror
}

plug_pulled() {
  local killed
  killed=$(now)
  lose_power hast-a
  await_answer
  judge_aim "hast-a has lost its power: until hast-b answers for the address" 4000 "$(milliseconds "$killed")"
  judge "it has the volume" in_role hast-b mirror primary
  await_notes 1 50
  judge_aim "and until a line of the client is acknowledged" 4000 "$(silence_after 1 "$killed")"
  judge_aim "and until a client that only listens knows" 5000 "$((($(await_listener) - killed) / 1000))"
  judge_notes "every line that was acknowledged before is there" hast-b 1
  show_vip hast-b
}

back_by_order() {
  local begin
  come_back hast-a
  judge "hast-a comes back, and in sync" in_sync hast-b mirror
  judge_equal "hast-b keeps the address: nobody told to preempt" hast-b "$(holder hast-b)"
  judge_equal "and has not let go of it meanwhile" "MASTER PROMOTING BACKUP" "$(states hast-b)"
  begin=$(now)
  must hastctl hast-b vip demote service
  await_vip hast-a MASTER
  await_notes 1 50
  judge_aim "demoted, hast-b gives both to hast-a: silence for the client" 4000 "$(silence_after 1 "$begin")"
  judge "the volume came, too" in_role hast-a mirror primary
  judge_equal "hast-b has given the address up" no "$(carries hast-b && echo yes || echo no)"
  must hastctl hast-b vip release service
}

back_by_preference() {
  local begin
  must hastctl hast-a vip demote service
  await_vip hast-b MASTER
  await_notes 1 50
  virtual_ip "follows: [mirror]" "$(mounts_of mirror)" "$(notes_service)" "preempt: true"
  reload hast-a hast-b
  judge_equal "preempt, but hast-a is demoted: hast-b keeps both" hast-b "$(holder hast-b)"
  begin=$(now)
  must hastctl hast-a vip release service
  await_vip hast-a MASTER
  await_notes 1 50
  judge_aim "released, hast-a takes both: silence for the client" 4000 "$(silence_after 1 "$begin")"
  judge "the volume came, too" in_role hast-a mirror primary
  show_vip hast-a
}

# By orders about the volume; hast-a is preferred, and preempts.
moved_as_a_resource() {
  local begin
  begin=$(now)
  must hastctl hast-a handover mirror
  await_vip hast-b MASTER
  await_notes 1 50
  judge_aim "hastctl handover takes the address along: silence for the client" 4000 "$(silence_after 1 "$begin")"
  judge "the volume is on hast-b" in_role hast-b mirror primary
  judge_equal "hast-a does not take them back: it is demoted" "administrator" "$(vip_status hast-a '.demotions[].source')"
  must hastctl hast-a vip release service
  await_vip hast-a MASTER
  await_notes 1 50
  must hastctl hast-a role secondary mirror
  await_vip hast-b MASTER
  await_notes 1 50
  judge "hastctl role secondary moves both, too" in_role hast-b mirror primary
}

# What the address follows stays where it is, mounted and running.
daemon_restarted() {
  local begin before
  before=$(times_master hast-a)
  begin=$(now)
  must hastctl hast-b stop --restart
  start_hastd hast-b
  await_hastd hast-b
  await_vip hast-b MASTER
  await_notes 1 50
  judge_aim "hastd of hast-b is restarted: silence for the client" 6000 "$(silence_after 1 "$begin")"
  judge "hast-b has stayed primary" in_role hast-b mirror primary
  judge_equal "and hast-a has not become master meanwhile" "$before" "$(times_master hast-a)"
}

times_master() { vip_status "$1" '[.transitions[].to | ascii_upcase | select(. == "MASTER")] | length'; }

# states NODE: that its group has come to, the last first.
states() { vip_status "$1" '[.transitions[].to | ascii_upcase] | join(" ")'; }

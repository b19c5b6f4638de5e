# shellcheck shell=bash
# The primary's machine reboots, in order and by the reset button: the other one takes over; with nobody there it resumes
# shellcheck disable=SC2154

run_experiment() {
  two_replicas 256Mi
  in_order
  by_reset
  with_nobody_there
}

in_order() {
  local begin
  start_writer hast-a mirror 1
  await_writes 1 1000
  stop_writer 1
  say "hast-a reboots in order: its services are told to end."
  begin=$(now)
  stop_hastd hast-a
  await_device hast-b mirror
  judge_aim "it has handed over: the device is on hast-b" 1000 "$(milliseconds "$begin")"
  lose_power hast-a
  start_writer hast-b mirror 2
  come_back hast-a
  judge "hast-a comes back by itself, and in sync" in_sync hast-b mirror
  judge "as secondary: it doesn't take the role from who has it" in_role hast-a mirror secondary
  judge_unharmed "no write on hast-b has failed meanwhile" 2
  stop_writer 2
  judge_writes "every acknowledged write is on hast-b" hast-b mirror 1 2
}

by_reset() {
  local begin
  start_writer hast-b mirror 3
  await_writes 3 1000
  # On again at once, it would resume within the grant that hast-a has given: on these nodes only processes end, so it has
  # kept its memory. A machine that boots takes longer.
  say "hast-b is reset under load: every process killed, its network gone; it takes its time to boot."
  begin=$(now)
  lose_power hast-b
  await_device hast-a mirror
  judge_aim "hast-a takes over" 4000 "$(milliseconds "$begin")"
  come_back hast-b
  judge "hast-b is brought back in sync" in_sync hast-a mirror
  judge "as secondary" in_role hast-b mirror secondary
  judge_writes "every acknowledged write is on hast-a" hast-a mirror 1 2 3
}

with_nobody_there() {
  local begin
  say "hast-b is switched off in order; then hast-a is reset under load."
  stop_hastd hast-b
  lose_power hast-b
  start_writer hast-a mirror 4
  await_replica hast-a mirror hast-b outdated
  await_writes 4 1000
  lose_power hast-a
  begin=$(now)
  come_back hast-a
  await_device hast-a mirror
  judge_at_most "hast-a is primary again by itself, milliseconds after it was switched on" 60000 "$(milliseconds "$begin")"
  judge_writes "every acknowledged write is there" hast-a mirror 1 2 3 4
  judge_equal "hast-b counts as outdated" outdated "$(replica_state hast-a mirror hast-b)"
  come_back hast-b
  judge "hast-b is brought back in sync" in_sync hast-a mirror
  judge "verify finds both copies equal" verified hast-a mirror
}

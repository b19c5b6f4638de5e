# shellcheck shell=bash
# Article 004: the primary's power goes while a client writes; its acknowledged writes are on the other node
# shellcheck disable=SC2154

run_experiment() {
  local killed device
  two_replicas 256Mi
  start_writer hast-a mirror 1
  await_writes 1 1000
  killed=$(now)
  lose_power hast-a
  await_device hast-b mirror
  device=$(now)
  judge_aim "the device is on hast-b" 4000 $(((device - killed) / 1000))
  judge_writes "every acknowledged write is there" hast-b mirror 1
  start_writer hast-b mirror 2
  judge_aim "and can be written" 5000 $((($(now) - killed) / 1000))
  come_back hast-a
  judge "hast-a comes back as secondary, and in sync" in_sync hast-b mirror
  judge_equal "hast-b is still primary" primary "$(status hast-b mirror .role)"
  stop_writer 2
  judge_writes "every acknowledged write is still there" hast-b mirror 1 2
  must hastctl hast-b handover mirror --to hast-a
  await_device hast-a mirror
  judge_writes "also on hast-a after a hand-over" hast-a mirror 1 2
}

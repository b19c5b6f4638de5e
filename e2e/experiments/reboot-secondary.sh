# shellcheck shell=bash
# Article 004: the secondary reboots; degraded meanwhile, writes go on, and afterwards only the difference is sent
# shellcheck disable=SC2154

run_experiment() {
  two_replicas 512Mi
  in_order
  under_load
}

# write_known NODE NAME: 32 MiB, the same bytes each time.
write_known() {
  [ -e "$base/known" ] || must dd if=/dev/urandom of="$base/known" bs=1M count=32
  must on "$1" dd if="$base/known" of="$base/$1/dev/$2" bs=1M seek=256 oflag=direct conv=notrunc
}

in_order() {
  local differing compared wire bound
  write_known hast-a mirror
  say "hast-b reboots in order."
  stop_hastd hast-b
  lose_power hast-b
  await_replica hast-a mirror hast-b outdated
  show_status hast-a mirror >"$base/degraded"
  cat "$base/degraded"
  judge "hastctl status says degraded" grep -q 'mirror *degraded *primary' "$base/degraded"
  say "32 MiB are written once more with what they held, then others by a writer."
  write_known hast-a mirror
  start_writer hast-a mirror 1
  await_writes 1 2000
  stop_writer 1
  judge_writes "writes go on meanwhile" hast-a mirror 1
  compared=$(status hast-a mirror '.replicas[] | select(.node == "hast-b").dirtyBytes')
  differing=$(differing_bytes mirror hast-a hast-b)
  come_back hast-b
  judge "hast-b comes back by itself, and in sync" in_sync hast-a mirror
  wire=$(wire_bytes hast-b) # since it was switched on
  say "$((differing >> 20)) MiB differ in chunks of 64 KiB, in extents of together $((compared >> 20)) MiB that were written to."
  bound=$((differing * 12 / 10 + compared * 16 / 65536))
  judge_at_most "only the difference is sent: bytes on the wire, of 1.2 times what differs and 16 for each chunk" $bound "$wire"
  judge_equal "no byte differs any more" 0 "$(differing_bytes mirror hast-a hast-b)"
}

under_load() {
  start_writer hast-a mirror 2
  await_writes 2 500
  say "hast-b is reset under load, and stays away for a while."
  lose_power hast-b
  await_replica hast-a mirror hast-b outdated
  await_writes 2 500
  come_back hast-b
  judge "it is brought back in sync under load" in_sync hast-a mirror
  say "$(($(wire_bytes hast-b) >> 20)) MiB came and went on its network since it was switched on, the writer's among them."
  judge_unharmed "no write has failed" 2
  stop_writer 2
  must hastctl hast-a handover mirror --to hast-b
  await_device hast-b mirror
  judge_writes "every acknowledged write is on hast-b" hast-b mirror 1 2
}

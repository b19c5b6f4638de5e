# shellcheck shell=bash
# What article 004 complains of is gone: a new replica gets what there is, not the whole image
# shellcheck disable=SC2154

run_experiment() {
  local before begin
  documents none hast-a hast-b hast-c
  resource_document big 10Gi hast-a hast-b >"$base/etc/big.yaml"
  start_all hast-a hast-b hast-c
  for node in hast-a hast-b; do must hastctl $node create big; done
  must hastctl hast-a role primary big
  judge "the first sync of an empty volume of 10 GiB completes" in_sync hast-a big
  judge_at_most "hardly anything has been sent: bytes" $((16 << 20)) "$(wire_bytes hast-b)"

  say "A third replica is added to the empty volume."
  resource_document big 10Gi hast-a hast-b hast-c >"$base/etc/big.yaml"
  for node in hast-c hast-b hast-a; do must hastctl $node reload; done
  before=$(wire_bytes hast-c)
  begin=$(now)
  must hastctl hast-c create big
  until_true 60 "hast-a to know the third replica" is_member hast-a big hast-c
  judge "it is in sync" in_sync hast-a big
  judge_at_most "milliseconds from hastctl create" 90000 "$(milliseconds "$begin")"
  judge_at_most "bytes to and from it, of 10 GiB" $((16 << 20)) $(($(wire_bytes hast-c) - before))
  made_anew
}

is_member() { status "$1" "$2" '.members[]' | grep -qx "$3"; }

# The author's mend of a split-brain, for which his whole image of 40 GB crossed the network in 25 minutes.
made_anew() {
  local before begin wire
  await_device hast-a big
  must on hast-a dd if=/dev/urandom of="$base/hast-a/dev/big" bs=1M count=64 seek=4096 oflag=direct
  say "64 MiB are written. The replica on hast-b is made anew: hastctl create --force."
  before=$(wire_bytes hast-b)
  begin=$(now)
  must hastctl hast-b create --force --yes big
  await_replica hast-a big hast-b "in sync"
  judge "it is in sync again" in_sync hast-a big
  say "That took $(milliseconds "$begin") ms."
  wire=$(($(wire_bytes hast-b) - before))
  judge_at_most "the 64 MiB were sent, not the 10 GiB: bytes" $(((64 << 20) * 12 / 10 + (16 << 20))) $wire
  judge_equal "they are the same on both" 0 "$(differing_bytes big hast-a hast-b $((4 << 30)) $((64 << 20)))"
  judge_at_most "and the rest is still a hole in the provider: KiB on hast-b's disk" $(((64 + 16) << 10)) \
    "$(du -k "$base/hast-b/big" | cut -f 1)"
}

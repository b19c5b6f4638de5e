# shellcheck shell=bash
# Split-brain under arbiter none: both are primary while cut apart; a person names the victim, and only its writes go
# shellcheck disable=SC2154

run_experiment() {
  two_replicas_by_hand 256Mi
  must hastctl hast-a --timeout 90s status --wait mirror
  await_device hast-a mirror
  start_writer hast-a mirror 1
  await_writes 1 500
  stop_writer 1
  cut_apart
  meet_again
  resolve
}

cut_apart() {
  say "The network between them is cut. hast-a goes on; a person makes hast-b primary too."
  unplug hast-b
  await_replica hast-a mirror hast-b outdated
  start_writer hast-a mirror 2
  await_writes 2 1000
  stop_writer 2
  until_true 30 "hast-b to become primary" hastctl hast-b role primary mirror
  await_device hast-b mirror
  start_writer hast-b mirror 3
  await_writes 3 500
  stop_writer 3
  say "On hast-a: $(writes_of hast-a mirror 2) blocks written alone; on hast-b: $(writes_of hast-b mirror 3)."
}

has_split() { hastctl "$1" status mirror 2>&1 | grep -q 'split-brain resolve mirror --victim'; }

meet_again() {
  local node
  plug hast-b
  for node in hast-a hast-b; do
    until_true 60 "$node to say split-brain" has_split $node
    show_status $node mirror >"$base/status.$node"
    cat "$base/status.$node"
    judge "$node says split-brain, and how to end it" grep -q 'mirror *split-brain' "$base/status.$node"
    judge "$node says what would be lost if it were the victim" \
      grep -Eq -- "--victim $node +# loses [1-9][0-9.]* [KMG]iB" "$base/status.$node"
  done
  judge_writes "nothing is repaired by itself: hast-a has its writes" hast-a mirror 1 2
  judge_writes "and hast-b has its own" hast-b mirror 1 3
}

both_complete() { in_sync hast-a mirror && in_sync hast-b mirror; }

resolve() {
  local code=0 differing wire before
  hastctl hast-b split-brain resolve mirror --victim hast-b >"$base/asked" 2>&1 || code=$?
  judge_equal "without a person's yes nothing is given up" 7 $code
  indent <"$base/asked"
  judge_equal "hast-b still has its writes" primary "$(status hast-b mirror .role)"
  differing=$(differing_bytes mirror hast-a hast-b)
  before=$(wire_bytes hast-b)
  say "hast-b# hastctl split-brain resolve mirror --victim hast-b --yes"
  must hastctl hast-b split-brain resolve mirror --victim hast-b --yes
  indent <"$base/must.log"
  judge "hast-b follows hast-a again, and both say complete" both_complete
  wire=$(($(wire_bytes hast-b) - before))
  judge_at_most "no image crosses the network: bytes, of 1.2 times the $((differing >> 20)) MiB that differ, and 16 for each chunk" \
    $((differing * 12 / 10 + (256 << 20) * 16 / 65536)) $wire
  judge_writes "the survivor's writes are all on hast-a" hast-a mirror 1 2
  judge_equal "both copies are the same" 0 "$(differing_bytes mirror hast-a hast-b)"
  must hastctl hast-a role secondary mirror
  must hastctl hast-b role primary mirror
  await_device hast-b mirror
  judge_writes "and on hast-b" hast-b mirror 1 2
  judge_equal "of the victim's own nothing is left" 0 "$(writes_of hast-b mirror 3)"
}

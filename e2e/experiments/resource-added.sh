# shellcheck shell=bash
# A resource is added to the configuration later, and taken out again: the one that is in use does not notice
# shellcheck disable=SC2154

run_experiment() {
  local device
  two_replicas 256Mi
  start_writer hast-a mirror 1
  await_writes 1 500
  device=$(readlink -f "$base/hast-a/dev/mirror")
  wrong_document
  say "A second resource is written into the configuration; hast-a gets SIGHUP, hast-b hastctl reload."
  resource_document second 128Mi hast-a hast-b >"$base/etc/second.yaml"
  kill -HUP "$(cat "$base/hast-a/hastd.pid")"
  until_true 30 "hast-a to know the second resource" hastctl hast-a status second
  must hastctl hast-b reload
  created second hast-a hast-b
  await_device hast-a second
  judge_unharmed "the first resource is written to, and met no error" 1
  judge_equal "its device is the same" "$device" "$(readlink -f "$base/hast-a/dev/mirror")"
  start_writer hast-a second 2
  await_writes 2 300
  stop_writer 2
  must hastctl hast-a handover second --to hast-b
  await_device hast-b second
  judge_writes "the second is replicated, too: its writes are on hast-b" hast-b second 2
  judge_equal "hast-a goes on with the first" primary "$(status hast-a mirror .role)"
  taken_out
  judge_unharmed "the first was written to all the time, and met no error" 1
  stop_writer 1
  judge_writes "all its writes are there" hast-a mirror 1
  judge "both replicas are equal" verified hast-a mirror
}

wrong_document() {
  say "A document with a mistake: SIGHUP changes nothing, and the log says where the mistake is."
  resource_document second 128Mi hast-a hast-b | sed 's/size:/sise:/' >"$base/etc/second.yaml"
  kill -HUP "$(cat "$base/hast-a/hastd.pid")"
  until_true 30 "word of the mistake" grep -q 'second.yaml:.*sise' "$base/hast-a/hastd.log"
  grep -ho 'second.yaml:.*sise.*' "$base/hast-a/hastd.log" | indent
  judge_unharmed "the first resource goes on" 1
}

knows_not() { ! hastctl "$1" status "$2"; }

taken_out() {
  say "The second resource is taken out of the configuration."
  rm "$base/etc/second.yaml"
  for node in hast-a hast-b; do
    kill -HUP "$(cat "$base/$node/hastd.pid")"
    until_true 30 "$node to forget it" knows_not $node second
  done
  judge "its device is gone" [ ! -e "$base/hast-b/dev/second" ]
}

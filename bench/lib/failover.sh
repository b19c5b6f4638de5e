# shellcheck shell=bash
# Sourced by bench/run: the failover part. Two nodes with etcd, default settings, TLS, and a client that never stops.
# shellcheck disable=SC2154

failover_part() {
  title "Failover"
  if lacks failover etcd; then return; fi
  stop_cluster lt
  start_cluster lt f2:a,b
  fill "$(uri lt f2)"
  answers=$results/answers
  : >"$answers"
  mkdir -p "$base/client"
  "$JAVA_HOME/bin/javac" -d "$base/client" bench/lib/Writer.java || give_up "cannot compile bench/lib/Writer.java"
  "$JAVA_HOME/bin/java" -XX:+UseSerialGC -cp "$base/client" Writer f2 "a=$(socket lt a f2)" "b=$(socket lt b f2)" \
    </dev/null >"$answers" 2>&1 &
  pid[writer]=$!
  disown
  active=a
  until_true 20 "the first answer" answered_since a 0
  sleep 3
  local run
  for ((run = 1; run <= failovers; run++)); do killed_primary; done
  for ((run = 1; run <= failovers; run++)); do stopped_primary; done
  for ((run = 1; run <= failovers; run++)); do handed_over; done
  for ((run = 1; run <= freezes; run++)); do frozen_primary; done
  end_process writer
}

other() { case $active in a) echo b ;; *) echo a ;; esac; }

# When NODE first answered on a connection after a time.
first_answer() { awk -v node="$1" -v since="$2" '$1 == "first" && $2 == node && $3 > since { print $3; exit }' "$answers"; }
answered_since() { [ -n "$(first_answer "$1" "$2")" ]; }

# When NODE answered last before it went away after a time.
last_answer() { awk -v node="$1" '$1 == "end" && $2 == node { last = $3 } END { print last }' "$answers"; }

# took KIND SINCE: the other node has taken over; now it is the active one.
took() {
  local next first last
  next=$(other)
  until_true 60 "the first answer of $next" answered_since "$next" "$2"
  first=$(first_answer "$next" "$2")
  sleep 0.2
  last=$(last_answer "$active")
  sample failover --arg kind "$1" --argjson micros $((first - $2)) --argjson pause $((first - ${last:-$2}))
  say "$1: $(((first - $2) / 1000)) ms, a pause of $(((first - ${last:-$2}) / 1000)) ms"
  active=$next
}

comes_back() { # NODE
  start_hastd lt "$1"
  await_hastd lt "$1"
  await_sync lt "$active" f2
  sleep 1
}

killed_primary() {
  local old=$active since
  since=$(now)
  kill -KILL "${pid[lt.$old]}"
  took "kill -9" "$since"
  comes_back "$old"
}

stopped_primary() {
  local old=$active since gone=${pid[lt.$active]}
  since=$(now)
  kill -TERM "$gone"
  took "orderly stop" "$since"
  until_true 20 "the end of hastd on $old" test ! -d "/proc/$gone"
  comes_back "$old"
}

handed_over() {
  local since
  since=$(now)
  hastctl lt "$active" handover f2 --to "$(other)" >/dev/null || give_up "the hand-over was refused"
  took "hand-over" "$since"
  await_sync lt "$active" f2
  sleep 1
}

# A primary that slept through its replacement must not answer when it wakes.
frozen_primary() {
  local old=$active since late
  since=$(now)
  kill -STOP "${pid[lt.$old]}"
  took "freeze" "$since"
  since=$(now)
  kill -CONT "${pid[lt.$old]}"
  sleep 3
  late=$(awk -v node="$old" -v since="$since" '$1 != "end" && $2 == node && $3 > since' "$answers" | wc -l)
  sample frozen --argjson late "$late"
  say "answers of the old primary after it woke: $late"
  await_sync lt "$active" f2
}

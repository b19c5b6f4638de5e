# shellcheck shell=bash
# Sourced by ./quickstart: PostgreSQL on the volume, and its clients on hast-c. pgbench notes each transaction in a
# file of its own once PostgreSQL has said COMMIT: these must all be there after the failover.
# base, network, red, plain come from the other parts.
# shellcheck disable=SC2154

session=0
# Before a command: as PostgreSQL's user, with shared memory that goes when its process goes.
as_postgres=(unshare --ipc setpriv --reuid=postgres --regid=postgres --init-groups --no-new-privs)
postgres_bin=''

find_postgres() {
  local directory
  for directory in /usr/lib/postgresql/*/bin; do
    [ ! -x "$directory/pgbench" ] || postgres_bin=$directory
  done
  [ -n "$postgres_bin" ] && return
  echo "No PostgreSQL with pgbench in /usr/lib/postgresql. Mend: apt-get install postgresql" >&2
  exit 1
}

make_database() {
  local node=$1 data=$base/$1/mnt/data
  must on "$node" install -d -o postgres -g postgres -m 700 "$data"
  must on "$node" "${as_postgres[@]}" "$postgres_bin/initdb" --no-sync --auth=trust --username=postgres --locale=C.UTF-8 "$data"
  echo "host all all $network.0/24 trust" | on "$node" tee -a "$data/pg_hba.conf" >/dev/null
  must on "$node" sync --file-system "$data"
}

start_postgres() {
  local node=$1
  install -d -o postgres -g postgres -m 700 "$base/$node/run/postgresql"
  in_background "$node" "$base/$node/postgres.log" "${as_postgres[@]}" "$postgres_bin/postgres" -D "$base/$node/mnt/data" \
    -c listen_addresses="$(address "$node")" -c unix_socket_directories="$base/$node/run/postgresql" \
    -c dynamic_shared_memory_type=mmap -c shared_buffers=32MB -c max_wal_size=128MB -c autovacuum=off \
    -c recovery_init_sync_method=syncfs -c log_line_prefix='%m '
}

stop_postgres() {
  must on "$1" "${as_postgres[@]}" "$postgres_bin/pg_ctl" stop --mode=fast --pgdata="$base/$1/mnt/data" --timeout=60
}

postgres_answers() { on "$1" "$postgres_bin/pg_isready" --quiet --host="$(address "$1")" --timeout=1; }

# sql NODE STATEMENT
sql() {
  on hast-c "$postgres_bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
    --username=postgres --dbname=postgres --host="$(address "$1")" --command="$2" </dev/null
}

fill_database() {
  must on hast-c "$postgres_bin/pgbench" --initialize --scale=2 --quiet --username=postgres --host="$(address "$1")" postgres
  must sql "$1" 'CREATE TABLE committed (session int, client int, n int, PRIMARY KEY (session, client, n))'
}

# Four clients write to the PostgreSQL of a node as fast as they can, from now or from when it answers, until it
# goes. A server that vanished without a word is given up after three seconds.
start_clients() {
  session=$((session + 1))
  # shellcheck disable=SC2016 # expanded by the shell on hast-c
  in_background hast-c /dev/null bash -c '
    out=$0
    until "$@" >"$out" 2>&1; grep -q "actually processed: [1-9]" "$out"; do sleep 0.1; done
    ' "$base/clients/$session.out" "$postgres_bin/pgbench" \
    --no-vacuum --client=4 --time=600 --file=e2e/quickstart/bank.sql --define=n=0 --define=session=$session \
    --log --log-prefix="$base/clients/$session.log" --username=postgres \
    "host=$(address "$1") dbname=postgres connect_timeout=2 keepalives_idle=1 keepalives_interval=1 keepalives_count=2 tcp_user_timeout=3000"
}

clients_are_gone() { ! pgrep --full "log-prefix=$base/clients/" >/dev/null; }

# Acknowledged transactions as "session client n", from pgbench's "client n latency script seconds microseconds".
acknowledged() {
  local file name
  for file in "$base"/clients/*.log.*; do
    [ -r "$file" ] || continue
    name=${file##*/}
    awk -v session="${name%%.*}" 'NF >= 6 { print session, $1, $2 }' "$file"
  done | sort
}

# When the first transaction of a session was acknowledged, in microseconds; nothing if none was.
first_acknowledged() {
  cat "$base/clients/$1".log.* 2>/dev/null | awk 'NF >= 6 { printf "%d%06d\n", $5, $6 }' | sort -n | head -n 1
}

# Compares what clients know with what the database holds. Exits if anything is missing.
compare() {
  local node=$1 acks missing rows differs
  acknowledged >"$base/acknowledged"
  sql "$node" 'SELECT session, client, n FROM committed' | tr '|' ' ' | sort >"$base/rows"
  acks=$(wc -l <"$base/acknowledged")
  rows=$(wc -l <"$base/rows")
  missing=$(comm -23 "$base/acknowledged" "$base/rows" | wc -l)
  differs=$(sql "$node" 'SELECT (SELECT sum(abalance) FROM pgbench_accounts) - (SELECT sum(delta) FROM pgbench_history)')
  if [ "$missing" != 0 ] || [ "$rows" -lt "$acks" ] || [ "$differs" != 0 ] || [ "$acks" = 0 ]; then
    say "${red}Lost: $missing of $acks acknowledged transactions are not in the table of $rows;" \
      "balances differ by ${differs:-?}.$plain"
    comm -23 "$base/acknowledged" "$base/rows" | head -n 5 | indent
    give_up
  fi
  good "All $acks acknowledged transactions are there, none is missing; the balances agree." \
    "(Committed, but their clients died or were cut off before they heard: $((rows - acks)).)"
}

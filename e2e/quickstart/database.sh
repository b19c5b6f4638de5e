# shellcheck shell=bash
# Sourced by ./quickstart: PostgreSQL on the volume, and its clients on hast-c. pgbench notes each transaction in a
# file of its own once PostgreSQL has said COMMIT: these must all be there after the failover.
# base, mnt, vip, network, red, plain come from the other parts.
# shellcheck disable=SC2154

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
  local node=$1 data=$mnt/data
  must on "$node" install -d -o postgres -g postgres -m 700 "$data"
  must on "$node" "${as_postgres[@]}" "$postgres_bin/initdb" --no-sync --auth=trust --username=postgres --locale=C.UTF-8 "$data"
  echo "host all all $network.0/24 trust" | on "$node" tee -a "$data/pg_hba.conf" >/dev/null
  must on "$node" sync --file-system "$data"
}

# The program that hastd starts and stops PostgreSQL with; on all addresses, because it is started before the address comes.
make_service() {
  cat >"$base/etc/postgres" <<TEXT
#!/bin/sh
# postgres start|stop, by the daemon of a node
run=\$(dirname "\$HAST_SOCKET")/postgresql
install -d -o postgres -g postgres -m 700 "\$run"
case \$1 in
start)
  exec ${as_postgres[*]} $postgres_bin/pg_ctl start --pgdata=$mnt/data --log="\$run/log" --timeout=60 --options="\
    -c listen_addresses=* -c unix_socket_directories=\$run \
    -c dynamic_shared_memory_type=mmap -c shared_buffers=32MB -c max_wal_size=128MB -c autovacuum=off \
    -c recovery_init_sync_method=syncfs"
  ;;
stop)
  [ -e $mnt/data/postmaster.pid ] || exit 0 # it does not run, and that is well
  exec ${as_postgres[*]} $postgres_bin/pg_ctl stop --pgdata=$mnt/data --mode=fast --timeout=60
  ;;
esac
TEXT
  chmod 755 "$base/etc/postgres"
}

postgres_answers() { on hast-c "$postgres_bin/pg_isready" --quiet --host="$vip" --timeout=1; }

# sql STATEMENT
sql() {
  on hast-c "$postgres_bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
    --username=postgres --dbname=postgres --host="$vip" --command="$1" </dev/null
}

fill_database() {
  must on hast-c "$postgres_bin/pgbench" --initialize --scale=2 --quiet --username=postgres --host="$vip" postgres
  must sql 'CREATE TABLE committed (session int, client int, n int, PRIMARY KEY (session, client, n))'
}

# Four clients write to the address as fast as they can until they are stopped. When their connections break they connect
# anew, as another session. A server that vanished without a word is given up after three seconds.
start_clients() {
  # shellcheck disable=SC2016 # expanded by the shell on hast-c
  in_background hast-c /dev/null bash -c '
    for ((session = 1; ; session++)); do
      "$@" --define=session=$session --log-prefix="$0/$session.log" >"$0/$session.out" 2>&1
      [ ! -e "$0/stop" ] || break
      sleep 0.05
    done
    ' "$base/clients" "$postgres_bin/pgbench" --no-vacuum --client=4 --time=600 --file=e2e/quickstart/bank.sql --define=n=0 \
    --log --username=postgres \
    "host=$vip dbname=postgres connect_timeout=2 keepalives_idle=1 keepalives_interval=1 keepalives_count=2 tcp_user_timeout=3000"
}

# They end as they do when a server goes, and have noted everything.
stop_clients() {
  touch "$base/clients/stop"
  must sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'"
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

# first_acknowledged SINCE: when the first transaction since then was acknowledged, in microseconds; nothing if none was.
first_acknowledged() {
  cat "$base"/clients/*.log.* 2>/dev/null |
    awk -v since="$1" 'NF >= 6 { at = sprintf("%d%06d", $5, $6); if (at > since && (!first || at < first)) first = at }
      END { if (first) print first }'
}

has_acknowledged() { [ -n "$(first_acknowledged "$1")" ]; }

# Compares what clients know with what the database holds. Exits if anything is missing.
compare() {
  local acks missing rows differs
  acknowledged >"$base/acknowledged"
  sql 'SELECT session, client, n FROM committed' | tr '|' ' ' | sort >"$base/rows"
  acks=$(wc -l <"$base/acknowledged")
  rows=$(wc -l <"$base/rows")
  missing=$(comm -23 "$base/acknowledged" "$base/rows" | wc -l)
  differs=$(sql 'SELECT (SELECT sum(abalance) FROM pgbench_accounts) - (SELECT sum(delta) FROM pgbench_history)')
  if [ "$missing" != 0 ] || [ "$rows" -lt "$acks" ] || [ "$differs" != 0 ] || [ "$acks" = 0 ]; then
    say "${red}Lost: $missing of $acks acknowledged transactions are not in the table of $rows;" \
      "balances differ by ${differs:-?}.$plain"
    comm -23 "$base/acknowledged" "$base/rows" | head -n 5 | indent
    give_up
  fi
  good "All $acks acknowledged transactions are there, none is missing; the balances agree." \
    "(Committed, but their clients died or were cut off before they heard: $((rows - acks)).)"
}

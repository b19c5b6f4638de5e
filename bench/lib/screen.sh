# shellcheck shell=bash
# Sourced by bench/run: what people see of it.

begin=$SECONDS
say() { printf '%5ds  %s\n' $((SECONDS - begin)) "$*"; }
title() { printf '\n%5ds  == %s\n' $((SECONDS - begin)) "$*"; }
now() { echo "${EPOCHREALTIME/[.,]/}"; } # microseconds

give_up() {
  echo "bench/run: $*" >&2
  exit 1
}

# until_true SECONDS WHAT COMMAND...
until_true() {
  local limit=$(($(now) + $1 * 1000000)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$(now)" -lt $limit ] || give_up "waited in vain for $what; logs are in target/bench"
    sleep 0.02
  done
}

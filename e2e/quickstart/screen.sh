# shellcheck shell=bash
# Sourced by ./quickstart: what people see of it. Each line carries the time since the start; a command that
# is worth knowing is shown as it could be typed on its node.
# shellcheck disable=SC2034

bold='' dim='' red='' green='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; fi

begin=${EPOCHREALTIME/[.,]/}
timeline=()

# seconds MICROSECONDS -> 12.3
seconds() { printf '%d.%d' $(($1 / 1000000)) $(($1 % 1000000 / 100000)); }

say() { printf '%6s  %s\n' "$(seconds $(($(now) - begin)))" "$*"; }
title() { printf '\n%s%6s  %s%s\n' "$bold" "$(seconds $(($(now) - begin)))" "$*" "$plain"; }
good() { say "$green$*$plain"; }
shown() { say "$dim$1#$plain ${*:2}"; }
indent() { sed 's/^/          /'; }

# mark FROM TO WHAT: one line of the timeline, by two readings of the clock.
mark() {
  timeline+=("$(printf '%8s %9s  %s' "$(seconds $(($1 - begin)))" "$(seconds $(($2 - $1)))" "$3")")
}

print_timeline() {
  title "What happened, in seconds"
  printf '\n%s%8s %9s  %s%s\n' "$bold" at took what "$plain"
  printf '%s\n' "${timeline[@]}"
}

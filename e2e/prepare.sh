# shellcheck shell=bash
# Sourced by ./check and ./quickstart: makes a Debian machine ready, or says what is missing and how to mend it.

# Packages of a list (e2e/packages.txt) that are not installed, one a line.
missing_packages() {
  local package _
  while read -r package _; do
    case $package in '' | '#'*) continue ;; esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done <"$1"
}

# Installs without starting the services that some packages bring (etcd, PostgreSQL): the tests run their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d made='' code=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
  fi
  { DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; } </dev/null || code=$?
  [ -z "$made" ] || rm -f "$policy"
  return $code
}

# Returns 1 when something is still missing; what is missing has been named, with the mend.
prepare_packages() {
  local list=$1 log=$2 missing
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian, so nothing is installed. Install by hand what $list names."
    return 1
  fi
  mapfile -t missing < <(missing_packages "$list")
  if [ ${#missing[@]} -eq 0 ]; then
    echo "All packages of $list are installed."
    return 0
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "Not root, so these packages cannot be installed: ${missing[*]}"
    echo "Mend: sudo apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi
  echo "Installing by apt: ${missing[*]}"
  if ! install_packages "${missing[@]}" >"$log" 2>&1; then
    tail -n 5 "$log" | sed 's/^/  /'
    mapfile -t missing < <(missing_packages "$list")
    echo "apt failed (whole output: $log). Still missing: ${missing[*]}"
    echo "Mend: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi
}

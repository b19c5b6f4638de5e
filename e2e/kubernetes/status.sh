# shellcheck shell=bash
# Sourced by e2e/cluster: status, from what Kubernetes says and from what is there.
# shellcheck disable=SC2154

show_status() {
  local nodes pods_there machine
  nodes=$(kubectl --request-timeout 3s get nodes -o json 2>/dev/null) || nodes='' # kubectl prints an empty list then
  pods_there=$(kubectl --request-timeout 3s get pods --all-namespaces -o json 2>/dev/null) || pods_there=''
  say "Cluster \"$cluster\", Kubernetes $(version_of_api), up for $(age "$base/up")"
  say
  printf '%-9s %-12s %-15s %-11s %-5s %s\n' MACHINE ADDRESS STATE KUBERNETES PODS COMPONENTS
  for machine in "${machines[@]}"; do
    printf '%-9s %-12s %-15s %-11s %-5s %s\n' "$machine" "$(address "$machine")" "$(state_of "$machine")" \
      "$(ready_of "$machine")" "$(pods_on "$machine")" "$(components_of "$machine")"
  done
  say
  if [ -z "$nodes" ]; then say "The API server does not answer; KUBERNETES and PODS are not known."; fi
  show_cuts
  say "Logs: $logs"
}

version_of_api() { basename "$(dirname "$bin")" | cut -d - -f 2; }

# age FILE: since it was made, as kubectl writes it.
age() {
  local seconds
  seconds=$(($(date +%s) - $(stat -c %Y "$1" 2>/dev/null || date +%s)))
  if [ $seconds -lt 120 ]; then
    echo "${seconds}s"
  elif [ $seconds -lt 7200 ]; then
    echo "$((seconds / 60))m"
  else
    echo "$((seconds / 3600))h"
  fi
}

state_of() {
  if ! has_power "$1"; then
    echo "no power"
  elif is_frozen "$1"; then
    echo frozen
  else
    echo "on for $(age "$base/$1/first")"
  fi
}

# What the API says of a node; it says so of a dead one for most of a minute.
ready_of() {
  if ! is_worker "$1"; then
    echo -
  elif [ -z "$nodes" ]; then
    echo "?"
  else
    jq -r --arg name "$1" '[.items[] | select(.metadata.name == $name) | .status.conditions[] | select(.type == "Ready")
      | {"True": "Ready", "False": "NotReady"}[.status] // "Unknown"] | first // "absent"' <<<"$nodes"
  fi
}

pods_on() {
  if ! is_worker "$1"; then
    echo -
  elif [ -z "$pods_there" ]; then
    echo "?"
  else
    jq -r --arg name "$1" '[.items[] | select(.spec.nodeName == $name)]
      | "\([.[] | select(.status.conditions // [] | any(.type == "Ready" and .status == "True"))] | length)/\(length)"' <<<"$pods_there"
  fi
}

# Each with the time since it was started; a component that is off says so.
components_of() {
  local file name text=''
  for file in "$base/$1"/components/*; do
    [ -e "$file" ] || continue
    name=$(basename "$file")
    if [ -e "$base/$1/off/$name" ]; then
      text+="$name off, "
    elif [ -e "$base/$1/running/$name" ] && has_power "$1"; then
      text+="$name $(age "$base/$1/running/$name"), "
    else
      text+="$name down, "
    fi
  done
  echo "${text%, }"
}

show_cuts() {
  local from to
  while read -r from to; do say "Cut: nothing gets from $from to $to."; done < <(cuts)
}

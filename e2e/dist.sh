# shellcheck shell=bash
# Sourced: the distribution of hastd and hastctl that tests and benchmarks run.

# dist_is_fresh DIST: it was built, and no source has changed since.
dist_is_fresh() {
  [ -x "$1/bin/hastd" ] && [ -x "$1/bin/hastctl" ] &&
    [ -z "$(find pom.xml node-daemon -path '*/target' -prune -o -type f -path '*main*' -newer "$1/bin/hastd" -print -quit)" ]
}

# build_dist DIST LOG: from the root of the repository, without tests.
build_dist() {
  ./mvnw -B -ntp package -DskipTests -DskipITs -pl node-daemon/daemon,node-daemon/hastctl -am </dev/null >"$2" 2>&1 &&
    touch "$1/bin/hastd"
}

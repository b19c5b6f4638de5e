# shellcheck shell=sh
# Sourced, not run. `find_java25 PROGRAM` exports as JAVA_HOME a Java 25 that has bin/PROGRAM: javac to build, java to run.
# The build needs exactly this release because Maven plugins load the classes that we compile, so Maven itself runs on it.

is_java25() {
  [ -n "$1" ] && [ -x "$1/bin/$2" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[.+"-]' "$1/release"
}

find_java25() {
  java25_kind="Java 25"
  [ "$1" = java ] || java25_kind="JDK 25"
  if [ -n "${JAVA25_HOME-}" ] && ! is_java25 "$JAVA25_HOME" "$1"; then
    echo "JAVA25_HOME is set to \"$JAVA25_HOME\", which is not a $java25_kind." >&2
    echo "Point it to the directory that holds bin/$1 of a $java25_kind, or unset it to have one searched for." >&2
    return 1
  fi
  java25_on_path=$(readlink -f "$(command -v "$1" 2>/dev/null)" 2>/dev/null) || java25_on_path=
  for java25_candidate in "${JAVA25_HOME-}" "${JAVA_HOME-}" /usr/lib/jvm/temurin-25* /usr/lib/jvm/*-25-* \
    /usr/lib/jvm/*-25 /opt/*25* "${HOME-}"/.jdks/*25* "${HOME-}"/.sdkman/candidates/java/25* \
    "${java25_on_path%/bin/*}"; do
    if is_java25 "$java25_candidate" "$1"; then
      JAVA_HOME=$java25_candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "No $java25_kind found: looked at JAVA25_HOME, JAVA_HOME, /usr/lib/jvm, /opt, ~/.jdks, ~/.sdkman and PATH." >&2
  echo "Install one (Debian 13: apt-get install openjdk-25-jdk-headless; Debian 12 has none: unpack a Temurin 25)" >&2
  echo "and point JAVA25_HOME to its directory: export JAVA25_HOME=/path/to/jdk-25" >&2
  return 1
}

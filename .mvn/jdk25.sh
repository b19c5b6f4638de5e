# shellcheck shell=sh
# Sourced, not run: finds a JDK 25 and exports it as JAVA_HOME. Both the build and its tests need exactly this release:
# Maven plugins load the classes that we compile, so Maven itself has to run on it.

is_jdk25() {
  [ -n "$1" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q '^JAVA_VERSION="25[.+"-]' "$1/release"
}

find_jdk25() {
  if [ -n "${JAVA25_HOME-}" ] && ! is_jdk25 "$JAVA25_HOME"; then
    echo "JAVA25_HOME is set to \"$JAVA25_HOME\", which is not a JDK 25." >&2
    echo "Point it to the directory of a JDK 25 (the one that holds bin/javac), or unset it to have one searched for." >&2
    return 1
  fi
  for candidate in "${JAVA25_HOME-}" "${JAVA_HOME-}" /usr/lib/jvm/temurin-25* /usr/lib/jvm/*-25-* /usr/lib/jvm/*-25 \
    "${HOME-}"/.jdks/*25* "${HOME-}"/.sdkman/candidates/java/25*; do
    if is_jdk25 "$candidate"; then
      JAVA_HOME=$candidate
      export JAVA_HOME
      return 0
    fi
  done
  echo "No JDK 25 found: looked at JAVA25_HOME, JAVA_HOME, /usr/lib/jvm, ~/.jdks and ~/.sdkman." >&2
  echo "Install one (Debian 13: apt-get install openjdk-25-jdk-headless; Debian 12 has none: unpack a Temurin 25)" >&2
  echo "and point JAVA25_HOME to its directory: export JAVA25_HOME=/path/to/jdk-25" >&2
  return 1
}

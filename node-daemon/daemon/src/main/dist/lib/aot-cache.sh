# shellcheck shell=sh
# Sourced, not run, after find_java25: whether a cache made by bin/hast-train fits what lies here. Java itself takes one
# made of other jars of the same names, and then runs a mixture of old and new classes.

# What a cache is good for: these jars, as they were put here, and this Java.
aot_key() {
  # shellcheck disable=SC2154 # home: of whoever sources this
  (cd "$home/lib" && stat -c '%n %s %y' ./*.jar && cat "$JAVA_HOME/release") | cksum
}

# aot_options NAME: the options that use lib/NAME.aot, or nothing.
aot_options() {
  if [ -r "$home/lib/$1.aot" ] && [ "$(cat "$home/lib/$1.aot.key" 2>/dev/null)" = "$(aot_key)" ]; then
    echo "-XX:AOTCache=$home/lib/$1.aot -Xlog:aot=off,cds=off"
  fi
}

# What the scripts share; sourced by them, not run.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAUNCHER=$ROOT/verticles/launcher/target/millrace.jar
BACKENDS=$ROOT/shared/backends/target/millrace-backends-all.jar
DATA=${MILLRACE_HOME:-$ROOT/.millrace}
# What Hazelcast needs of the module system (its manual, "Running in modular Java").
JVM_FLAGS=(--add-modules java.se --add-exports java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens java.base/java.lang=ALL-UNNAMED --add-opens java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens java.management/sun.management=ALL-UNNAMED
  --add-opens jdk.management/com.sun.management.internal=ALL-UNNAMED)

fail() { echo "$1" >&2; exit 1; }

require_java() {
  JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$JAVA" >/dev/null || fail "There is no java: install a JDK 17 or newer, or set JAVA_HOME."
  local version
  version=$("$JAVA" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = \([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ] || fail "This java is version ${version:-unknown}; Millrace needs 17 or newer. Set JAVA_HOME to one."
  JVM_FLAGS+=(-Dfile.encoding=UTF-8)
  if [ "$version" -ge 24 ]; then
    JVM_FLAGS+=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
  fi
}

# Whether an option is among the arguments: given --conf "$@".
given() {
  local option=$1
  shift
  case " $* " in *" $option"[\ =]*) ;; *) return 1 ;; esac
}

# Builds the two jars if they are missing or older than a source. Says what it does, a line a module.
build() {
  require_java
  if [ -f "$LAUNCHER" ] && [ -f "$BACKENDS" ] &&
    [ -z "$(find "$ROOT/pom.xml" "$ROOT/shared" "$ROOT/verticles" "$ROOT/conf" -path '*/target' -prune -o \
      -path '*/src/test' -prune -o -path '*/system-tests' -prune -o -path '*/benchmarks' -prune -o \
      -type f -newer "$LAUNCHER" \( -path '*/src/main/*' -o -name pom.xml -o -path "$ROOT/conf/*.xml" -o -name millrace.yaml \) -print -quit)" ]; then
    return
  fi
  command -v mvn >/dev/null || fail "There is no mvn: install Maven 3.8 or newer."
  [ -w "$ROOT" ] || fail "$ROOT can't be written to, so nothing can be built there."
  echo "Building Millrace (the first time Maven fetches what it needs, which takes a minute or two)" >&2
  mkdir -p "$ROOT/shared/backends/target"
  local log=$ROOT/shared/backends/target/build.log
  (cd "$ROOT" && mvn -B -ntp -Dquick -Dmaven.test.skip=true -Dstyle.color=never -pl shared/backends,verticles/launcher -am package) 2>&1 |
    tee "$log" | LC_ALL=C sed -un 's/^\[INFO\] Building \(Millrace .*\) 0\..*\[\(.*\)\]$/  \2 \1/p' >&2 || true
  grep -q 'BUILD SUCCESS' "$log" || { grep -m 5 '^\[ERROR\]' "$log" >&2; fail "The build failed; all of it is in $log"; }
  touch "$LAUNCHER" "$BACKENDS"
}

# A running process keeps jars of its own, so that a build beside it takes no class from under its feet.
own_jars() {
  mkdir -p "$DATA/lib" 2>/dev/null || fail "$DATA can't be written to; name another folder with MILLRACE_HOME."
  rm -f "$DATA/lib/"*.jar
  cp "$LAUNCHER" "$BACKENDS" "$DATA/lib/" || fail "There is no room in $DATA for the 130 MB of the program."
  LAUNCHER=$DATA/lib/${LAUNCHER##*/} BACKENDS=$DATA/lib/${BACKENDS##*/}
}

# Whatever is in pids ends with the script.
pids=()
stop() {
  trap - EXIT INT TERM
  # From the front to the back, so that nothing is left on the way; the servers last.
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do kill -TERM "${pids[i]}" 2>/dev/null && wait "${pids[i]}" || true; done
}
stop_at_exit() {
  trap stop EXIT
  trap 'exit 130' INT TERM
}

# Starts the servers alone: their process is the first of pids, their addresses are uris.
servers() {
  mkdir -p "$DATA"
  : >"$DATA/backends"
  "$JAVA" -jar "$BACKENDS" "$DATA" < <(trap "" INT; exec sleep infinity) >"$DATA/backends" & pids+=($!)
  for ((i = 0; i < 300; i++)); do
    [ "$(wc -l <"$DATA/backends")" -ge 3 ] && break
    kill -0 "${pids[0]}" 2>/dev/null || fail "The servers did not start; see above."
    sleep 0.2
  done
  mapfile -t uris <"$DATA/backends"
}

# Waits until a node is ready: its management port, its process, and what it is called.
await_ready() {
  for ((i = 0; i < 300; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /health/ready HTTP/1.0\r\n\r\n' >&3 && grep -q ' 200 ' <&3) 2>/dev/null && return
    kill -0 "$2" 2>/dev/null || fail "$3 did not start; see above."
    sleep 0.3
  done
  fail "$3 did not get ready."
}

# Takes the place of the shell that calls it, so that a signal to that pid reaches the program.
millrace() { exec "$JAVA" "${JVM_FLAGS[@]}" ${MILLRACE_JAVA_OPTS:-} -cp "$LAUNCHER:$BACKENDS" io.millrace.launcher.Main "$@"; }

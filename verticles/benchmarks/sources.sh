# scripts/bench sources, after Millrace's own functions; sourced, not run. Servers have one core, the load the other.
REPORT=SourcesReport
SERVER=0 LOAD=1
PACKAGES=$ROOT/verticles/benchmarks/src/main/js/sources
export BENCH_WEBHOOK_SECRET=whsec_YmVuY2htYXJrcyBzaWduIHdpdGggdGhpcyBrZXkuLi4=
node='' database=''

stop_others() {
  stop_node
  if [ "$database" ]; then exec 4>&- && wait "$database" || true; fi
  database=''
}

stop_node() { [ -z "$node" ] || { kill "$node" && wait "$node"; } 2>/dev/null || true; node=''; }

# What takes Millrace's place has its core.
bare() {
  (
    taskset -cp $SERVER $BASHPID >/dev/null
    measure "$@"
  )
}

# Why nothing in Node can be measured here; nothing if it can.
missing() {
  command -v node >/dev/null && command -v npm >/dev/null || { echo "there is no node and npm"; return; }
  mkdir -p "$PEERS/npm-sources" && cp "$PACKAGES"/* "$PEERS/npm-sources"
  (cd "$PEERS/npm-sources" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1) ||
    echo "npm can't install the packages: $(tail -1 "$PEERS/npm-sources/npm.log")"
}

# A server of PACKAGES on a port of its own, on the servers' core.
start_node() {
  NODE_PORT=$(free_port)
  PORT=$NODE_PORT REDIS_PORT=$REDIS SECRET=$BENCH_WEBHOOK_SECRET NODE_ENV=production \
    taskset -c $SERVER node "$PEERS/npm-sources/$1.cjs" >"$DATA/node.log" 2>&1 &
  node=$!
  for _ in {1..100}; do
    grep -q listening "$DATA/node.log" && return
    sleep 0.1
  done
  cat "$DATA/node.log" >&2
  fail "The server in Node didn't start."
}

command -v taskset >/dev/null && [ "$(nproc)" -ge 2 ] || fail "A core for the servers and one for the load are needed."
ulimit -n 20000 || fail "1,000 sockets on either side need more open files than this shell may have."
taskset -cp $LOAD $$ >/dev/null # all that is started here, but the servers
why=$(missing)
[ -z "$why" ] || echo "Not compared with Node: $why." >&2

CONF=$DATA/conf
cp -r "$ROOT/conf" "$CONF"
cp "$ROOT"/verticles/benchmarks/src/main/resources/sources/*.yaml "$CONF/sources/"
# A database whose changes are read. It is others' machine, so it has the load's core.
mkfifo "$DATA/database"
measure benchmarks.sources.SourceDatabase directory="$DATA/source" <"$DATA/database" >"$DATA/database.port" &
database=$!
exec 4>"$DATA/database"
for _ in {1..300}; do
  [ ! -s "$DATA/database.port" ] || break
  sleep 0.1
done
DATABASE=$(cat "$DATA/database.port")
[ "$DATABASE" ] || fail "The database whose changes are read didn't start."
sed -i "s/PORT/$DATABASE/" "$CONF/sources/changes.yaml"
echo "Debezium's engine alone" >&2
bare benchmarks.sources.ChangesLoad of=bare database="$DATABASE"
start_millrace taskset -c $SERVER
echo "Webhooks" >&2
measure benchmarks.sources.WebhookLoad of=millrace port="$PORT" path=/api/webhooks/bench-hooks \
  secret=$BENCH_WEBHOOK_SECRET pid="$pid"
if [ -z "$why" ]; then
  start_node webhook
  measure benchmarks.sources.WebhookLoad of=node port="$NODE_PORT" path=/hooks secret=$BENCH_WEBHOOK_SECRET pid="$node" \
    backends="$pid"
  stop_node
fi
echo "Redis to 1,000 sockets" >&2
measure benchmarks.sources.RedisLoad of=millrace port="$PORT" redis="$REDIS" token="$TOKEN" pid="$pid"
if [ -z "$why" ]; then
  start_node fanout
  measure benchmarks.sources.RedisLoad of=socketio port="$NODE_PORT" redis="$REDIS" token=none pid="$node" \
    backends="$pid"
  stop_node
fi
echo "Changes of a database" >&2
measure benchmarks.sources.ChangesLoad of=millrace database="$DATABASE" port="$PORT" token="$TOKEN" pid="$pid" \
  management="$MANAGEMENT"
echo "Kafka" >&2
bare benchmarks.sources.KafkaLoad of=bare kafka="$KAFKA" management="$MANAGEMENT"
measure benchmarks.sources.KafkaLoad of=millrace kafka="$KAFKA" management="$MANAGEMENT"
echo "This PostgreSQL alone" >&2
bare persistence.CommitCeiling postgres="$POSTGRES"
stop_millrace

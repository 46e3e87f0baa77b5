# scripts/bench pipeline, after Millrace's own functions; sourced, not run.
REPORT=Report
PIPELINE=$HARNESS/pipeline
node='' seconds=8 warm=2
[ $quick = false ] || seconds=4 warm=1

stop_others() {
  [ -z "$node" ] || { "$PIPELINE/pipeline.sh" stop; "$PIPELINE/pipeline.sh" pg-stop; } 2>/dev/null || true
}

# Why the Node pipeline can't be measured here; nothing if it can.
missing() {
  [ -d "$PIPELINE" ] || { echo "there is no $PIPELINE"; return; }
  [ -x "$PEERS/wsgen" ] || { echo "there is no $PEERS/wsgen (its README says how to build it)"; return; }
  [ -d "$PEERS/npm-pipe/node_modules" ] || { echo "there is no $PEERS/npm-pipe (npm i, says its README)"; return; }
  local tool
  for tool in redis-server redis-cli psql node runuser /usr/lib/postgresql/15/bin/initdb; do
    command -v "$tool" >/dev/null || { echo "there is no $tool"; return; }
  done
}

# The same generator against Millrace as the Node pipeline's own script uses against that.
wsgen() {
  local label=$1
  shift
  timeout 120 "$PEERS/wsgen" --port "$PORT" --proto millrace --path /api/ws --channel bench --token "$TOKEN" \
    --pub http --httppath /api/events --pubtoken "$TOKEN" --pubs 32 -n 50 --pids "$pid" --label "millrace/$label" "$@" >>"$OUT" ||
    echo "wsgen could not measure $label" >&2
}

wsgen_millrace() {
  local type open="--mode open --warm $warm --secs $seconds --drain 2" closed="--mode closed --warm $warm --secs $seconds --drain 1"
  for type in urgent:bench:update ordinary:bench:ordinary; do
    local name=${type%%:*} evtype="--evtype ${type#*:}"
    wsgen "$name/200" $evtype $open --rate 200
    wsgen "${name}50/200" $evtype $open --rate 200 --batch 50
    wsgen "$name/1000" $evtype $open --rate 1000
    wsgen "$name/max" $evtype $closed -W 200
    wsgen "${name}50/max" $evtype $closed -W 200 --batch 50
    wsgen "${name}50/max2000" $evtype $closed -W 2000 --batch 50
  done
}

wsgen_node() {
  [ -d "$PEERS/pg/data" ] || "$PIPELINE/pipeline.sh" pg-init
  node=up
  "$PIPELINE/pipeline.sh" pg-start
  # No rising rates: 200/s and flat out; with 200 and with 2,000 events under way.
  RATES=' ' SUBS=50 timeout 300 "$PIPELINE/runpipe.sh" "$OUT" single job >&2 || echo "the Node pipeline failed" >&2
  RATES=' ' SUBS=50 W=2000 ROUND=2 timeout 300 "$PIPELINE/runpipe.sh" "$OUT" job >&2 || echo "the Node pipeline failed" >&2
  "$PIPELINE/pipeline.sh" pg-stop
  node=''
}

echo "Millrace under load" >&2
start_millrace
measure benchmarks.load.PipelineLoad port="$PORT" token="$TOKEN" pid="$pid" postgres="$POSTGRES"
echo "This PostgreSQL alone" >&2
measure persistence.CommitCeiling postgres="$POSTGRES"
why=$(missing)
if [ -z "$why" ]; then
  echo "wsgen against Millrace, then against the Node pipeline" >&2
  wsgen_millrace
  stop_millrace
  wsgen_node
else
  echo "Not compared with the Node pipeline: $why." >&2
  stop_millrace
fi

#!/usr/bin/env bash
# node.sh run     a real single-node Kafka in the foreground, until Ctrl-C (needs Java 17 and Maven, no Docker)
# node.sh start   the same in the background; returns when it is ready
# node.sh stop    ends the one that `start` started
# Settings: KAFKA_PORT (default 9092; the controller takes the next one), KAFKA_DIRECTORY (default .kafka: jars, data, log).
set -o nounset -o errexit -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
port=${KAFKA_PORT:-9092}
directory=${KAFKA_DIRECTORY:-$here/../../.kafka}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
pid_file=$directory/pid
log=$directory/kafka.log
properties=$directory/server.properties
cluster_id=c3RyZWFtZ2F1Z2Uta2Fmaw

runs() { [[ -s $pid_file ]] && tr '\0' ' ' 2>/dev/null <"/proc/$(<"$pid_file")/cmdline" | grep -q 'kafka\.Kafka '; }

prepare() {
    if runs; then
        echo "Kafka already runs on 127.0.0.1:$port, process $(<"$pid_file")"
        exit 0
    fi
    "$here/jars.sh" "$directory/libs"
    # The log cleaner's buffer is 128 MB unless set: more than the heap below can spare.
    cat >"$properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$directory/data
log.cleaner.dedupe.buffer.size=33554432
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
END
    export CLASSPATH="$directory/libs/*"
    [[ -f $directory/data/meta.properties ]] ||
        java kafka.tools.StorageTool format --cluster-id "$cluster_id" --config "$properties" >"$log" 2>&1 ||
        { cat "$log" >&2; exit 1; }
}

broker=(java -Xmx256m -XX:+UseSerialGC -Dlog4j2.configurationFile="$here/log4j2.yaml" kafka.Kafka "$properties")

run() {
    prepare
    echo "Kafka on 127.0.0.1:$port; Ctrl-C ends it, its data stay in $directory"
    exec "${broker[@]}"
}

start() {
    prepare
    : >"$log"
    setsid nohup "${broker[@]}" </dev/null >"$log" 2>&1 &
    echo $! >"$pid_file"
    for ((tenth = 0; tenth < 600; tenth++)); do
        if grep -q 'Kafka Server started' "$log"; then
            echo "Kafka is ready on 127.0.0.1:$port; its log: $log"
            return
        fi
        kill -0 "$(<"$pid_file")" 2>/dev/null || break
        sleep 0.1
    done
    tail -5 "$log" >&2
    echo "Kafka did not start; its log: $log" >&2
    exit 1
}

stop() {
    runs || { echo "no Kafka of $directory runs"; return; }
    local pid
    pid=$(<"$pid_file")
    kill -TERM "$pid"
    for ((tenth = 0; tenth < 300; tenth++)); do
        kill -0 "$pid" 2>/dev/null || { rm -f "$pid_file"; echo "Kafka ended"; return; }
        sleep 0.1
    done
    echo "Kafka (process $pid) still runs 30 s after SIGTERM" >&2
    exit 1
}

case ${1-} in
    run | start | stop) "$1" ;;
    *)
        sed -n '2,5s/^# //p' "$0" >&2
        exit 2
        ;;
esac

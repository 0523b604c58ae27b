#!/usr/bin/env bash
# engine.sh start   makes sure that a Docker engine answers; starts one where none does (root, Debian)
# engine.sh stop    ends the engine that `start` started, and no other
set -o nounset -o errexit -o pipefail

export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
state=/run/streamgauge
pid_file=$state/dockerd.pid
log=$state/dockerd.log
containerd_pid_file=/var/run/docker/containerd/containerd.pid

answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }
ours() { runs_as dockerd "$pid_file"; }

# runs_as NAME PID_FILE   whether the process of that number has that name; numbers are given to others after a crash
runs_as() { [[ -s $2 && $(cat "/proc/$(<"$2")/comm" 2>/dev/null) == "$1" ]]; }

# Gives up after 60 s, or 3 s after the engine's process has gone.
wait_until_it_answers() {
    local gone=0
    for ((tenth = 0; tenth < 600; tenth++)); do
        answers && return
        pidof dockerd >/dev/null || ((++gone < 30)) || return 1
        sleep 0.1
    done
    return 1
}

launch() {
    mkdir -p "$state"
    # Where no init system mounted the control groups, Debian's own helper does.
    if ! mountpoint -q /sys/fs/cgroup; then
        "$here/../debian/install.sh" cgroupfs-mount=cgroupfs-mount
        cgroupfs-mount
    fi
    # dockerd waits for whatever process has the number that a killed engine left, and never starts a containerd.
    runs_as containerd "$containerd_pid_file" || rm -f "$containerd_pid_file"
    setsid nohup dockerd --pidfile "$pid_file" </dev/null >"$log" 2>&1 &
}

start() {
    answers && return
    if [[ -n ${DOCKER_HOST-} ]]; then
        echo "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST: start it, or unset DOCKER_HOST" >&2
        exit 1
    fi
    if [[ $(id -u) != 0 ]]; then
        echo "no Docker engine answers to user $(id -un): install and start Docker, or run this as root" >&2
        exit 1
    fi
    "$here/../debian/install.sh" docker=docker.io dockerd=docker.io iptables=iptables
    if [[ -d /run/systemd/system ]]; then
        systemctl start docker
    elif ! pidof dockerd >/dev/null; then
        echo "starting the Docker engine (log: $log)" >&2
        launch
    fi
    if ! wait_until_it_answers; then
        grep -E 'level=(error|fatal)|^failed' "$log" 2>/dev/null | tail -5 >&2 || true
        echo "the Docker engine did not start; its log: $log (under systemd: journalctl -u docker)" >&2
        exit 1
    fi
}

stop() {
    ours || return 0
    local pid
    pid=$(<"$pid_file")
    kill -TERM "$pid"
    for ((tenth = 0; tenth < 300; tenth++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "the Docker engine (process $pid) still runs 30 s after SIGTERM" >&2
    exit 1
}

case ${1-} in
    start | stop) "$1" ;;
    *)
        sed -n '2,3s/^# //p' "$0" >&2
        exit 2
        ;;
esac

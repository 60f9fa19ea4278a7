#!/usr/bin/env bash
# A SLURM of this one machine with two CPUs, for tests: single_node.sh start [--install] | stop. As root.
#
# Configuration, state and logs lie in $SINGLE_NODE (default /tmp/single-node-slurm), nothing of an installed
# cluster is touched. Clients find it by SLURM_CONF, which `start` prints.
set -euo pipefail
folder="${SINGLE_NODE:-/tmp/single-node-slurm}"
export SLURM_CONF="$folder/slurm.conf"

install_packages() { # Debian and Ubuntu
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq slurm-wlm munge >/dev/null
}

configure() {
  mkdir -p "$folder/state" "$folder/spool"
  cat >"$SLURM_CONF" <<END
ClusterName=single
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
# No cgroups, which containers often lack: processes are followed by parents, CPUs bound by affinity.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
# A job that is requeued waits for its old credential to expire, two minutes unless told otherwise.
AuthInfo=cred_expire=10
ReturnToService=2
# One line for every job that has ended; tests count them.
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs.txt
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 RealMemory=$(free --mebi | awk '/^Mem/ {print $2}') State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

start() {
  [ "${1:-}" != --install ] || install_packages
  for program in munged slurmctld slurmd; do
    command -v "$program" >/dev/null || { echo "$program is missing: $0 start --install" >&2; exit 1; }
  done
  if munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
    echo "munged runs already" >&2
  else
    install -d -o munge -g munge -m 755 /run/munge
    runuser -u munge -- munged
  fi
  configure
  slurmctld -c
  slurmd
  for _ in $(seq 60); do
    if [ "$(sinfo --noheader --format=%T 2>/dev/null)" = idle ]; then
      echo "SLURM_CONF=$SLURM_CONF"
      return
    fi
    sleep 1
  done
  tail -n 20 "$folder"/*.log >&2
  echo "no idle node after a minute" >&2
  exit 1
}

stop() {
  scancel --user="$(id -un)" 2>/dev/null || true
  for name in slurmd slurmctld; do
    end "$folder/$name.pid"
  done
  end /run/munge/munged.pid
  rm -rf "$folder"
}

end() { # the process that wrote this file, and wait until it is gone
  [ -s "$1" ] || return 0
  local pid
  pid="$(cat "$1")"
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 20); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
  kill -KILL "$pid"
}

case "${1:-}" in
  start) shift; start "$@" ;;
  stop) stop ;;
  *) echo "usage: $0 start [--install] | stop" >&2; exit 2 ;;
esac

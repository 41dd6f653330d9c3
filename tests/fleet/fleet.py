# SPDX-License-Identifier: MIT
"""A plan on 16 hosts through Slurm: one is slow, one dies, one has no io_uring; the report names all three.

The hosts are daemons of slurmd on one machine, each with its own host name. All daemons are started here, in the
foreground, and ended by their process ids.
"""
import ctypes
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

URINGTOOL = os.environ["URINGTOOL"]
UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
SCRIPTS = pathlib.Path(os.environ["SCRIPTS"])
HOSTS = [f"node{n:02}" for n in range(1, 17)]
SLOW, DEAD, UNSUPPORTED = "node05", "node07", "node11"
DEADLINE = time.monotonic() + 160
NEEDED = ["slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "munged", "strace", "unshare"]

os.environ["PATH"] += ":/usr/sbin:/sbin"


def skip(reason):
    print(reason)
    sys.exit(77)


def run(*args, **more):
    return subprocess.run([str(arg) for arg in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", check=False, timeout=60, **more)


def free_ports(n):
    """Returns n ports that nothing listens on. Another process could take them, which is unlikely."""
    sockets = [socket.socket() for _ in range(n)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def adopt_orphans():
    """Orphans become children of this program, which kills and reaps them."""
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)


def end_children():
    try:
        while True:
            for pid in pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text("utf-8").split():
                os.kill(int(pid), signal.SIGKILL)
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def wait_for(what, condition):
    while not condition():
        if time.monotonic() > DEADLINE:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.3)


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])


class Fleet:
    def __init__(self, folder):
        self.folder = folder
        self.daemons = {}
        self.results = folder / "results"
        self.pid_of_dead = folder / "pid-of-dead"

    def start(self, name, *command):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.daemons[name] = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                                  stdout=out, stderr=out, start_new_session=True)

    def stop(self):
        for number in signal.SIGTERM, signal.SIGKILL:
            for daemon in self.daemons.values():
                if daemon.poll() is None:
                    daemon.send_signal(number)
            until = time.monotonic() + 5
            while time.monotonic() < until and any(d.poll() is None for d in self.daemons.values()):
                time.sleep(0.1)

    def munge(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        path = self.folder / "munge.socket"
        self.start("munged", "munged", "--foreground", "--force", "--num-threads=4", f"--socket={path}",
                   f"--key-file={key}", f"--pid-file={self.folder}/munge.pid",
                   f"--seed-file={self.folder}/munge.seed", f"--log-file={self.folder}/munge.log")
        wait_for("munged", path.exists)
        return path

    def configure(self, munge):
        here = socket.gethostname()
        ports = free_ports(1 + len(HOSTS))
        (self.folder / "state").mkdir()
        lines = [
            "ClusterName=fleet", f"SlurmctldHost={here}(127.0.0.1)", "SlurmUser=root", "SlurmdUser=root",
            "AuthType=auth/munge", "CredType=cred/munge", f"AuthInfo=socket={munge}",
            f"SlurmctldPort={ports[0]}", f"StateSaveLocation={self.folder}/state",
            f"SlurmctldPidFile={self.folder}/slurmctld.pid", f"SlurmctldLogFile={self.folder}/slurmctld.log",
            f"SlurmdSpoolDir={self.folder}/spool-%n", f"SlurmdPidFile={self.folder}/slurmd-%n.pid",
            f"SlurmdLogFile={self.folder}/slurmd-%n.log", "SlurmdParameters=config_overrides",
            "ProctrackType=proctrack/pgid", "TaskPlugin=task/none", "SelectType=select/linear",
            "JobAcctGatherType=jobacct_gather/none", "AccountingStorageType=accounting_storage/none",
            "MpiDefault=none", "ReturnToService=2", "SlurmdTimeout=20", "MessageTimeout=60", "TreeWidth=16",
            "KillWait=5",
            *(f"NodeName={name} NodeHostname={here} NodeAddr=127.0.0.1 Port={port} CPUs=1"
              for name, port in zip(HOSTS, ports[1:])),
            "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
        ]
        conf = self.folder / "slurm.conf"
        conf.write_text("\n".join(lines) + "\n", "utf-8")
        os.environ["SLURM_CONF"] = str(conf)

    def start_slurm(self):
        self.configure(self.munge())
        self.start("slurmctld", "slurmctld", "-D", "-c")
        wait_for("slurmctld", lambda: run("scontrol", "ping").stdout.count(" UP") == 1)
        for name in HOSTS:
            self.start(name, "slurmd", "-D", "-N", name)
        wait_for("16 nodes", lambda: run("sinfo", "-h", "-t", "idle", "-o", "%D").stdout.strip() == "16")

    def program(self):
        """The program that each host calls uringtool: it sets the host name, and simulates the host's fault."""
        quoted = {name: shlex.quote(str(value)) for name, value in {
            "tool": URINGTOOL, "seccomp": UNDER_SECCOMP, "pid": self.pid_of_dead}.items()}
        path = self.folder / "uringtool"
        path.write_text(f"""#!/bin/bash
# What finds leaks cannot work under strace.
export ASAN_OPTIONS=detect_leaks=0
case $SLURMD_NODENAME in
{SLOW}) set -- strace -f -qq -o /dev/null -e trace=io_uring_enter \\
	-e inject=io_uring_enter:delay_enter=5ms {quoted['tool']} "$@" ;;
{DEAD}) echo $$ >{quoted['pid']}.new && mv {quoted['pid']}.new {quoted['pid']} && sleep 300 ;;
{UNSUPPORTED}) set -- {quoted['seccomp']} enosys {quoted['tool']} "$@" ;;
*) set -- {quoted['tool']} "$@" ;;
esac
exec unshare --uts sh -c 'hostname "$SLURMD_NODENAME" && exec "$@"' sh "$@"
""", "utf-8")
        path.chmod(0o755)
        return path

    def plan(self):
        data = self.folder / "data"
        data.write_bytes(os.urandom(1 << 20))
        path = self.folder / "plan.json"
        path.write_text(json.dumps({
            "schema_version": 1, "kind": "plan", "name": "fleet", "benchmarks": [{
                "name": "read",
                "job": {"rw": "randread", "bs": "4k", "iodepth": 1, "direct": False, "runtime": "1s"},
                # The slow host has at most 200 a second, the others many thousands, on a machine that all 16 share.
                "limits": ["iops >= 500"]}]}), "utf-8")
        return path, data

    def kill_host(self):
        """Kills a host: its daemon, the process that monitors the job, and the job."""
        wait_for("a job on the host that dies", self.pid_of_dead.exists)
        self.daemons[DEAD].kill()
        job = int(self.pid_of_dead.read_text("utf-8"))
        session, watcher = os.getsid(job), job
        assert session != os.getsid(0)
        while pathlib.Path(f"/proc/{watcher}/comm").read_text("utf-8").strip() != "slurmstepd":
            watcher = parent_of(watcher)
        os.kill(watcher, signal.SIGKILL)
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(path.name)) == session:
                    os.kill(int(path.name), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def submit(self, plan, data, hosts):
        done = run(SCRIPTS / "slurm/submit", plan, self.results, ",".join(hosts), f"--device={data}",
                   cwd=self.folder)
        assert done.returncode == 0, done.stdout

    def unfinished(self):
        return {host for host in HOSTS if not (self.results / f"{host}.json").exists()}


def robbed(path):
    """The machine of this test may steal CPU time from a host, whose result then reports it."""
    return "hypervisor" in path.read_text("utf-8")


def main():
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        skip(f"not here: {' '.join(missing)} (packages slurm-wlm, munge, strace)")
    if os.geteuid():
        skip("slurmd and host names of one's own are for root alone")
    if run("unshare", "--uts", "true").returncode:
        skip("no UTS namespace can be made here")
    if "report" not in run(URINGTOOL, "--help").stdout:
        skip("this uringtool has no report")
    if run(URINGTOOL, "probe").returncode:
        skip("io_uring is not usable here")
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="fleet-") as name:
        fleet = Fleet(pathlib.Path(name))
        try:
            check(fleet)
        except (AssertionError, TimeoutError):
            for path in sorted(fleet.folder.glob("*.log")) + sorted(fleet.results.glob("*.log")):
                print(f"--- {path.name}", *path.read_text("utf-8", "replace").splitlines()[-5:], sep="\n")
            raise
        finally:
            fleet.stop()
            end_children()


def check(fleet):
    fleet.start_slurm()
    os.environ["URINGTOOL"] = str(fleet.program())
    plan, data = fleet.plan()
    fleet.submit(plan, data, HOSTS)
    fleet.kill_host()
    wait_for("15 results", lambda: fleet.unfinished() == {DEAD})
    for _ in range(3):
        again = [host for host in HOSTS if host != DEAD and robbed(fleet.results / f"{host}.json")]
        if not again:
            break
        expected = (fleet.results / "hosts").read_text("utf-8")
        for host in again:
            (fleet.results / f"{host}.json").unlink()
        fleet.submit(plan, data, again)
        (fleet.results / "hosts").write_text(expected, "utf-8")
        wait_for("results again", lambda: fleet.unfinished() == {DEAD})
    done = subprocess.run([URINGTOOL, "report", fleet.results, f"--expect-hosts={fleet.results}/hosts",
                           "--json"], stdout=subprocess.PIPE, encoding="utf-8", check=False)
    report = json.loads(done.stdout)
    found = {result["host"]: result["verdict"] for result in report["results"]}
    print(json.dumps({"exit": done.returncode, "missing": report["missing_hosts"], **found}))
    assert done.returncode == 1, done.returncode
    assert report["missing_hosts"] == [DEAD], report["missing_hosts"]
    assert set(found) == set(HOSTS) - {DEAD}, found
    assert {host for host, verdict in found.items() if verdict != "pass"} == {SLOW, UNSUPPORTED}, found
    assert (found[SLOW], found[UNSUPPORTED]) == ("fail", "skipped"), found
    assert not report["unexpected_hosts"] and not report["unreadable"]


main()

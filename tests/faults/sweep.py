#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each system call of each command fails once, with each errno that its manual lists.

The program must give a right result, one with unknown parts, or a clean error: never a crash, a hang or a wrong
number; and it must leave nothing behind.

A call that a command makes at most FEW times fails at every place with every errno. One that it makes more often
fails at SOME places in equal steps, with the errnos in turn; with SWEEP=all at every place too, and slow commands
are included. Arguments name the commands to be tested.
"""
import concurrent.futures
import errno
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from errnos import ERRNOS, LEFT_ALONE, NUMBERS, PASSING

URINGTOOL, INJECT, CRAFTED = (os.environ[name] for name in ("URINGTOOL", "INJECT", "CRAFTED"))
ALL = os.environ.get("SWEEP") == "all"
FEW, SOME = 3, 24
LIMIT_S = 30
CODES = {0, 1, 3, 4, 5, 77}
EXIT_UNAVAILABLE = 77
MOMENTARY = {errno.EINTR, errno.EAGAIN, errno.EBUSY}
BLOCK = 4096
OLD = '{"schema_version": 1, "kind": "layout", "tool": {"name": "uringtool"}}\n'
PLAN = """{"schema_version": 1, "kind": "plan", "name": "sweep", "requirements": ["op:NOP"], "benchmarks": [
{"name": "nop", "job": {"rw": "nop", "runtime": "20ms"}, "limits": ["iops >= 1", "errors == 0"]}]}
"""


def irqs():
    """The number of device interrupts so far."""
    lines = pathlib.Path("/proc/interrupts").read_text("ascii").splitlines()
    return sum(int(word) for line in lines if line.split(":")[0].strip().isdigit()
               for word in line.split(":")[1].split() if word.isdigit())


IRQS = irqs()


class Wrong(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def same_answers(document, baseline, passing):
    """A temporary failure must not turn a yes into a no."""
    for key in "ops", "setup_flags", "features", "register_ops", "enter_flags", "sqe_flags", "cqe_flags", "op_flags":
        rows = {row["name"]: row for row in baseline[key] if row["name"]}
        for row in document[key]:
            for question in "known", "permitted", "works":
                was, now = rows.get(row["name"], row)[question], row[question]
                expect(not passing or {was, now} != {"yes", "no"}, f"{row['name']}: {question} {now}, was {was}")


def check_probe(document, baseline, name):
    same_answers(document, baseline, name in PASSING)


def check_layout(document, baseline, _):
    for key in "sqe_bytes", "cqe_bytes", "mappings", "fields", "regions", "sqe", "cqe":
        expect(document[key] == baseline[key], f"{key} is another")


def check_walk(document, baseline, _):
    got, want = document["walk"]["scenes"][0], baseline["walk"]["scenes"][0]
    if all(step["as_expected"] for step in got["steps"]):
        expect(got["completed"] == want["completed"], "another number of completions, and nothing said")


def check_dump(document, baseline, _):
    expect(len(document["rings"]) == 1, "the ring is not there")
    ring, want = document["rings"][0], baseline["rings"][0]
    for key in "sqes", "cqes":
        if ring[key] and ring[key]["source"] == want[key]["source"]:
            expect(ring[key]["list"] == want[key]["list"], f"other {key}")


def check_bench(document, _, __):
    result = document["result"]
    total = result["total"]
    check_bins(result)
    expect(total["bytes"] == (0 if "nop" in str(document["command"]) else total["ios"] * BLOCK), "bytes are not I/Os")
    expect((result["cpu"]["irqs_per_io"] or 0) * total["ios"] < IRQS / 2, "interrupts since the machine started")
    expect(not document["valid"] or (total["ios"] >= 100 and total["errors"] == 0 and document["complete"]),
           "valid, with errors or without I/Os")


def check_bins(result):
    total = result["total"]
    late = sum(n for _, n in total["lat_bins"]) - total["ios"] - result["censored"]["ios"]
    expect(0 <= late <= result["uncounted_ios"], "more or fewer latencies than I/Os")


def check_curve(document, _, __):
    expect(not document["valid"] or (document["complete"] and not document["reasons"]), "valid, with reasons against it")
    for point in document["points"]:
        expect(not point["valid"] or not point["reason"], "a valid point, with a reason against it")


def check_grid(document, _, __):
    extent = document["sweep"]
    expect(not document["valid"] or (document["complete"] and not document["why_not_valid"]),
           "valid, with a reason against it")
    expect(not document["valid"] or extent["rounds"] >= extent["least_rounds"], "valid, after too few rounds")
    for cell in document["configurations"]:
        expect(len(cell["samples"]) == (extent["rounds"] if cell["state"] == "measured" else 0), "a sample for each round")


def check_compare(document, baseline, _):
    for key in "differences", "metrics", "valid", "met", "least_runs", "level":
        expect(document[key] == baseline[key], f"another {key}")


def check_report(document, baseline, _):
    if document["unreadable"]:
        expect(document["verdict"] != "pass", "a pass, with a file that was not read")
        return
    for key in "verdict", "counts", "groups", "outliers", "missing_hosts":
        expect(document[key] == baseline[key], f"another {key}")


def check_qualify(document, baseline, name):
    passed = {check["id"] for check in baseline["checks"] if check["verdict"] == "pass"}
    for check in document["checks"]:
        expect(document["verdict"] != "pass" or check["verdict"] == "pass", "a pass, and one check is none")
        expect(name not in PASSING or check["id"] not in passed or check["verdict"] != "fail",
               f"{check['id']} fails for what may pass")
    expect(document["verdict"] != "pass" or document["complete"], "a pass of half a run")
    for run in document["results"]:
        if run.get("bench"):
            check_bins(run["bench"]["result"])


def counted(report):
    return {int(a): int(b) for a, b in (line.split() for line in report.splitlines())}


class Command:
    def __init__(self, name, kind, check, *args, files=None, slow=False):
        """files: texts by name, in addition to the common ones; slow: skipped by default."""
        self.name, self.kind, self.check, self.args, self.files, self.slow = name, kind, check, args, files or {}, slow
        self.baseline = self.counts = self.loader = None

    def case(self, call, err, n, folder):
        """Runs the command once; returns the exit code, and the document if there is one."""
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        (work / "file").write_bytes(bytes(64 * BLOCK))
        (work / "out").write_text(OLD)
        (work / "report").touch()
        for name, text in self.files.items():
            (work / name).write_text(text, "utf-8")
        before = sorted(work.iterdir())
        with subprocess.Popen([INJECT, work / "report", str(call), str(err), str(n), URINGTOOL, *self.args],
                              cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              encoding="utf-8", start_new_session=True) as child:
            try:
                out, said = child.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.communicate()
                raise Wrong(f"not done after {LIMIT_S} s") from None
        code = child.returncode
        expect(code not in (126, 125), f"inject: {code} {said}")
        expect(code in CODES, f"exit code {code}: {said[-300:]}")
        expect(code in (0, 1, 3, 77) or re.search(r"^uringtool[^\n]*: .+", said, re.M) or out, "nothing is said")
        document = None
        if out.strip():
            try:
                document = json.loads(out)
            except ValueError:
                expect(code == 4 and "standard output" in said, f"no JSON, and exit code {code}: {said}")
        expect(document or code in (1, 2, 4, 5, 77), f"nothing printed, and exit code {code}: {said}")
        saved = (work / "out").read_text("utf-8")
        if saved != OLD:
            json.loads(saved)
        elif "-o" in self.args:
            expect(code, "success, and nothing saved")
        left = sorted(set(work.iterdir()) - set(before))
        expect(not left, f"left behind: {left}")
        expect(code != EXIT_UNAVAILABLE or err not in MOMENTARY, f"called unavailable: {said}")
        return code, document, (work / "report").read_text("ascii")

    def prepare(self, folder, loader):
        code, self.baseline, report = self.case("all", 0, 0, folder)
        expect(self.baseline and self.baseline["kind"] == self.kind, f"{self.name} does not run here: {code}")
        self.counts = counted(report)
        self.loader = loader
        unknown = {NUMBERS.get(nr, nr) for nr in self.counts} - set(ERRNOS) - LEFT_ALONE
        expect(not unknown, f"{self.name} makes calls whose errnos are not listed: {unknown}")

    def cases(self):
        """(number, errno name, N) of each case; the calls of the loader come first."""
        for nr, count in sorted(self.counts.items()):
            name = NUMBERS[nr]
            if name in LEFT_ALONE:
                continue
            first, names = self.loader.get(nr, 0) + 1, ERRNOS[name].split()
            places = range(first, count + 1)
            if ALL or len(places) <= FEW:
                yield from itertools.product([nr], names, places)
                continue
            chosen = sorted({places[i * (len(places) - 1) // (SOME - 1)] for i in range(SOME)})
            yield from ((nr, err, n) for err, n in zip(itertools.cycle(names), chosen))


def one(command, nr, name, n, folders):
    folder = folders.pop()
    try:
        _, document, _ = command.case(nr, getattr(errno, name), n, folder)
        if document and document["kind"] == command.kind:
            command.check(document, command.baseline, name)
    except (Wrong, KeyError, TypeError, ValueError) as wrong:
        return f"{command.name}: {NUMBERS[nr]} {n} fails with {name}: {type(wrong).__name__} {wrong}"
    finally:
        folders.append(folder)
    return None


def main():
    if not NUMBERS or os.uname().machine != "x86_64":
        print("only on x86-64, with the headers of the C library")
        return 77
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name, subprocess.Popen(
            [CRAFTED, "plain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as owner:
        folders = [pathlib.Path(name) / str(i) for i in range(os.cpu_count())]
        for folder in folders:
            folder.mkdir()
        owner.stdout.readline()
        run = subprocess.run([INJECT, folders[0] / "report", "all", "0", "0", URINGTOOL, "--version"],
                             stdout=subprocess.DEVNULL, check=False)
        if run.returncode == 126:
            print("processes cannot be traced here")
            return 77
        loader = counted((folders[0] / "report").read_text("ascii"))
        loader[next(nr for nr, call in NUMBERS.items() if call == "write")] = 0
        commands = [
            Command("probe", "probe", check_probe, "probe", "--json", "-o", "out"),
            Command("layout", "layout", check_layout, "layout", "--json", "-o", "out"),
            Command("walk", "layout", check_walk, "layout", "--walk", "--json"),
            Command("dump", "dump", check_dump, "dump", str(owner.pid), "--json", "--interval=1ms"),
            Command("bench", "bench", check_bench, "bench", "file", "--buffered", "--runtime=20ms", "--fixedbufs",
                    "--registerfiles", "--workers=2", "--watchdog=3s", "--json", "-o", "out"),
            Command("bench, own file", "bench", check_bench, "bench", "--buffered", "--size=256k", "--rw=randrw",
                    "--runtime=20ms", "--iodepth=4", "--watchdog=3s", "--numjobs=2", "--json"),
            Command("bench, SQPOLL", "bench", check_bench, "bench", "file", "--buffered", "--sqpoll",
                    "--runtime=20ms", "--watchdog=3s", "--json"),
        ]
        result = subprocess.run([URINGTOOL, "bench", "--rw=nop", "--runtime=20ms", "--json"], stdout=subprocess.PIPE,
                                check=False, encoding="utf-8").stdout
        commands += [
            Command("compare", "compare", check_compare, "compare", "result.json", "result.json", "--json", "-o", "out",
                    files={"result.json": result}),
            Command("report", "report", check_report, "report", "result.json", "--json", "-o", "out",
                    files={"result.json": result}),
            Command("qualify", "qualify", check_qualify, "qualify", "plan.json", "--json", files={"plan.json": PLAN},
                    slow=True),
            Command("bench, curve", "curve", check_curve, "bench", "--rw=nop", "--curve", "--point=10ms", "--budget=1s",
                    "--json", slow=True),
            Command("bench, sweep", "sweep", check_grid, "bench", "--rw=nop", "--sweep=iodepth=1,2", "--budget=4s",
                    "--json", slow=True),
        ]
        todo = []
        for command in commands:
            if len(sys.argv) > 1 and command.name not in sys.argv[1:]:
                continue
            if command.slow and not ALL and len(sys.argv) == 1:
                print(f"{command.name}: takes long; tried with SWEEP=all")
                continue
            command.prepare(folders[0], loader)
            cases = list(command.cases())
            todo += [(command, *case) for case in cases]
            print(f"{command.name}: {sum(command.counts.values())} calls, "
                  f"{len({nr for nr, _, _ in cases})} kinds, {len(cases)} cases", flush=True)
        random.Random(1).shuffle(todo)
        with concurrent.futures.ThreadPoolExecutor(len(folders)) as pool:
            wrong = [w for w in pool.map(lambda case: one(*case, folders), todo) if w]
        owner.stdin.close()
    for line in sorted(wrong):
        print(line)
    print(f"tried: {len(todo)} failures of {len({case[1] for case in todo})} system calls with "
          f"{len({case[2] for case in todo})} errnos, {len(wrong)} wrong, in {time.monotonic() - started:.0f} s")
    return 1 if wrong else 0


sys.exit(main())

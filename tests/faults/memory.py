# SPDX-License-Identifier: MIT
"""Each command runs out of memory, at one allocation or from one on: it reports an error, or its result is right.

The first and the last MANY allocations fail, and MANY in equal steps between them; with MEMORY=all each one.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from bounded import Faults, Run
from cli import EXIT_OK, URINGTOOL, main, run, skip

PRELOAD, CRAFTED, PROFILES = (os.environ[name] for name in ("NO_MEMORY", "CRAFTED", "PROFILES"))
REPLAY = pathlib.Path(os.environ["REPLAYS"]) / "6.1.json"
ALL = os.environ.get("MEMORY") == "all"
MANY = 16
LIMIT_S = 40
CODES = {0, 1, 3, 4, 77}
OLD = '{"schema_version": 1, "kind": "layout", "tool": {"name": "uringtool"}}\n'
# Keys that may differ between two equal runs.
VOLATILE = {"time", "command", "limits", "host", "rings"}

if run("layout").returncode != EXIT_OK:
    skip("no ring can be made here")
if subprocess.run([URINGTOOL, "--version"], env=dict(os.environ, LD_PRELOAD=PRELOAD, NO_MEMORY_FROM="1"),
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False).returncode != 4:
    skip("allocations cannot be made to fail here")


class Memory(Faults):
    tried = 0

    @classmethod
    def tearDownClass(cls):
        print(f"tried: {cls.tried} allocations that fail", flush=True)

    def case(self, args, **fails):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "file").write_bytes(bytes(1 << 18))
        (folder / "out").write_text(OLD)
        env = dict(os.environ, LD_PRELOAD=PRELOAD, NO_MEMORY_COUNT=str(folder / "count"),
                   **{key: str(value) for key, value in fails.items()})
        done = Run(*args, "-o", "out", cwd=folder, env=env)
        code = done.done(LIMIT_S)
        where = f"{args[0]} {fails}: {code} {done.said[-300:]}"
        self.assertIn(code, CODES, where)
        saved = (folder / "out").read_text("utf-8")
        document = json.loads(saved) if saved != OLD else None
        if code == 4 and not document:
            self.assertRegex(done.said, r"(?m)^uringtool[^\n]*: .+", where)
        if code in (0, 1, 3):
            self.assertIsNotNone(document, where)
        if done.out and "standard output" not in done.said:
            json.loads(done.out)
        self.assertLessEqual(set(self.names(folder)), {"file", "out", "count"}, where)
        count = folder / "count"
        number = int(count.read_text("ascii")) if count.exists() else 0
        shutil.rmtree(folder)
        return code, document, number

    def sweep(self, *args, keys=None):
        """keys: of the document, that must not change; by default all but the volatile ones."""
        code, baseline, count = self.case(args)
        self.assertIn(code, (EXIT_OK, 3))
        self.assertGreater(count, 3)
        places = set(range(1, count + 1))
        if not ALL and count > 3 * MANY:
            places = {*range(1, MANY + 1), *range(count - MANY + 1, count + 1),
                      *(MANY + i * (count - 2 * MANY) // MANY for i in range(MANY))}

        def same(case, n):
            for key in keys or set(baseline) - VOLATILE if case[0] == code else ():
                if case[1][key] != baseline[key]:
                    # It may also be undecided.
                    self.assertIn("undecided", json.dumps(case[1][key]), f"{args[0]}, allocation {n}: another {key}")

        def one(n):
            same(self.case(args, NO_MEMORY_AT=n), n)
            if n % 8 == 0:
                same(self.case(args, NO_MEMORY_FROM=n), n)
            return 1 + (n % 8 == 0)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            type(self).tried += sum(pool.map(one, sorted(places)))

    def test_probe(self):
        self.sweep("probe", "--json")

    def test_probe_questions(self):
        self.sweep("probe", "--json", "--for=fio,postgresql-18", "--require=op:READ,rings:2x8", f"--replay={REPLAY}")

    def test_probe_target(self):
        self.sweep("probe", "--json", "--target=file")

    def test_layout(self):
        self.sweep("layout", "--json")

    def test_walk(self):
        self.sweep("layout", "--walk", "--scene=all", "--json")

    def test_dump(self):
        with subprocess.Popen([CRAFTED, "plain"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
            owner.stdout.readline()
            self.sweep("dump", str(owner.pid), "--json", "--interval=1ms")
            owner.stdin.close()

    def test_bench(self):
        self.sweep("bench", "file", "--buffered", "--runtime=20ms", "--interval=10ms", "--fixedbufs", "--json",
                   "--numjobs=2", keys=("kind", "tool", "job"))

    def test_compare(self):
        name = self.folder / "result.json"
        run("bench", "--rw=nop", "--runtime=100ms", "-o", name)
        self.sweep("compare", name, name, "--json")


main()

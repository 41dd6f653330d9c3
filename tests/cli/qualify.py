# SPDX-License-Identifier: MIT
"""uringtool qualify: what passes, fails, is skipped or invalid, and what a plan may contain."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from cli import (Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_UNMET, EXIT_USAGE,
                 URINGTOOL, main, run, skip, validator)

EXIT_REFUSED = 5
UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
SHIPPED = pathlib.Path(os.environ["PLANS"])
MISTAKES = pathlib.Path(__file__).parent.parent / "plans/mistakes.json"

if json.loads(run("probe", "--json").stdout)["access"]["verdict"] != "usable":
    skip("io_uring is not usable here")

# Fast and slow because of their workload, regardless of the machine's speed.
FAST = {"rw": "randread", "bs": "4k", "direct": False, "size": "1m", "runtime": "200ms"}
SLOW = {**FAST, "rate": "1000,closed", "runtime": "500ms"}
# Effects of a busy host on a measurement: they are reported, and not a fault of the program.
NOISE = "hypervisor", "too few for a result", "in flight, but there were"
NOP = {"rw": "nop", "runtime": "200ms"}


def bench(name, job, *limits, **more):
    return {"name": name, "job": job, "limits": list(limits), **more}


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()


class Qualify(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "file"
        self.file.write_bytes(os.urandom(1 << 20))

    def plan(self, *benchmarks, **more):
        path = self.folder / "plan.json"
        plan = {"schema_version": 1, "kind": "plan", "name": "test", "benchmarks": list(benchmarks), **more}
        validator("plan").validate(plan)
        path.write_text(json.dumps(plan), "utf-8")
        return path

    def qualify(self, code, *args, devices=(), under=()):
        """The document of a run, and the verdict of each check by id."""
        if not devices:
            devices = [self.file]
        for _ in range(8):
            done = run("qualify", *args, *(f"--device={device}" for device in devices), "--json",
                       cwd=self.folder, under=under)
            if not any(noise in done.stdout for noise in NOISE):
                break
        self.assertEqual(done.returncode, code, done.stderr + done.stdout[-3000:])
        document = self.document(done.stdout, "qualify")
        checks = document["checks"]
        self.assertEqual(len({check["id"] for check in checks}), len(checks))
        for verdict, n in document["counts"].items():
            self.assertEqual(n, sum(check["verdict"] == verdict for check in checks))
        for check in checks:
            self.assertEqual(check["why"] is None, check["verdict"] == "pass", check)
        required = {check["verdict"] for check in checks if check["required"]}
        worst = next(verdict for verdict in ("fail", "invalid", "skipped", "pass")
                     if verdict in required or verdict == "pass")
        self.assertEqual(document["verdict"], worst)
        self.assertEqual(code == EXIT_OK, worst == "pass")
        return document, {check["id"]: check["verdict"] for check in checks}

    def why(self, document, name):
        return next(check["why"] for check in document["checks"] if check["id"] == name)

    def test_all_passes(self):
        plan = self.plan(bench("fast", FAST, "iops >= 100", "lat_p99_ns <= 10s", repeat=2),
                         bench("rings", NOP, "iops >= 100"),
                         requirements=["op:READ"], applications=["libuv"])
        document, verdicts = self.qualify(EXIT_OK, plan)
        self.assertEqual(verdicts, {
            "require/op-read": "pass", "profile/libuv": "pass", "fast/file/iops": "pass",
            "fast/file/lat_p99_ns": "pass", "fast/file/errors": "pass", "rings/iops": "pass",
            "rings/errors": "pass"})
        self.assertEqual([(r["name"], r["device"], r["repeat"]) for r in document["results"]],
                         [("fast", str(self.file), 1), ("fast", str(self.file), 2), ("rings", None, 1)])
        self.assertTrue(document["complete"])
        values = sorted(r["bench"]["result"]["total"]["iops"] for r in document["results"][:2])
        check = next(check for check in document["checks"] if check["id"] == "fast/file/iops")
        self.assertAlmostEqual(check["value"], sum(values) / 2, delta=1)
        self.assertEqual((check["metric"], check["op"], check["limit"], check["unit"]),
                         ("iops", ">=", 100, "IOPS"))
        done = subprocess.run(["sha256sum", plan], stdout=subprocess.PIPE, encoding="utf-8", check=True)
        self.assertEqual(document["plan"]["sha256"], done.stdout.split()[0])
        text = run("qualify", plan, "--device", self.file)
        self.assertIn("fast: iops >= 100", text.stdout)

    def test_a_slow_device_fails(self):
        plan = self.plan(bench("slow", SLOW, "iops >= 100k"))
        document, verdicts = self.qualify(EXIT_UNMET, plan)
        self.assertEqual(verdicts, {"slow/file/iops": "fail", "slow/file/errors": "pass"})
        self.assertIn("below 100k", self.why(document, "slow/file/iops"))
        self.assertEqual(document["devices"][0]["verdict"], "fail")

    def test_what_is_not_required_fails_and_passes(self):
        plan = self.plan(bench("slow", SLOW, {"limit": "iops >= 100k", "required": False}),
                         bench("other", SLOW, "iops >= 100k", required=False), requirements=["op:READ"])
        document, verdicts = self.qualify(EXIT_OK, plan)
        self.assertEqual((verdicts["slow/file/iops"], verdicts["other/file/iops"]), ("fail", "fail"))
        self.assertEqual(document["devices"][0]["verdict"], "pass")

    def test_a_file_too_small_is_invalid(self):
        self.file.write_bytes(bytes(4096))
        plan = self.plan(bench("fast", FAST, "iops >= 100"))
        document, verdicts = self.qualify(EXIT_UNDECIDED, plan)
        self.assertEqual(set(verdicts.values()), {"invalid"})
        self.assertIn("less than", self.why(document, "fast/file/iops"))

    def test_too_few_for_a_percentile_is_invalid(self):
        plan = self.plan(bench("few", {**SLOW, "io_limit": "1m"}, "lat_p9999_ns <= 10s"))
        document, verdicts = self.qualify(EXIT_UNDECIDED, plan)
        self.assertEqual(verdicts["few/file/lat_p9999_ns"], "invalid")
        self.assertIn("too few", self.why(document, "few/file/lat_p9999_ns"))

    def test_a_device_that_is_not_there(self):
        plan = self.plan(bench("fast", FAST, "iops >= 100"))
        document, verdicts = self.qualify(EXIT_RUNTIME, plan, devices=[self.folder / "none"])
        self.assertEqual(set(verdicts.values()), {"invalid"})
        self.assertIn("No such file", self.why(document, "fast/none/iops"))

    def test_no_poll_queues_are_skipped_or_fail(self):
        tmpfs = pathlib.Path("/dev/shm")
        if not tmpfs.is_dir():
            self.skipTest("no /dev/shm")
        name = tmpfs / f"uringtool-qualify-{os.getpid()}"
        name.write_bytes(bytes(1 << 20))
        self.addCleanup(name.unlink)
        polled = {**FAST, "direct": True, "iopoll": True}
        _, verdicts = self.qualify(EXIT_UNDECIDED, self.plan(bench("polled", polled, "iops >= 1")),
                                   devices=[name])
        self.assertEqual(set(verdicts.values()), {"skipped"})
        plan = self.plan(bench("polled", polled, required=False), requirements=["op:READ"])
        _, verdicts = self.qualify(EXIT_OK, plan, devices=[name])
        self.assertEqual(verdicts[f"polled/{name.name}/errors"], "skipped")
        document, verdicts = self.qualify(EXIT_UNDECIDED, self.plan(device=["model == X"]), devices=[name])
        self.assertEqual(list(verdicts.values()), ["skipped"])
        self.assertIn("no block device", document["checks"][0]["why"])

    def test_consent(self):
        before = self.file.read_bytes()
        write = {**FAST, "rw": "randwrite"}
        plan = self.plan(bench("fast", FAST), bench("write", write))
        line = self.refuses(EXIT_REFUSED, "qualify", plan, f"--device={self.file}")
        self.assertIn("write: ", line)
        self.assertIn("--overwrite", line)
        plan = self.plan(bench("fast", FAST), bench("write", write, required=False))
        document, verdicts = self.qualify(EXIT_OK, plan)
        self.assertEqual((verdicts["fast/file/errors"], verdicts["write/file/errors"]), ("pass", "skipped"))
        self.assertIn("--overwrite", self.why(document, "write/file/errors"))
        plan = self.plan(bench("read", FAST, precondition="1x"))
        self.refuses(EXIT_REFUSED, "qualify", plan, f"--device={self.file}")
        self.assertEqual(self.file.read_bytes(), before)
        self.qualify(EXIT_OK, self.plan(bench("write", write)), "--overwrite")
        self.assertNotEqual(self.file.read_bytes(), before)
        self.assertEqual(sorted(self.folder.iterdir()), [self.file, plan])

    def test_a_folder_gets_a_file_for_each_run(self):
        plan = self.plan(bench("write", {**FAST, "rw": "randwrite"}, "write.iops >= 1"))
        _, verdicts = self.qualify(EXIT_OK, plan, devices=[self.folder])
        self.assertEqual(set(verdicts.values()), {"pass"})
        self.assertEqual(sorted(self.folder.iterdir()), [self.file, plan])

    def test_devices_side_by_side(self):
        other = self.folder / "sub" / "file"
        other.parent.mkdir()
        other.write_bytes(self.file.read_bytes())
        plan = self.plan(bench("fast", FAST, {"limit": "iops_spread <= 100%", "required": False}, repeat=2),
                         bench("rings", NOP))
        for args in [], ["--parallel"]:
            document, verdicts = self.qualify(EXIT_OK, plan, *args, devices=[self.file, other])
            slugs = {name.split("/")[1] for name in verdicts if name.endswith("errors") and name[0] == "f"}
            self.assertEqual(len(slugs), 2, slugs)
            self.assertIn("file", slugs)
            self.assertIn("fast/spread/iops_spread", verdicts)
            self.assertEqual(len(document["results"]), 5)
            self.assertEqual([device["path"] for device in document["devices"]], [str(self.file), str(other)])
        slow = self.plan(bench("slow", {**SLOW, "runtime": "3s"}))
        with subprocess.Popen([URINGTOOL, "qualify", slow, "--parallel", f"--device={self.file}",
                               f"--device={other}"], stdout=subprocess.DEVNULL) as child:
            most, until = 0, time.monotonic() + 60
            while child.poll() is None and most < 2 and time.monotonic() < until:
                try:
                    most = max(most, len(children(child.pid)))
                except FileNotFoundError:
                    break
                time.sleep(0.02)
            child.send_signal(signal.SIGTERM)
        self.assertEqual(most, 2)

    def test_spread_between_devices(self):
        plan = self.plan(bench("fast", FAST, "iops_spread <= 0.0001%"))
        other = self.folder / "other"
        other.write_bytes(self.file.read_bytes())
        document, verdicts = self.qualify(EXIT_UNMET, plan, devices=[self.file, other])
        self.assertEqual(verdicts["fast/spread/iops_spread"], "fail")
        self.assertRegex(self.why(document, "fast/spread/iops_spread"), "above.*: from .* on .* to .* on ")
        document, verdicts = self.qualify(EXIT_OK, plan)
        self.assertEqual(verdicts["fast/spread/iops_spread"], "skipped")

    def test_nop_needs_no_device(self):
        document, verdicts = self.qualify(EXIT_OK, self.plan(bench("rings", NOP)))
        self.assertEqual(list(verdicts), ["rings/errors"])
        done = run("qualify", self.folder / "plan.json", "--json", cwd=self.folder)
        self.assertEqual(json.loads(done.stdout)["devices"], [])
        self.assertEqual(len(document["devices"]), 1)

    def test_steady_state_and_precondition(self):
        plan = self.plan(bench("steady", {**FAST, "rw": "randwrite"}, precondition="1x", steady_state=True,
                               round="100ms"))
        done = run("qualify", plan, f"--device={self.file}", "--overwrite", "--json")
        document = self.document(done.stdout, "qualify")
        found = document["results"][0]["bench"]
        self.assertGreaterEqual(found["precondition"]["sequential"]["bytes"], 1 << 20)
        self.assertGreaterEqual(len(found["steady_state"]["rounds"]), 5)
        verdict = document["checks"][0]["verdict"]
        self.assertEqual(verdict == "pass", found["valid"])
        if not found["steady_state"]["reached"]:
            self.assertEqual((verdict, done.returncode), ("invalid", EXIT_UNDECIDED))

    def test_interrupted(self):
        plan = self.plan(bench("first", {**FAST, "runtime": "60s"}, "iops >= 100"), bench("second", FAST))
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            with subprocess.Popen([URINGTOOL, "qualify", plan, f"--device={self.file}", "--json"],
                                  stdout=subprocess.PIPE, encoding="utf-8") as child:
                self.measuring(child.pid)
                child.send_signal(number)
                document = self.document(child.communicate(timeout=60)[0], "qualify")
            self.assertEqual(child.returncode, code)
            self.assertFalse(document["complete"])
            verdicts = {check["id"]: check["verdict"] for check in document["checks"]}
            self.assertNotIn("pass", verdicts.values())
            self.assertEqual(verdicts["second/file/errors"], "skipped")
            for found in document["results"]:
                self.assertFalse(found["bench"]["complete"])

    def measuring(self, pid):
        """The pid of the measuring process: the probe has short-lived children too."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            seen = children(pid)
            time.sleep(0.5)
            if seen and seen == children(pid):
                return int(seen[0])
        return self.fail("nothing measures")

    def test_a_measurement_that_dies(self):
        plan = self.plan(bench("first", {**FAST, "runtime": "60s"}), bench("second", FAST))
        with subprocess.Popen([URINGTOOL, "qualify", plan, f"--device={self.file}", "--json"],
                              stdout=subprocess.PIPE, encoding="utf-8") as child:
            os.kill(self.measuring(child.pid), signal.SIGKILL)
            document = self.document(child.communicate(timeout=60)[0], "qualify")
        self.assertEqual(child.returncode, EXIT_RUNTIME)
        self.assertEqual([check["verdict"] for check in document["checks"]], ["invalid"] * 2)
        for check in document["checks"]:
            self.assertIn("killed by signal 9", check["why"])

    def test_where_io_uring_is_refused(self):
        if subprocess.run([UNDER_SECCOMP, "eperm", sys.executable, "-c", ""], check=False).returncode == 125:
            self.skipTest("no seccomp filter can be set here")
        for way in "eperm", "kill":
            under = [UNDER_SECCOMP, way]
            _, verdicts = self.qualify(EXIT_UNAVAILABLE, self.plan(bench("fast", FAST)), under=under)
            self.assertEqual(set(verdicts.values()), {"skipped"})
            plan = self.plan(bench("fast", FAST), requirements=["op:READ"], applications=["libuv"])
            document, verdicts = self.qualify(EXIT_UNMET, plan, under=under)
            self.assertEqual(verdicts, {"require/op-read": "fail", "profile/libuv": "fail",
                                        "fast/file/errors": "skipped"})
            self.assertEqual(document["probe"]["verdict"], "refused")

    def test_output_into_a_folder(self):
        plan = self.plan(bench("rings", NOP), requirements=["op:READ"])
        out = self.folder / "results"
        for _ in range(2):
            run("qualify", plan, "-o", f"{out}/")
            self.document((out / "qualify.json").read_text("utf-8"), "qualify")
        self.assertEqual([path.name for path in out.iterdir()], ["qualify.json"])
        run("qualify", plan, "-o", out)
        self.assertEqual([path.name for path in out.iterdir()], ["qualify.json"])
        run("qualify", plan, "-o", self.folder / "one.json")
        self.document((self.folder / "one.json").read_text("utf-8"), "qualify")
        self.refuses(EXIT_USAGE, "qualify", plan, "-o", f"{self.folder}/no/where/")
        run("qualify", "--check", plan, "-o", out)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["check.json", "qualify.json"])

    def test_shipped_plans(self):
        self.assertTrue(list(SHIPPED.glob("*.json")))
        for path in SHIPPED.glob("*.json"):
            plan = json.loads(path.read_text("utf-8"))
            validator("plan").validate(plan)
            self.assertEqual(plan["name"], path.stem)
            document = self.document(run("qualify", "--check", path.stem, "--json").stdout, "check")
            self.assertEqual(len(document["benchmarks"]), len(plan["benchmarks"]))
            text = run("qualify", "--check", path)
            self.assertEqual((text.returncode, text.stderr), (EXIT_OK, ""))

    def test_every_mistake_is_a_line(self):
        self.assertFalse(validator("plan").is_valid(
            json.loads(MISTAKES.read_text("utf-8"))))
        for args in [], ["--check"], ["--json"]:
            done = run("qualify", *args, MISTAKES)
            self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
            lines = done.stderr.splitlines()
            self.assertGreater(len(lines), 30)
            for line in lines[:-1]:
                self.assertRegex(line, rf"\Auringtool qualify: {MISTAKES}:\d+: .+")
            self.assertEqual(len(set(lines)), len(lines))
            self.assertTrue(lines[-1].endswith(f"{len(lines) - 1} mistakes"))

    def test_usage(self):
        plan = self.plan(bench("rings", NOP))
        recording = self.folder / "recording"
        recording.write_text('{"calls": []}')
        for code, says, *args in (
                (EXIT_USAGE, "which plan?"),
                (EXIT_USAGE, "one plan", plan, plan),
                (EXIT_USAGE, "did you mean 'quick'?", "quikc"),
                (EXIT_USAGE, "there are", "something-else"),
                (EXIT_RUNTIME, "No such file", "none.json"),
                (EXIT_USAGE, "not valid JSON", recording.parent / "file", "--check"),
                (EXIT_USAGE, "do not go together", plan, "--check", "--make-plan"),
                (EXIT_USAGE, "given twice", plan, f"--device={self.file}", f"--device={self.file}"),
                (EXIT_USAGE, "--slack", plan, "--make-plan", "--slack=much"),
                (EXIT_USAGE, "neither 'bench' nor 'qualify'", plan, "--make-plan"),
                (EXIT_USAGE, "needs results", "--make-plan"),
                (EXIT_USAGE, "not for measurements", plan, f"--replay={recording}")):
            with self.subTest(args):
                if says == "not valid JSON":
                    args[0] = self.folder / "bad.json"
                    args[0].write_text("{", "utf-8")
                self.assertIn(says, self.refuses(code, "qualify", *args))

    def valid_bench(self, path, *args):
        for _ in range(8):
            run("bench", *args, "-o", path, cwd=self.folder)
            if json.loads(path.read_text("utf-8"))["valid"]:
                return
        self.skipTest("no valid measurement to be had on this machine")

    def test_a_plan_from_results(self):
        results = [self.folder / f"result-{n}.json" for n in range(3)]
        self.valid_bench(results[0], self.file, "--buffered", "--runtime=200ms", "--size=1m", "--sqpoll")
        self.valid_bench(results[1], self.file, "--buffered", "--runtime=200ms", "--size=1m", "--sqpoll")
        self.valid_bench(results[2], self.file, "--buffered", "--runtime=200ms", "--rate=50000",
                         "--iodepth=4", "--batch-submit=8")
        made = self.folder / "made.json"
        done = run("qualify", "--make-plan", *results, "--slack=25%", "-o", made)
        self.assertEqual(done.returncode, EXIT_OK, done.stderr)
        plan = json.loads(made.read_text("utf-8"))
        self.assertEqual(json.loads(done.stdout), plan)
        validator("plan").validate(plan)
        self.assertEqual([b["name"] for b in plan["benchmarks"]], ["randread-4k-qd32", "randread-4k-qd4"])
        self.assertEqual(plan["benchmarks"][0]["job"], {
            "rw": "randread", "bs": "4k", "size": "1m", "iodepth": 32, "runtime": "200ms", "direct": False,
            "sqpoll": True})
        self.assertEqual(plan["benchmarks"][1]["job"]["rate"], "50000")
        iops = [json.loads(r.read_text("utf-8"))["result"]["total"]["iops"] for r in results[:2]]
        limits = dict(limit.split(" >= ") for limit in plan["benchmarks"][0]["limits"] if ">=" in limit)
        number, unit = limits["iops"].rstrip("km"), limits["iops"][-1]
        limit = float(number) * {"k": 1e3, "m": 1e6}.get(unit, 1)
        self.assertLessEqual(limit, min(iops) * 0.75)
        self.assertGreater(limit, min(iops) * 0.74)
        self.assertEqual(run("qualify", "--check", made).returncode, EXIT_OK)

    def test_a_plan_from_a_qualification(self):
        plan = self.plan(bench("fast", FAST, repeat=2), requirements=["op:READ"], applications=["libuv"])
        self.qualify(EXIT_OK, plan, "-o", self.folder / "results.json")
        done = run("qualify", "--make-plan", self.folder / "results.json", "--slack=99%")
        made = json.loads(done.stdout)
        self.assertEqual((made["requirements"], made["applications"]), (["op:READ"], ["libuv"]))
        self.assertEqual([b["name"] for b in made["benchmarks"]], ["fast"])
        (self.folder / "made.json").write_text(done.stdout, "utf-8")
        text = run("qualify", "--check", self.folder / "made.json")
        self.assertEqual((text.returncode, text.stderr), (EXIT_OK, ""))

    def test_no_plan_from_what_is_not_valid(self):
        result = self.folder / "result.json"
        self.valid_bench(result, "--rw=nop", "--runtime=100ms")
        document = json.loads(result.read_text("utf-8"))
        document["valid"] = False
        result.write_text(json.dumps(document), "utf-8")
        self.assertIn("not valid", self.refuses(EXIT_USAGE, "qualify", "--make-plan", result))
        result.write_text('{"kind": "bench"}', "utf-8")
        self.refuses(EXIT_USAGE, "qualify", "--make-plan", result)
        result.write_text('{"kind": "qualify", "results": []}', "utf-8")
        self.assertIn("no measurement", self.refuses(EXIT_USAGE, "qualify", "--make-plan", result))


class Devices(Case):
    """Block devices created here: loop devices over files."""

    def loop(self, name, size=4 << 20):
        backing = self.folder / name
        backing.write_bytes(os.urandom(size))
        done = subprocess.run(["losetup", "--find", "--show", backing], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8", check=False)
        if done.returncode:
            self.skipTest(f"no loop devices here: {done.stderr.strip()}")
        device = done.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)
        return device, backing

    plan, qualify, why = Qualify.plan, Qualify.qualify, Qualify.why

    def test_consent_for_each(self):
        one, _ = self.loop("one")
        two, backing = self.loop("two")
        before = backing.read_bytes()
        plan = self.plan(bench("write", {"rw": "randwrite", "runtime": "200ms"}))
        self.assertIn(two, self.refuses(EXIT_REFUSED, "qualify", plan, f"--device={one}", f"--device={two}",
                                        f"--destroy-data-on={one}"))
        self.assertEqual(backing.read_bytes(), before)
        _, verdicts = self.qualify(EXIT_OK, plan, f"--destroy-data-on={one}", f"--destroy-data-on={two}",
                                   devices=[one, two])
        self.assertEqual(set(verdicts.values()), {"pass"})

    def test_the_kernels_own_account(self):
        """The device is used by nothing else, so its requests are the I/Os of bench, and shorter."""
        device, _ = self.loop("one")
        done = run("bench", device, "--iodepth=4", "--runtime=500ms", "--json")
        document = self.document(done.stdout, "bench")
        health = document["health"]
        self.assertFalse([why for why in document["reasons"] if "account" in why], document["reasons"])
        self.assertAlmostEqual(health["device_ios_per_io"], 1, delta=0.02)
        self.assertAlmostEqual(health["device_lat_share"], health["device_lat_mean_ns"] / document["result"]["total"]["lat_mean_ns"],
                               delta=1e-3)
        self.assertTrue(0 < health["device_lat_share"] <= 1.1, health)
        self.assertTrue(0 < health["device_util"] <= 1, health)

    def test_facts(self):
        device, _ = self.loop("one")
        plan = self.plan(device=["bytes == 4m", "partition == no", "logical_block_bytes == 512",
                                 {"limit": "physical_block_bytes >= 1t", "required": False}])
        slug = pathlib.Path(device).name
        document, verdicts = self.qualify(EXIT_OK, plan, devices=[device])
        self.assertEqual(verdicts[f"device/{slug}/bytes"], "pass")
        self.assertEqual(verdicts[f"device/{slug}/physical_block_bytes"], "fail")
        self.assertIn(", below 1t", self.why(document, f"device/{slug}/physical_block_bytes"))
        _, verdicts = self.qualify(EXIT_UNMET, self.plan(device=["zoned matches host-*"]), devices=[device])
        self.assertEqual(set(verdicts.values()), {"fail"})

    def test_a_faulty_device(self):
        """The second half of the file is cut off: reads of it fail with EIO."""
        good, _ = self.loop("good")
        bad, backing = self.loop("bad")
        os.truncate(backing, 2 << 20)
        plan = self.plan(bench("read", {"rw": "randread", "runtime": "200ms"}, "iops >= 1"))
        document, verdicts = self.qualify(EXIT_UNMET, plan, devices=[good, bad])
        good, bad = (pathlib.Path(device).name for device in (good, bad))
        self.assertEqual(verdicts, {f"read/{good}/iops": "pass", f"read/{good}/errors": "pass",
                                    f"read/{bad}/iops": "invalid", f"read/{bad}/errors": "fail"})
        self.assertIn("EIO", self.why(document, f"read/{bad}/iops"))
        self.assertEqual([device["verdict"] for device in document["devices"]], ["pass", "fail"])


main()

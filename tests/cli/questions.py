# SPDX-License-Identifier: MIT
"""uringtool probe with a question: --require, --for, --list, --diff, --macros, --as-user."""
import json
import os
import pathlib
import re
import resource
import select
import shlex
import shutil
import signal
import subprocess
import sys

from cli import Case, EXIT_OK, EXIT_RUNTIME, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_UNMET, EXIT_USAGE, \
    URINGTOOL, for_all_users, main, run, validator

UNDER_SECCOMP = os.environ["UNDER_SECCOMP"]
PROFILES = sorted(pathlib.Path(os.environ["PROFILES"]).glob("*.json"), key=lambda path: path.stem)
EXIT_OF_MET = {"met": EXIT_OK, "unmet": EXIT_UNMET, "undecided": EXIT_UNDECIDED}
USABLE = run("probe", "--require", "op:NOP").returncode != EXIT_UNAVAILABLE
ROOT = os.geteuid() == 0
NOBODY = 65534
# Creates rings of 256 entries until there is no room for another, at most PLENTY, and prints how many.
PLENTY = 200
FILL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
params = lambda: ctypes.create_string_buffer(120)
print(next((n for n in range({0}) if libc.syscall(425, 256, params()) < 0), {0}))
""".format(PLENTY)


class Questions(Case):
    def ask(self, *args, **more):
        done = run("probe", "--json", *args, **more)
        self.says_why(done)
        document = self.document(done.stdout, "requirements")
        if document.get("access", {}).get("verdict") in ("refused", "absent"):
            self.assertEqual(done.returncode, EXIT_UNAVAILABLE)
        else:
            self.assertEqual(done.returncode, EXIT_OF_MET[document["met"]])
        return document

    def usable(self):
        if not USABLE:
            self.skipTest("io_uring is not usable here")

    def test_answers_are_those_of_the_probe(self):
        self.usable()
        facts = json.loads(run("probe", "--json").stdout)
        for table, word in ("ops", "op"), ("features", "feat"), ("sqe_flags", "sqe"):
            rows = [row for row in facts[table] if row["name"]]
            asked = self.ask("--require", ",".join(f"{word}:{row['name']}" for row in rows))
            self.assertEqual(len(asked["required"]), len(rows))
            for row, answer in zip(rows, asked["required"]):
                if row["works"] == "yes":
                    wanted = "met"
                else:
                    wanted = "unmet" if "no" in (row["known"], row["works"]) else "undecided"
                self.assertEqual((answer["met"], answer["since"]), (wanted, row["since"]), row["name"])

    def test_exit_codes(self):
        self.usable()
        for wanted, code in ("op:NOP", EXIT_OK), ("op:NOP,kernel:>=99.0", EXIT_UNMET), \
                ("cmd:nvme", None), ("setup:SQPOLL+COOP_TASKRUN", EXIT_UNMET), ("cmd:block", None):
            document = self.ask("--require", wanted)
            if code is not None:
                self.assertEqual(EXIT_OF_MET[document["met"]], code, wanted)
            else:
                self.assertIn(document["met"], ("unmet", "undecided"))

    def test_nonsense(self):
        for args, says in (["--require", "op:NIX"], "'NIX' is not in the table ops"), \
                (["--require", "op:NOP,"], "not a requirement such as"), \
                (["--require", ""], "not a requirement such as"), \
                (["--require", "op:RAED"], "table ops; did you mean 'READ'?\n"), \
                (["--require", "limit:memlock>8m"], "or nproc>=64\n"), \
                (["--for", "nothing"], "no application 'nothing'; uringtool probe --list"), \
                (["--for", "tokio,postgres"], "'postgres'; did you mean 'postgresql-18'?\n"), \
                (["--for", "tokio,"], "no application ''"), \
                (["--list", "--require", "op:NOP"], "do not go together"), \
                (["--diff"], "two results"), (["--diff", "a"], "two results"), \
                (["--diff", "-", "-"], "one result only"), (["stray"], "unexpected argument 'stray'"), \
                (["--macros=1a"], "cannot begin a C identifier"), (["--macros=a-b"], "cannot begin a C identifier"), \
                (["--as-user", "no-such-user"], "no user 'no-such-user'"), \
                (["--as-user", "4294967295"], "no user id"), \
                (["--as-user", "0", "--unprivileged"], "do not go together"), \
                (["--entries", "32769"], "outside 1 to 32768"):
            with self.subTest(args):
                self.assertIn(says, self.refuses(EXIT_USAGE, "probe", *args))

    def test_every_shipped_profile(self):
        names = ",".join(path.stem for path in PROFILES)
        document = self.ask("--for", names)
        self.assertEqual([app["name"] for app in document["applications"]],
                         [path.stem for path in PROFILES])
        for app, path in zip(document["applications"], PROFILES):
            profile = json.loads(path.read_text("utf-8"))
            validator("profile").validate(profile)
            asked = [r for part in ("needs", "uses") for clause in profile[part]
                     for r in clause.get("all", clause.get("any"))]
            self.assertEqual([row["requirement"] for row in app["requirements"]], asked)
            said = {clause["without"] for part in ("needs", "uses") for clause in profile[part]}
            said |= {outcome["text"] for outcome in profile["unavailable"]}
            self.assertLessEqual({outcome["text"] for outcome in app["outcomes"]}, said)
            well = all(row["met"] == "met" or not row["applies"] or row["one_is_enough"]
                       for row in app["requirements"])
            self.assertEqual(app["outcomes"] == [], well and USABLE, app["name"])

    def test_a_profile_of_ones_own(self):
        self.usable()
        clause = {"all": ["op:NOP", "kernel:>=99.0"], "effect": "slower", "without": "walks"}
        profile = {"schema_version": 1, "kind": "profile", "name": "mine", "application": "Mine",
                   "about": "", "sources": [], "needs": [], "uses": [clause],
                   "unavailable": [{"effect": "fails", "text": "stops"}]}
        path = self.folder / "mine.json"
        path.write_text(json.dumps(profile), "utf-8")
        document = self.ask("--for", str(path))
        app = document["applications"][0]
        self.assertEqual((document["met"], app["name"]), ("met", "mine"))
        self.assertEqual(app["outcomes"], [{"effect": "slower", "certain": True, "text": "walks"}])
        profile["needs"] = [clause, dict(clause, when="kernel:>=98.0")]
        path.write_text(json.dumps(profile), "utf-8")
        document = self.ask("--for", str(path), "--require", "op:NOP")
        self.assertEqual(document["met"], "unmet")
        rows = document["applications"][0]["requirements"]
        self.assertEqual([row["applies"] for row in rows], [True, True, False, False, True, True])
        profile["needs"] = [{"any": ["op:NOP", "kernel:>=99.0"], "effect": "fails", "without": "w"}]
        path.write_text(json.dumps(profile), "utf-8")
        self.assertEqual(self.ask("--for", str(path))["met"], "met")
        path.write_text('{"kind": "plan"}', "utf-8")
        self.assertIn(f"{path}: key 'kind': 'plan' is not 'profile'",
                      self.refuses(EXIT_USAGE, "probe", "--for", str(path)))

    def test_where_io_uring_is_refused(self):
        for way, effect, text in ("eperm", "falls-back", "spawn_blocking"), \
                ("kill", "crashes", "killed by the filter"):
            under = [UNDER_SECCOMP, way]
            document = self.ask("--for", "tokio", "--require", "op:NOP", under=under)
            self.assertEqual(document["met"], "unmet")
            outcome, = document["applications"][0]["outcomes"]
            self.assertEqual((outcome["effect"], outcome["certain"]), (effect, True))
            self.assertIn(text, outcome["text"])
            self.assertIn("not usable", document["required"][0]["why"])
            text = run("probe", "--for", "tokio", under=under)
            self.assertEqual(text.returncode, EXIT_UNAVAILABLE)
            self.assertIn(outcome["text"], text.stdout)

    def test_text_shows_what_is_missing(self):
        self.usable()
        text = run("probe", "--require", "op:NOP,kernel:>=99.1").stdout
        self.assertRegex(text, r"(?m)^  op:NOP +met +5\.1 ")
        self.assertRegex(text, r"(?m)^  kernel:>=99\.1 +unmet +99\.1 +the kernel says ")


class Catalogue(Case):
    def test_all_that_can_be_asked_for_can_be(self):
        done = run("probe", "--list", "--json")
        document = self.document(done.stdout, "catalogue")
        self.assertEqual((done.returncode, done.stderr), (EXIT_OK, ""))
        rows = [row for value in document.values() if isinstance(value, list)
                for row in value if isinstance(row, dict) and "ask" in row]
        self.assertGreater(len(rows), 160)
        asks = [row["ask"] for row in rows if row["ask"] != "setup:A+B"]
        for ask in asks:
            self.assertNotIn(",", ask)
        code = run("probe", "--require", ",".join(asks)).returncode
        self.assertNotIn(code, (EXIT_USAGE, EXIT_RUNTIME))
        self.assertEqual([app["name"] for app in document["applications"]],
                         [path.stem for path in PROFILES])
        text = run("probe", "--list").stdout
        for row in rows:
            self.assertRegex(text, rf"(?m)^  {re.escape(row['ask'])} ")

    def test_the_kernel_is_not_asked(self):
        self.assertEqual(run("probe", "--list", under=[UNDER_SECCOMP, "kill"]).returncode, EXIT_OK)
        if not shutil.which("strace"):
            self.skipTest("no strace on this machine")
        log = self.folder / "log"
        # The leak checker of a sanitizer also traces the process, and there can be only one tracer.
        subprocess.run(["strace", "-f", "-o", log, URINGTOOL, "probe", "--list"], check=True,
                       env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"), stdout=subprocess.DEVNULL)
        calls = log.read_text("utf-8")
        self.assertIn("write(1,", calls)
        self.assertNotIn("io_uring_", calls)
        self.assertNotRegex(calls, r"\b(v?fork|clone3?)\(")


class Comparison(Case):
    def kernel_without(self, *names):
        """A file with a result of the running kernel, from which these constants are removed."""
        document = json.loads(run("probe", "--json").stdout)
        for rows in document.values():
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, dict) and row.get("name") in names:
                    row.update(known="no", permitted="na", works="no")
        path = self.folder / f"without-{len(names)}.json"
        path.write_text(json.dumps(document), "utf-8")
        return str(path)

    def compare(self, a, b, **more):
        done = run("probe", "--diff", a, b, "--json", **more)
        self.says_why(done)
        document = self.document(done.stdout, "comparison")
        self.assertEqual(done.returncode, EXIT_OK if document["same"] else EXIT_UNMET)
        return document

    def test_what_one_lacks(self):
        if not USABLE:
            self.skipTest("io_uring is not usable here")
        whole = self.kernel_without()
        self.assertTrue(self.compare(whole, whole)["same"])
        less = self.kernel_without("IORING_OP_READ", "IORING_FEAT_NODROP")
        for a, b, has in (whole, less, "a"), (less, whole, "b"):
            document = self.compare(a, b)
            self.assertEqual([(d["name"], d["has"]) for d in document["differences"]],
                             [("IORING_OP_READ", has), ("IORING_FEAT_NODROP", has)])
            self.assertEqual(document[f"only_{has}"], 2)
        with open(less, encoding="utf-8") as file:
            standard = self.compare(whole, "-", stdin=file.read())
        self.assertEqual(standard["only_a"], 2)
        self.assertIn("IORING_OP_READ", run("probe", "--diff", less, "live").stdout)
        self.assertEqual(self.compare(less, "live")["b"]["from"], "live")

    def test_only_the_cause_differs(self):
        whole = self.kernel_without()
        other = json.loads(pathlib.Path(whole).read_text("utf-8"))
        other["access"]["cause"] = "sysctl"
        (self.folder / "other.json").write_text(json.dumps(other), "utf-8")
        done = run("probe", "--diff", whole, str(self.folder / "other.json"))
        self.assertEqual(done.returncode, EXIT_UNMET)
        self.assertIn("their access to io_uring differs", done.stderr)

    def test_bad_files(self):
        path = self.folder / "bad.json"
        good = self.kernel_without()
        for text, says in ("{", "not valid JSON"), ('{"kind": "bench"}', "key 'kind'"):
            path.write_text(text, "utf-8")
            for pair in (path, good), (good, path):
                line = self.refuses(EXIT_USAGE, "probe", "--diff", *map(str, pair))
                self.assertIn(str(path), line)
                self.assertIn(says, line)
        self.refuses(EXIT_RUNTIME, "probe", "--diff", str(self.folder / "none"), good)


class Macros(Case):
    def compiles(self, prefix, text, tests):
        source = self.folder / "test.c"
        source.write_text(f"{text}{text}{tests}\nint main(void) {{ return 0; }}\n", "utf-8")
        done = subprocess.run([*shlex.split(os.environ["CC"]), "-Wall", "-Wextra", "-Werror",
                               "-Wundef", "-pedantic", "-o", str(self.folder / "test"), source],
                              capture_output=True, encoding="utf-8", check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), prefix)

    def test_they_compile_and_say_what_the_probe_says(self):
        facts = json.loads(run("probe", "--json").stdout)
        for option, prefix in ("--macros", "HAVE_"), ("--macros=MY_", "MY_"):
            text = run("probe", option).stdout
            document = self.document(run("probe", option, "--json").stdout, "macros")
            defined = {macro["name"]: macro["defined"] for macro in document["macros"]}
            tests = "".join(f"#if{'ndef' if yes else 'def'} {name}\n#error {name}\n#endif\n"
                            for name, yes in defined.items())
            self.compiles(prefix, text, tests)
            for row in facts["ops"]:
                if row["name"]:
                    has = row["known"] == "yes" and "no" not in (row["permitted"], row["works"])
                    self.assertEqual(defined[prefix + row["name"]], has, row)

    def test_where_io_uring_is_refused(self):
        done = run("probe", "--macros", under=[UNDER_SECCOMP, "eperm"])
        self.assertEqual(done.returncode, EXIT_UNAVAILABLE)
        self.assertNotIn("#define HAVE_IORING", done.stdout)
        self.compiles("HAVE_", done.stdout, "")


class AsUser(Case):
    def probe(self, *args, **more):
        done = run("probe", "--json", *args, **more)
        self.says_why(done)
        return self.document(done.stdout, "probe")

    def test_as_nobody(self):
        if not ROOT:
            self.skipTest("only root becomes somebody else")
        for args in ["--unprivileged"], ["--as-user", str(NOBODY)], ["--as-user", "nobody"]:
            document = self.probe(*args)
            self.assertEqual(document["access"]["uid"], NOBODY)
            self.assertIs(document["limits"].get("exempt_from_memlock", False), False)
        self.assertEqual(self.probe("--as-user", "0")["access"]["uid"], 0)
        self.assertEqual(self.probe()["access"]["uid"], 0)

    def test_only_root_becomes_somebody_else(self):
        def drop():
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)

        if not ROOT:
            line = self.refuses(EXIT_RUNTIME, "probe", "--as-user", "0")
        else:
            _, program = for_all_users(self)
            done = subprocess.run([program, "probe", "--as-user", "12345"], capture_output=True,
                                  encoding="utf-8", preexec_fn=drop, check=False)
            self.assertEqual((done.returncode, done.stdout), (EXIT_RUNTIME, ""))
            line = done.stderr
            done = subprocess.run([program, "probe", "--as-user", str(NOBODY)], check=False,
                                  stdout=subprocess.DEVNULL, preexec_fn=drop)
            self.assertNotIn(done.returncode, (EXIT_USAGE, EXIT_RUNTIME))
        self.assertIn("to become another user takes CAP_SETUID and CAP_SETGID", line)

    def test_it_takes_capabilities_and_not_root(self):
        setpriv = shutil.which("setpriv")
        caps = "+setuid,+setgid,+ipc_lock"
        able = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--inh-caps={caps}", f"--ambient-caps={caps}"]
        unable = [setpriv, "--inh-caps=-setuid,-setgid", "--bounding-set=-setuid,-setgid"]
        if not ROOT or not setpriv or subprocess.run([*able, "true"], check=False).returncode:
            self.skipTest("needs root and setpriv")
        _, program = for_all_users(self)
        done = subprocess.run([*able, program, "probe", "--json", "--as-user=12345"], capture_output=True, encoding="utf-8",
                              check=False)
        self.assertEqual(done.stderr, "")
        document = self.document(done.stdout, "probe")
        self.assertEqual(document["access"]["uid"], 12345)
        # Nor are the other capabilities of the caller kept.
        self.assertIs(document["limits"].get("exempt_from_memlock", False), False)
        done = run("probe", "--as-user=12345", under=unable)
        self.assertEqual((done.returncode, done.stdout), (EXIT_RUNTIME, ""))
        self.assertIn("takes CAP_SETUID and CAP_SETGID", done.stderr)
        self.assertNotIn(run("probe", "--as-user=0", under=unable).returncode, (EXIT_USAGE, EXIT_RUNTIME))

    def test_a_recording_of_it(self):
        path = str(self.folder / "recording.json")
        document = self.probe("--unprivileged", "--record", path)
        again = self.probe("--replay", path)
        for key in set(document) - {"time", "command"}:
            self.assertEqual(document[key], again[key], key)
        self.assertIn("recording", self.refuses(EXIT_USAGE, "probe", "--unprivileged", "--replay", path))

    def test_little_memlock_misreports_no_flag(self):
        if not ROOT or not USABLE:
            self.skipTest("only root asks as nobody, and io_uring must be usable")

        def limit():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))

        done = subprocess.run([URINGTOOL, "probe", "--json", "--unprivileged"], encoding="utf-8",
                              capture_output=True, preexec_fn=limit, check=False)
        self.assertEqual((done.returncode, done.stderr), (EXIT_OK, ""))
        little = self.document(done.stdout, "probe")
        plenty = self.probe("--unprivileged")
        for table in "setup_flags", "features", "register_ops", "enter_flags", "ops":
            self.assertEqual([row["known"] for row in little[table]],
                             [row["known"] for row in plenty[table]], table)
        limits = little["limits"]
        self.assertEqual(limits["memlock_soft_bytes"], 65536)
        charged = limits["ring_charged_bytes"]
        self.assertEqual(charged, plenty["limits"]["ring_charged_bytes"])
        if charged:
            self.assertTrue([d for d in little["diagnoses"] if "ENOMEM" in d["what"]])

    def test_as_many_rings_fit_as_it_says(self):
        if not ROOT or not USABLE:
            self.skipTest("only root asks as another user, and io_uring must be usable")

        # Each with a user that has no other rings. A ring of 256 entries is charged with 28 KiB, if rings are charged.
        for number, kib in enumerate((0, 32, 1024)):
            def limit(pages=kib << 10):
                resource.setrlimit(resource.RLIMIT_MEMLOCK, (pages, pages))

            who = 54320 + 2 * number
            done = subprocess.run([URINGTOOL, "probe", "--json", "--as-user", str(who)], preexec_fn=limit,
                                  stdout=subprocess.PIPE, encoding="utf-8", check=False)
            document = self.document(done.stdout, "probe")
            made = subprocess.run([sys.executable, "-c", FILL], user=who + 1, group=who + 1, extra_groups=[],
                                  stdout=subprocess.PIPE, preexec_fn=limit, check=True)
            if document["access"]["verdict"] == "usable":
                said = document["limits"]["rings_by_memlock"]
                self.assertEqual(PLENTY if said is None else said, int(made.stdout), kib)
            else:
                self.assertEqual((document["access"]["cause"], int(made.stdout)), ("limits", 0), kib)

    def test_interrupted(self):
        """A signal during the functional tests, recognised by the directory that they create."""
        if not USABLE:
            self.skipTest("io_uring must be usable")
        self.folder.chmod(0o777)
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            for args in ([], ["--unprivileged"]) if ROOT else ([],):
                with subprocess.Popen([URINGTOOL, "probe", "--json", *args], stdout=subprocess.PIPE,
                                      env=dict(os.environ, TMPDIR=str(self.folder)),
                                      start_new_session=True) as process:
                    while not list(self.folder.iterdir()):
                        self.assertIsNone(process.poll(), args)
                    process.send_signal(number)
                    self.assertEqual((process.stdout.read(), process.wait()), (b"", code), args)
                    with self.assertRaises(ProcessLookupError, msg="a child lives on"):
                        os.killpg(process.pid, 0)
                self.assertEqual(list(self.folder.iterdir()), [], args)

    def test_interrupted_where_nothing_is_caught(self):
        """A signal while the program waits for the reader of its result."""
        if not USABLE:
            self.skipTest("io_uring must be usable")
        for command in ["probe", "--json"], ["layout", "--walk", "--scene=all", "--json"]:
            for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
                with subprocess.Popen([URINGTOOL, *command], stdout=subprocess.PIPE) as process:
                    select.select([process.stdout], [], [])
                    process.send_signal(number)
                    self.assertEqual(process.wait(), code, command)

    def test_nothing_is_left_behind(self):
        for args in [], ["--unprivileged"], ["--for", "postgresql-18"]:
            with subprocess.Popen([URINGTOOL, "probe", *args], stdout=subprocess.DEVNULL, cwd=self.folder,
                                  start_new_session=True) as process:
                process.wait()
                with self.assertRaises(ProcessLookupError, msg="a child lives on"):
                    os.killpg(process.pid, 0)
        self.assertEqual(list(self.folder.iterdir()), [])


main()

# SPDX-License-Identifier: MIT
"""Invalid command lines exit with 2 and one line; requests for help print it on stdout."""
from cli import Case, EXIT_RUNTIME, EXIT_USAGE, commands, main, run


class Usage(Case):
    def helps(self, *args, contains):
        done = run(*args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(contains, done.stdout)
        return done.stdout

    def test_nothing_prints_the_usage(self):
        done = run()
        self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
        self.assertIn("usage: uringtool COMMAND", done.stderr)

    def test_help_and_version(self):
        for args in ["--help"], ["-h"], ["help"]:
            text = self.helps(*args, contains="usage: uringtool COMMAND")
            for command in commands():
                self.assertIn(f"\n  {command} ", text)
        self.assertRegex(self.helps("--version", contains="uringtool"),
                         r"\Auringtool \d+\.\d+\.\d+\n\Z")

    def test_help_of_every_command(self):
        self.assertIn("probe", commands())
        for command in commands():
            with self.subTest(command):
                texts = {self.helps(*args, contains=f"usage: uringtool {command} ")
                         for args in (["help", command], [command, "--help"], [command, "-h"],
                                      [command, "--json", "--help"])}
                self.assertEqual(len(texts), 1)
                self.assertIn("--json", texts.pop())

    def test_help_fits_a_terminal(self):
        for args in ["--help"], *([command, "--help"] for command in commands()):
            for line in self.helps(*args, contains="usage:").splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_unknown_command(self):
        for args in ["nosuch"], ["help", "nosuch"], ["--nosuch"], ["--generate"], \
                ["--generate", "nosuch"], ["dig"]:
            with self.subTest(args):
                name = args[-1] if args[0] == "help" else args[0]
                self.assertIn(f"unknown {'option' if name[0] == '-' else 'command'} '{name}'; "
                              "see uringtool --help\n", self.refuses(EXIT_USAGE, *args))

    def test_did_you_mean(self):
        for meant, *args in (
                ("bench", "benhc"), ("bench", "benchmark"), ("qualify", "help", "qualfy"),
                ("help", "hepl"), ("--help", "--hepl"), ("--version", "--verson"),
                ("postgresql-18", "probe", "--for=postgres"),
                ("READ", "probe", "--require=op:RAED"),
                ("sq.head", "layout", "--explain=sq.haed"),
                ("sqe.addr2", "layout", "--explain=sqe.adr2"),
                ("cqe.user_data", "layout", "--explain=cqe.user"),
                ("list", "layout", "--explain=lits"),
                ("read", "layout", "--walk", "--op=raed"),
                ("overflow", "layout", "--walk", "--scene=overflwo"),
                ("all", "layout", "--walk", "--scene=al"),
                ("randread", "bench", "--rw=randraed"), ("fio", "bench", "--format=foi"),
                ("html", "report", "--format=htm", "."),
                ("iodepth", "bench", "--rw=nop", "--sweep=iodpeth=1,2"),
                ("poisson", "bench", "--rw=nop", "--curve=poison"),
                ("--buffered", "bench", "--bufferd")):
            with self.subTest(args):
                self.assertTrue(self.refuses(EXIT_USAGE, *args).endswith(f"; did you mean '{meant}'?\n"))
        # help accepts only commands.
        self.assertNotIn("did you mean", self.refuses(EXIT_USAGE, "help", "--verson"))

    def test_bad_options_of_every_command(self):
        for command in commands():
            for option, says in (["--nosuch"], "unknown option '--nosuch'"), \
                    (["-Z"], "unknown option '-Z'"), \
                    (["--jso"], "unknown option '--jso'; did you mean '--json'?\n"), \
                    (["--repaly=f"], "unknown option '--repaly=f'; did you mean '--replay'?\n"), \
                    (["--output"], "option '--output' needs a value"), \
                    (["-o"], "option '-o' needs a value"), \
                    (["--json=1"], "option '--json' takes no value"), \
                    (["--color=red"], "'red' is none of auto, always, never\n"), \
                    (["--color=alway"], "auto, always, never; did you mean 'always'?\n"), \
                    (["--record=x", "--replay=y"], "exclude each other"):
                with self.subTest(command, option=option):
                    line = self.refuses(EXIT_USAGE, command, *option)
                    self.assertTrue(line.startswith(f"uringtool {command}: "), line)
                    self.assertIn(says, line)

    def test_extra_argument(self):
        self.assertIn("unexpected argument 'extra'", self.refuses(EXIT_USAGE, "probe", "extra"))
        self.assertIn("unexpected argument '--json'",
                      self.refuses(EXIT_USAGE, "probe", "--", "--json"))

    def test_help_on_a_full_disk(self):
        for args in ["--help"], ["--version"], ["probe", "--help"], ["--generate", "bash"]:
            with self.subTest(args), open("/dev/full", "w", encoding="utf-8") as full:
                done = run(*args, stdout=full)
                self.assertEqual(done.returncode, EXIT_RUNTIME)
                self.assertEqual(done.stderr,
                                 "uringtool: standard output: No space left on device\n")


main()

# SPDX-License-Identifier: MIT
"""Results to render: the example, variants of it, and one in which every text is an attack."""
import copy
import json
import pathlib
import re
import shutil

from cli import Case, EXIT_UNMET, run, skip

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = json.loads((HERE / "qualify-example.json").read_text("utf-8"))
ENVELOPE = "schema_version", "kind", "tool", "host", "time", "command"

# Texts that are special in one of the formats, or not allowed in any.
ATTACKS = [
    "<script>alert(1)</script>", "</title></style><img src=x onerror=alert(1)>", "]]>", "<![CDATA[", "<!--", "-->",
    "&amp;&#x3c;&bogus;", "\"' onload=\"x", "a\nb", "a\r\n# SKIP b", "\u001b[31mred\u0007", "y\u0000x", "\u0085\u2028",
    "\ufffe\uffff", "# SKIP all of it", "# TODO", "\\", "\\\\#", "\\\"", "1..0", "not ok 1 - x", "...", "---", "a|b|c",
    "![x](http://example.com/a.png)", "[x](javascript:alert(1))", "<http://example.com>", "https://example.com www.example.com",
    "`code` **bold** __bold__ ~~gone~~", "a\n\n# heading", "\n# HELP a b\n# TYPE a gauge\na{b=\"c\"} 1", "{\"a\":1}", "%s%n%d",
    "µ → 😀", "x" * 3000,
]
# Keys whose values are not free text.
FIXED = {"schema_version", "kind", "time", "verdict", "op", "polls", "clock", "rw", "engine", "type"}


def wild(node, attacks, key=None):
    """A copy in which every free text is replaced by the next attack."""
    if isinstance(node, dict):
        return {k: wild(v, attacks, k) for k, v in node.items()}
    if isinstance(node, list):
        return [wild(v, attacks, key) for v in node]
    if isinstance(node, str) and key not in FIXED:
        attacks.append(attacks.pop(0))
        return attacks[-1]
    return node


def attacked(turn):
    """The example with attacks; each turn puts them in other places."""
    document = wild(EXAMPLE, ATTACKS[turn:] + ATTACKS[:turn])
    for key in ENVELOPE:
        if key not in ("host", "command"):
            document[key] = EXAMPLE[key]
    # A known unit changes the format of a number.
    for check, was in zip(document["checks"], EXAMPLE["checks"]):
        check["metric"] = was["metric"]
    for result, was in zip(document["results"], EXAMPLE["results"]):
        result["bench"]["job"] = was["bench"]["job"]
    return document


def tamed(text):
    """The expected form of a text: cut at a NUL, without control characters and noncharacters."""
    text = re.sub(r"\0.*", "", text, flags=re.S)
    text = re.sub("[\t\n\r]|[\u2028\u2029]", lambda m: " " * len(m[0].encode()), text)
    return re.sub("[\x01-\x1f\x7f-\x9f\ufffe\uffff]", lambda m: "?" * len(m[0].encode()), text)


def changed(**more):
    return {**copy.deepcopy(EXAMPLE), **more}


def bench():
    """A single measurement: one of the example's."""
    return {**{key: EXAMPLE[key] for key in ENVELOPE}, **copy.deepcopy(EXAMPLE["results"][0]["bench"]), "kind": "bench"}


def replayed():
    """The example as the result of a replay."""
    return changed(replayed={"time": "2026-01-31T12:00:00Z", "version": "0.1.0"})


def tool(name, package):
    return shutil.which(name) or skip(f"no {name} on this machine (package {package})")


class Results(Case):
    def write(self, document, name="result.json"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document) if not isinstance(document, str) else document, "utf-8")
        return str(path)

    def rendered(self, document, form, code=EXIT_UNMET):
        done = run("report", self.write(document), f"--format={form}")
        self.assertEqual(done.returncode, code, form)
        self.says_why(done)
        return done.stdout

    def attack(self, form, check):
        """Renders the example with attacks, and checks each rendering against its document."""
        for turn in range(len(ATTACKS)):
            document = attacked(turn)
            with self.subTest(turn=turn):
                check(document, self.rendered(document, form))

    def fleet(self, form, *options, code=EXIT_UNMET):
        """A folder with three hosts that pass, fail and are invalid, a truncated file, and one missing host."""
        for host, verdict in ("good", "pass"), ("bad", "fail"), ("odd", "invalid"):
            document = changed(verdict=verdict, why=None)
            document["host"]["hostname"] = host
            if verdict != "fail":
                document["checks"] = [c for c in document["checks"] if c["verdict"] == "pass"]
            self.write(document, f"fleet/{host}.json")
        self.write('{"schema_version": 1,', "fleet/cut.json")
        self.write({"some": "thing else"}, "fleet/other.json")
        hosts = self.write("good\nbad # a note\n\n# a comment\nodd\ncut\ngone\n", "hosts")
        done = run("report", str(self.folder / "fleet"), f"--expect-hosts={hosts}", f"--format={form}", *options)
        self.assertEqual(done.returncode, code)
        self.says_why(done)
        return done.stdout

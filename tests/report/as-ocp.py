# SPDX-License-Identifier: MIT
"""OCP Test & Validation 2.0: records against our description of the part of the specification that is used, and
their order. If OCP_SPEC names the folder json_spec/output of the specification's repository, its own schemas are
used too."""
import json
import os
import pathlib

from cli import EXIT_OK, EXIT_UNAVAILABLE, EXIT_UNDECIDED, EXIT_USAGE, main, run
from results import EXAMPLE, HERE, Results, bench, changed, replayed
from validation import jsonschema

ENDINGS = {"pass": ("COMPLETE", "PASS"), "fail": ("COMPLETE", "FAIL"), "invalid": ("ERROR", "NOT_APPLICABLE"),
           "skipped": ("SKIP", "NOT_APPLICABLE")}
SITE = "https://github.com"


def absolute(node, base):
    """Resolves references relative to base, so that they are valid anywhere."""
    if isinstance(node, dict):
        return {k: (SITE + v if v.startswith("/") else base + v) if k == "$ref" else absolute(v, base)
                for k, v in node.items() if k != "$id"}
    return [absolute(v, base) for v in node] if isinstance(node, list) else node


def official(folder):
    store = {}
    for path in pathlib.Path(folder).glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        store[document["$id"]] = absolute(document, document["$id"])
    root = store[SITE + "/opencomputeproject/ocp-diag-core/output"]
    return jsonschema.Draft202012Validator(root, resolver=jsonschema.RefResolver("", root, store=store))


VALIDATORS = [jsonschema.Draft202012Validator(json.loads((HERE / "ocp.schema.json").read_text("utf-8")))]
if os.environ.get("OCP_SPEC"):
    VALIDATORS.append(official(os.environ["OCP_SPEC"]))


class Ocp(Results):
    def records(self, text):
        """Checks the order of the records; returns the start of the run, the records of each step by id, and the
        end."""
        records = [json.loads(line) for line in text.split("\n")[:-1]]
        for record in records:
            for validator in VALIDATORS:
                validator.validate(record)
        self.assertEqual([r["sequenceNumber"] for r in records], list(range(len(records))))
        self.assertIn("schemaVersion", records[0])
        start = records[1]["testRunArtifact"]["testRunStart"]
        end = records[-1]["testRunArtifact"]["testRunEnd"]
        steps, hardware = {}, {h["hardwareInfoId"] for h in start["dutInfo"]["hardwareInfos"]}
        for record in records[2:-1]:
            step = record["testStepArtifact"]
            (what, said), = ((k, v) for k, v in step.items() if k != "testStepId")
            said_before = steps.setdefault(step["testStepId"], [])
            self.assertEqual(what == "testStepStart", not said_before)
            self.assertNotIn("testStepEnd", [w for w, _ in said_before])
            said_before.append((what, said))
            self.assertIn(said.get("hardwareInfoId", None), hardware | {None})
            for limit in said.get("validators", ()):
                self.assertEqual(isinstance(limit["value"], str), isinstance(said["value"], str))
        for said in steps.values():
            self.assertEqual(said[-1][0], "testStepEnd")
        return start, steps, (end["status"], end["result"])

    def diagnoses(self, steps):
        return [said["type"] for step in steps.values() for what, said in step if what == "diagnosis"]

    def test_a_step_for_each_check_and_measurement(self):
        start, steps, end = self.records(self.rendered(EXAMPLE, "ocp"))
        self.assertEqual(end, ("COMPLETE", "FAIL"))
        self.assertEqual(len(steps), len(EXAMPLE["checks"]) + len(EXAMPLE["results"]))
        self.assertEqual([h["serialNumber"] for h in start["dutInfo"]["hardwareInfos"]],
                         [d["device"]["serial"] for d in EXAMPLE["devices"]])
        self.assertEqual(self.diagnoses(steps), ["PASS", "PASS", "PASS", "UNKNOWN", "PASS", "PASS", "FAIL", "FAIL"])
        limits = [v["type"] for step in steps.values() for what, m in step if what == "measurement" for v in m.get("validators", ())]
        self.assertEqual(limits, ["GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", "GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL"])
        histograms = [said["content"]["lat_bins"] for step in steps.values() for what, said in step if what == "extension"]
        self.assertEqual(histograms, [r["bench"]["result"]["total"]["lat_bins"] for r in EXAMPLE["results"]])
        ends = [step[-1][1]["status"] for step in steps.values()]
        self.assertEqual((ends[7], ends[8]), ("SKIP", "ERROR"))

    def test_endings(self):
        codes = {"pass": EXIT_OK, "invalid": EXIT_UNDECIDED, "skipped": EXIT_UNAVAILABLE}
        for verdict, code in codes.items():
            document = changed(verdict=verdict, checks=[])
            self.assertEqual(self.records(self.rendered(document, "ocp", code))[2], ENDINGS[verdict])
        self.assertEqual(self.records(self.rendered(bench(), "ocp", EXIT_OK))[2], ENDINGS["pass"])

    def test_command_line_of_many_words(self):
        document = changed(command=["uringtool", "a b", "it's", "", "$HOME"])
        start = self.records(self.rendered(document, "ocp"))[0]
        self.assertEqual(start["commandLine"], r"uringtool 'a b' 'it'\''s' '' '$HOME'")

    def test_a_replayed_result_says_so(self):
        for document in replayed(), EXAMPLE:
            start = self.records(self.rendered(document, "ocp"))[0]
            self.assertEqual(start["parameters"]["replayed"], "replayed" in document)

    def test_attacks(self):
        def check(document, text):
            steps = self.records(text)[1]
            self.assertEqual(len(steps), len(document["checks"]) + len(document["results"]))

        self.attack("ocp", check)

    def test_one_result_alone(self):
        paths = [self.write(EXAMPLE, name) for name in ("a.json", "b.json")]
        other = changed()
        other["host"]["hostname"] = "other"
        done = run("report", paths[0], self.write(other, "c.json"), "--format=ocp")
        self.assertEqual((done.returncode, done.stdout), (EXIT_USAGE, ""))
        self.assertIn("--format=ocp takes one result, not 2", done.stderr)


main()

# SPDX-License-Identifier: MIT
"""The HTML page: valid, self-contained, without a script, and with all its plots."""
import html.parser
import json
import re
import subprocess

from cli import EXIT_OK, main, run
from results import EXAMPLE, Results, bench, tool

TIDY = tool("tidy", "tidy")
# HTML Tidy knows SVG's elements, but not the attribute that names them for screen readers.
HARMLESS = '<title> proprietary attribute "id"'
VOID = {"meta", "rect", "line", "polyline"}
TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "p", "span", "div", "table", "thead", "tbody", "tr", "th", "td",
        "details", "summary", "svg", "desc", "g", "rect", "text", "line", "polyline"}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "open", "viewbox", "width", "height", "role", "id",
              "aria-labelledby", "x", "y", "rx", "x1", "x2", "y1", "y2", "points", "text-anchor"}


class Page(html.parser.HTMLParser):
    """Collects elements, texts and ids, and errors: unknown or unclosed elements."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags, self.texts, self.ids = [], [], [], [], []
        self.feed(text)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = {name for name, _ in attributes}
        if tag not in TAGS or not names <= ATTRIBUTES:
            self.wrong.append((tag, attributes))
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.wrong.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def handle_comment(self, data):
        self.wrong.append(data)

    def handle_pi(self, data):
        self.wrong.append(data)


class Html(Results):
    def page(self, text):
        page = Page(text)
        self.assertEqual(page.wrong, [])
        self.assertEqual(len(page.ids), len(set(page.ids)))
        style = "".join(re.findall(r"<style>(.*?)</style>", text, re.S))
        self.assertNotRegex(style, r"url\(|@import|expression|@font-face")
        self.assertIn("prefers-color-scheme: dark", style)
        self.assertIn("default-src 'none'", text)
        done = subprocess.run([TIDY, "-q", "-e", "-utf8"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", check=False)
        self.assertEqual([line for line in done.stdout.splitlines() if HARMLESS not in line], [])
        return page

    def test_a_qualification(self):
        page = self.page(self.rendered(EXAMPLE, "html"))
        said = " ".join(page.texts)
        for check in EXAMPLE["checks"]:
            self.assertIn(check["title"], said)
            self.assertIn(check["why"] or "", said)
        self.assertEqual(page.tags.count("svg"), 3)
        for title in "Latency by percentile", "IOPS over time", "99th percentile of latency over time":
            self.assertIn(title, page.texts)
        self.assertEqual(page.tags.count("script"), 0)

    def test_a_measurement(self):
        self.assertEqual(self.page(self.rendered(bench(), "html", EXIT_OK)).tags.count("svg"), 3)

    def test_a_probe_and_a_layout(self):
        for command, wanted in (["probe"], "Opcodes"), (["layout", "--as-of=6.1"], "sq.tail"), (
                ["layout", "--as-of=7.2", "--no-mmap", "--no-sqarray", "--entries=1"], "cq.tail"):
            path = str(self.folder / "other.json")
            if run(*command, "-o", path).returncode != EXIT_OK:
                continue
            done = run("report", path, "--format=html")
            self.assertEqual((done.returncode, done.stderr), (EXIT_OK, ""))
            page = self.page(done.stdout)
            self.assertTrue(any(wanted in text for text in page.texts), command)

    def test_a_ring_of_another_world(self):
        """Impossible numbers of a ring are not drawn, and do not cause an endless drawing."""
        path = self.folder / "layout.json"
        self.assertEqual(run("layout", "--as-of=6.1", "-o", str(path)).returncode, EXIT_OK)
        good = json.loads(path.read_text("utf-8"))
        for place, key, value in (("params", "sq_entries", 2**31), ("params", "sq_entries", 0), ("params", "cq_entries", -1),
                                  ("sq_off", "head", 2**31), ("sq_off", "array", 2**32), ("cq_off", "cqes", 1.5),
                                  ("sq_off", "array", 0), ("cq_off", "head", "x"), ("cq_off", "cqes", 2**22)):
            bad = json.loads(json.dumps(good))
            (bad["params"] if place == "params" else bad["params"][place])[key] = value
            text = self.rendered(bad, "html", EXIT_OK)
            self.assertIn("none of a ring", "".join(self.page(text).texts), (place, key))
            self.assertLess(len(text), 20000)

    def test_a_curve(self):
        envelope = {key: EXAMPLE[key] for key in ("schema_version", "tool", "host", "time", "command")}
        points = [{"asked_iops": n, "iops": n, "lat_p50_ns": 100, "lat_p99_ns": 100 + n, "valid": True} for n in (1000, 2000, 4000)]
        document = {**envelope, "kind": "curve", "job": {"rw": "randread"}, "target": {"path": None}, "points": points,
                    "valid": True, "complete": True, "reasons": []}
        page = self.page(self.rendered(document, "html", EXIT_OK))
        self.assertIn("Latency by load", page.texts)
        self.assertEqual(page.tags.count("svg"), 1)

    def test_a_sweep(self):
        envelope = {key: EXAMPLE[key] for key in ("schema_version", "tool", "host", "time", "command")}
        depths, switches = ["iodepth=1", "iodepth=8", "iodepth=64"], ["sqpoll=no", "sqpoll=yes"]
        cells = [{"settings": [d, s], "state": "measured", "iops": 1000 * (i + 1) + 500 * j, "lat_p99_ns": 9, "cpu_ns_per_io": None}
                 for i, d in enumerate(depths) for j, s in enumerate(switches)]
        cells[3]["state"] = "failed"
        document = {**envelope, "kind": "sweep", "job": {"rw": "randread"}, "target": {"path": None}, "valid": True,
                    "sweep": {"factors": [{"option": "iodepth", "levels": ["1", "8", "64"]}, {"option": "sqpoll", "levels": ["no", "yes"]}]},
                    "configurations": cells}
        page = self.page(self.rendered(document, "html", EXIT_OK))
        self.assertEqual(page.tags.count("svg"), 2)
        for text in *depths, *switches, "1.00k IOPS", "3.50k IOPS":
            self.assertIn(text, page.texts)
        self.assertNotIn("2.50k IOPS", page.texts)

    def test_measurements_of_another_world(self):
        """A plot accepts any numbers, however unusual."""
        for bins in [], [[0, 0]], [[1, 1]], [["x", None]], [[-5, 3], [1e308, 1e308], [5, -7]], [[1, 1]] * 20000, [1, 2]:
            for spans in [], [{}], [{"end_s": 1, "iops": 1e300}, {"end_s": -1e300, "iops": -1}], [{"end_s": i, "iops": 0} for i in range(3)]:
                document = bench()
                document["result"]["total"]["lat_bins"] = bins
                document["result"]["series"] = spans
                text = self.rendered(document, "html", EXIT_OK)
                self.page(text)
                self.assertNotRegex(text, r'"-?(nan|inf)|points="[^"]*-')
                self.assertLess(len(text), 200000)

    def test_spans_in_which_nothing_completed(self):
        """They are zeros of the IOPS, and a gap in the latencies."""
        document = bench()
        document["result"]["series"] = [{"begin_s": i, "end_s": i + 1, "iops": n, "lat_p99_ns": ns}
                                        for i, (n, ns) in enumerate([(9, 5), (9, 6), (0, None), (9, 5), (9, 7)])]
        text = self.rendered(document, "html", EXIT_OK)
        lines = [[len(points.split()) for points in re.findall(r'class="l0" points="([^"]*)"', svg)] for svg in text.split("<svg")[1:]]
        self.assertEqual(lines[1][:1], [5])
        self.assertEqual(lines[2][:2], [2, 2])

    def test_attacks(self):
        def check(document, text):
            page = self.page(text)
            self.assertEqual(page.tags.count("tr"), 3 + sum(len(document[key]) for key in ("devices", "checks", "results")))

        self.attack("html", check)

    def test_fleet(self):
        page = self.page(self.fleet("html"))
        said = " ".join(page.texts)
        self.assertIn("a result of host gone", said)
        self.assertEqual(page.tags.count("details"), 3)


main()

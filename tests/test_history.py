"""``torch-semantics bounds``, ``diff`` and ``changes``, on runs made up for it."""

import json
from pathlib import Path

import pytest

from torch_semantics.bounds import problems
from torch_semantics.changes import collect, render
from torch_semantics.cli import main
from torch_semantics.history import FOLDER, read_history
from torch_semantics.releases import RELEASES
from torch_semantics.sources import read_specs

from .conftest import save_run

ROOT = Path(__file__).resolve().parent.parent

CHAPTER = '''
"""A chapter."""
from torch_semantics import claim


@claim("a.always")
def test_always():
    """It is so on all releases."""


@claim("a.old", until="2.1")
def test_old():
    """It was a list."""


@claim("a.new", since="2.1")
def test_new():
    """It is a tuple with __add__."""


@claim("a.added", since="2.1.2")
def test_added():
    """It can be asked for."""
'''
LACKS = "AttributeError: module 'torch' has no attribute 'a`b'"


def is_before(release, edge):
    return RELEASES.index(release) < RELEASES.index(edge)


def claims(release):
    """What the chapter's claims are on a release, as declared."""
    old = {"outcome": "holds"}
    new = {"outcome": "absent", "reason": "AssertionError: assert [] == ()"}
    if not is_before(release, "2.1.0"):
        old, new = new, old
    added = {"outcome": "holds"}
    if is_before(release, "2.1.2"):
        added = {"outcome": "absent", "reason": LACKS}
    return {
        "a.always": {"outcome": "holds"},
        "a.old": old,
        "a.new": new,
        "a.added": added,
    }


class Repository:
    """A specification of one chapter, and its runs on all releases."""

    def __init__(self, root):
        self.root = root
        self.write(
            "spec/chapters.toml",
            '[[part]]\nname = "part"\ntitle = "T"\n'
            '[[part.chapter]]\nname = "chapter"\ntitle = "T"\nline = "L"\n',
        )
        self.write("spec/part/test_chapter.py", CHAPTER)
        for release in RELEASES:
            self.save(release, claims(release))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def save(self, release, claims, device="cpu", specification=None):
        """Save a run."""
        specification = specification or self.root / "spec"
        folder = self.root / "reports/runs"
        return save_run(folder, specification, release, claims, device)

    def change(self, release, **outcomes):
        """Change what claims are on a release; their names are without ``a.``."""
        changed = claims(release)
        changed.update(
            {f"a.{name}": {"outcome": outcome} for name, outcome in outcomes.items()}
        )
        return self.save(release, changed)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path)


@pytest.fixture
def say(capsys):
    """Return a function that runs the command, and gives its status and output."""

    def run(*arguments):
        status = main(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


# --- bounds ---------------------------------------------------------------------------


def test_bounds_that_were_observed_are_fine(repository, say):
    assert say("bounds") == (
        0,
        "4 claims with 3 bounds, 30 runs: nothing to mend\n",
        "",
    )


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        pytest.param(
            {"2.1.0": {"new": "broken"}},
            "differs: a.new: declared since 2.1; fails on 1.13.0 to 2.1.0,"
            " holds on 2.1.1 to 2.15.0",
            id="too-early",
        ),
        pytest.param(
            {"2.0.1": {"old": "timeout"}},
            "differs: a.old: declared until 2.1; holds on 1.13.0 to 2.0.0,"
            " fails on 2.0.1 to 2.15.0",
            id="too-late",
        ),
        pytest.param(
            {"1.13.0": {"always": "broken"}},
            "differs: a.always: declared every release; fails on 1.13.0,"
            " holds on 1.13.1 to 2.15.0",
            id="none-declared",
        ),
        pytest.param(
            {"2.2.0": {"always": "crashed"}},
            "contradictory: a.always: holds on 1.13.0 to 2.1.2, fails on 2.2.0,"
            " holds on 2.2.1 to 2.15.0",
            id="hole",
        ),
        pytest.param(
            {"2.0.1": {"new": "not-run"}},
            "unobserved: a.new: since 2.1, and it was not run on 2.0.1",
            id="not-run-before",
        ),
        pytest.param(
            {"2.1.2": {"added": "not-run"}},
            "unobserved: a.added: since 2.1.2, and it was not run on 2.1.2",
            id="not-run-at",
        ),
    ],
)
def test_a_bound_that_is_not_as_observed_is_listed(repository, say, outcomes, line):
    for release, changed in outcomes.items():
        repository.change(release, **changed)

    status, out, _ = say("bounds")

    assert status == 1
    assert out == f"{line}\n4 claims with 3 bounds, 30 runs: 1 to mend\n"


def test_what_holds_outside_its_bounds_was_seen_to_hold(repository, say):
    holds = {"outcome": "bounds", "reason": "holds on 2.0.1, outside its bounds"}
    repository.save("2.0.1", {**claims("2.0.1"), "a.new": holds})

    status, out, _ = say("bounds")

    assert status == 1
    assert "differs: a.new: declared since 2.1; fails on 1.13.0 to 2.0.0, holds" in out


def test_a_release_that_was_not_run_leaves_a_bound_unobserved(repository, say):
    (repository.root / "reports/runs/torch-2.0.1-cpu.json").unlink()

    status, out, _ = say("bounds")

    assert status == 1
    assert out.splitlines() == [
        "unobserved: a.old: until 2.1, and it was not run on 2.0.1",
        "unobserved: a.new: since 2.1, and it was not run on 2.0.1",
        "4 claims with 3 bounds, 29 runs: 2 to mend",
    ]


def test_a_gap_that_was_observed_is_fine(repository, say):
    text = CHAPTER.replace('"a.always"', '"a.always", gap=("2.2.0", "2.2.2")')
    repository.write("spec/part/test_chapter.py", text)
    for release in RELEASES:
        here = "absent" if release in ("2.2.0", "2.2.1") else "holds"
        repository.change(release, always=here)

    assert say("bounds")[:2] == (
        0,
        "4 claims with 5 bounds, 30 runs: nothing to mend\n",
    )

    repository.change("2.2.1", always="not-run")
    assert say("bounds")[1].startswith(
        "unobserved: a.always: gap until 2.2.2, and it was not run on 2.2.1\n"
    )

    holds = {"outcome": "bounds", "reason": "holds on 2.2.1, outside its bounds"}
    repository.save("2.2.1", {**claims("2.2.1"), "a.always": holds})
    assert say("bounds")[1].startswith("differs: a.always: declared every release, but")

    repository.change("2.2.1", always="absent")
    repository.change("2.5.0", always="broken")
    assert say("bounds")[1].startswith("contradictory: a.always: holds on 1.13.0 to ")


def test_a_bound_at_no_release_differs(repository, say):
    text = CHAPTER.replace('since="2.1.2"', 'since="2.1.1.1"')
    repository.write("spec/part/test_chapter.py", text)

    status, out, _ = say("bounds")

    assert status == 1
    assert (
        "differs: a.added: declared since 2.1.1.1, and there is no torch 2.1.1.1" in out
    )


def test_what_another_device_observed_counts_too(repository, say):
    for release in RELEASES:
        there = claims(release)
        repository.save(release, {**there, "a.new": {"outcome": "not-run"}})
        repository.save(release, {"a.new": there["a.new"]}, device="cuda:0")

    assert say("bounds")[0] == 0


def test_another_device_that_contradicts_is_named(repository, say):
    repository.save("2.6.0", {"a.always": {"outcome": "broken"}}, device="cuda:0")

    status, out, _ = say("bounds")

    assert status == 1
    assert "differs: a.always: declared every release; fails on 2.6.0 on cuda\n" in out


def test_runs_of_other_specs_are_named(repository, say):
    repository.save("2.6.0", claims("2.6.0"), specification="0")

    status, out, _ = say("bounds")

    assert status == 0
    assert "the specs have changed since the runs on 2.6.0: make them again" in out


@pytest.mark.parametrize("command", [["bounds"], ["changes"], ["diff", "2.5.1", "2.6"]])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is broken"),
        ("[]", "is not a run file of schema 1"),
        ('{"schema": 1, "torch": {}, "device": {}, "claims": {}}', "doesn't say"),
    ],
)
def test_a_broken_run_file_is_one_line(repository, say, command, text, message):
    repository.write("reports/runs/torch-2.6.0-cpu.json", text)
    command = [each.replace("2.6", "2.6.0") for each in command]

    status, out, error = say(*command)

    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("ERROR: ")
    assert message in error
    assert "torch-2.6.0-cpu.json" in error


def test_a_folder_without_runs_is_one_line(repository, say):
    status, out, error = say("bounds", "--runs", "nowhere")

    assert (status, out) == (2, "")
    assert error.startswith("ERROR: nowhere has no run files: make them with")


# --- diff -----------------------------------------------------------------------------


def test_what_stopped_and_started_holding_is_told(repository, say):
    status, out, _ = say("diff", "2.0.1", "2.1.0")

    assert status == 1
    assert out.splitlines() == [
        "torch 2.0.1 on cpu against torch 2.1.0 on cpu",
        "",
        "stopped holding: 1",
        "  a.old",
        "    It was a list.",
        "    holds -> absent: AssertionError: assert [] == ()",
        "",
        "started holding: 1",
        "  a.new",
        "    It is a tuple with __add__.",
        "    absent: AssertionError: assert [] == () -> holds",
        "",
        "4 claims ran in both: 2 the same",
    ]


def test_run_files_are_compared_as_releases_are(repository, say):
    folder = repository.root / "reports/runs"
    paths = [str(folder / f"torch-{each}-cpu.json") for each in ("2.0.1", "2.1.0")]

    assert say("diff", *paths) == say("diff", "2.0.1", "2.1")


def test_nothing_stopped_holding(repository, say):
    status, out, _ = say("diff", "2.1.1", "2.1.2")

    assert status == 0
    assert "started holding: 1\n  a.added\n" in out


def test_what_only_one_ran_is_not_compared_but_told(repository, say):
    there = claims("2.6.0")
    repository.save("2.5.1", {**there, "a.gone": {"outcome": "holds"}})
    repository.save(
        "2.6.0",
        {
            **there,
            "a.more": {"outcome": "broken", "reason": "E"},
            "a.always": {"outcome": "not-run", "reason": "needs cuda"},
        },
    )

    status, out, _ = say("diff", "2.5.1", "2.6.0")

    assert status == 0
    assert "new: 1\n  a.more\n\ngone: 1\n  a.gone\n" in out
    assert out.endswith(
        "3 claims ran in both: 3 the same; 1 more were not run in one of them\n"
    )


def test_what_is_only_observed_does_not_gate(repository, say):
    fails = {"outcome": "broken", "reason": "E", "level": "observed"}
    repository.save("2.6.0", {**claims("2.6.0"), "a.always": fails})

    status, out, _ = say("diff", "2.5.1", "2.6.0")

    assert status == 0
    assert "stopped holding: 1\n  a.always (observed)\n" in out


def test_an_outcome_that_changes_in_another_way_differs(repository, say):
    fails = {"outcome": "broken", "reason": "ValueError: no"}
    repository.save("2.6.0", {**claims("2.6.0"), "a.always": {"outcome": "differs"}})
    repository.save("2.5.1", {**claims("2.5.1"), "a.old": fails})

    status, out, _ = say("diff", "2.5.1", "2.6.0")

    assert status == 0
    assert "differs in another way: 2\n  a.always\n" in out
    assert "    broken: ValueError: no -> absent: AssertionError" in out


def test_markdown_is_escaped(repository, say):
    _, out, _ = say("diff", "2.1.1", "2.1.2", "--format", "markdown")

    assert out.startswith("# torch 2.1.1 on cpu against torch 2.1.2 on cpu\n")
    assert "\n## Started holding: 1\n\n- `a.added`\n  It can be asked for.\n" in out
    assert f"`` absent: {LACKS} `` -> `holds`" in out


def test_json_has_everything(repository, say):
    status, out, _ = say("diff", "2.1.1", "2.1.2", "--format", "json")

    found = json.loads(out)
    assert status == 0
    assert found["compared"] == 4
    assert found["changes"]["started"] == [
        {
            "id": "a.added",
            "level": "must",
            "sentence": "It can be asked for.",
            "old": f"absent: {LACKS}",
            "new": "holds",
        }
    ]
    assert found["changes"]["stopped"] == []


def test_runs_of_different_specifications_are_refused_unless_told(repository, say):
    repository.save("2.6.0", claims("2.6.0"), specification="other")

    status, _, error = say("diff", "2.5.1", "2.6.0")
    told = say("diff", "2.5.1", "2.6.0", "--any-specification")

    assert (status, error.count("\n")) == (2, 1)
    assert "2.5.1 and 2.6.0 are runs of different specifications" in error
    assert told[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2.5.1", "9.9"], "reports/runs has no run of 9.9 on cpu; it has 1.13.0, "),
        (["2.5.1", "2.6.0", "--device", "cuda:0"], "no run of 2.5.1 on cuda:0"),
        (["2.5.1", "new"], "new is neither a run file nor a release, such as 2.6.0"),
        (["2.5.1", "new.json"], "can't read the run file new.json: No such file"),
    ],
)
def test_what_cannot_be_compared_is_one_line(repository, say, arguments, message):
    status, out, error = say("diff", *arguments)

    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("ERROR: ")
    assert message in error


# --- changes --------------------------------------------------------------------------


def test_the_change_log_says_what_was_and_what_is(repository, say):
    status, out, _ = say("changes")

    assert status == 0
    assert "2 behaviours that are not the same" in out
    assert out.index("## 2.1.2") < out.index("## 2.1.0")
    assert (
        "## 2.1.0\n\nAgainst 2.0.1:\n\n### part/chapter\n\n"
        "- **Was**: It was a list. [a.old](spec/part/test_chapter.py)\n"
        r"  **Is**: It is a tuple with \_\_add\_\_. [a.new](spec/part/test_chapter.py)"
        "\n"
    ) in out
    assert f"- **Was**: not so: `` {LACKS} ``\n  **Is**: It can be asked for." in out
    assert "## 2.15.0\n\nNothing is otherwise than on 2.14.1.\n" in out


def test_a_behaviour_that_nothing_replaces_is_gone(repository, say):
    text = CHAPTER.replace('@claim("a.new", since="2.1")', '@claim("a.new")')
    repository.write("spec/part/test_chapter.py", text)
    for release in RELEASES:
        repository.change(release, new="holds")

    _, out, _ = say("changes")

    assert "- **Was**: It was a list. [a.old](spec/part/test_chapter.py)\n" in out
    assert "  **Is**: not so: `AssertionError: assert [] == ()`\n" in out


def test_releases_that_were_not_run_are_unknown(repository, say):
    (repository.root / "reports/runs/torch-2.1.0-cpu.json").unlink()

    _, out, _ = say("changes")

    assert "## 2.1.0\n\nUnknown: 2.1.0 was not run.\n" in out
    assert "## 2.1.1\n\nUnknown: 2.1.0 was not run.\n" in out
    assert "1 behaviours" in out


def test_links_start_from_the_page(repository, say):
    status, out, _ = say("changes", "--output", "reports/CHANGES.md")

    page = (repository.root / "reports/CHANGES.md").read_text()
    assert (status, out) == (0, "")
    assert "[a.old](../spec/part/test_chapter.py)" in page


# --- what is committed ----------------------------------------------------------------


def test_there_is_a_run_of_each_release():
    committed = read_history(ROOT / FOLDER)

    on_cpu = [run for run in committed if run["device"]["name"] == "cpu"]
    assert tuple(run["torch"]["version"] for run in on_cpu) == RELEASES
    for run in on_cpu:
        red = {"broken", "bounds", "crashed", "timeout"}
        gating = [entry for entry in run["claims"].values() if "level" not in entry]
        assert not red & {entry["outcome"] for entry in gating}


def test_the_committed_change_log_is_the_one_that_the_runs_give():
    committed = (ROOT / "reports/CHANGES.md").read_text(encoding="utf-8")

    releases = collect(read_specs(ROOT / "spec"), read_history(ROOT / FOLDER))

    assert committed == render(releases, ROOT / "reports"), (
        "out of date: torch-semantics changes --output reports/CHANGES.md"
    )


def test_every_bound_is_the_one_that_was_observed():
    claims = [spec.claim for spec in read_specs(ROOT / "spec")]

    assert list(problems(claims, read_history(ROOT / FOLDER))) == []

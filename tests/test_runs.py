"""Run files: what they look like, and what is said of a broken one."""

import json
import os

import pytest

from torch_semantics import outcomes, runs

RUN = {
    "schema": runs.SCHEMA,
    "specification": "0123456789abcdef",
    "torch": {"version": "2.13.0"},
    "device": {"name": "cuda:1"},
    "claims": {
        "b.two": {"outcome": "not-run", "reason": "needs cuda"},
        "a.one": {"outcome": "holds"},
    },
}


def test_a_run_file_is_json_with_a_claim_per_line_sorted():
    lines = runs.render(RUN).splitlines()

    assert json.loads(runs.render(RUN)) == RUN
    assert lines[-5:-2] == [
        ' "claims": {',
        '  "a.one": {"outcome": "holds"},',
        '  "b.two": {"outcome": "not-run", "reason": "needs cuda"}',
    ]


def test_a_run_without_claims_is_json_too():
    assert json.loads(runs.render({**RUN, "claims": {}}))["claims"] == {}


def test_what_is_written_is_read_back(tmp_path):
    (path,) = runs.write_runs(tmp_path / "new", [RUN])

    assert path.name == "torch-2.13.0-cuda-1.json"
    assert runs.read_run(path) == RUN
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_run_that_says_nothing_new_leaves_the_file(tmp_path):
    (path,) = runs.write_runs(tmp_path, [{**RUN, "time": "early"}])
    os.utime(path, (0, 0))

    runs.write_runs(tmp_path, [{**RUN, "time": "late"}])
    assert runs.read_run(path)["time"] == "early"
    assert path.stat().st_mtime > 0

    claims = {**RUN["claims"], "a.one": {"outcome": "broken"}}
    runs.write_runs(tmp_path, [{**RUN, "time": "late", "claims": claims}])
    assert runs.read_run(path) == {**RUN, "time": "late", "claims": claims}


def test_bounds_do_not_make_other_specs(tmp_path):
    chapter = tmp_path / "test_chapter.py"
    spec = '\ndef test_a():\n    """S."""\n    assert f(1, since="2.0")\n'

    def digest(declaration, spec=spec):
        chapter.write_text(f'@claim("a.a"{declaration})' + spec)
        return runs.digest_of(tmp_path)

    plain = digest("")
    assert digest(', since="2.0", until="2.6.0"') == plain
    assert digest(',\n    gap=("2.1.0", "2.1.1"),\n') == plain
    assert digest(', see="x"') != plain
    assert digest("", spec.replace("1", "2")) != plain
    assert digest("", spec.replace("2.0", "2.1")) != plain


def test_a_run_of_other_specs_replaces_the_file(tmp_path):
    runs.write_runs(tmp_path, [RUN])

    (path,) = runs.write_runs(tmp_path, [{**RUN, "specification": "other"}])

    assert runs.read_run(path)["specification"] == "other"


def test_a_run_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    (path,) = runs.write_runs(tmp_path, [RUN])
    monkeypatch.setattr(
        "os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
    )

    with pytest.raises(runs.BadRun, match=f"can't write runs to {tmp_path}: full"):
        runs.write_runs(tmp_path, [{**RUN, "claims": {}}])

    assert runs.read_run(path) == RUN
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(runs.BadRun, match="can't write runs to .*file"):
        runs.write_runs(tmp_path / "file", [RUN])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is broken .*: make it again with --save-run"),
        ("[]", "is not a run file of schema 1"),
        ('{"schema": 99}', "is not a run file of schema 1"),
        ('{"schema": 1, "torch": {}, "device": {}}', "has no 'claims'"),
        (
            '{"schema": 1, "torch": {}, "device": {}, "claims": {"a": {"outcome": "ok"}}}',
            "gives a no known outcome",
        ),
    ],
)
def test_each_broken_run_file_gets_one_line(tmp_path, text, message):
    path = tmp_path / "run.json"
    path.write_text(text)

    with pytest.raises(runs.BadRun, match=message) as error:
        runs.read_run(path)

    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_run_file_is_said(tmp_path):
    with pytest.raises(runs.BadRun, match="can't read the run file .*: No such file"):
        runs.read_run(tmp_path / "run.json")


def test_the_summary_counts_claims_in_words():
    claims = {
        "a.one": {"outcome": "holds"},
        "a.two": {"outcome": "absent", "reason": "since 2.6"},
        "a.three": {"outcome": "not-run", "reason": "needs cuda"},
        "a.four": {"outcome": "not-run", "reason": "needs an accelerator"},
    }

    assert outcomes.summary(claims) == (
        "1 claim holds, 0 broken, 1 absent as declared, 2 not run:"
        " needs an accelerator, needs cuda"
    )

"""``--prose``, run through pytest on small specifications."""

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
HEADER = "import os, time\nimport pytest, torch\nfrom torch_semantics import Difference, claim\n"
WORKERS = pytest.mark.parametrize(
    "workers", [[], ["-n", "2"]], ids=["alone", "workers"]
)


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that writes chapters of specs and runs pytest on them."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makeini(
        "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider -p no:randomly\n"
    )
    pytester.makeconftest(
        'pytest_plugins = ["torch_semantics.isolation", "torch_semantics.plugin"]\n'
    )
    pytester.path.joinpath("spec/tensor").mkdir(parents=True)
    pytester.path.joinpath("documents/passages").mkdir(parents=True)
    pytester.path.joinpath("spec/chapters.toml").write_text(
        '[[part]]\nname = "tensor"\ntitle = "Tensors"\n'
        '[[part.chapter]]\nname = "views"\ntitle = "Views"\nline = "Ways of looking."\n'
        '[[part.chapter]]\nname = "in-place"\ntitle = "In place"\nline = "Writing."\n'
    )

    def run(specs, *options, where="spec", **chapters):
        for name, text in {"views": specs, **chapters}.items():
            path = pytester.path / f"spec/tensor/test_{name}.py"
            path.write_text(HEADER + text)
        device = [] if "--device" in options else ["--device", "cpu"]
        return pytester.runpytest_subprocess(where, "--prose", *options, *device)

    return run


def spec(name, sentence, *body, decorator="", arguments="device", **keywords):
    declared = "".join(f", {key}={value}" for key, value in keywords.items())
    return (
        f'@claim("a.{name}"{declared})\n{decorator}\ndef test_{name}({arguments}):\n'
        f'    """{sentence}"""\n' + "".join(f"    {line}\n" for line in body) + "\n"
    )


def cases(*values):
    return f'@pytest.mark.parametrize("n", {list(values)})'


def told(result):
    """Return the lines that tell claims, without those above and below them."""
    lines, inside = [], False
    for line in result.outlines:
        inside = line.startswith("Tensors: ") or (inside and not line.startswith("="))
        if inside and line.startswith(("Tensors: ", "Ways of ", "Writing.", "  ")):
            lines.append(line)
    return lines


HEADING = ["Tensors: Views", "Ways of looking."]
FINE = spec("fine", "It is so.")
TOLD_FINE = [*HEADING, "  ✓ It is so.", "", "*= FAILURES =*"]
BROKEN = spec("five", "Two and two make five.", "assert 2 + 2 == 5")
SENTENCES = (
    BROKEN
    + spec("fine", "It is so.", decorator=cases(1, 2, 3), arguments="n")
    + spec("long", "A sentence that is longer than a line\n    is wrapped " + "on " * 20 + "and on.")
    + spec("old", "It was so.", "assert False", until='"1.14"')
)  # fmt: skip
TOLD = [
    *HEADING,
    "  ✗ Two and two make five.",
    "    broken: AssertionError: assert (2 + 2) == 5",
    "  ✓ It is so.",
    "  ✓ A sentence that is longer than a line is wrapped on on on on on on on on on",
    "    on on on on on on on on on on on and on.",
    "  - It was so.",
    "    absent (until 1.14)",
]


@pytest.mark.parametrize("quiet", [[], ["-q"]], ids=["", "quiet"])
def test_each_claim_is_told_once_below_its_chapters_heading_and_nothing_else(
    run, quiet
):
    result = run(SENTENCES, *quiet)

    (end,) = (n for n, line in enumerate(result.outlines) if "= FAILURES =" in line)
    start = 0 if quiet else result.outlines.index("collected 6 items") + 1
    heading, line, *claims = TOLD
    assert result.outlines[start:end] == ["", heading, line, *claims, ""]


@WORKERS
def test_what_pytest_writes_at_the_end_is_as_ever(run, workers):
    result = run(SENTENCES, "-rA", *workers)

    result.assert_outcomes(passed=4, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*= FAILURES =*",
            ">       assert 2 + 2 == 5",
            "*- claim -*",
            "torch * on cpu: broken: a.five: AssertionError: assert (2 + 2) == 5",
            "torch * on cpu: 2 claims hold, 1 broken, 1 absent as declared",
            "*= short test summary info =*",
            "FAILED spec/tensor/test_views.py::test_five[[]cpu[]] - *",
        ],
    )
    result.stdout.fnmatch_lines_random(
        [
            "PASSED spec/tensor/test_views.py::test_fine[[]2[]]",
            "XFAIL spec/tensor/test_views.py::test_old[[]cpu[]] - *",
        ]
    )
    assert told(result) == TOLD


def test_dots_are_written_without_the_option(run, pytester):
    run(SENTENCES)

    result = pytester.runpytest_subprocess("spec", "--device", "cpu")

    result.stdout.fnmatch_lines(["spec/tensor/test_views.py F....x * [[]100%[]]"])
    assert told(result) == []


EVERY_OUTCOME = (
    spec("held", "It holds.")
    + spec("absent", "It is absent.", "raise ValueError", since='"99.0"')
    + spec("bounds", "It is there.", since='"99.0"')
    + spec("raises", "It differs.", "raise ValueError", differs='[Difference("cpu", "it is slow", raises=ValueError)]')
    + spec("cuda", "It needs one.", arguments="cuda")
    + spec("abort", "It crashes.", "os.abort()")
    + spec("host", "It runs anywhere.", arguments="")
    + spec("hang", "It hangs.", "time.sleep(60)")
    + spec("setup", "It has no fixture.", arguments="n")
    + spec("worst", "It is so for each.", "assert n < 3", decorator=cases(1, 3, 2), arguments="n")
    + spec("leak", "It is seen to the end.", *["request.addfinalizer(lambda: 1 / 0)"], arguments="request")
    + spec("seen", "It is seen so.", level='"observed"')
    + spec("unseen", "It is not seen so.", "assert False", level='"observed"')
    + spec("last", "It is the last.")
)  # fmt: skip
EVERY_OUTCOME_TOLD = """\
  ✓ It holds.
  - It is absent.
    absent (since 99.0)
  ✗ It is there.
    bounds: holds on 0, outside its bounds (since 99.0)
  - It differs.
    differs: it is slow
  - It needs one.
    not run: needs cuda
  ✗ It crashes.
    crashed: the spec killed its process
  ✓ It runs anywhere.
  ✗ It hangs.
    timeout: the spec ran longer than --spec-timeout allows
  ✗ It has no fixture.
    broken: in setup: FixtureLookupError: ('n', <FixtureRequest for <Function\n    test_setup>>)
  ✗ It is so for each.
    broken: AssertionError: assert 3 < 3
  ✗ It is seen to the end.
    broken: in teardown: ZeroDivisionError: division by zero
  ✓ It is seen so.
    holds, observed only
  - It is not seen so.
    broken, observed only: AssertionError: assert False
  ✓ It is the last."""


@WORKERS
def test_every_outcome_is_said_in_words_also_where_specs_end_their_process(
    run, workers
):
    result = run(EVERY_OUTCOME, "--spec-timeout", "3", *workers)

    lines = [line for line in told(result) if line.startswith("  ")]
    text = re.sub(r"on \d\S*, out", "on 0, out", "\n".join(lines))
    assert text == EVERY_OUTCOME_TOLD


def test_what_was_told_before_a_crash_is_not_told_again(run):
    result = run(FINE + spec("abort", "It crashes.", "os.abort()") + BROKEN, "-s")

    result.stdout.fnmatch_lines(
        ["  ✓ It is so.", "going on after *", "  ✗ It crashes.", "  ✗ Two and two *"]
    )
    assert result.stdout.str().count("It is so.") == 1


def test_a_claim_with_cases_before_and_after_a_crash_is_told(run):
    by_turns = '@pytest.mark.parametrize("n", [1, 2], scope="module")'

    result = run(
        spec("around", "It is so.", decorator=by_turns, arguments="n")
        + spec("abort", "It crashes.", "n > 1 or os.abort()", decorator=by_turns, arguments="n")
    )  # fmt: skip

    assert told(result) == [
        *HEADING,
        "  ✓ It is so.",
        "  ✗ It crashes.",
        "    crashed: the spec killed its process",
    ]


def test_a_worker_that_crashes_holds_up_nothing(run):
    result = run(FINE + spec("abort", "It crashes.", "os.abort()") + BROKEN, "-n", "1")

    result.stdout.fnmatch_lines(
        ["  ✗ It crashes.", "replacing crashed worker gw0", "  ✗ Two and two *"]
    )


def test_a_claim_is_told_as_soon_as_its_cases_have_run(run):
    result = run(
        spec("fine", "It is so.", "print('case')", decorator=cases(1, 2), arguments="n")
        + spec("next", "Next.", "print('next')"),
        "-s",
    )

    result.stdout.fnmatch_lines(["case", "case", "  ✓ It is so.", "next", "  ✓ Next."])


@pytest.mark.parametrize(
    "options",
    [["-n", "2"], ["-p", "randomly"], ["-n", "2", "-p", "randomly"]],
    ids=["workers", "shuffled", "both"],
)
def test_the_text_is_the_same_in_whichever_order_the_specs_run(run, options):
    chapters = [
        "".join(
            spec(
                f"{name}{n}",
                f"Sentence {name}{n}.",
                "assert n != 2",
                decorator=cases(*numbers),
                arguments="n, device",
            )
            for n, numbers in enumerate([(1, 3), (1,), (1, 2), (4, 5, 6), (1, 1)] * 2)
        )
        for name in ("a", "b")
    ]
    devices = ["--device", "cpu", "--device", "meta"]

    plain = told(run(chapters[0], *devices, in_place=chapters[1]))
    other = told(run(chapters[0], *devices, *options, in_place=chapters[1]))

    assert plain[:3] == [*HEADING, "  ✓ Sentence a0."]
    assert len(plain) == 2 * (2 + 10 + 2)
    assert other == plain


@WORKERS
def test_devices_are_named_where_they_disagree(run, workers):
    result = run(
        spec("both", "It is so on both.")
        + spec("one", "It is so on one.", "assert device.type == 'cpu'")
        + spec("none", "It is so on none.", arguments="cuda"),
        *("--device", "cpu", "--device", "meta", *workers),
    )

    assert told(result) == [
        *HEADING,
        "  ✓ It is so on both.",
        "  ✗ It is so on one.",
        "    cpu: holds",
        "    meta: broken: AssertionError: assert 'meta' == 'cpu'",
        "  - It is so on none.",
        "    not run: needs cuda",
    ]


def test_every_interpreter_has_its_say(run, pytester, interpreters):
    with pytester.path.joinpath("conftest.py").open("a") as conftest:
        conftest.write(
            "\ntry:\n    from own import NAME\nexcept ImportError:\n    pass\nelse:\n"
            "    from torch_semantics import releases\n"
            '    releases.torch_version = lambda: {"a": "9.0", "b": "9.1"}[NAME]\n'
        )
    own = ["from own import NAME", "time.sleep(NAME == 'b')", "assert NAME == 'a'"]

    result = run(
        spec("own", "It is so on one.", *own) + FINE,
        *interpreters,
    )

    assert told(result) == [
        *HEADING,
        "  ✗ It is so on one.",
        "    torch 9.0 on cpu: holds",
        "    torch 9.1 on cpu: broken: AssertionError: assert 'b' == 'a'",
        "  ✓ It is so.",
    ]


COLOURS = """\
\033[1mTensors: Views\033[0m
Ways of looking.
  \033[32m✓\033[0m It holds.
  \033[33m-\033[0m It is absent.
    \033[33mabsent (since 99.0)\033[0m
  \033[31m✗\033[0m It is so for each.
    \033[31mbroken: AssertionError: assert 3 < 3\033[0m
  \033[33m-\033[0m It is not seen so.
    \033[33mbroken, observed only: AssertionError: assert False\033[0m
"""


@pytest.mark.parametrize("option", ["--color=yes", "--color=no", "--color=auto"])
def test_outcomes_have_colours_where_pytest_writes_colours(run, option):
    result = run(EVERY_OUTCOME, option, "-k", "held or absent or worst or unseen")

    coloured = option == "--color=yes"
    text = COLOURS if coloured else re.sub(r"\033\[\d+m", "", COLOURS)
    assert text in result.stdout.str()
    assert ("\033" in result.stdout.str()) == coloured


def test_a_terminal_that_lacks_the_marks_gets_others(run, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    result = run(SENTENCES)

    assert told(result) == [line.replace("✓", "+").replace("✗", "x") for line in TOLD]


def test_lines_are_as_wide_as_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "45")

    result = run(spec("wide", "It is " + "no " * 9 + "not-a-number at all."))

    assert told(result) == [
        *HEADING,
        "  ✓ It is no no no no no no no no no",
        "    not-a-number at all.",
    ]


@WORKERS
def test_verbose_gives_each_claims_id_and_no_node_ids(run, workers):
    result = run(SENTENCES, "-v", "--tb=no", *workers)

    ids = {
        "    broken": "five",
        "  ✓ It": "fine",
        "    on": "long",
        "    absent": "old",
    }
    expected = []
    for line in TOLD:
        expected.append(line)
        expected += [
            f"    a.{id}" for start, id in ids.items() if line.startswith(start)
        ]
    assert told(result) == expected
    result.stdout.no_fnmatch_line("spec/tensor/*")


@pytest.mark.parametrize(
    "options",
    [["--claim", "a.fine", "--claim", "a.next"], ["-k", "test_fine or test_next"]],
    ids=["claim", "keyword"],
)
def test_only_what_is_selected_is_told_and_waited_for(run, options):
    specs = BROKEN + FINE + spec("next", "Next.", "print('next')")

    result = run(specs, "-s", *options, in_place=spec("other", "Other."))

    assert told(result) == [*HEADING, "  ✓ It is so.", "  ✓ Next."]
    result.stdout.fnmatch_lines(["  ✓ It is so.", "next", "  ✓ Next."])


def test_a_chapter_may_be_told_alone(run):
    result = run(FINE, in_place=BROKEN, where="spec/tensor/test_in_place.py")

    assert told(result)[:3] == [
        "Tensors: In place",
        "Writing.",
        "  ✗ Two and two make five.",
    ]


@pytest.mark.parametrize("option", ["--collect-only", "--setup-only"])
def test_what_is_not_run_is_not_told(run, option):
    result = run(FINE, option, "-q")

    assert result.ret == 0
    assert told(result) == []
    result.stdout.fnmatch_lines(["*spec/tensor/test_views.py::test_fine[[]cpu[]]*"])


def test_a_chapter_without_a_heading_has_its_name(run):
    forget = "open('spec/chapters.toml', 'w').close()"

    result = run(spec("first", "It is so.", forget))

    result.stdout.fnmatch_lines(
        ["collected 1 item", "", "tensor: views", "  ✓ It is so."], consecutive=True
    )


@pytest.mark.parametrize(
    ("order", "option", "lines"),
    [
        (["other", "spec"], "-rN", ["other/test_other.py .F", "", *TOLD_FINE]),
        (["other", "spec"], "-q", [".F", "", *TOLD_FINE]),
        (["other", "spec"], "-v", ["*::test_y FAILED", "", "Tensors: Views"]),
        (["spec", "other"], "-rN", ["  ✓ It is so.", "", "other/test_other.py .F"]),
        (["spec", "other"], "-q", ["  ✓ It is so.", ".F", "*= FAILURES =*"]),
    ],
)
def test_tests_of_other_things_are_written_as_ever(run, pytester, order, option, lines):
    pytester.mkdir("other").joinpath("test_other.py").write_text(
        "from torch_semantics import claim\ndef test_x():\n    pass\n"
        '@claim("a.other")\ndef test_y():\n    """Other."""\n    assert False\n'
    )

    result = run(FINE, order[1], option, where=order[0])

    result.stdout.fnmatch_lines(lines, consecutive=True)
    result.stdout.no_fnmatch_line("*%]*")
    result.stdout.no_fnmatch_line("*✗ Other.")


def test_of_a_claim_that_was_cut_short_only_what_is_wrong_is_told(run):
    result = run(
        FINE
        + spec("wrong", "It is wrong.", "assert n != 2", decorator=cases(1, 2, 3), arguments="n")
        + spec("later", "It is so later."),
        "-x",
    )  # fmt: skip

    assert told(result) == [
        *HEADING,
        "  ✓ It is so.",
        "  ✗ It is wrong.",
        "    broken: AssertionError: assert 2 != 2",
    ]


def test_a_claim_that_was_cut_short_and_held_so_far_is_not_told(run):
    stop = "if n == 2: raise KeyboardInterrupt"

    result = run(
        FINE + spec("half", "Half.", stop, decorator=cases(1, 2, 3), arguments="n")
    )

    assert told(result) == [*HEADING, "  ✓ It is so."]


def test_without_a_terminal_nothing_is_told(run):
    result = run(FINE, "-p", "no:terminal")

    assert result.ret == 0
    assert result.outlines == []

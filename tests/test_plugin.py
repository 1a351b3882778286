"""The plugin, run through pytest on small specifications."""

import json
import re
from pathlib import Path

import pytest

from torch_semantics import judge

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = [
    *["-p", "torch_semantics.isolation", "-p", "torch_semantics.plugin"],
    *["-p", "no:randomly"],
]
HEADER = "import os, time\nimport pytest, torch\nfrom hypothesis import given, strategies as st\nfrom torch_semantics import Difference, claim\n"


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that writes a chapter of specs and runs pytest on it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    pytester.makeini(
        "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n"
    )
    pytester.path.joinpath("spec/tensor").mkdir(parents=True)
    pytester.path.joinpath("spec/chapters.toml").write_text(
        '[[part]]\nname = "tensor"\ntitle = "T"\n'
        + "".join(
            f'[[part.chapter]]\nname = "{name}"\ntitle = "T"\nline = "L"\n'
            for name in ("views", "in-place")
        )
    )
    documents = pytester.path.joinpath("documents/passages")
    documents.mkdir(parents=True)
    documents.joinpath("tensor.toml").write_text(
        '[[passage]]\nid = "tensor.passage"\nchapter = "tensor/views"\nnotes = []\n'
        'says = "S"\nverdict = "holds"\ntruth = "T"\nboundary = []\ndevices = "any"\n'
    )

    def run(specs, *options, chapter="views"):
        path = pytester.path / f"spec/tensor/test_{chapter}.py"
        path.write_text(HEADER + specs)
        return pytester.runpytest_subprocess(*PLUGIN, "spec", *options)

    return run


def outcomes_in(folder, name="torch-*-cpu.json"):
    (path,) = Path(folder).glob(name)
    claims = json.loads(path.read_text())["claims"]
    return {id: entry["outcome"] for id, entry in claims.items()}


EVERY_OUTCOME = '''
@claim("a.holds")
def test_holds(device):
    """S."""

@claim("a.broken")
def test_broken(device):
    """Two and two make five."""
    assert 2 + 2 == 5

@claim("a.absent", since="99.0")
def test_absent(device):
    """S."""
    raise ValueError

@claim("a.old-absent", until="1.14")
def test_old_absent(device):
    """S."""
    raise ValueError

@claim("a.bounds", since="99.0")
def test_bounds(device):
    """S."""

@claim("a.missing", since="1.14")
def test_missing(device):
    """S."""
    torch.no_such_function

@claim("a.differs", differs=[Difference("cpu", "of this", raises=ValueError, match="f.o")])
def test_differs(device):
    """S."""
    raise ValueError("foo")

@claim("a.same", differs=[Difference("cpu", "of this", raises=ValueError)])
def test_same(device):
    """S."""

@claim("a.other", differs=[Difference("cpu", "of this", raises=ValueError)])
def test_other(device):
    """S."""
    raise KeyError

@claim("a.tolerant", differs=[Difference("cpu", "it rounds", atol=2.0)])
def test_tolerant(device, tolerance):
    """S."""
    torch.testing.assert_close(torch.ones(1), torch.zeros(1), **tolerance)

@claim("a.exact", differs=[Difference("cpu", "it rounds", atol=2.0)])
def test_exact(device, tolerance):
    """S."""
    torch.testing.assert_close(torch.ones(1), torch.ones(1), **tolerance)

@claim("a.cuda")
def test_cuda(cuda):
    """S."""

@claim("a.accelerator")
def test_accelerator(accelerator):
    """S."""

@claim("a.cases")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_cases(n, device):
    """S."""
    assert n != 2

@claim("a.host")
def test_host():
    """S."""

@claim("a.crashed")
def test_crashed(device):
    """S."""
    os.abort()

@claim("a.timeout")
def test_timeout(device):
    """S."""
    time.sleep(60)

@claim("a.observed", level="observed")
def test_observed(device):
    """S."""
    assert False

@claim("a.leaks")
def test_leaks(device):
    """S."""
    torch.set_grad_enabled(False)

@claim("a.after-the-leak")
def test_after(device):
    """S."""
    assert torch.is_grad_enabled()
'''

EXPECTED = {
    "a.holds": "holds",
    "a.broken": "broken",
    "a.absent": "absent",
    "a.old-absent": "absent",
    "a.bounds": "bounds",
    "a.missing": "bounds",
    "a.differs": "differs",
    "a.same": "broken",
    "a.other": "broken",
    "a.tolerant": "differs",
    "a.exact": "broken",
    "a.cuda": "not-run",
    "a.accelerator": "not-run",
    "a.cases": "broken",
    "a.host": "holds",
    "a.crashed": "crashed",
    "a.timeout": "timeout",
    "a.observed": "broken",
    "a.leaks": "broken",
    "a.after-the-leak": "holds",
}


def test_every_claim_gets_its_outcome_with_and_without_workers(run, pytester):
    options = ["--device", "cpu", "--spec-timeout", "3"]
    alone = run(EVERY_OUTCOME, *options, "--save-run", "one")
    workers = run(EVERY_OUTCOME, *options, "--save-run", "two", "-n", "2")

    assert outcomes_in("one") == EXPECTED
    one, two = (
        json.loads(next(Path(folder).iterdir()).read_text())
        for folder in ("one", "two")
    )
    one.pop("time"), two.pop("time")
    assert one == two
    assert alone.ret == workers.ret == pytest.ExitCode.TESTS_FAILED
    for result in (alone, workers):
        result.stdout.re_match_lines_random(
            [
                r"torch [\d.]+ on cpu: 3 claims hold, 6 broken, 2 outside their bounds, "
                r"2 absent as declared, 2 differ as declared, 1 crashed, 1 timed out, "
                r"1 observed otherwise, "
                r"2 not run: needs an accelerator, needs cuda",
                r"torch .* on cpu: crashed: a.crashed: the spec killed its process",
                r"torch .* on cpu: broken, observed only: a.observed: .*",
                r"torch .*: broken: a.leaks: .* grad mode: was True, left as False",
                r"torch .*: bounds: a.bounds: holds on .*, outside its bounds \(since 99.*",
                r"torch .*: bounds: a.missing: missing inside its bounds .*",
                r"torch .*: broken: a.same: holds on cpu, where it is declared to raise.*",
                r"Two and two make five\.",
                r"a.broken \(every release\): broken on torch [\d.]+, cpu",
                r"run it alone: pytest spec/tensor/test_views.py --claim a.broken --device"
                r" cpu",
                r"Current thread .*",
                r"saved .*",
            ]
        )


def test_an_observed_claim_never_gates(run):
    result = run(
        '@claim("a.b", level="observed")\ndef test_b(device):\n    """S."""\n    assert 0\n'
    )

    assert result.ret == 0


def test_one_case_outside_its_bounds_that_holds_is_enough_to_turn_red(run):
    result = run(
        '@claim("a.b", since="99")\n@pytest.mark.parametrize("n", [1, 2])\n'
        'def test_b(n, device):\n    """S."""\n    assert n == 1\n',
        "--save-run",
        "runs",
    )

    assert result.ret == 1
    assert outcomes_in("runs") == {"a.b": "bounds"}


def test_each_interpreter_has_packages_and_a_run_of_its_own(run, interpreters):
    result = run(
        '''
@claim("a.a")
def test_a():
    """S."""
    import own
    assert own.NAME == "a"

@claim("a.b")
def test_b():
    """S."""
    import own
    assert own.NAME == "b"
''',
        *interpreters,
    )

    # One torch, so that both are one run: each claim fails in one of them.
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*: 0 claims hold, 2 broken"])


FINE = '@claim("a.b")\ndef test_b(device):\n    """S."""\n'


@pytest.mark.parametrize(
    ("specs", "line"),
    [
        (
            'def test_b():\n    """S."""\n',
            "spec/tensor/test_views.py::test_b has no @claim",
        ),
        (
            FINE + FINE.replace("_b", "_c"),
            "the id is taken by spec/tensor/test_views.py::test_b",
        ),
        ('@claim("a.b")\ndef test_b():\n    pass\n', "the spec has no docstring"),
        (FINE.replace("a.b", "b"), "the id 'b' is not dotted"),
        (
            FINE.replace('"a.b"', '"a.b", also=["a.c"]'),
            "passage 'a.c', which is not in",
        ),
        (FINE.replace('"a.b"', '"a.b", since="2", until="2"'), "impossible: since 2"),
    ],
)
@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_a_wrong_declaration_stops_the_run_with_one_line(run, specs, line, workers):
    result = run(specs, "--save-run", "runs", *workers)

    result.stdout.fnmatch_lines([f"*{line}*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret != 0
    assert not Path("runs").exists()


def test_the_same_id_in_two_chapters_is_refused(run, pytester):
    pytester.path.joinpath("spec/tensor/test_in_place.py").write_text(HEADER + FINE)

    result = run(FINE)

    result.stdout.fnmatch_lines(["*the id is taken by spec/tensor/test_*.py::test_b*"])
    assert result.ret != 0


def test_a_passage_may_be_named(run):
    assert run(FINE.replace('"a.b"', '"a.b", also=["tensor.passage"]')).ret == 0


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("documents/passages/tensor.toml", "[[", "tensor.toml is not valid TOML"),
        (
            "documents/passages/x.toml",
            '[[passage]]\nid = "x"\n',
            "passage x lacks chapter",
        ),
        ("spec/chapters.toml", "[[", "chapters.toml is not valid TOML"),
        ("spec/chapters.toml", '[[part]]\nname = "t"\n', "has no 'title'"),
        ("spec/chapters.toml", "", "does not list the chapter tensor/views"),
    ],
)
def test_a_broken_document_stops_the_run_with_one_line(run, pytester, file, text, line):
    pytester.path.joinpath(file).write_text(text)

    result = run(FINE)

    result.stdout.fnmatch_lines([f"*{line}*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret != 0


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
@pytest.mark.parametrize("name", ["nosuch", "cuda:99", "hpu"])
def test_a_device_that_is_not_here_is_a_usage_error(run, name, workers):
    result = run(FINE, "--device", name, *workers)

    result.stderr.fnmatch_lines(
        [
            f"ERROR: --device {name}: no such device here (*); 'python -m torch_semantics*"
        ]
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_an_unknown_claim_is_a_usage_error_that_names_near_ones(run, workers):
    result = run(FINE, "--claim", "a.bb", *workers)

    result.stderr.fnmatch_lines(
        ["ERROR: --claim a.bb: no spec here proves it; did you*a.b?"]
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_one_claim_runs_alone(run):
    result = run(
        FINE + FINE.replace("a.b", "a.c").replace("_b", "_c"), "--claim", "a.c"
    )

    result.assert_outcomes(passed=1, deselected=1)


def test_a_spec_runs_once_per_device_and_each_device_has_its_run(run):
    result = run(
        '@claim("a.b")\ndef test_b(device):\n    """S."""\n'
        "    assert torch.ones(1, device=device).tolist() == [1]\n",
        *["--device", "cpu", "--device", "meta", "--save-run", "runs"],
    )

    assert outcomes_in("runs") == {"a.b": "holds"}
    assert outcomes_in("runs", "torch-*-meta.json") == {"a.b": "broken"}
    result.stdout.re_match_lines_random(
        ["torch .* on cpu: 1 claim holds, 0 broken", "torch .* on meta: 0 .*, 1 broken"]
    )


def test_specs_run_in_reading_order(run, pytester):
    pytester.path.joinpath("spec/tensor/test_in_place.py").write_text(HEADER + FINE)

    result = run(FINE.replace("a.b", "a.c"), "-v")

    result.stdout.fnmatch_lines(
        ["*test_views.py::test_b*", "*test_in_place.py::test_b*"]
    )


def test_shuffled_specs_stay_shuffled_also_across_chapters(run, pytester):
    pytester.path.joinpath("spec/tensor/test_in_place.py").write_text(HEADER + FINE)

    first = {
        re.search(
            r"test_(views|in_place)\.py::test_b",
            run(
                FINE.replace("a.b", "a.c"),
                *("-v", "-p", "randomly", f"--randomly-seed={seed}"),
            ).stdout.str(),
        )[1]
        for seed in (1, 100)
    }

    assert first == {"views", "in_place"}


def test_each_spec_is_seeded_whatever_ran_before(run):
    specs = "".join(
        f'@claim("a.{name}")\ndef test_{name}(device):\n    """S."""\n'
        "    import numpy, random\n"
        "    print('drawn', torch.rand(1).item(), numpy.random.rand(), random.random())\n"
        for name in "bcd"
    )
    drawn = [
        re.findall("drawn .*", run(specs, "-s", *options).stdout.str())
        for options in ([], ["-k", "test_d"])
    ]

    assert len(set(drawn[0])) == 3
    assert drawn[0][2] == drawn[1][0]


@pytest.mark.parametrize(
    ("change", "piece"),
    [
        ("torch.set_default_dtype(torch.float64)", "default dtype"),
        ("torch.set_default_device('meta')", "default device"),
        ("torch.set_num_threads(3)", "number of threads"),
        ("torch.use_deterministic_algorithms(True)", "deterministic algorithms"),
        ("torch.autograd.set_detect_anomaly(True)", "anomaly mode"),
        ("torch.backends.cudnn.benchmark = True", "cudnn.benchmark"),
    ],
)
def test_state_that_a_spec_leaves_changed_is_named_and_put_back(run, change, piece):
    result = run(
        f'@claim("a.b")\ndef test_b(device):\n    """S."""\n    {change}\n'
        '@claim("a.c")\ndef test_c(device):\n    """S."""\n'
    )

    result.stdout.fnmatch_lines([f"*broken: a.b: *state changed: {piece}: was *"])
    result.assert_outcomes(passed=1, failed=1)


PROPERTY = '''
@claim("a.b")
@given(st.integers(0, 10**9))
def test_b(n):
    """S."""
    print("drawn", n)
'''


@pytest.mark.parametrize("ci", ["", "true"])
def test_the_gate_profile_draws_the_same_and_explore_does_not(run, monkeypatch, ci):
    monkeypatch.delenv("CI", raising=False)
    if ci:
        monkeypatch.setenv("CI", ci)

    def drawn(*options):
        return re.findall(r"drawn \d+", run(PROPERTY, "-s", *options).stdout.str())

    assert drawn() == drawn()
    assert len(drawn()) == 10
    assert len(drawn("--hypothesis-profile", "explore")) == 1000
    assert (
        drawn("--hypothesis-profile", "explore")[:99]
        != drawn("--hypothesis-profile", "explore")[:99]
    )


def test_a_spec_that_needs_no_accelerator_is_not_run_beside_one(run, pytester):
    specs = '@claim("a.b")\ndef test_b(no_accelerator):\n    """S."""\n'

    alone = run(specs)
    pytester.path.joinpath("spec/conftest.py").write_text(
        "from torch_semantics import plugin\n"
        "plugin.present_devices = lambda: ['cpu', 'cuda']\n"
    )
    beside = run(specs)

    alone.stdout.fnmatch_lines(["*1 claim holds, 0 broken"])
    beside.stdout.fnmatch_lines(["*1 not run: needs a machine without an accelerator"])


@pytest.mark.parametrize(
    ("fixture", "package"),
    [
        ("pyplot", "matplotlib"),
        ("torchvision", "torchvision"),
        ("tensorboard", "tensorboard"),
        ("tqdm", "tqdm"),
    ],
)
def test_a_spec_is_not_run_without_the_package_that_it_asks_for(
    run, pytester, fixture, package
):
    pytester.makepyfile(**{package: "raise ImportError"})

    result = run(
        f'@claim("a.b")\ndef test_b({fixture}):\n    """S."""\n    assert {fixture}\n'
    )

    result.stdout.fnmatch_lines(
        [f"*0 claims hold, 0 broken, 1 not run: needs {package}"]
    )


def test_a_property_that_fails_shows_its_example(run):
    result = run(PROPERTY.replace('print("drawn", n)', "assert n < 100"))

    result.stdout.fnmatch_lines(["*n=100*"])


def test_a_run_that_cannot_be_saved_says_so_in_one_line(run):
    Path("runs").write_text("")

    result = run(FINE, "--save-run", "runs")

    result.stderr.fnmatch_lines(["ERROR: can't write runs to runs: *"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_an_interrupted_run_is_not_saved(run):
    result = run(
        FINE
        + '@claim("a.c")\ndef test_c():\n    """S."""\n    raise KeyboardInterrupt\n',
        "--save-run",
        "runs",
    )

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert not Path("runs").exists()


def test_two_crashes_and_the_specs_between_them_are_all_reported(run):
    specs = "".join(
        f'@claim("a.{name}")\ndef test_{name}(device):\n    """S."""\n    {body}\n'
        for name, body in [
            ("b", "pass"),
            ("c", "os.abort()"),
            ("d", "pass"),
            ("e", "os._exit(0)"),
            ("f", "pass"),
        ]
    )

    result = run(specs, "--save-run", "runs")

    assert list(outcomes_in("runs").values()) == [
        "holds",
        "crashed",
        "holds",
        "crashed",
        "holds",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_process_that_dies_before_any_spec_is_an_internal_error(run):
    result = run("os.abort()\n")

    result.stderr.fnmatch_lines(
        ["ERROR: the process died outside of any spec: SIGABRT"]
    )
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("object at 0x7f1ea0 is gone\nMore.", "object at 0x... is gone"),
        ("assert [<Wa...7ff4e52df190>] == []", "assert [<Wa...>] == []"),
        ("no '/tmp/pytest-of-me/pytest-7/test_a0/x'", "no 'test_a0/x'"),
        ("no name 'a' (/home/me/torch/optim.py)", "no name 'a'"),
        ("", "no message"),
    ],
)
def test_an_error_is_one_line_that_is_the_same_in_every_run(text, line):
    with pytest.raises(ImportError) as caught:
        raise ImportError(text)

    assert judge._line(caught) == f"ImportError: {line}"

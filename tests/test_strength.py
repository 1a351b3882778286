"""``torch-semantics strength``, run on small specifications."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
SPEC_HEADER = "import os\nimport pytest, torch\nfrom hypothesis import given, strategies as st\nfrom torch_semantics import claim\nfrom torch_semantics.words import shares_storage\n"
FAULT_HEADER = "import os, torch\nfrom torch_semantics.faults import fault\n"

ALIASES = '''
@claim("a.view-aliases")
def test_view_aliases(device):
    """A write through a view reaches its base."""
    base = torch.arange(6, device=device)
    view = base.view(2, 3)

    view[0] = -1

    assert base.tolist() == [-1, -1, -1, 3, 4, 5]
'''
VIEW_COPIES = """
def _aliases():
    tensor = torch.zeros(2)
    return tensor.view(2).data_ptr() == tensor.data_ptr()

def copies(patch):
    view = torch.Tensor.view
    patch(torch.Tensor, "view", lambda self, *size: view(self, *size).clone())

@fault("view() returns a copy.", witness=lambda: not _aliases())
def view_copies(patch):
    copies(patch)
"""

# Each chapter with its specs and its written faults.
CHAPTERS = {
    "written": (
        ALIASES
        + '''
@claim("a.later", since="99.0")
def test_later(device):
    """S."""
    raise ValueError

@claim("a.seeds")
def test_seeds():
    """Seeding returns the generator."""
    generator = torch.manual_seed(3)

    assert generator.initial_seed() == 3

@claim("a.sums")
@given(size=st.integers(1, 3))
def test_sums(device, size):
    """A sum counts ones."""
    ones = torch.ones(size, device=device)

    result = ones.sum()

    assert (size, result.item()) == (size, size)
''',
        VIEW_COPIES
        + """
@fault("manual_seed() seeds with one more.", witness=lambda: torch.manual_seed(0).initial_seed() == 1)
def seeds_with_one_more(patch):
    seed = torch.manual_seed
    patch(torch, "manual_seed", lambda number: seed(number + 1))

@fault("sum() adds one.", witness=lambda: torch.zeros(1).sum().tolist() == 1)
def sum_adds_one(patch):
    sum = torch.Tensor.sum
    patch(torch.Tensor, "sum", lambda self: sum(self) + 1)

@fault("t() does nothing.", witness=lambda: torch.zeros(1, 2).t().shape == (1, 2))
def t_does_nothing(patch):
    patch(torch.Tensor, "t", lambda self: self)

@fault("Its witness sees nothing.", witness=lambda: False)
def sees_nothing(patch):
    copies(patch)

@fault("It raises.", witness=lambda: False)
def raises(patch):
    copies(patch)
    1 / 0

@fault("It ends the process.", witness=lambda: False)
def ends_the_process(patch):
    os._exit(3)

@fault("Its witness always sees it.", witness=lambda: True)
def always_seen(patch):
    copies(patch)

@fault("Its witness raises.", witness=lambda: 1 / 0)
def witness_raises(patch):
    copies(patch)

DRAWN = []

def _draws_the_same_again():
    DRAWN.append(torch.rand(1).item())
    return len(DRAWN) == 2 and DRAWN[0] == DRAWN[1]

@fault("Its witness draws.", witness=_draws_the_same_again)
def witness_draws(patch):
    copies(patch)

@fault("Nothing works.", witness=lambda: torch.zeros(1).sum() is None)
def nothing_works(patch):
    names = ("tolist", "item", "view", "sum", "__int__", "__getitem__", "__setitem__")
    for name in names:
        patch(torch.Tensor, name, lambda *args, **kwargs: None)
    patch(torch.nn.Module, "__call__", lambda *args: None)
    patch(torch, "save", lambda *args: None)
    patch(torch, "equal", lambda *args: None)

def _refuses():
    try:
        torch.zeros(1).view(1)
    except RuntimeError:
        return True

@fault("view() refuses.", witness=_refuses)
def view_refuses(patch):
    def view(self, *size):
        raise RuntimeError("no view")
    patch(torch.Tensor, "view", view)
""",
    ),
    "generated": (
        '''
@claim("b.vacuous")
def test_vacuous(device):
    """A view leaves its base."""
    base = torch.arange(6, device=device)
    view = base.view(2, 3)

    assert base.tolist() == [0, 1, 2, 3, 4, 5]

@claim("b.weak")
def test_weak(device):
    """A sum is positive."""
    ones = torch.ones(3, device=device)

    total = ones.sum()

    assert total.item() > 0

@claim("b.refuses")
def test_refuses(device):
    """A view of another size is refused."""
    tensor = torch.arange(6, device=device).view(2, 3)

    with pytest.raises(RuntimeError, match="invalid for input of size 6"):
        tensor.view(4)

    assert tensor.tolist() == [[0, 1, 2], [3, 4, 5]]

@claim("b.refuses-something")
def test_refuses_something(device):
    """A view of another size is refused somehow."""
    tensor = torch.arange(6, device=device)

    with pytest.raises(Exception):
        tensor.view(4)

@claim("b.gradient")
def test_gradient(device):
    """A gradient arrives."""
    leaf = torch.ones(2, device=device, requires_grad=True)

    total = (leaf * 3).sum()
    total.backward()

    assert leaf.grad.tolist() == [3, 3]

@claim("b.keeps")
def test_keeps(device):
    """With keepdim a sum keeps the dimension."""
    ones = torch.ones(2, 3, device=device)

    kept = ones.sum(1, keepdim=True)
    lost = ones.sum(1)

    assert kept.tolist() == [[3], [3]]
    assert lost.shape == (2,)

@claim("b.flat")
def test_flat(device):
    """What is rounded has a gradient of zeros."""
    leaf = torch.full((2,), 1.5, device=device, requires_grad=True)

    leaf.round().sum().backward()

    assert leaf.grad.tolist() == [0, 0]

@claim("b.aliases")
@pytest.mark.parametrize("form", [lambda x: x.t(), lambda x: x[:]], ids=["t", "slice"])
def test_aliases(device, form):
    """A view lies over the storage of its base, and clone() does not."""
    base = torch.zeros(1, 1, device=device)

    view, copy = form(base), base.clone()

    assert shares_storage(view, base)
    assert not shares_storage(copy, base)

@claim("b.property")
@given(sizes=st.lists(st.integers(1, 3), max_size=2))
def test_property(device, sizes):
    """A view has the sizes."""
    ones = torch.ones(sizes, device=device)

    view = ones.view(-1)

    assert (sizes, view.shape) == (sizes, (ones.numel(),))

@claim("b.dies")
def test_dies(device):
    """A sum is three."""
    ones = torch.ones(3, device=device)

    total = ones.sum()
    if total.item() == 4:
        os._exit(9)

    assert total.tolist() == 3
''',
        "",
    ),
    "elsewhere": (
        '''
@claim("a.elsewhere")
def test_elsewhere(cuda):
    """Never here."""
''',
        "import a_package_that_is_not_installed",
    ),
}


class Strength:
    """A small specification with written faults, and the command run on it."""

    def __init__(self, root, chapters):
        self.root = root
        self.write("conftest.py", (ROOT / "conftest.py").read_text())
        self.write(
            "spec/chapters.toml",
            '[[part]]\nname = "part"\ntitle = "T"\n'
            + "".join(
                f'[[part.chapter]]\nname = "{name}"\ntitle = "T"\nline = "L"\n'
                for name in (*chapters, "unwritten")
            ),
        )
        for name, (specs, faults) in chapters.items():
            self.write(f"spec/part/test_{name}.py", SPEC_HEADER + specs)
            self.write(f"faults/part/{name}.py", FAULT_HEADER + faults)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "torch_semantics", "strength", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )


@pytest.fixture
def strength(pytester):
    """Return a function that writes one chapter with its faults."""
    return lambda specs=ALIASES, faults="": Strength(
        pytester.path, {"chapter": (specs, faults)}
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return what the command said and found of all chapters."""
    strength = Strength(tmp_path_factory.mktemp("measured"), CHAPTERS)
    result = strength.run("--json", "found.json")
    result.found = json.loads((strength.root / "found.json").read_text())
    return result


@pytest.fixture
def claims(measured):
    """Return what is found of each claim."""
    return {
        claim["id"]: claim
        for chapter in measured.found["chapters"]
        for claim in chapter["claims"]
    }


@pytest.fixture
def faults(measured):
    """Return what is found of each written fault."""
    return {fault["name"]: fault for fault in measured.found["chapters"][0]["faults"]}


@pytest.fixture
def survivors(measured):
    """Return the generated faults that survive, with their claims."""
    survivors = measured.found["chapters"][1]["survivors"]
    return [(each["claim"], each["function"], each["kind"]) for each in survivors]


# --- claims ---------------------------------------------------------------------------


def test_a_claim_that_no_fault_fails_is_vacuous(measured):
    vacuous = [line for line in measured.stdout.splitlines() if "  vacuous:" in line]

    assert measured.returncode == 1
    assert vacuous == [
        "  vacuous: b.vacuous: no fault fails it (none that counts can be generated)",
        "  vacuous: b.weak: no fault fails it (1 survive)",
    ]


def test_a_claim_that_only_a_written_fault_fails_is_not_vacuous(claims):
    assert claims["a.seeds"]["written"] == ["seeds_with_one_more"]
    assert claims["a.seeds"]["endings"] == {}


def test_a_claim_that_does_not_hold_here_is_not_looked_at(measured, claims):
    assert claims["a.later"]["outcome"] == "absent"
    assert "not looked at: a.later: its outcome here is 'absent'" in measured.stdout


def test_faults_are_not_read_where_nothing_of_their_chapter_holds(measured, claims):
    assert claims["a.elsewhere"]["outcome"] == "not-run"
    assert "part/elsewhere: 0 claims, 0 vacuous; 0 of 0 written" in measured.stdout


# --- written faults -------------------------------------------------------------------


def test_a_written_fault_is_caught_by_a_spec_that_fails_under_it(faults):
    assert faults["view_copies"]["problem"] == ""
    assert faults["view_copies"]["caught_by"] == ["a.view-aliases"]


def test_a_written_fault_that_no_spec_fails_under_is_uncaught(measured, faults):
    assert faults["t_does_nothing"]["caught_by"] == []
    assert "  uncaught: t_does_nothing: t() does nothing.\n" in measured.stdout


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("sees_nothing", "not applied: its witness sees nothing wrong"),
        ("raises", "not applied: ZeroDivisionError: division by zero"),
        ("ends_the_process", "not applied: crashed"),
        (
            "always_seen",
            "its witness says that torch is broken before the fault is applied",
        ),
        (
            "witness_raises",
            "its witness fails on torch as it is: ZeroDivisionError: division by zero",
        ),
        ("nothing_works", "breaks torch for everything"),
    ],
)
def test_a_fault_that_proves_nothing_is_no_catch(faults, measured, name, problem):
    assert faults[name]["problem"] == problem
    assert faults[name]["caught_by"] == []
    assert f"  no fault: {name}: {problem}\n" in measured.stdout


def test_a_witness_draws_the_same_numbers_whatever_ran_before(faults):
    assert faults["witness_draws"]["problem"] == ""


def test_a_fault_that_breaks_a_spec_while_it_arranges_is_no_catch(measured, faults):
    assert faults["view_refuses"]["problem"] == ""
    assert faults["view_refuses"]["caught_by"] == []
    assert "  uncaught: view_refuses: view() refuses.\n" in measured.stdout
    assert "    breaks a.view-aliases before it asserts\n" in measured.stdout


def test_a_property_is_run_under_a_fault_that_nothing_else_catches(faults):
    assert faults["sum_adds_one"]["caught_by"] == ["a.sums"]


# --- generated faults -----------------------------------------------------------------


def test_a_fault_that_the_spec_could_see_and_does_not_survives(survivors):
    assert survivors == [
        ("b.weak", "Tensor.sum", "returns one wrong element"),
        ("b.refuses-something", "Tensor.view", "raises another type of error"),
        ("b.refuses-something", "Tensor.view", "gives its error another message"),
    ]


def test_what_a_spec_is_given_is_not_what_it_is_about(claims):
    # Of view(4): that the error is swallowed, or is another in type or message.
    assert claims["b.refuses"]["endings"] == {"caught": 3}


def test_an_error_on_the_way_to_the_assertions_does_not_count(claims):
    # Detached, the product or the sum makes backward() raise.
    assert claims["b.gradient"]["endings"]["on the way"] >= 2


def test_a_keyword_that_is_ignored_is_caught(claims):
    assert claims["b.keeps"]["endings"]["caught"] >= 5
    assert "survives" not in claims["b.keeps"]["endings"]


def test_aliases_and_copies_that_the_spec_looks_at_are_caught(claims):
    assert claims["b.aliases"]["endings"] == {"caught": 3}


def test_the_examples_of_a_property_see_the_faults(claims):
    assert claims["b.property"]["endings"] == {"caught": 2}


def test_a_gradient_of_zeros_can_be_neither_lost_nor_doubled(claims, survivors):
    assert "survives" not in claims["b.flat"]["endings"]
    assert "b.flat" not in [claim for claim, _, _ in survivors]


def test_a_survivor_may_be_explained(strength):
    weak = strength(CHAPTERS["generated"][0])
    weak.write(
        "faults/unfair.toml",
        '[[unfair]]\nbecause = "It says no more."\n'
        'faults = ["b.weak: Tensor.sum returns one wrong element", "b.flat: it rains"]',
    )

    result = weak.run("--verbose", "--json", "found.json")

    found = json.loads((weak.root / "found.json").read_text())["chapters"][0]
    assert [(each["claim"], each["because"]) for each in found["survivors"]] == [
        ("b.weak", "It says no more."),
        ("b.refuses-something", ""),
        ("b.refuses-something", ""),
    ]
    assert ", 1 unfair, 2 unexplained\n" in result.stdout
    assert "  survives: b.weak:" not in result.stdout
    assert re.search(
        r"  unfair: b\.weak: Tensor\.sum returns one wrong element \(line \d+\):"
        r" It says no more\.\n",
        result.stdout,
    )
    assert (
        "  survives: b.refuses-something: Tensor.view gives its error another message"
    ) in result.stdout
    assert (
        "  does not survive: b.flat: it rains: take it out of faults/unfair.toml\n"
    ) in result.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unfair = ", "is not valid TOML: "),
        ("[[unfair]]\nfaults = []\n[[unfair]]\nfaults = ['a']\n", "needs a sentence"),
        ("[[unfair]]\nbecause = 'B'\nfaults = ['a', 'a']\n", "has 'a' twice"),
    ],
    ids=["toml", "no-reason", "twice"],
)
def test_explanations_that_cannot_be_read_get_one_line(strength, text, message):
    unreadable = strength()
    unreadable.write("faults/unfair.toml", text)

    result = unreadable.run()

    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_fault_that_ends_the_process_leaves_the_others(claims):
    assert claims["b.dies"]["endings"] == {"caught": 1, "on the way": 2}


# --- the command ----------------------------------------------------------------------


def test_nothing_is_found_wrong_with_specs_that_catch_every_fault(strength):
    result = strength(ALIASES, VIEW_COPIES).run()

    assert result.returncode == 0
    assert result.stdout == (
        "part/chapter: 1 claims, 0 vacuous; 1 of 1 written faults caught;"
        " 2 of 2 generated faults caught (100.0 %), 0 unfair, 0 unexplained\n"
    )


def test_two_runs_give_the_same_report(measured, tmp_path):
    again = Strength(tmp_path, CHAPTERS).run()

    assert again.stdout == measured.stdout


def test_verbose_says_what_fails_each_claim(strength):
    result = strength(ALIASES, VIEW_COPIES).run("--verbose", "part/chapter")

    assert "  caught: view_copies: by a.view-aliases\n" in result.stdout
    assert (
        "  claim a.view-aliases: generated: 2 caught; written: view_copies\n"
        in result.stdout
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["part/chapte"], "no chapter or part is called 'part/chapte'; did you mean"),
        (["part/unwritten"], "part/unwritten has no specs yet"),
        (["--changed", "HEAD"], "--changed HEAD: fatal: not a git repository"),
        (["--json", "no/such/folder.json"], "no/such/folder.json can't be written: No"),
    ],
    ids=["unknown-chapter", "unwritten-chapter", "no-git", "no-folder"],
)
def test_bad_input_gets_one_line(strength, arguments, message):
    result = strength().run(*arguments)

    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"ERROR: {message}")


@pytest.mark.parametrize(
    ("specs", "faults", "message"),
    [
        ("def test_bare():\n    pass\n", "", "test_chapter.py can't be collected: "),
        (ALIASES, "1 / 0\n", "/faults/part/chapter.py can't be read: ZeroDivision"),
    ],
    ids=["specs", "faults"],
)
def test_files_that_cannot_be_read_get_one_line(strength, specs, faults, message):
    result = strength(specs, faults).run()

    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("ERROR: ")
    assert message in line


def test_without_a_specification_there_is_one_line(strength):
    empty = strength()
    (empty.root / "spec/chapters.toml").unlink()

    result = empty.run()

    assert result.returncode == 2
    assert result.stderr.startswith("ERROR: no specification here: spec/chapters.toml")


def test_only_chapters_that_changed_are_measured(pytester):
    other = ALIASES.replace("a.view", "b.view")
    strength = Strength(pytester.path, {"one": (ALIASES, ""), "two": (other, "")})
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "m"]):
        subprocess.run([*git, *command], cwd=strength.root, check=True)

    unchanged = strength.run("--changed", "HEAD")
    strength.write("faults/part/two.py", FAULT_HEADER + VIEW_COPIES)
    changed = strength.run("--changed", "HEAD")
    strength.write("torch_semantics/strength.py", "")
    harness = strength.run("--changed", "HEAD")

    assert (unchanged.returncode, unchanged.stdout) == (0, "no chapter has changed\n")
    assert changed.stdout.startswith("part/two: 1 claims")
    assert len(changed.stdout.splitlines()) == 1
    assert [line.split(":")[0] for line in harness.stdout.splitlines()] == [
        "part/one",
        "part/two",
        "all",
    ]


def test_devices_lists_the_cpu():
    result = subprocess.run(
        [sys.executable, "-m", "torch_semantics", "devices"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0
    assert result.stdout.splitlines()[0].startswith("cpu: ")

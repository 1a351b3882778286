"""``torch-semantics strength``, run on small specifications."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
SPEC_HEADER = "import pytest, torch\nfrom hypothesis import given, strategies as st\nfrom torch_semantics import claim\nfrom torch_semantics.words import shares_storage\n"
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
VACUOUS = '''
@claim("a.vacuous")
def test_vacuous(device):
    """A view leaves its base."""
    base = torch.arange(6, device=device)
    view = base.view(2, 3)

    assert base.tolist() == [0, 1, 2, 3, 4, 5]
'''
VIEW_COPIES = """
def _aliases():
    tensor = torch.zeros(2)
    return tensor.view(2).data_ptr() == tensor.data_ptr()

@fault("view() returns a copy.", witness=lambda: not _aliases())
def view_copies(patch):
    view = torch.Tensor.view
    patch(torch.Tensor, "view", lambda self, *size: view(self, *size).clone())
"""


class Strength:
    """A small specification with written faults, and the command run on it."""

    def __init__(self, pytester):
        self.root = pytester.path
        self.write("conftest.py", (ROOT / "conftest.py").read_text())
        self.write(
            "spec/chapters.toml",
            '[[part]]\nname = "tensor"\ntitle = "T"\n'
            + "".join(
                f'[[part.chapter]]\nname = "{name}"\ntitle = "T"\nline = "L"\n'
                for name in ("views", "in-place", "unwritten")
            ),
        )

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def specs(self, text, chapter="views"):
        self.write(f"spec/tensor/test_{chapter}.py", SPEC_HEADER + text)

    def faults(self, text, chapter="views"):
        self.write(f"faults/tensor/{chapter}.py", FAULT_HEADER + text)

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "torch_semantics", "strength", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def measure(self, *arguments):
        """Return the exit status, and what is found of each chapter, by its name."""
        result = self.run("--json", "found.json", *arguments)
        assert result.returncode in (0, 1), result.stderr
        found = json.loads((self.root / "found.json").read_text())
        return result.returncode, {each["name"]: each for each in found["chapters"]}


@pytest.fixture
def strength(pytester):
    """Return a specification without specs."""
    return Strength(pytester)


def endings(found, id, chapter="tensor/views"):
    """Return how many generated faults end how in a claim's spec."""
    (claim,) = [each for each in found[chapter]["claims"] if each["id"] == id]
    return claim["endings"]


def survivors(found, chapter="tensor/views"):
    return [(s["function"], s["kind"]) for s in found[chapter]["survivors"]]


# --- claims ---------------------------------------------------------------------------


def test_a_claim_that_no_fault_fails_is_vacuous(strength):
    strength.specs(ALIASES + VACUOUS)

    result = strength.run()

    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "tensor/views: 2 claims, 1 vacuous; 0 of 0 written faults caught;"
        " 2 of 2 generated faults caught (100.0 %)",
        "  vacuous: a.vacuous: no fault fails it (none that counts can be generated)",
    ]


def test_a_claim_that_only_a_written_fault_fails_is_not_vacuous(strength):
    strength.specs(
        '''
@claim("a.seeds")
def test_seeds():
    """Seeding returns the generator."""
    generator = torch.manual_seed(3)

    assert generator.initial_seed() == 3
'''
    )
    strength.faults(
        """
@fault("manual_seed() seeds with one more.", witness=lambda: torch.manual_seed(0).initial_seed() == 1)
def seeds_with_one_more(patch):
    seed = torch.manual_seed
    patch(torch, "manual_seed", lambda number: seed(number + 1))
"""
    )

    status, found = strength.measure()

    assert status == 0
    assert found["tensor/views"]["claims"][0]["written"] == ["seeds_with_one_more"]


def test_a_claim_that_does_not_hold_here_is_not_looked_at(strength):
    strength.specs(
        ALIASES
        + '''
@claim("a.later", since="99.0")
def test_later(device):
    """S."""
    raise ValueError
'''
    )

    result = strength.run()

    assert result.returncode == 0
    assert "not looked at: a.later: its outcome here is 'absent'" in result.stdout


# --- written faults -------------------------------------------------------------------


def test_a_written_fault_is_caught_by_a_spec_that_fails_under_it(strength):
    strength.specs(ALIASES + VACUOUS)
    strength.faults(VIEW_COPIES)

    _, found = strength.measure()

    (fault,) = found["tensor/views"]["faults"]
    assert fault["name"] == "view_copies"
    assert fault["problem"] == ""
    assert fault["caught_by"] == ["a.view-aliases"]


def test_a_written_fault_that_no_spec_fails_under_is_uncaught(strength):
    strength.specs(ALIASES)
    strength.faults(
        """
@fault("t() does nothing.", witness=lambda: torch.zeros(1, 2).t().shape == (1, 2))
def t_does_nothing(patch):
    patch(torch.Tensor, "t", lambda self: self)
"""
    )

    result = strength.run()

    assert result.returncode == 1
    assert "  uncaught: t_does_nothing: t() does nothing.\n" in result.stdout


@pytest.mark.parametrize(
    ("witness", "body", "problem"),
    [
        ("False", "pass", "not applied: its witness sees nothing wrong"),
        ("False", "1 / 0", "not applied: ZeroDivisionError: division by zero"),
        ("False", "os._exit(3)", "not applied: crashed"),
        (
            "True",
            "pass",
            "its witness says that torch is broken before the fault is applied",
        ),
        (
            "1 / 0",
            "pass",
            "its witness fails on torch as it is: ZeroDivisionError: division by zero",
        ),
    ],
    ids=["no-effect", "raises", "crashes", "always-true", "bad-witness"],
)
def test_a_fault_that_is_not_applied_is_no_catch(strength, witness, body, problem):
    strength.specs(ALIASES)
    strength.faults(
        VIEW_COPIES
        + f"""
@fault("Nothing is wrong.", witness=lambda: {witness})
def nothing(patch):
    view = torch.Tensor.view
    patch(torch.Tensor, "view", lambda self, *size: view(self, *size).clone())
    {body}
"""
    )

    status, found = strength.measure()

    assert status == 1
    good, bad = found["tensor/views"]["faults"]
    assert good["caught_by"] == ["a.view-aliases"]
    assert bad["problem"] == problem
    assert bad["caught_by"] == []


def test_a_fault_that_breaks_everything_is_no_catch(strength):
    strength.specs(ALIASES)
    strength.faults(
        """
@fault("Nothing works.", witness=lambda: torch.zeros(1).sum() is None)
def nothing_works(patch):
    for name in ("tolist", "item", "view", "sum", "__getitem__", "__setitem__"):
        patch(torch.Tensor, name, lambda *args, **kwargs: None)
    patch(torch.nn.Module, "__call__", lambda *args: None)
    patch(torch, "save", lambda *args: None)
    patch(torch, "equal", lambda *args: None)
    patch(torch.Tensor, "__int__", lambda *args: None)
"""
    )

    status, found = strength.measure()

    assert status == 1
    (fault,) = found["tensor/views"]["faults"]
    assert fault["problem"] == "breaks torch for everything"
    assert fault["caught_by"] == []


def test_a_fault_that_breaks_a_spec_while_it_arranges_is_no_catch(strength):
    strength.specs(ALIASES)
    strength.faults(
        """
def refuses(self, *size):
    raise RuntimeError("no view")

def _refuses():
    try:
        torch.zeros(1).view(1)
    except RuntimeError:
        return True

@fault("view() refuses.", witness=_refuses)
def view_refuses(patch):
    patch(torch.Tensor, "view", refuses)
"""
    )

    result = strength.run()

    assert result.returncode == 1
    assert "  uncaught: view_refuses: view() refuses.\n" in result.stdout
    assert "    breaks a.view-aliases before it asserts\n" in result.stdout


def test_a_property_is_run_under_a_fault_that_nothing_else_catches(strength):
    strength.specs(
        ALIASES
        + '''
@claim("a.property")
@given(size=st.integers(1, 3))
def test_property(device, size):
    """A sum counts ones."""
    ones = torch.ones(size, device=device)

    result = ones.sum()

    assert (size, result.item()) == (size, size)
'''
    )
    strength.faults(
        VIEW_COPIES
        + """
@fault("sum() adds one.", witness=lambda: torch.zeros(1).sum().tolist() == 1)
def sum_adds_one(patch):
    sum = torch.Tensor.sum
    patch(torch.Tensor, "sum", lambda self: sum(self) + 1)
"""
    )

    status, found = strength.measure()

    assert status == 0
    copies, adds = found["tensor/views"]["faults"]
    assert copies["caught_by"] == ["a.view-aliases"]
    assert adds["caught_by"] == ["a.property"]


# --- generated faults -----------------------------------------------------------------


def test_a_fault_that_the_spec_could_see_and_does_not_survives(strength):
    strength.specs(
        '''
@claim("a.weak")
def test_weak(device):
    """A sum is positive."""
    ones = torch.ones(3, device=device)

    total = ones.sum()

    assert total.item() > 0
'''
    )

    status, found = strength.measure()

    assert status == 1
    assert survivors(found) == [("Tensor.sum", "returns one wrong element")]


def test_what_a_spec_is_given_is_not_what_it_is_about(strength):
    strength.specs(
        '''
@claim("a.refuses")
def test_refuses(device):
    """A view of another size is refused."""
    tensor = torch.arange(6, device=device).view(2, 3)

    with pytest.raises(RuntimeError, match="invalid for input of size 6"):
        tensor.view(4)

    assert tensor.tolist() == [[0, 1, 2], [3, 4, 5]]
'''
    )
    assert strength.measure("--verbose")[1]["tensor/views"]["survivors"] == []

    _, found = strength.measure()

    # Of view(4), that the error is swallowed, or another one in type or in message.
    assert endings(found, "a.refuses") == {"caught": 3}


def test_an_error_on_the_way_to_the_assertions_does_not_count(strength):
    strength.specs(
        '''
@claim("a.gradient")
def test_gradient(device):
    """A gradient arrives."""
    leaf = torch.ones(2, device=device, requires_grad=True)

    total = (leaf * 3).sum()
    total.backward()

    assert leaf.grad.tolist() == [3, 3]
'''
    )

    status, found = strength.measure()

    # Detached, the product or the sum makes backward() raise.
    assert status == 0
    assert endings(found, "a.gradient")["on the way"] == 2
    assert survivors(found) == []


def test_a_keyword_that_is_ignored_and_a_default_that_is_flipped_are_caught(strength):
    strength.specs(
        '''
@claim("a.keeps")
def test_keeps(device):
    """With keepdim a sum keeps the dimension."""
    ones = torch.ones(2, 3, device=device)

    kept = ones.sum(1, keepdim=True)
    lost = ones.sum(1)

    assert kept.tolist() == [[3], [3]]
    assert lost.shape == (2,)
'''
    )
    _, found = strength.measure("--verbose")

    assert endings(found, "a.keeps")["caught"] >= 2
    assert all("keepdim" not in kind for _, kind in survivors(found))


def test_the_examples_of_a_property_see_the_faults(strength):
    strength.specs(
        '''
@claim("a.property")
@given(sizes=st.lists(st.integers(1, 3), max_size=2))
def test_property(device, sizes):
    """A view has the sizes."""
    ones = torch.ones(sizes, device=device)

    view = ones.view(-1)

    assert (sizes, view.shape) == (sizes, (ones.numel(),))
'''
    )

    status, found = strength.measure()

    assert status == 0
    assert endings(found, "a.property") == {"caught": 2}


def test_a_fault_that_ends_the_process_leaves_the_others(strength):
    strength.specs(
        '''
import os

@claim("a.dies")
def test_dies(device):
    """A sum is three."""
    ones = torch.ones(3, device=device)

    total = ones.sum()
    if total.item() == 4:
        os._exit(9)

    assert total.tolist() == 3
'''
    )

    status, found = strength.measure()

    assert status == 0
    assert endings(found, "a.dies") == {"caught": 1, "on the way": 2}


def test_a_clean_torch_yields_nothing(strength):
    strength.specs(ALIASES)
    strength.faults("")

    status, found = strength.measure()

    assert status == 0
    assert found["tensor/views"]["faults"] == []
    assert found["tensor/views"]["survivors"] == []


# --- the command ----------------------------------------------------------------------


def test_two_runs_give_the_same_report(strength):
    strength.specs(ALIASES + VACUOUS)
    strength.faults(VIEW_COPIES)

    first, second = strength.run("--verbose"), strength.run("--verbose")

    assert first.stdout == second.stdout
    assert "caught: view_copies: by a.view-aliases" in first.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tensor/view"], "no chapter or part is called 'tensor/view'; did you mean"),
        (["tensor/unwritten"], "tensor/unwritten has no specs yet"),
        (["--changed", "HEAD"], "--changed HEAD: fatal: not a git repository"),
        (["--json", "no/such/folder.json"], "no/such/folder.json can't be written: No"),
    ],
    ids=["unknown-chapter", "unwritten-chapter", "no-git", "no-folder"],
)
def test_bad_input_gets_one_line(strength, arguments, message):
    strength.specs(ALIASES)

    result = strength.run(*arguments)

    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"ERROR: {message}")


@pytest.mark.parametrize(
    ("specs", "faults", "message"),
    [
        (
            "def test_bare():\n    pass\n",
            "",
            "ERROR: spec/tensor/test_views.py can't be",
        ),
        (
            ALIASES,
            "1 / 0\n",
            "/faults/tensor/views.py can't be read: ZeroDivisionError",
        ),
    ],
    ids=["specs", "faults"],
)
def test_files_that_cannot_be_read_get_one_line(strength, specs, faults, message):
    strength.specs(specs)
    strength.faults(faults)

    result = strength.run()

    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert message in line


def test_without_a_specification_there_is_one_line(strength):
    (strength.root / "spec/chapters.toml").unlink()

    result = strength.run()

    assert result.returncode == 2
    assert result.stderr.startswith("ERROR: no specification here: spec/chapters.toml")


def test_only_chapters_that_changed_are_measured(strength):
    strength.specs(ALIASES)
    strength.specs(ALIASES.replace("a.view", "b.view"), chapter="in_place")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "m"]):
        subprocess.run([*git, *command], cwd=strength.root, check=True)

    unchanged = strength.run("--changed", "HEAD")
    strength.faults(VIEW_COPIES, chapter="in_place")
    _, found = strength.measure("--changed", "HEAD")

    assert (unchanged.returncode, unchanged.stdout) == (0, "no chapter has changed\n")
    assert list(found) == ["tensor/in-place"]


def test_devices_lists_the_cpu():
    result = subprocess.run(
        [sys.executable, "-m", "torch_semantics", "devices"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0
    assert result.stdout.splitlines()[0].startswith("cpu: ")

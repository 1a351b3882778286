"""Determinism: the same input, the same result, every time.

Some operations may add up their numbers in another order at each run, or leave it open
which of two writes wins. torch.use_deterministic_algorithms(True) makes operations take
a way that always gives the same result, and refuse, or warn, where they have none; it
also fills memory that would else hold anything. The flags of cuDNN concern the kernels
of that library alone. None of the switches seeds anything.

It is commonly believed that seeds and the two flags of cuDNN are all that a repeatable
run needs. They leave the switch for all other operations off.
"""

import contextlib
import copy

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from torch_semantics import claim


@contextlib.contextmanager
def switches_put_back():
    """Put the switch for deterministic algorithms back to off after a block."""
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode("default")


def switches():
    """Whether only deterministic algorithms are used, whether the others only warn,
    and the debug mode.
    """
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.get_deterministic_debug_mode(),
    )


# --- the switch -----------------------------------------------------------------------


@claim(
    "reproducibility.deterministic.switch",
    see="generated/torch.use_deterministic_algorithms",
)
def test_deterministic_algorithms_are_off_until_they_are_asked_for():
    """``use_deterministic_algorithms`` turns the switch on and off; ``warn_only`` is
    off unless it is given, also after a call that gave it.
    """
    with switches_put_back():
        at_first = switches()
        returned = torch.use_deterministic_algorithms(True)
        strict = switches()
        torch.use_deterministic_algorithms(True, warn_only=True)
        lenient = switches()
        torch.use_deterministic_algorithms(True)
        strict_again = switches()
        torch.use_deterministic_algorithms(mode=False)
        off = switches()

    assert returned is None
    assert (at_first, off) == ((False, False, 0), (False, False, 0))
    assert (strict, strict_again) == ((True, False, 2), (True, False, 2))
    assert lenient == (True, True, 1)


@claim(
    "reproducibility.deterministic.compiler",
    see="generated/torch.use_deterministic_algorithms",
    since="2.10.0",
)
def test_the_switch_is_that_of_the_compiler_too():
    """``use_deterministic_algorithms`` sets ``deterministic`` among the settings of the
    compiler to the mode, too.
    """
    with switches_put_back():
        torch.use_deterministic_algorithms(True, warn_only=True)
        on = torch._inductor.config.deterministic
        torch.use_deterministic_algorithms(False)
        off = torch._inductor.config.deterministic

    assert (on, off) == (True, False)


@claim(
    "reproducibility.deterministic.refused-arguments",
    see="generated/torch.use_deterministic_algorithms",
)
def test_the_switch_takes_a_bool_and_warn_only_by_name():
    """``use_deterministic_algorithms`` takes a bool and nothing that is like one, and
    ``warn_only`` by its name only: a TypeError leaves the algorithms as they were.
    """
    with switches_put_back():
        with pytest.raises(TypeError, match="must be bool, not int"):
            torch.use_deterministic_algorithms(1)
        with pytest.raises(TypeError, match="must be bool, not NoneType"):
            torch.use_deterministic_algorithms(None)
        with pytest.raises(TypeError, match="must be bool, not int"):
            torch.use_deterministic_algorithms(True, warn_only=1)
        with pytest.raises(TypeError, match="takes 1 positional argument but 2"):
            torch.use_deterministic_algorithms(True, True)
        refused = switches()
        torch.use_deterministic_algorithms(False)  # a refused mode reached the compiler

    assert refused == (False, False, 0)


@claim(
    "reproducibility.deterministic.debug-mode",
    see="generated/torch.set_deterministic_debug_mode",
)
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (0, (False, False, 0)),
        (1, (True, True, 1)),
        (2, (True, False, 2)),
        ("default", (False, False, 0)),
        ("warn", (True, True, 1)),
        ("error", (True, False, 2)),
    ],
    ids=["0", "1", "2", "default", "warn", "error"],
)
def test_the_debug_mode_is_the_same_switch_as_a_number_or_a_word(mode, expected):
    """``set_deterministic_debug_mode`` sets the switch with 0 or "default" for off, 1
    or "warn" for warnings, 2 or "error" for errors; reading it gives the number.
    """
    with switches_put_back():
        returned = torch.set_deterministic_debug_mode(mode)
        from_off = switches()
        torch.set_deterministic_debug_mode("error")
        torch.set_deterministic_debug_mode(mode)
        from_error = switches()
        torch.set_deterministic_debug_mode("warn")
        torch.set_deterministic_debug_mode(mode)
        from_warn = switches()

    assert returned is None
    assert (from_off, from_error, from_warn) == (expected, expected, expected)


@claim(
    "reproducibility.deterministic.debug-mode-refused",
    see="generated/torch.set_deterministic_debug_mode",
)
def test_the_debug_mode_refuses_other_numbers_and_words():
    """``set_deterministic_debug_mode`` raises a RuntimeError for another number or
    word and a TypeError for what is neither; the switch stays as it was.
    """
    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        with pytest.raises(RuntimeError, match="expected 0, 1, or 2, but got 3"):
            torch.set_deterministic_debug_mode(3)
        with pytest.raises(RuntimeError, match="expected 0, 1, or 2, but got -1"):
            torch.set_deterministic_debug_mode(-1)
        with pytest.raises(RuntimeError, match="`default`, `warn`, `error`, but got x"):
            torch.set_deterministic_debug_mode("x")
        with pytest.raises(RuntimeError, match="`error`, but got Warn"):
            torch.set_deterministic_debug_mode("Warn")
        with pytest.raises(TypeError, match=r"must be str or int, but got .*'float'"):
            torch.set_deterministic_debug_mode(1.0)
        refused = switches()

    assert refused == (True, False, 2)


@claim(
    "reproducibility.deterministic.refuses",
    see="generated/torch.use_deterministic_algorithms",
)
@pytest.mark.parametrize(
    ("values", "where", "unsure", "expected"),
    [
        (
            [1.0, 2.0],
            [1],
            lambda x, where: x.put_(where, torch.tensor([5.0], device=x.device)),
            [1, 5],
        ),
        (
            [[[1.0, 2.0]]],
            [[[1, 2]]],
            lambda x, where: nn.MaxUnpool1d(2)(x, where),
            [[[0, 1, 2, 0]]],
        ),
        (
            [[[[5.0]]]],
            [[[[3]]]],
            lambda x, where: nn.functional.max_unpool2d(x, where, 2),
            [[[[0, 0], [0, 5]]]],
        ),
    ],
    ids=["put_", "MaxUnpool1d", "max_unpool2d"],
)
def test_an_operation_without_a_deterministic_way_is_refused(
    values, where, unsure, expected, device
):
    """With the switch on, an operation that has no deterministic way is a RuntimeError,
    and nothing is written; with it off, it runs.
    """
    x = torch.tensor(values, device=device)
    indices = torch.tensor(where, device=device)

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        with pytest.raises(
            RuntimeError,
            match="does not have a deterministic implementation, but you set",
        ):
            unsure(x, indices)
        untouched = x.tolist()
        torch.set_deterministic_debug_mode("default")
        result = unsure(x, indices)

    assert untouched == values
    assert result.tolist() == expected


@claim(
    "reproducibility.deterministic.warns",
    see="generated/torch.use_deterministic_algorithms",
)
def test_with_warn_only_such_an_operation_warns_and_runs(device):
    """With the debug mode "warn", which is ``warn_only=True``, an operation that has
    no deterministic way runs, with a UserWarning that names it.
    """
    x = torch.zeros(4, device=device)
    where = torch.tensor([1, 3], device=device)

    with switches_put_back():
        torch.set_deterministic_debug_mode("warn")
        with pytest.warns(
            UserWarning, match="put_ does not have a deterministic implementation"
        ):
            x.put_(where, torch.tensor([5.0, 6.0], device=device))

    assert x.tolist() == [0, 5, 0, 6]


@claim(
    "reproducibility.deterministic.others-run",
    see="generated/torch.use_deterministic_algorithms",
)
def test_operations_with_a_deterministic_way_run_and_give_their_result(device):
    """With the switch on, ``index_put_``, ``index_add``, ``index_copy`` and
    ``scatter_add``, which have a deterministic way, give the same as ever.
    """
    zeros = torch.zeros(3, device=device)
    where = torch.tensor([2, 0, 2], device=device)
    values = torch.tensor([1.0, 2.0, 4.0], device=device)
    apart = torch.tensor([2, 0, 1], device=device)

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        results = [
            zeros.clone().index_put_((where,), values, accumulate=True).tolist(),
            zeros.index_add(0, where, values).tolist(),
            zeros.index_copy(0, apart, values).tolist(),
            zeros.scatter_add(0, where, values).tolist(),
        ]

    assert results == [[2, 0, 5], [2, 0, 5], [2, 4, 1], [2, 0, 5]]
    assert zeros.tolist() == [0, 0, 0]


@claim(
    "reproducibility.deterministic.on-cuda",
    see="generated/torch.use_deterministic_algorithms",
)
def test_a_kernel_of_cuda_without_a_deterministic_way_is_refused(cuda):
    """With the switch on, counting bins with weights on a GPU, where threads add up in
    any order, is a RuntimeError; on the CPU it runs.
    """
    bins, weights = torch.tensor([0, 2, 2]), torch.tensor([1.0, 2.0, 4.0])

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        on_cpu = torch.bincount(bins, weights).tolist()
        with pytest.raises(
            RuntimeError, match="does not have a deterministic implementation"
        ):
            torch.bincount(bins.to(cuda), weights.to(cuda))

    assert on_cpu == [1, 0, 6]


# --- memory that nobody has written ---------------------------------------------------

EMPTY = {
    "empty": lambda like: torch.empty(2, 3, dtype=like.dtype, device=like.device),
    "empty_like": lambda like: torch.empty_like(like),
    "empty_strided": lambda like: torch.empty_strided(
        (2, 3), (1, 2), dtype=like.dtype, device=like.device
    ),
    "new_empty": lambda like: like.new_empty(2, 3),
    "new_empty_strided": lambda like: like.new_empty_strided((2, 3), (1, 2)),
    "empty_permuted": lambda like: torch.empty_permuted(
        (2, 3), (1, 0), dtype=like.dtype, device=like.device
    ),
    "out": lambda like: torch.empty(2, 3, out=like),
}


@claim(
    "reproducibility.empty.deterministic-fill",
    see="deterministic",
    since="2.1",
)
@pytest.mark.parametrize("make", EMPTY.values(), ids=EMPTY.keys())
def test_with_the_switch_on_empty_tensors_are_filled(make, device):
    """With the switch on, the elements of an empty tensor are NaN for floats and for
    complex numbers, the highest number for integers and True for bools, whether it is
    made by ``empty`` or one of its relatives, or into ``out=``.
    """
    complex_ = torch.zeros(2, 3, dtype=torch.complex64, device=device)
    floats = torch.zeros(2, 3, device=device)
    halves = torch.zeros(2, 3, dtype=torch.float16, device=device)
    whole = torch.zeros(2, 3, dtype=torch.int64, device=device)
    small = torch.zeros(2, 3, dtype=torch.int8, device=device)
    bytes_ = torch.zeros(2, 3, dtype=torch.uint8, device=device)
    bools = torch.zeros(2, 3, dtype=torch.bool, device=device)

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        made = [
            make(x) for x in (complex_, floats, halves, whole, small, bytes_, bools)
        ]

    assert made[0].isnan().tolist() == made[1].isnan().tolist() == [[True] * 3] * 2
    assert made[2].isnan().tolist() == [[True] * 3] * 2
    assert made[3].tolist() == [[9223372036854775807] * 3] * 2
    assert made[4].tolist() == [[127] * 3] * 2
    assert made[5].tolist() == [[255] * 3] * 2
    assert made[6].tolist() == [[True] * 3] * 2
    assert [x.dtype for x in made[:3]] == [
        torch.complex64,
        torch.float32,
        torch.float16,
    ]
    assert [x.requires_grad for x in made[:3]] == [False] * 3


@claim(
    "reproducibility.empty.deterministic-fill-of-resize",
    see="deterministic",
    since="2.1",
)
def test_with_the_switch_on_resize_fills_what_it_adds(device):
    """With the switch on, ``resize_`` keeps what is in the memory that was there, also
    beyond the last element, and fills the memory that it adds.
    """
    x = torch.tensor([1, 2], device=device)
    y = torch.tensor([1.0, 2.0], device=device)
    within = torch.tensor([1.0, 2.0, 3.0], device=device)

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        x.resize_(4)
        y.resize_(2, 2)
        shrunk = within.resize_(1).tolist()
        within.resize_(3)

    assert x.tolist() == [1, 2, 9223372036854775807, 9223372036854775807]
    assert (y[0].tolist(), y[1].isnan().tolist()) == ([1, 2], [True, True])
    assert (shrunk, within.tolist()) == ([1], [1, 2, 3])


@claim(
    "reproducibility.empty.fill-switch",
    see="deterministic",
    since="2.2",
)
def test_the_filling_has_a_switch_of_its_own():
    """Filling is on unless ``torch.utils.deterministic.fill_uninitialized_memory`` is
    set to False, which takes a bool only; large memory on the CPU is then as it comes.
    """
    settings = torch.utils.deterministic
    settings_at_first = settings.fill_uninitialized_memory

    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        settings.fill_uninitialized_memory = False
        off = settings.fill_uninitialized_memory
        as_it_comes = torch.empty(2**24, device="cpu")[:: 2**22].isnan().tolist()
        settings.fill_uninitialized_memory = True
        on = settings.fill_uninitialized_memory
        filled = torch.empty(2, device="cpu").isnan().tolist()
        with pytest.raises(RuntimeError, match="expected a bool, but got int"):
            settings.fill_uninitialized_memory = 0

    assert (settings_at_first, off, on) == (True, False, True)
    assert as_it_comes == [False] * 4
    assert filled == [True] * 2
    assert settings.fill_uninitialized_memory is True


# --- cuDNN ----------------------------------------------------------------------------


def cudnn_flags():
    """The flags of cuDNN: enabled, benchmark, deterministic and allow_tf32."""
    cudnn = torch.backends.cudnn
    return cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32


@claim("reproducibility.cudnn.flags", see="backends#torch-backends-cudnn")
def test_the_flags_of_cudnn_read_back_as_they_were_set(device):
    """``cudnn.deterministic`` and ``cudnn.benchmark`` are off unless they are set, with
    or without cuDNN, each by itself; a convolution gives the same either way.
    """
    cudnn = torch.backends.cudnn
    image = torch.arange(16.0, device=device).reshape(1, 1, 4, 4)
    kernel = torch.ones(1, 1, 3, 3, device=device)
    at_first = cudnn.deterministic, cudnn.benchmark

    try:
        cudnn.deterministic = True
        one = cudnn.deterministic, cudnn.benchmark
        cudnn.benchmark = True
        both = cudnn.deterministic, cudnn.benchmark
        result = nn.functional.conv2d(image, kernel)
        cudnn.deterministic = False
        other = cudnn.deterministic, cudnn.benchmark
    finally:
        cudnn.deterministic, cudnn.benchmark = False, False

    assert (at_first, one) == ((False, False), (True, False))
    assert (both, other) == ((True, True), (False, True))
    assert (cudnn.deterministic, cudnn.benchmark) == (False, False)
    assert result.tolist() == [[[[45, 54], [81, 90]]]]


@claim("reproducibility.cudnn.flags-take-bools", see="backends#torch-backends-cudnn")
def test_the_flags_of_cudnn_are_bools():
    """``cudnn.deterministic``, ``cudnn.benchmark`` and ``cudnn.enabled`` take a bool
    and nothing that is like one: a RuntimeError leaves the flag as it was.
    """
    cudnn = torch.backends.cudnn

    try:
        with pytest.raises(RuntimeError, match=r"deterministic.* expects a bool"):
            cudnn.deterministic = 1
        with pytest.raises(RuntimeError, match=r"benchmark.* expects a bool"):
            cudnn.benchmark = 1
        with pytest.raises(RuntimeError, match=r"enabled.* expects a bool"):
            cudnn.enabled = None
        refused = cudnn_flags()
    finally:
        cudnn.deterministic, cudnn.benchmark, cudnn.enabled = False, False, True

    assert refused == (True, False, False, True)


@claim("reproducibility.cudnn.flags-for-a-block", see="backends#torch-backends-cudnn")
def test_cudnn_flags_sets_every_flag_for_a_block():
    """``torch.backends.cudnn.flags`` sets the flags for a block, those that are left
    out to their defaults: ``enabled``, ``benchmark`` and ``deterministic`` to False,
    ``allow_tf32`` to True; then, after an exception too, they are as before.
    """
    cudnn = torch.backends.cudnn

    try:
        cudnn.benchmark, cudnn.allow_tf32 = True, False
        with cudnn.flags(deterministic=True):
            inside = cudnn_flags()
        after = cudnn_flags()
        cudnn.enabled, cudnn.deterministic = False, True
        with (
            pytest.raises(ZeroDivisionError),
            cudnn.flags(enabled=True, benchmark=True, allow_tf32=False),
        ):
            inside_again = cudnn_flags()
            _ = 1 / 0
        after_error = cudnn_flags()
    finally:
        cudnn.deterministic, cudnn.benchmark, cudnn.enabled = False, False, True
        cudnn.allow_tf32 = True

    assert inside == (False, False, True, True)
    assert after == (True, True, False, False)
    assert inside_again == (True, True, False, False)
    assert after_error == (False, True, True, False)


@claim(
    "reproducibility.cudnn.flags-not-sufficient",
    see="notes/randomness#avoiding-nondeterministic-algorithms",
)
def test_the_flags_of_cudnn_leave_the_other_operations_as_they_are(device):
    """A seed and the flags of cuDNN don't turn deterministic algorithms on: an
    operation that would be refused runs; nor does that switch set the flags.
    """
    cudnn = torch.backends.cudnn
    x = torch.ones(3, device=device)
    where = torch.tensor([1], device=device)

    try:
        torch.manual_seed(7)
        cudnn.deterministic, cudnn.benchmark = True, False
        with_flags = switches()
        x.put_(where, torch.tensor([5.0], device=device))
    finally:
        cudnn.deterministic = False
    with switches_put_back():
        torch.set_deterministic_debug_mode("error")
        flags = cudnn.deterministic, cudnn.benchmark

    assert with_flags == (False, False, 0)
    assert x.tolist() == [1, 5, 1]
    assert flags == (False, False)


# --- a whole run ----------------------------------------------------------------------


def train(device, seed=None, late_seed=None, start=None):
    """Train a small network for two epochs; return all losses and the first state.

    The seed is set before the model is built, the late one after it; the model begins
    with the state ``start``, if there is one.
    """
    if seed is not None:
        torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1)).to(device)
    if start is not None:
        model.load_state_dict(start)
    first = copy.deepcopy(model.state_dict())
    if late_seed is not None:
        torch.manual_seed(late_seed)
    x = torch.arange(24.0, device=device).reshape(12, 2) / 24
    loader = DataLoader(TensorDataset(x, x.sum(1, True)), batch_size=4, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses, first


@claim("reproducibility.training.seeded-run-repeats", see="notes/randomness")
def test_a_training_run_repeats_after_the_same_seed(device):
    """With a seed before the model and the loader are built, a run begins with the same
    parameters and repeats every loss exactly; without one, or with another, it doesn't.
    """
    torch.manual_seed(1)
    unseeded, unseeded_state = train(device)
    other, _ = train(device, seed=8)

    losses, state = train(device, seed=7)
    again, state_again = train(device, seed=7)

    assert again == losses
    assert state_again["0.weight"].tolist() == state["0.weight"].tolist()
    assert state_again["2.bias"].tolist() == state["2.bias"].tolist()
    assert len(losses) == len(set(losses)) == 6
    assert losses not in (unseeded, other)
    assert unseeded_state["0.weight"].tolist() != state["0.weight"].tolist()


@claim("reproducibility.training.seeded-too-late", see="notes/randomness")
def test_a_seed_after_the_model_comes_too_late(device):
    """With the seed set after the model is built, two runs begin with different
    parameters and give different losses; begun with the same state, they are the same.
    """
    torch.manual_seed(1)
    other, other_state = train(device, late_seed=7)

    losses, state = train(device, late_seed=7)
    again, _ = train(device, late_seed=7, start=state)

    assert other_state["0.weight"].tolist() != state["0.weight"].tolist()
    assert [a == b for a, b in zip(losses, other, strict=True)] == [False] * 6
    assert again == losses

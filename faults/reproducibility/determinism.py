"""Ways to break determinism: the switch, what it refuses and fills, the flags, runs."""

import contextlib

import torch
from torch import nn
from torch.utils.data import RandomSampler

from torch_semantics.faults import error_of, fault, raises, wrap

SWITCH = torch.use_deterministic_algorithms
MODE = torch.set_deterministic_debug_mode


def on(call, **options):
    """What a call returns with the switch on, or its error."""
    MODE("error")
    result = []
    try:
        error = error_of(lambda: result.append(call()))
    finally:
        MODE("default")
    return error or result[0]


def switched(*args, **options):
    """Whether the switch is on, and whether it only warns, after a call of it."""
    torch.use_deterministic_algorithms(*args, **options)
    try:
        return (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )
    finally:
        MODE("default")


def mode_after(mode):
    """The debug mode after it was set."""
    try:
        torch.set_deterministic_debug_mode(mode)
        return torch.get_deterministic_debug_mode()
    finally:
        MODE("default")


@fault(
    "warn_only is ignored.",
    witness=lambda: switched(True, warn_only=True) == (True, False),
)
def warn_only_is_ignored(patch):
    wrap(
        patch,
        torch,
        "use_deterministic_algorithms",
        lambda own, mode, *, warn_only=False: own(mode),
    )


@fault(
    "warn_only stays on once it was given.",
    witness=lambda: (switched(True, warn_only=True), switched(True))[1] == (True, True),
)
def warn_only_stays(patch):
    given = []

    def change(own, mode, *, warn_only=False):
        given.append(warn_only)
        own(mode, warn_only=any(given))

    wrap(patch, torch, "use_deterministic_algorithms", change)


@fault("The switch can't be turned off.", witness=lambda: switched(False)[0])
def the_switch_stays_on(patch):
    wrap(
        patch,
        torch,
        "use_deterministic_algorithms",
        lambda own, mode, **options: own(
            True if type(mode) is bool else mode, **options
        ),
    )


@fault("The switch takes numbers.", witness=lambda: not raises(lambda: switched(1)))
def the_switch_takes_numbers(patch):
    wrap(
        patch,
        torch,
        "use_deterministic_algorithms",
        lambda own, mode, **options: own(bool(mode), **options),
    )


@fault(
    "The switch takes warn_only by position.",
    witness=lambda: not raises(lambda: switched(True, True)),
)
def warn_only_by_position(patch):
    wrap(
        patch,
        torch,
        "use_deterministic_algorithms",
        lambda own, mode, warn_only=False: own(mode, warn_only=warn_only),
    )


@fault(
    "The switch leaves the compiler as it is.",
    witness=lambda: not _reaches_the_compiler(),
)
def the_compiler_is_left(patch):
    def switch(mode, *, warn_only=False):
        torch._C._set_deterministic_algorithms(mode, warn_only=warn_only)

    patch(torch, "use_deterministic_algorithms", switch)


def _reaches_the_compiler():
    from torch._inductor import config

    torch.use_deterministic_algorithms(True)
    reached = config.deterministic
    MODE("default")
    config.deterministic = False
    return reached


@fault('The debug mode "warn" makes errors.', witness=lambda: mode_after("warn") == 2)
def warn_is_error(patch):
    wrap(
        patch,
        torch,
        "set_deterministic_debug_mode",
        lambda own, mode: own("error" if mode == "warn" else mode),
    )


@fault("The debug mode 1 turns the switch off.", witness=lambda: mode_after(1) == 0)
def one_is_off(patch):
    wrap(
        patch,
        torch,
        "set_deterministic_debug_mode",
        lambda own, mode: own(0 if mode == 1 else mode),
    )


@fault("Setting the debug mode to 0 leaves the switch.", witness=lambda: _zero_leaves())
def zero_leaves_the_switch(patch):
    wrap(
        patch,
        torch,
        "set_deterministic_debug_mode",
        lambda own, mode: None if mode == 0 else own(mode),
    )


def _zero_leaves():
    MODE("error")
    try:
        torch.set_deterministic_debug_mode(0)
        return torch.are_deterministic_algorithms_enabled()
    finally:
        MODE("default")


@fault(
    "Unknown debug modes turn the switch off.",
    witness=lambda: not raises(lambda: torch.set_deterministic_debug_mode(3)),
)
def unknown_modes_are_off(patch):
    wrap(
        patch,
        torch,
        "set_deterministic_debug_mode",
        lambda own, mode: own(0 if mode == 3 else mode),
    )


@fault(
    "The debug mode takes floats.",
    witness=lambda: not raises(lambda: torch.set_deterministic_debug_mode(1.0)),
)
def floats_are_modes(patch):
    wrap(
        patch,
        torch,
        "set_deterministic_debug_mode",
        lambda own, mode: own(int(mode) if isinstance(mode, float) else mode),
    )


@fault(
    "The debug mode reads as a word.",
    witness=lambda: torch.get_deterministic_debug_mode() == "default",
)
def the_mode_is_a_word(patch):
    wrap(
        patch,
        torch,
        "get_deterministic_debug_mode",
        lambda own: ("default", "warn", "error")[own()],
    )


@fault(
    "put_() runs with the switch on.",
    witness=lambda: (
        not isinstance(
            on(lambda: torch.zeros(2).put_(torch.tensor([0]), torch.ones(1))), Exception
        )
    ),
)
def put_runs(patch):
    def change(own, self, *args, **options):
        old = torch.get_deterministic_debug_mode()
        MODE("default")
        try:
            return own(self, *args, **options)
        finally:
            MODE(old)

    wrap(patch, torch.Tensor, "put_", change)


@fault("put_() writes before it refuses.", witness=lambda: _writes_first())
def put_writes_first(patch):
    def change(own, self, index, source, **options):
        if torch.get_deterministic_debug_mode() == 2:
            self.view(-1)[index] = source
        return own(self, index, source, **options)

    wrap(patch, torch.Tensor, "put_", change)


def _writes_first():
    x = torch.zeros(2)
    on(lambda: x.put_(torch.tensor([0]), torch.ones(1)))
    return x.tolist() != [0, 0]


@fault(
    "Max unpooling runs with the switch on.",
    witness=lambda: (
        not isinstance(
            on(
                lambda: nn.functional.max_unpool2d(
                    torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.long), 2
                )
            ),
            Exception,
        )
    ),
)
def unpooling_runs(patch):
    def change(own, *args, **options):
        old = torch.get_deterministic_debug_mode()
        MODE("default")
        try:
            return own(*args, **options)
        finally:
            MODE(old)

    wrap(patch, nn.functional, "max_unpool2d max_unpool1d", change)


@fault(
    "index_add() is refused with the switch on.",
    witness=lambda: isinstance(
        on(lambda: torch.zeros(2).index_add(0, torch.tensor([0]), torch.ones(1))),
        Exception,
    ),
)
def index_add_is_refused(patch):
    def change(own, *args, **options):
        if torch.are_deterministic_algorithms_enabled():
            raise RuntimeError("index_add does not have a deterministic implementation")
        return own(*args, **options)

    wrap(patch, torch.Tensor, "index_add", change)


@fault(
    "empty() holds zeros with the switch on.",
    witness=lambda: on(lambda: torch.empty(1).item()) == 0,
)
def empty_is_zero(patch):
    wrap(
        patch,
        torch,
        "empty",
        lambda own, *args, **options: (
            own(*args, **options).zero_()
            if torch.are_deterministic_algorithms_enabled()
            else own(*args, **options)
        ),
    )


@fault(
    "empty_like() of integers holds the lowest number with the switch on.",
    witness=lambda: (
        on(lambda: torch.empty_like(torch.zeros(1, dtype=torch.int64)).item())
        == -(2**63)
    ),
)
def empty_like_is_lowest(patch):
    def change(own, like, **options):
        made = own(like, **options)
        if torch.are_deterministic_algorithms_enabled() and made.dtype == torch.int64:
            made.fill_(-(2**63))
        return made

    wrap(patch, torch, "empty_like", change)


@fault(
    "resize_() fills the elements that were there, too.",
    witness=lambda: (
        on(lambda: torch.tensor([1]).resize_(2).tolist()) == [2**63 - 1] * 2
    ),
)
def resize_fills_all(patch):
    wrap(
        patch,
        torch.Tensor,
        "resize_",
        lambda own, self, *size: own(self, *size).fill_(
            2**63 - 1 if self.dtype == torch.int64 else float("nan")
        ),
    )


@fault("fill_uninitialized_memory can't be turned off.", witness=lambda: _fill_stays())
def the_fill_stays(patch):
    wrap(
        patch,
        torch._C,
        "_set_deterministic_fill_uninitialized_memory",
        lambda own, mode: own(mode or mode is False),
    )


def _fill_stays():
    settings = torch.utils.deterministic
    settings.fill_uninitialized_memory = False
    stays = settings.fill_uninitialized_memory
    settings.fill_uninitialized_memory = True
    return stays


@fault(
    "Turning cudnn.deterministic on turns benchmark off.",
    witness=lambda: _benchmark_falls(),
)
def deterministic_sets_benchmark(patch):
    kind = type(torch.backends.cudnn)

    def write(self, value):
        torch._C._set_cudnn_deterministic(value)
        if not value:
            torch._C._set_cudnn_benchmark(False)

    patch(
        kind,
        "deterministic",
        property(lambda self: torch._C._get_cudnn_deterministic(), write),
    )


def _benchmark_falls():
    cudnn = torch.backends.cudnn
    cudnn.benchmark = True
    cudnn.deterministic = False
    fell = not cudnn.benchmark
    cudnn.benchmark = False
    return fell


@fault(
    "cudnn.benchmark takes numbers.",
    witness=lambda: not raises(lambda: torch.backends.cudnn.set_flags(_benchmark=0)),
)
def benchmark_takes_numbers(patch):
    wrap(patch, torch._C, "_set_cudnn_benchmark", lambda own, value: own(bool(value)))
    patch(
        type(torch.backends.cudnn),
        "benchmark",
        property(
            lambda self: torch._C._get_cudnn_benchmark(),
            lambda self, value: torch._C._set_cudnn_benchmark(value),
        ),
    )


@fault("cudnn.flags() leaves allow_tf32 as it is.", witness=lambda: _tf32_is_left())
def tf32_is_left(patch):
    own = torch.backends.cudnn.flags

    def flags(*args, **options):
        return own(*args, **{"allow_tf32": torch.backends.cudnn.allow_tf32, **options})

    patch(torch.backends.cudnn, "flags", flags)


def _tf32_is_left():
    cudnn = torch.backends.cudnn
    cudnn.allow_tf32 = False
    try:
        with cudnn.flags():
            return not cudnn.allow_tf32
    finally:
        cudnn.allow_tf32 = True


@fault(
    "resize_() fills memory that was there beyond the last element.",
    witness=lambda: on(
        lambda: bool(torch.ones(2).resize_(1).resize_(2).isnan()[1].item())
    ),
)
def resize_fills_what_was_there(patch):
    def change(own, self, *size):
        count = self.numel()
        own(self, *size)
        if torch.are_deterministic_algorithms_enabled() and self.is_floating_point():
            self.view(-1)[count:] = float("nan")
        return self

    wrap(patch, torch.Tensor, "resize_", change)


@fault("cudnn.flags() does not put the flags back.", witness=lambda: _flags_stay())
def flags_stay(patch):
    @contextlib.contextmanager
    def flags(
        enabled=False,
        benchmark=False,
        benchmark_limit=10,
        deterministic=False,
        allow_tf32=True,
    ):
        torch.backends.cudnn.set_flags(enabled, benchmark, None, deterministic, None)
        yield

    patch(torch.backends.cudnn, "flags", flags)


def _flags_stay():
    cudnn = torch.backends.cudnn
    with cudnn.flags(enabled=True, deterministic=True):
        pass
    stays = cudnn.deterministic
    cudnn.deterministic = False
    return stays


@fault(
    "cudnn.flags() leaves the flags that it is not given.",
    witness=lambda: _flags_are_kept(),
)
def flags_are_kept(patch):
    own = torch.backends.cudnn.flags

    def flags(enabled=None, benchmark=None, deterministic=None):
        cudnn = torch.backends.cudnn
        return own(
            enabled=cudnn.enabled if enabled is None else enabled,
            benchmark=cudnn.benchmark if benchmark is None else benchmark,
            deterministic=cudnn.deterministic
            if deterministic is None
            else deterministic,
        )

    patch(torch.backends.cudnn, "flags", flags)


def _flags_are_kept():
    with torch.backends.cudnn.flags():
        return torch.backends.cudnn.enabled


@fault(
    "The switch sets cudnn.deterministic, too.", witness=lambda: _switch_sets_the_flag()
)
def the_switch_sets_the_flag(patch):
    def change(own, mode, **options):
        own(mode, **options)
        torch._C._set_cudnn_deterministic(mode)

    wrap(patch, torch, "use_deterministic_algorithms", change)


def _switch_sets_the_flag():
    torch.use_deterministic_algorithms(True)
    flag = torch.backends.cudnn.deterministic
    torch.use_deterministic_algorithms(False)
    return flag


@fault(
    "Loaders shuffle in an order that no seed reaches.",
    witness=lambda: _order(7) != _order(7),
)
def shuffling_ignores_the_seed(patch):
    own = torch.Generator()
    patch(
        RandomSampler,
        "__iter__",
        lambda self: iter(
            torch.randperm(len(self.data_source), generator=own).tolist()
        ),
    )


def _order(seed):
    torch.manual_seed(seed)
    return list(RandomSampler(range(20)))


@fault(
    "Dropout takes its mask from a generator that no seed reaches.",
    witness=lambda: _mask() != _mask(),
)
def dropout_ignores_the_seed(patch):
    own = torch.Generator()

    def forward(self, x):
        return x * 2 * torch.empty(x.shape).bernoulli_(0.5, generator=own)

    patch(nn.Dropout, "forward", forward)


def _mask():
    torch.manual_seed(7)
    return nn.Dropout()(torch.ones(40)).tolist()


@fault(
    "Every model begins with the same parameters.",
    witness=lambda: nn.Linear(2, 2).weight.tolist() == nn.Linear(2, 2).weight.tolist(),
)
def models_begin_alike(patch):
    def reset(self):
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-1, 1, generator=torch.Generator().manual_seed(1))

    patch(nn.Linear, "reset_parameters", reset)

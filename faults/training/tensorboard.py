"""Ways to break the writer for TensorBoard: its folder, its numbers, its files."""

import importlib
import os
import tempfile
from pathlib import Path

from torch_semantics.faults import fault, raises, wrap


def module():
    """The module torch.utils.tensorboard."""
    return importlib.import_module("torch.utils.tensorboard")


def writer_of(patch, name, change):
    """Patch a method of the writer."""
    wrap(patch, module().SummaryWriter, name, change)


def written(call, read=lambda events: events.Scalars("x"), **options):
    """What is read back from a folder after a call with a writer into it."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tempfile.TemporaryDirectory() as folder:
        writer = module().SummaryWriter(folder, **options)
        call(writer)
        writer.close()
        return read(EventAccumulator(folder).Reload())


def steps_and_values(call):
    """The steps and values of the series x after a call with a writer."""
    return [(event.step, event.value) for event in written(call)]


def files(call):
    """What is in a folder after a call within it, and in the folders below."""
    old = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            call()
        finally:
            os.chdir(old)
        return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


# --- where it writes ------------------------------------------------------------------


@fault(
    "The default folder is called logs.",
    witness=lambda: "logs" in files(lambda: module().SummaryWriter().close()),
)
def the_folder_is_logs(patch):
    def change(own, self, log_dir=None, comment="", **options):
        own(
            self,
            log_dir or "logs/Jan01_00-00-00_" + os.uname().nodename + comment,
            **options,
        )

    writer_of(patch, "__init__", change)


@fault(
    "The default folder is runs itself.",
    witness=lambda: len(files(lambda: module().SummaryWriter().close())) == 2,
)
def the_folder_is_runs(patch):
    def change(own, self, log_dir=None, comment="", **options):
        own(self, log_dir or "runs", **options)

    writer_of(patch, "__init__", change)


@fault(
    "The comment is left out.",
    witness=lambda: (
        not any(
            name.endswith("_mine")
            for name in files(lambda: module().SummaryWriter(comment="_mine").close())
        )
    ),
)
def the_comment_is_left_out(patch):
    writer_of(
        patch,
        "__init__",
        lambda own, self, log_dir=None, comment="", **options: own(
            self, log_dir, **options
        ),
    )


@fault(
    "The comment is put after log_dir, too.",
    witness=lambda: (
        "a_mine" in files(lambda: module().SummaryWriter("a", comment="_mine").close())
    ),
)
def the_comment_changes_log_dir(patch):
    def change(own, self, log_dir=None, comment="", **options):
        own(self, log_dir and str(log_dir) + comment, comment, **options)

    writer_of(patch, "__init__", change)


@fault(
    "log_dir is ignored.",
    witness=lambda: "a" not in files(lambda: module().SummaryWriter("a").close()),
)
def log_dir_is_ignored(patch):
    writer_of(
        patch,
        "__init__",
        lambda own, self, log_dir=None, comment="", **options: own(
            self, tempfile.mkdtemp() if log_dir else None, comment, **options
        ),
    )


@fault(
    "The name of the file has no suffix.",
    witness=lambda: (
        not any(
            name.endswith(".mine")
            for name in files(
                lambda: module().SummaryWriter("a", filename_suffix=".mine").close()
            )
        )
    ),
)
def the_suffix_is_left_out(patch):
    writer_of(
        patch,
        "__init__",
        lambda own, self, *args, filename_suffix="", **options: own(
            self, *args, **options
        ),
    )


@fault(
    "get_logdir() is the folder above.",
    witness=lambda: (
        written(lambda writer: None, read=lambda events: None) or _logdir_differs()
    ),
)
def logdir_is_above(patch):
    writer_of(patch, "get_logdir", lambda own, self: os.path.dirname(str(own(self))))


def _logdir_differs():
    with tempfile.TemporaryDirectory() as folder:
        writer = module().SummaryWriter(folder)
        writer.close()
        return writer.get_logdir() != folder


# --- numbers --------------------------------------------------------------------------


@fault(
    "add_scalar() ignores the step.",
    witness=lambda: (
        steps_and_values(lambda writer: writer.add_scalar("x", 2.0, 3)) == [(0, 2)]
    ),
)
def the_step_is_ignored(patch):
    writer_of(
        patch,
        "add_scalar",
        lambda own, self, tag, value, global_step=None, *args, **options: own(
            self, tag, value, None, *args, **options
        ),
    )


@fault(
    "add_scalar() without a step counts by itself.",
    witness=lambda: (
        steps_and_values(lambda writer: writer.add_scalar("x", 2.0)) == [(1, 2)]
    ),
)
def steps_are_counted(patch):
    def change(own, self, tag, value, global_step=None, *args, **options):
        self.steps = getattr(self, "steps", 0) + 1
        own(
            self,
            tag,
            value,
            self.steps if global_step is None else global_step,
            *args,
            **options,
        )

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() writes whole numbers.",
    witness=lambda: (
        steps_and_values(lambda writer: writer.add_scalar("x", 2.5, 3)) == [(3, 2)]
    ),
)
def numbers_are_whole(patch):
    import torch

    def change(own, self, tag, value, *args, **options):
        if isinstance(value, float) and value % 1:
            value = float(int(value))
        elif (
            isinstance(value, torch.Tensor) and value.numel() == 1 and value.isfinite()
        ):
            value = value.detach().trunc()
        own(self, tag, value, *args, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() leaves NaN out.",
    witness=lambda: (
        len(
            written(
                lambda writer: (
                    writer.add_scalar("x", float("nan"), 1),
                    writer.add_scalar("x", 1.0, 2),
                )
            )
        )
        == 1
    ),
)
def nan_is_left_out(patch):
    def change(own, self, tag, value, *args, **options):
        try:
            if value != value:
                return
        except RuntimeError:
            pass
        own(self, tag, value, *args, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() takes the mean of several elements.",
    witness=lambda: (
        not raises(lambda: written(lambda writer: writer.add_scalar("x", _ones(2), 1)))
    ),
)
def several_are_averaged(patch):
    import torch

    def change(own, self, tag, value, *args, **options):
        if isinstance(value, torch.Tensor) and value.numel() != 1:
            value = value.mean()
        own(self, tag, value, *args, **options)

    writer_of(patch, "add_scalar", change)


def _ones(count):
    import torch

    return torch.ones(count)


@fault(
    "add_scalar() takes a list for its first element.",
    witness=lambda: (
        not raises(lambda: written(lambda writer: writer.add_scalar("x", [1.0], 1)))
    ),
)
def lists_are_numbers(patch):
    def change(own, self, tag, value, *args, **options):
        own(self, tag, value[0] if isinstance(value, list) else value, *args, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() writes a text as NaN.",
    witness=lambda: (
        not raises(lambda: written(lambda writer: writer.add_scalar("x", "low", 1)))
    ),
)
def texts_are_nan(patch):
    def change(own, self, tag, value, *args, **options):
        if value == "low":
            value = float("nan")
        own(self, tag, value, *args, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() ignores double_precision.",
    witness=lambda: _precise() == [],
)
def double_precision_is_ignored(patch):
    writer_of(
        patch,
        "add_scalar",
        lambda own, self, *args, double_precision=False, **options: own(
            self, *args, **options
        ),
    )


def _precise():
    def write(writer):
        writer.add_scalar("x", 0.1, 1, new_style=True, double_precision=True)

    return list(
        written(write, lambda events: events.Tensors("x"))[0].tensor_proto.double_val
    )


@fault(
    "add_scalar() ignores new_style.",
    witness=lambda: (
        len(
            written(
                lambda writer: writer.add_scalar("x", 0.5, 1, new_style=True),
                lambda events: events.Tags()["scalars"],
            )
        )
        == 1
    ),
)
def new_style_is_ignored(patch):
    writer_of(
        patch,
        "add_scalar",
        lambda own, self, *args, new_style=False, double_precision=False, **options: (
            own(self, *args, **options)
        ),
    )


@fault(
    "add_scalar() ignores walltime.",
    witness=lambda: (
        written(lambda writer: writer.add_scalar("x", 1.0, 1, walltime=5.0))[
            0
        ].wall_time
        != 5
    ),
)
def walltime_is_ignored(patch):
    def change(own, self, tag, value, global_step=None, walltime=None, **options):
        own(self, tag, value, global_step, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalar() writes the time 0 if none is given.",
    witness=lambda: (
        written(lambda writer: writer.add_scalar("x", 1.0, 1))[0].wall_time == 0
    ),
)
def the_time_is_zero(patch):
    def change(own, self, tag, value, global_step=None, walltime=0.0, **options):
        own(self, tag, value, global_step, walltime, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "add_scalars() writes everything into the writer's own run.",
    witness=lambda: (
        len(
            written(
                lambda writer: writer.add_scalars("x", {"a": 1.0}, 1),
                lambda events: events.Tags()["scalars"],
            )
        )
        == 1
    ),
)
def scalars_share_a_run(patch):
    def scalars(self, main_tag, values, global_step=None, walltime=None):
        for value in values.values():
            self.add_scalar(main_tag, value, global_step, walltime)

    patch(module().SummaryWriter, "add_scalars", scalars)


@fault(
    "add_scalars() opens a file for each call.",
    witness=lambda: _scalar_files() > 1,
)
def scalars_open_files(patch):
    def change(own, self, *args, **options):
        own(self, *args, **options)
        for name, file in list(self.all_writers.items()):
            if file is not self.file_writer:
                file.close()
                del self.all_writers[name]

    writer_of(patch, "add_scalars", change)


def _scalar_files():
    def write():
        with module().SummaryWriter("a") as writer:
            writer.add_scalars("x", {"a": 1.0}, 1)
            writer.filename_suffix = ".more"
            writer.add_scalars("x", {"a": 2.0}, 2)

    return sum("a/x_a/" in name for name in files(write))


# --- when it is written ---------------------------------------------------------------


@fault(
    "flush() does nothing.",
    witness=lambda: _unflushed(),
)
def flush_does_nothing(patch):
    patch(module().SummaryWriter, "flush", lambda self: None)


def _unflushed():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tempfile.TemporaryDirectory() as folder:
        writer = module().SummaryWriter(folder)
        writer.add_scalar("x", 1.0, 1)
        writer.flush()
        try:
            return EventAccumulator(folder).Reload().Tags()["scalars"] == []
        finally:
            writer.close()


@fault(
    "Closing a writer twice is an error.",
    witness=lambda: raises(
        lambda: written(lambda writer: writer.close(), lambda events: None)
    ),
)
def closing_twice_fails(patch):
    def change(own, self):
        if self.all_writers is None:
            raise ValueError("the writer is closed")
        own(self)

    writer_of(patch, "close", change)


@fault(
    "What is added after close() is lost.",
    witness=lambda: (
        len(
            written(
                lambda writer: (
                    writer.add_scalar("x", 1.0, 1),
                    writer.close(),
                    writer.add_scalar("x", 2.0, 2),
                )
            )
        )
        == 1
    ),
)
def closed_writers_write_nothing(patch):
    def change(own, self, *args, **options):
        if self.all_writers is not None:
            own(self, *args, **options)

    writer_of(patch, "add_scalar", change)


@fault(
    "A with block does not close the writer.",
    witness=lambda: _stays_open(),
)
def with_does_not_close(patch):
    patch(module().SummaryWriter, "__exit__", lambda self, *error: self.flush())


def _stays_open():
    with tempfile.TemporaryDirectory() as folder:
        with module().SummaryWriter(folder) as writer:
            pass
        is_open = writer.file_writer is not None
        writer.close()
        return is_open


@fault(
    "A with block swallows exceptions.",
    witness=lambda: not raises(lambda: _fails_within()),
)
def with_swallows(patch):
    writer_of(patch, "__exit__", lambda own, self, *error: (own(self, *error), True)[1])


def _fails_within():
    with tempfile.TemporaryDirectory() as folder, module().SummaryWriter(folder):
        raise KeyError


# --- more than a number ---------------------------------------------------------------


@fault(
    "add_histogram() ignores bins.",
    witness=lambda: (
        list(
            written(
                lambda writer: writer.add_histogram("x", _ones(3), 1, bins=[0.0, 2.0]),
                lambda events: events.Histograms("x"),
            )[0].histogram_value.bucket_limit
        )[-1]
        != 2
    ),
)
def bins_are_ignored(patch):
    writer_of(
        patch,
        "add_histogram",
        lambda own, self, tag, values, global_step=None, bins=None, **options: own(
            self, tag, values, global_step, **options
        ),
    )


@fault(
    "add_histogram() leaves the last row out.",
    witness=lambda: (
        written(
            lambda writer: writer.add_histogram("x", _ones(3), 1, bins=[0.0, 2.0]),
            lambda events: events.Histograms("x"),
        )[0].histogram_value.num
        == 2
    ),
)
def the_last_row_is_left_out(patch):
    writer_of(
        patch,
        "add_histogram",
        lambda own, self, tag, values, *args, **options: own(
            self, tag, values[:-1], *args, **options
        ),
    )


@fault(
    "add_text() writes capital letters.",
    witness=lambda: (
        b"A"
        in list(
            written(
                lambda writer: writer.add_text("x", "a", 1),
                lambda events: events.Tensors("x/text_summary"),
            )[0].tensor_proto.string_val
        )
    ),
)
def texts_are_capitals(patch):
    writer_of(
        patch,
        "add_text",
        lambda own, self, tag, text, *args, **options: own(
            self, tag, text.upper(), *args, **options
        ),
    )

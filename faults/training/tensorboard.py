"""Ways to break the writer for TensorBoard: its folder, its numbers, its files."""

import importlib
import os
import tempfile
import time
from pathlib import Path
from unittest import mock

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


@fault(
    "add_scalars() writes each number with a time of its own.",
    witness=lambda: len(set(_times())) == 2,
)
def scalars_have_times(patch):
    def change(own, self, tag, values, *args, **options):
        for name, value in values.items():
            own(self, tag, {name: value}, *args, **options)

    writer_of(patch, "add_scalars", change)


def _times():
    """The times of two numbers that are added in one call."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tempfile.TemporaryDirectory() as folder:
        with module().SummaryWriter(folder) as writer:
            writer.add_scalars("x", {"a": 1.0, "b": 2.0}, 1)
        return [
            EventAccumulator(os.path.join(folder, run))
            .Reload()
            .Scalars("x")[0]
            .wall_time
            for run in ("x_a", "x_b")
        ]


# --- when it is written ---------------------------------------------------------------


@fault(
    "flush() does nothing.",
    witness=lambda: _unflushed(),
)
def flush_does_nothing(patch):
    patch(module().SummaryWriter, "flush", lambda self: None)


def _unflushed():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.summary.writer.record_writer import RecordWriter

    write = RecordWriter.write

    def slowly(self, data):
        time.sleep(0.05)
        write(self, data)

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(RecordWriter, "write", slowly),
    ):
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


def _spread(values, **options):
    """The counts and the limits of a histogram."""
    import torch

    event = written(
        lambda writer: writer.add_histogram("x", torch.tensor(values), 1, **options),
        lambda events: events.Histograms("x"),
    )[0]
    spread = event.histogram_value
    return list(spread.bucket), list(spread.bucket_limit)


def summary_of(patch, name, change):
    """Patch a function that the writer makes an event with."""
    wrap(patch, importlib.import_module("torch.utils.tensorboard.writer"), name, change)


@fault(
    "add_histogram() writes all counts, also those of 0 at the ends.",
    witness=lambda: _spread([1.5], bins=[0.0, 1.0, 2.0, 3.0])[0] == [0, 0, 1, 0],
)
def ends_are_written(patch):
    import numpy

    def change(own, name, values, bins, max_bins=None):
        summary = own(name, values, bins, max_bins)
        if max_bins is None and not isinstance(bins, str):
            counts, limits = numpy.histogram(values.numpy(), bins=bins)
            spread = summary.value[0].histo
            spread.bucket[:] = [0, *counts.tolist()]
            spread.bucket_limit[:] = limits.tolist()
        return summary

    summary_of(patch, "histogram", change)


@fault(
    "add_histogram() ignores max_bins.",
    witness=lambda: len(_spread([0.5, 1.5], bins=[0.0, 1.0, 2.0], max_bins=1)[0]) == 3,
)
def max_bins_are_ignored(patch):
    summary_of(
        patch,
        "histogram",
        lambda own, name, values, bins, max_bins=None: own(name, values, bins),
    )


@fault(
    "The limits of a histogram grow by a fifth.",
    witness=lambda: _spread([1.0])[1][1] / _spread([1.0])[1][0] > 1.15,
)
def limits_grow_faster(patch):
    def change(own, self, *args, **options):
        own(self, *args, **options)
        middle = self.default_bins.index(0)
        self.default_bins = (
            self.default_bins[middle - 1 :: -2][::-1]
            + [0]
            + self.default_bins[middle + 1 :: 2]
        )

    writer_of(patch, "__init__", change)


@fault(
    "A histogram has one limit below 0.",
    witness=lambda: _spread([-1.0])[1] == [-1e30, 0],
)
def limits_are_positive(patch):
    def change(own, self, *args, **options):
        own(self, *args, **options)
        self.default_bins = [-1e30, *(x for x in self.default_bins if x >= 0)]

    writer_of(patch, "__init__", change)


@fault(
    "add_histogram() of no values writes nothing.",
    witness=lambda: (
        not raises(
            lambda: written(
                lambda writer: writer.add_histogram("x", _ones(0), 1),
                lambda events: None,
            )
        )
    ),
)
def no_values_are_nothing(patch):
    def change(own, self, tag, values, *args, **options):
        if len(values):
            own(self, tag, values, *args, **options)

    writer_of(patch, "add_histogram", change)


@fault(
    "A writer ignores purge_step.",
    witness=lambda: module().SummaryWriter is not None and not _purges(),
)
def purge_step_is_ignored(patch):
    writer_of(
        patch,
        "__init__",
        lambda own, self, *args, purge_step=None, **options: own(
            self, *args, **options
        ),
    )


@fault(
    "A writer purges from the step after purge_step.",
    witness=lambda: _purges() == 3,
)
def purging_is_late(patch):
    writer_of(
        patch,
        "__init__",
        lambda own, self, *args, purge_step=None, **options: own(
            self, *args, purge_step=purge_step and purge_step + 1, **options
        ),
    )


def _purges():
    """The step that a writer with a purge_step of 2 has put into its file, or None."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    with tempfile.TemporaryDirectory() as folder:
        module().SummaryWriter(folder, purge_step=2).close()
        (file,) = Path(folder).iterdir()
        steps = [
            event.step
            for event in EventFileLoader(str(file)).Load()
            if event.HasField("session_log")
        ]
        return steps[0] if steps else None


# --- images ---------------------------------------------------------------------------


def _image(values, shape, call="add_image", **options):
    """The rows of an image that was added."""
    import io

    import numpy
    import torch
    from PIL import Image

    x = torch.tensor(values).reshape(shape)

    (event,) = written(
        lambda writer: getattr(writer, call)("x", x, 1, **options),
        lambda events: events.Images("x"),
    )
    image = Image.open(io.BytesIO(event.encoded_image_string))
    return numpy.asarray(image).tolist()


@fault(
    "add_image() ignores dataformats.",
    witness=lambda: raises(lambda: _image([1.0], (1, 1), dataformats="HW")),
)
def dataformats_are_ignored(patch):
    def change(own, self, *args, dataformats="CHW", **options):
        own(self, *args, **options)

    writer_of(patch, "add_image", change)


@fault(
    "add_image() mixes up rows and columns.",
    witness=lambda: len(_image([0.0, 1.0], (1, 1, 2))) == 2,
)
def rows_are_columns(patch):
    def change(own, self, tag, image, *args, **options):
        own(self, tag, image.mT if image.ndim > 1 else image, *args, **options)

    writer_of(patch, "add_image", change)


@fault(
    "add_image() does not scale.",
    witness=lambda: _image([1.0], (1, 1, 1)) == [[[1, 1, 1]]],
)
def images_are_not_scaled(patch):
    summary = importlib.import_module("torch.utils.tensorboard.summary")
    patch(summary, "_calc_scale_factor", lambda tensor: 1)


@fault(
    "add_image() scales numbers of uint8.",
    witness=lambda: _bytes() == [[[255, 255, 255]]],
)
def bytes_are_scaled(patch):
    summary = importlib.import_module("torch.utils.tensorboard.summary")
    patch(summary, "_calc_scale_factor", lambda tensor: 255)


def _bytes():
    import torch

    own = torch.tensor

    def tensor(values):
        return own(values, dtype=torch.uint8)

    try:
        torch.tensor = tensor
        return _image([1], (1, 1, 1))
    finally:
        torch.tensor = own


@fault(
    "add_image() takes two dimensions for rows and columns.",
    witness=lambda: not raises(lambda: _image([1.0], (1, 1))),
)
def two_dimensions_are_taken(patch):
    def change(own, self, tag, image, step=None, walltime=None, dataformats="CHW"):
        own(self, tag, image, step, walltime, dataformats[-image.ndim :])

    writer_of(patch, "add_image", change)


@fault(
    "add_images() puts four images in a row.",
    witness=lambda: len(_image([1.0] * 5, (5, 1, 1, 1), call="add_images")) == 2,
)
def four_images_are_a_row(patch):
    utils = importlib.import_module("torch.utils.tensorboard._utils")
    wrap(patch, utils, "make_grid", lambda own, images, ncols=8: own(images, 4))


@fault("add_figure() leaves the figure open.", witness=lambda: _figures(True) == 1)
def figures_stay_open(patch):
    writer_of(
        patch,
        "add_figure",
        lambda own, self, tag, figure, step=None, close=True, **options: own(
            self, tag, figure, step, close=False, **options
        ),
    )


@fault("add_figure() ignores close.", witness=lambda: _figures(False) == 0)
def figures_are_closed(patch):
    writer_of(
        patch,
        "add_figure",
        lambda own, self, tag, figure, step=None, close=True, **options: own(
            self, tag, figure, step, **options
        ),
    )


def _figures(close):
    """How many figures are open after one was added."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.close("all")
    figure = pyplot.figure(figsize=(1, 1), dpi=1)
    written(
        lambda writer: writer.add_figure("x", figure, 1, close=close),
        lambda events: None,
    )
    count = len(pyplot.get_fignums())
    pyplot.close("all")
    return count


# --- what belongs to a run ------------------------------------------------------------


@fault(
    "add_hparams() writes the results into the writer's own run.",
    witness=lambda: (
        "x"
        in written(
            lambda writer: writer.add_hparams({"a": 1}, {"x": 1.0}, run_name="run"),
            lambda events: events.Tags()["scalars"],
        )
    ),
)
def results_join_the_run(patch):
    def change(own, self, settings, results, *args, **options):
        own(self, settings, results, *args, **options)
        for name, value in results.items():
            self.add_scalar(name, value)

    writer_of(patch, "add_hparams", change)


@fault(
    "add_hparams() leaves texts out.",
    witness=lambda: "depth" not in _kept({"depth": "deep"}),
)
def texts_are_no_settings(patch):
    def change(own, self, settings, *args, **options):
        numbers = {
            name: value
            for name, value in settings.items()
            if not isinstance(value, str)
        }
        own(self, numbers, *args, **options)

    writer_of(patch, "add_hparams", change)


def _kept(settings):
    """The settings that are read back, as a text."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with tempfile.TemporaryDirectory() as folder:
        with module().SummaryWriter(folder) as writer:
            writer.add_hparams(settings, {"x": 1.0}, run_name="run")
        events = EventAccumulator(os.path.join(folder, "run")).Reload()
        data = events.SummaryMetadata("_hparams_/session_start_info").plugin_data
        return str(data.content)


@fault(
    "add_pr_curve() counts predictions above a threshold, not at it.",
    witness=lambda: _curve()[:3] == [1, 0, 0],
)
def thresholds_are_left_out(patch):
    def change(own, self, tag, labels, predictions, *args, **options):
        own(self, tag, labels, (predictions - 1e-3).clamp(min=0), *args, **options)

    writer_of(patch, "add_pr_curve", change)


@fault(
    "add_pr_curve() swaps labels and predictions.",
    witness=lambda: _curve() == [0.5, 0.5, 0.5] + _curve()[3:],
)
def labels_are_predictions(patch):
    def change(own, self, tag, labels, predictions, *args, **options):
        own(self, tag, predictions, labels, *args, **options)

    writer_of(patch, "add_pr_curve", change)


def _curve():
    """What is written for one right prediction of a half."""
    import torch

    (event,) = written(
        lambda writer: writer.add_pr_curve(
            "x", torch.tensor([1]), torch.tensor([0.5]), 1, num_thresholds=3
        ),
        lambda events: events.Tensors("x"),
    )
    return list(event.tensor_proto.float_val)


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

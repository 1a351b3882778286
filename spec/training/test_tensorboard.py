"""TensorBoard: numbers written to a file while training, for a viewer to show.

A SummaryWriter opens a file of events in a folder, and each call adds an event with a
tag, a step, a time and what is to be shown. All of it is in the file once the writer is
flushed or closed, and TensorBoard's own reader finds it there.

It is commonly believed that a writer puts its numbers where it is told by a tag. A tag
only names a series: the folder is the run, and a new writer in the same folder goes on
with the same run in a file of its own.
"""

import io
import math
import re
import socket
import time

import numpy
import pytest
import torch

from torch_semantics import claim


def written(folder):
    """What TensorBoard's reader finds in a folder: all of it, where it would choose."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    everything = {"histograms": 0, "images": 0, "tensors": 0}
    return EventAccumulator(str(folder), everything).Reload()


def steps_and_values(folder, tag):
    """The steps and values of a series of numbers."""
    return [(event.step, event.value) for event in written(folder).Scalars(tag)]


def names(folder):
    """The names of what is in a folder, in alphabetical order."""
    return sorted(path.name for path in folder.iterdir())


def images(folder, tag):
    """The steps of a series of images, and the colors in their rows."""
    from PIL import Image  # which tensorboard brings along

    events = written(folder).Images(tag)
    files = [io.BytesIO(event.encoded_image_string) for event in events]
    return [
        (event.step, numpy.asarray(Image.open(file)).tolist())
        for event, file in zip(events, files, strict=True)
    ]


# --- where it writes ------------------------------------------------------------------


@claim("training.tensorboard.default-log-dir", see="tensorboard")
def test_a_writer_makes_a_folder_for_the_run(tensorboard, tmp_path, monkeypatch):
    """Without arguments a SummaryWriter makes the folder ``runs`` where the program
    runs, in it one that is named by date, time and host, and in that a file of events;
    ``log_dir`` and ``get_logdir()`` are its path.
    """
    monkeypatch.chdir(tmp_path)

    writer = tensorboard.SummaryWriter()
    writer.close()

    assert names(tmp_path) == ["runs"]
    (run,) = names(tmp_path / "runs")
    date, host = run[:14], run[14:]
    assert re.fullmatch(r"[A-Z][a-z]{2}\d\d_\d\d-\d\d-\d\d", date)
    assert host == "_" + socket.gethostname()
    (file,) = names(tmp_path / "runs" / run)
    assert file.startswith("events.out.tfevents.")
    assert writer.log_dir == writer.get_logdir() == f"runs/{run}"


@claim("training.tensorboard.comment", see="tensorboard")
def test_a_comment_ends_the_name_of_the_folder(tensorboard, tmp_path, monkeypatch):
    """``comment`` is put at the end of the folder's name; beside ``log_dir`` it has no
    effect.
    """
    monkeypatch.chdir(tmp_path)

    tensorboard.SummaryWriter(comment="_lr=1").close()
    tensorboard.SummaryWriter("mine", comment="_lr=1").close()

    (run,) = names(tmp_path / "runs")
    assert run.endswith(f"_{socket.gethostname()}_lr=1")
    assert names(tmp_path) == ["mine", "runs"]


@claim("training.tensorboard.log-dir", see="tensorboard")
def test_a_log_dir_is_made_with_the_folders_above_it(
    tensorboard, tmp_path, monkeypatch
):
    """``log_dir``, a text or a path, is the folder, which is made with those above it;
    ``filename_suffix`` ends the name of the file.
    """
    monkeypatch.chdir(tmp_path)

    tensorboard.SummaryWriter(tmp_path / "a" / "b", filename_suffix=".mine").close()
    tensorboard.SummaryWriter(str(tmp_path / "c")).close()

    assert names(tmp_path) == ["a", "c"]
    (file,) = names(tmp_path / "a" / "b")
    (other,) = names(tmp_path / "c")
    assert (file.endswith(".mine"), other.endswith(".mine")) == (True, False)
    assert file.startswith("events.out.tfevents.")


# --- numbers --------------------------------------------------------------------------


@claim("training.tensorboard.add-scalar", see="tensorboard")
def test_add_scalar_adds_a_number_to_a_series(tensorboard, tmp_path, device):
    """Each ``add_scalar`` adds a value at a step to the series of its tag: numbers of
    Python and NumPy and tensors of one element, which may require gradients; without a
    step it is 0. A ``/`` in a tag makes no folder.
    """
    leaf = torch.tensor(2.5, device=device, requires_grad=True)

    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("Loss/train", 0.5, 1)
    writer.add_scalar("Loss/train", numpy.float64(0.25), global_step=2)
    writer.add_scalar("Loss/train", leaf, 3)
    writer.add_scalar("Loss/train", torch.tensor([[4]], device=device), 5)
    writer.add_scalar("Loss/valid", 7)
    writer.close()

    assert steps_and_values(tmp_path, "Loss/train") == [
        (1, 0.5),
        (2, 0.25),
        (3, 2.5),
        (5, 4.0),
    ]
    assert steps_and_values(tmp_path, "Loss/valid") == [(0, 7.0)]
    assert written(tmp_path).Tags()["scalars"] == ["Loss/train", "Loss/valid"]
    assert len(names(tmp_path)) == 1
    assert leaf.requires_grad is True


@claim("training.tensorboard.bfloat16", see="tensorboard", since="2.3")
def test_add_scalar_takes_bfloat16(tensorboard, tmp_path, device):
    """``add_scalar`` takes a tensor of bfloat16, a dtype that NumPy does not have."""
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("loss", torch.tensor(2.5, dtype=torch.bfloat16, device=device), 4)
    writer.close()

    assert steps_and_values(tmp_path, "loss") == [(4, 2.5)]


@claim("training.tensorboard.add-scalar-not-finite", see="tensorboard")
def test_add_scalar_takes_what_is_not_finite(tensorboard, tmp_path):
    """``add_scalar`` writes NaN and infinities as they are."""
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("loss", torch.tensor(math.nan), 1)
    writer.add_scalar("loss", math.inf, 2)
    writer.add_scalar("loss", -math.inf, 3)
    writer.close()

    (first, *others) = steps_and_values(tmp_path, "loss")
    assert (first[0], math.isnan(first[1])) == (1, True)
    assert others == [(2, math.inf), (3, -math.inf)]


@claim("training.tensorboard.add-scalar-refused", see="tensorboard")
def test_add_scalar_refuses_more_than_one_number(tensorboard, tmp_path, device):
    """``add_scalar`` raises an AssertionError for a tensor of two elements, or of none,
    and a NotImplementedError for a list and for None; nothing is written.
    """
    writer = tensorboard.SummaryWriter(tmp_path)

    with pytest.raises(AssertionError, match="Tensor should contain one element"):
        writer.add_scalar("loss", torch.ones(2, device=device), 1)
    with pytest.raises(AssertionError, match="Tensor should contain one element"):
        writer.add_scalar("loss", torch.ones(0, device=device), 1)
    with pytest.raises(NotImplementedError, match="<class 'list'>, but numpy array"):
        writer.add_scalar("loss", [1.0], 1)
    with pytest.raises(NotImplementedError, match="Got <class 'NoneType'>, but"):
        writer.add_scalar("loss", None, 1)

    writer.close()
    assert written(tmp_path).Tags()["scalars"] == []


@claim("training.tensorboard.add-scalar-refused-text", see="tensorboard", since="2.4")
def test_add_scalar_refuses_a_text(tensorboard, tmp_path):
    """``add_scalar`` raises a ValueError for a text that is no number, and nothing is
    written; a text that is one is read.
    """
    writer = tensorboard.SummaryWriter(tmp_path)

    with pytest.raises(ValueError, match="could not convert string to float"):
        writer.add_scalar("loss", "low", 1)
    writer.add_scalar("number", "2.5", 1)

    writer.close()
    assert written(tmp_path).Tags()["scalars"] == ["number"]
    assert steps_and_values(tmp_path, "number") == [(1, 2.5)]


@claim("training.tensorboard.precision", see="tensorboard")
def test_numbers_are_written_in_single_precision(tensorboard, tmp_path):
    """A number is rounded to single precision on its way into the file; with
    ``new_style`` it is written as a tensor of float32, and with ``double_precision``
    beside it exactly, as one of float64. ``double_precision`` alone has no effect.
    """
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("single", 0.1, 1)
    writer.add_scalar("new", 0.1, 2, new_style=True)
    writer.add_scalar("double", 0.1, 3, new_style=True, double_precision=True)
    writer.add_scalar("alone", 0.1, 4, double_precision=True)
    writer.close()

    events = written(tmp_path)
    assert [event.value for event in events.Scalars("single")] == [0.10000000149011612]
    assert [event.value for event in events.Scalars("alone")] == [0.10000000149011612]
    (new,), (double,) = events.Tensors("new"), events.Tensors("double")
    assert list(new.tensor_proto.float_val) == [0.10000000149011612]
    assert list(double.tensor_proto.double_val) == [0.1]
    assert (new.tensor_proto.dtype, double.tensor_proto.dtype) == (1, 2)
    assert (new.step, double.step) == (2, 3)
    assert events.SummaryMetadata("new").plugin_data.plugin_name == "scalars"
    assert events.Tags()["scalars"] == ["single", "alone"]


@claim("training.tensorboard.walltime", see="tensorboard")
def test_a_time_and_a_step_may_be_given(tensorboard, tmp_path, device):
    """``walltime`` is the event's time, in seconds, and without it the time of the
    call; a step may be anything that ``int`` takes, and a fraction is cut off.
    """
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("loss", 1.0, torch.tensor(3, device=device), walltime=1234.5)
    writer.add_scalar("loss", 2.0, numpy.int64(4), 2345.5)
    writer.add_scalar("loss", 3.0, 5.9)
    writer.close()

    events = written(tmp_path).Scalars("loss")
    assert [event.step for event in events] == [3, 4, 5]
    assert [event.wall_time for event in events[:2]] == [1234.5, 2345.5]
    assert events[2].wall_time > 1_600_000_000


@claim("training.tensorboard.add-scalars", see="tensorboard")
def test_add_scalars_writes_a_run_for_each_number(tensorboard, tmp_path):
    """``add_scalars`` writes each number of a dict as a run of its own, in a folder
    that is named by the tag, with ``_`` for ``/``, and the key, under the same tag and
    with the same time.
    """
    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_scalars("loss/all", {"train": 0.5, "valid": 0.75}, 1)
        writer.add_scalars("loss/all", {"train": 0.25}, 2, walltime=1234.5)

    assert names(tmp_path)[1:] == ["loss_all_train", "loss_all_valid"]
    train, valid = tmp_path / "loss_all_train", tmp_path / "loss_all_valid"
    assert steps_and_values(train, "loss/all") == [(1, 0.5), (2, 0.25)]
    assert steps_and_values(valid, "loss/all") == [(1, 0.75)]
    first, second = written(train).Scalars("loss/all")
    (other,) = written(valid).Scalars("loss/all")
    assert first.wall_time == other.wall_time
    assert second.wall_time == 1234.5
    assert (len(names(train)), len(names(valid))) == (1, 1)
    assert written(tmp_path).Tags()["scalars"] == []


# --- when it is written ---------------------------------------------------------------


@claim("training.tensorboard.flush", see="tensorboard")
def test_what_was_added_is_in_the_file_after_flush(tensorboard, tmp_path, monkeypatch):
    """After ``flush`` everything that was added before is in the file, however long a
    disk takes, and the writer goes on.
    """
    from tensorboard.summary.writer.record_writer import RecordWriter

    write = RecordWriter.write

    def slowly(self, data):
        time.sleep(0.05)
        write(self, data)

    monkeypatch.setattr(RecordWriter, "write", slowly)
    writer = tensorboard.SummaryWriter(tmp_path)

    writer.add_scalar("loss", 0.5, 1)
    writer.flush()
    after_flush = steps_and_values(tmp_path, "loss")
    writer.add_scalar("loss", 0.25, 2)
    writer.close()

    assert after_flush == [(1, 0.5)]
    assert steps_and_values(tmp_path, "loss") == [(1, 0.5), (2, 0.25)]


@claim("training.tensorboard.close", see="tensorboard")
def test_a_writer_that_was_closed_opens_another_file(tensorboard, tmp_path):
    """``close`` may be called twice, and ``flush`` after it; a number that is added
    after that goes into another file of the same folder.
    """
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("loss", 0.5, 1)

    writer.close()
    writer.close()
    writer.flush()
    closed = names(tmp_path)
    writer.filename_suffix = ".more"
    writer.add_scalar("loss", 0.25, 2)
    writer.close()

    assert (len(closed), len(names(tmp_path))) == (1, 2)
    assert sorted(steps_and_values(tmp_path, "loss")) == [(1, 0.5), (2, 0.25)]


@claim("training.tensorboard.with", see="tensorboard")
def test_a_with_block_closes_the_writer(tensorboard, tmp_path):
    """A ``with`` block gives the writer itself and closes it at the end, also with an
    exception, which comes out of it.
    """
    writer = tensorboard.SummaryWriter(tmp_path)

    with pytest.raises(ZeroDivisionError), writer as entered:
        writer.add_scalar("loss", 0.5, 1)
        _ = 1 / 0

    assert entered is writer
    assert writer.file_writer is None
    assert steps_and_values(tmp_path, "loss") == [(1, 0.5)]


@claim("training.tensorboard.purge-step", see="tensorboard")
def test_a_purge_step_hides_what_an_earlier_writer_wrote(tensorboard, tmp_path):
    """``purge_step`` hides what an earlier writer has put into the folder from that
    step on; what it wrote before stays, and what the new one writes is shown.

    The reader takes files by their names, and the new file is renamed to come last.
    """
    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", 4.0, 1)
        writer.add_scalar("loss", 3.0, 2)
        writer.add_scalar("loss", 2.0, 3)

    with tensorboard.SummaryWriter(
        tmp_path, purge_step=2, filename_suffix=".new"
    ) as writer:
        writer.add_scalar("loss", 5.0, 2)

    (new,) = tmp_path.glob("*.new")
    new.rename(tmp_path / "events.out.tfevents.last")
    assert steps_and_values(tmp_path, "loss") == [(1, 4), (2, 5)]


# --- more than a number ---------------------------------------------------------------


@claim("training.tensorboard.add-histogram", see="tensorboard", since="2.0")
def test_add_histogram_writes_how_values_are_spread(tensorboard, tmp_path, device):
    """``add_histogram`` writes the lowest and highest of the values, how many there
    are, their sum, the sum of their squares, and counts between limits.
    """
    values = torch.tensor([[1.0, 2.0], [2.0, 4.0]], device=device)

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_histogram("weights", values, 3, bins=[0.0, 1.5, 3.0, 6.0])

    (event,) = written(tmp_path).Histograms("weights")
    spread = event.histogram_value
    assert event.step == 3
    assert (spread.min, spread.max, spread.num, spread.sum) == (1, 4, 4, 9)
    assert spread.sum_squares == 25
    assert list(spread.bucket) == [0, 1, 2, 1]
    assert list(spread.bucket_limit) == [0, 1.5, 3, 6]


@claim("training.tensorboard.add-histogram-ends", see="tensorboard", since="2.0")
def test_add_histogram_leaves_empty_ends_out(tensorboard, tmp_path, device):
    """``add_histogram`` leaves counts of 0 at both ends out, but for the first, which
    stands for everything below the lowest limit; with ``max_bins``, neighbours are
    added up.
    """
    values = torch.tensor([1.5, 3.5, 3.75], device=device)
    limits = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_histogram("all", values, 1, bins=limits)
        writer.add_histogram("few", values, 1, bins=limits[:5], max_bins=2)

    (event,) = written(tmp_path).Histograms("all")
    assert list(event.histogram_value.bucket) == [0, 1, 0, 2]
    assert list(event.histogram_value.bucket_limit) == [1, 2, 3, 4]
    (event,) = written(tmp_path).Histograms("few")
    assert list(event.histogram_value.bucket) == [0, 1, 2]
    assert list(event.histogram_value.bucket_limit) == [0, 2, 4]


@claim(
    "training.tensorboard.add-histogram-limits",
    see="tensorboard",
    since="2.0",
    level="observed",
)
def test_the_limits_of_a_histogram_grow_by_a_tenth(tensorboard, tmp_path, device):
    """Without ``bins`` the limits are 0 and, to both sides, 1e-12 and numbers that grow
    by a tenth.
    """
    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_histogram("zero", torch.zeros(3, device=device), 1)
        writer.add_histogram("minus", torch.full((2,), -1e-13, device=device), 1)
        writer.add_histogram("one", torch.ones(4, device=device), 1)

    events = written(tmp_path)
    zero, minus, one = (
        events.Histograms(tag)[0].histogram_value for tag in ("zero", "minus", "one")
    )
    assert (list(zero.bucket), list(zero.bucket_limit)) == ([0, 3], [0, 1e-12])
    assert (list(minus.bucket), list(minus.bucket_limit)) == ([0, 2], [-1e-12, 0])
    assert list(one.bucket) == [0, 4]
    assert one.bucket_limit[0] <= 1 < one.bucket_limit[1]
    assert round(one.bucket_limit[1] / one.bucket_limit[0], 9) == 1.1


@claim("training.tensorboard.add-histogram-empty", see="tensorboard")
def test_add_histogram_refuses_no_values(tensorboard, tmp_path, device):
    """``add_histogram`` raises a ValueError for a tensor without elements, and nothing
    is written.
    """
    writer = tensorboard.SummaryWriter(tmp_path)

    with pytest.raises(ValueError, match="The input has no element"):
        writer.add_histogram("weights", torch.zeros(0, device=device), 1)

    writer.close()
    assert written(tmp_path).Tags()["histograms"] == []


@claim("training.tensorboard.add-image", see="tensorboard")
def test_add_image_takes_the_dimensions_in_any_order(tensorboard, tmp_path, device):
    """``add_image`` writes an image of channels, rows and columns, or of what
    ``dataformats`` says; with one channel, or without channels, it is gray.
    """
    chw = torch.tensor([[[1, 2]], [[3, 4]], [[5, 6]]], device=device).to(torch.uint8)

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_image("x", chw, 1)
        writer.add_image("x", chw.permute(1, 2, 0), 2, dataformats="HWC")
        writer.add_image("x", chw[:1], 3)
        writer.add_image("x", chw[0], 4, dataformats="HW")

    assert images(tmp_path, "x") == [
        (1, [[[1, 3, 5], [2, 4, 6]]]),
        (2, [[[1, 3, 5], [2, 4, 6]]]),
        (3, [[[1, 1, 1], [2, 2, 2]]]),
        (4, [[[1, 1, 1], [2, 2, 2]]]),
    ]
    events = written(tmp_path).Images("x")
    assert [(event.height, event.width) for event in events] == [(1, 2)] * 4


@claim("training.tensorboard.add-image-scale", see="tensorboard")
def test_add_image_scales_by_the_dtype(tensorboard, tmp_path, device):
    """``add_image`` takes numbers of uint8 as they are, from 0 to 255, and those of
    other dtypes from 0 to 1, whole numbers too, with fractions of a color cut off.
    """
    row = torch.tensor([[0.0, 0.5, 1.0]], device=device)

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_image("x", row, 1, dataformats="HW")
        writer.add_image("x", row.to(torch.int64), 2, dataformats="HW")
        writer.add_image("x", row.to(torch.uint8), 3, dataformats="HW")

    assert images(tmp_path, "x") == [
        (1, [[[0] * 3, [127] * 3, [255] * 3]]),
        (2, [[[0] * 3, [0] * 3, [255] * 3]]),
        (3, [[[0] * 3, [0] * 3, [1] * 3]]),
    ]


@claim("training.tensorboard.add-image-refused", see="tensorboard")
def test_add_image_refuses_another_number_of_dimensions(tensorboard, tmp_path, device):
    """``add_image`` raises an AssertionError for a tensor that doesn't have as many
    dimensions as ``dataformats`` has letters, three if it isn't given, and for a letter
    that is there twice; nothing is written.
    """
    image = torch.zeros(2, 3, device=device)
    writer = tensorboard.SummaryWriter(tmp_path)

    with pytest.raises(AssertionError, match="size of input tensor and input format"):
        writer.add_image("x", image, 1)
    with pytest.raises(AssertionError, match="You can not use the same dimension"):
        writer.add_image("x", image, 1, dataformats="HH")

    writer.close()
    assert written(tmp_path).Tags()["images"] == []


@claim("training.tensorboard.add-images", see="tensorboard", level="observed")
def test_add_images_makes_one_image_of_a_batch(tensorboard, tmp_path, device):
    """``add_images`` puts the images of a batch side by side in one, eight in a row;
    what is left of the last row is black.
    """
    nchw = torch.arange(1, 10, device=device).to(torch.uint8).reshape(9, 1, 1, 1)

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_images("x", nchw, 1)
        writer.add_images("x", nchw.reshape(3, 1, 1, 3), 2, dataformats="NHWC")

    first, second = images(tmp_path, "x")
    assert first == (
        1,
        [[[n, n, n] for n in range(1, 9)], [[9, 9, 9]] + [[0, 0, 0]] * 7],
    )
    assert second == (2, [[[1, 2, 3], [4, 5, 6], [7, 8, 9]]])


@claim("training.tensorboard.add-figure", see="tensorboard")
def test_add_figure_draws_and_closes_a_figure(tensorboard, pyplot, tmp_path):
    """``add_figure`` writes a figure of Matplotlib as an image and closes it, unless
    ``close`` is False.
    """
    red = pyplot.figure(figsize=(3, 2), dpi=1, facecolor=(1, 0, 0))
    blue = pyplot.figure(figsize=(3, 2), dpi=1, facecolor=(0, 0, 1))

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_figure("x", red, 1)
        writer.add_figure("x", blue, 2, close=False)

    assert images(tmp_path, "x") == [
        (1, [[[255, 0, 0]] * 3] * 2),
        (2, [[[0, 0, 255]] * 3] * 2),
    ]
    assert pyplot.get_fignums() == [blue.number]


@claim("training.tensorboard.add-text", see="tensorboard")
def test_add_text_writes_a_text_under_a_tag_of_its_own(tensorboard, tmp_path):
    """``add_text`` writes a text at a step, under the tag with ``/text_summary`` at its
    end.
    """
    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_text("notes", "first run", 2)

    (event,) = written(tmp_path).Tensors("notes/text_summary")
    assert list(event.tensor_proto.string_val) == [b"first run"]
    assert event.step == 2


# --- what belongs to a run ------------------------------------------------------------


@claim("training.tensorboard.add-hparams", see="tensorboard")
def test_add_hparams_writes_a_run_of_settings_and_results(tensorboard, tmp_path):
    """``add_hparams`` writes settings, numbers and texts but not None, and results,
    which are numbers, into a run of its own in the folder.
    """
    settings = {"lr": 0.5, "depth": 3, "name": "sgd", "seed": None}

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_hparams(settings, {"accuracy": 0.75}, run_name="run")

    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    run = tmp_path / "run"
    start = written(run).SummaryMetadata("_hparams_/session_start_info").plugin_data
    kept = HParamsPluginData.FromString(start.content).session_start_info.hparams
    assert start.plugin_name == "hparams"
    assert sorted(kept) == ["depth", "lr", "name"]
    assert (kept["lr"].number_value, kept["depth"].number_value) == (0.5, 3)
    assert kept["name"].string_value == "sgd"
    assert steps_and_values(run, "accuracy") == [(0, 0.75)]
    assert written(tmp_path).Tags()["scalars"] == []


@claim("training.tensorboard.add-pr-curve", see="tensorboard")
def test_add_pr_curve_counts_at_every_threshold(tensorboard, tmp_path, device):
    """``add_pr_curve`` writes, for thresholds from 0 to 1, how many predictions from
    there on are right and wrong and how many below it are, the precision and the
    recall.
    """
    labels = torch.tensor([0, 1, 0, 1], device=device)
    predictions = torch.tensor([0.25, 0.5, 0.25, 1.0], device=device)

    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve("x", labels, predictions, 3, num_thresholds=3)

    (event,) = written(tmp_path).Tensors("x")
    values = list(event.tensor_proto.float_val)
    assert [size.size for size in event.tensor_proto.tensor_shape.dim] == [6, 3]
    assert event.step == 3
    assert (values[0:3], values[3:6]) == ([2, 2, 1], [2, 0, 0])
    assert (values[6:9], values[9:12]) == ([0, 2, 2], [0, 0, 1])
    assert (values[12:15], values[15:18]) == ([0.5, 1, 1], [1, 1, 0.5])

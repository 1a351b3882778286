"""TensorBoard: numbers written to a file while training, for a viewer to show.

A SummaryWriter opens a file of events in a folder, and each call adds an event with a
tag, a step, a time and what is to be shown. All of it is in the file once the writer is
flushed or closed, and TensorBoard's own reader finds it there.

It is commonly believed that a writer puts its numbers where it is told by a tag. A tag
only names a series: the folder is the run, and a new writer in the same folder goes on
with the same run in a file of its own.
"""

import math
import re
import socket

import numpy
import pytest
import torch

from torch_semantics import claim


def written(folder):
    """What TensorBoard's reader finds in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder)).Reload()


def steps_and_values(folder, tag):
    """The steps and values of a series of numbers."""
    return [(event.step, event.value) for event in written(folder).Scalars(tag)]


def names(folder):
    """The names of what is in a folder, in alphabetical order."""
    return sorted(path.name for path in folder.iterdir())


# --- where it writes ------------------------------------------------------------------


@claim("training.tensorboard.default-log-dir", see="tensorboard")
def test_a_writer_makes_a_folder_for_the_run(tensorboard, tmp_path, monkeypatch):
    """Without arguments a SummaryWriter makes the folder ``runs`` where the program
    runs, in it one that is named by date, time and host, and in that a file of events.
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
    step it is 0.
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

    with pytest.raises(AssertionError):
        writer.add_scalar("loss", torch.ones(2, device=device), 1)
    with pytest.raises(AssertionError):
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
    ``new_style`` it is written as a tensor, and with ``double_precision`` exactly.
    """
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("single", 0.1, 1)
    writer.add_scalar("new", 0.1, 2, new_style=True)
    writer.add_scalar("double", 0.1, 3, new_style=True, double_precision=True)
    writer.close()

    events = written(tmp_path)
    assert [event.value for event in events.Scalars("single")] == [0.10000000149011612]
    (new,), (double,) = events.Tensors("new"), events.Tensors("double")
    assert list(new.tensor_proto.float_val) == [0.10000000149011612]
    assert list(double.tensor_proto.double_val) == [0.1]
    assert (new.step, double.step) == (2, 3)
    assert events.Tags()["scalars"] == ["single"]


@claim("training.tensorboard.walltime", see="tensorboard")
def test_a_time_and_a_step_may_be_given(tensorboard, tmp_path, device):
    """``walltime`` is the event's time, in seconds, and without it the time of the
    call; a step may be anything that ``int`` takes.
    """
    writer = tensorboard.SummaryWriter(tmp_path)
    writer.add_scalar("loss", 1.0, torch.tensor(3, device=device), walltime=1234.5)
    writer.add_scalar("loss", 2.0, numpy.int64(4), 2345.5)
    writer.add_scalar("loss", 3.0, 5)
    writer.close()

    events = written(tmp_path).Scalars("loss")
    assert [event.step for event in events] == [3, 4, 5]
    assert [event.wall_time for event in events[:2]] == [1234.5, 2345.5]
    assert events[2].wall_time > 1_600_000_000


@claim("training.tensorboard.add-scalars", see="tensorboard")
def test_add_scalars_writes_a_run_for_each_number(tensorboard, tmp_path):
    """``add_scalars`` writes each number of a dict as a run of its own, in a folder
    that is named by the tag and the key, under the same tag.
    """
    with tensorboard.SummaryWriter(tmp_path) as writer:
        writer.add_scalars("loss/all", {"train": 0.5, "valid": 0.75}, 1)
        writer.add_scalars("loss/all", {"train": 0.25}, 2, walltime=1234.5)

    assert names(tmp_path)[1:] == ["loss_all_train", "loss_all_valid"]
    train, valid = tmp_path / "loss_all_train", tmp_path / "loss_all_valid"
    assert steps_and_values(train, "loss/all") == [(1, 0.5), (2, 0.25)]
    assert steps_and_values(valid, "loss/all") == [(1, 0.75)]
    assert written(train).Scalars("loss/all")[1].wall_time == 1234.5
    assert (len(names(train)), len(names(valid))) == (1, 1)


# --- when it is written ---------------------------------------------------------------


@claim("training.tensorboard.flush", see="tensorboard")
def test_what_was_added_is_in_the_file_after_flush(tensorboard, tmp_path):
    """After ``flush`` everything that was added before is in the file, and the writer
    goes on.
    """
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
    assert steps_and_values(tmp_path, "loss") == [(1, 0.5), (2, 0.25)]


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

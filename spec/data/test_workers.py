"""Workers: loading in other processes.

With ``num_workers=n`` each pass of a DataLoader starts n processes. Each has its own
copy of the dataset and its own random generators, and makes every n-th batch; the
loader hands the batches out in the same order as without workers.

It is often believed that workers share the samples of an IterableDataset among them.
Each has the whole stream: unless it takes its share by get_worker_info(), every sample
comes once from each worker.
"""

import multiprocessing
import os
import random
import warnings

import numpy as np
import pytest
import torch
from torch.utils import data
from torch.utils.data import DataLoader, Dataset, IterableDataset

from torch_semantics import claim


class Counting(Dataset):
    """Numbers, each with how many this copy of the dataset has given by then."""

    def __init__(self, size):
        self.size = size
        self.given = 0

    def __getitem__(self, index):
        """Return the number and the count."""
        self.given += 1
        return index, self.given

    def __len__(self):
        """Return how many numbers there are."""
        return self.size


class Diary(Dataset):
    """What a worker knows of itself, and what it was told when it began."""

    told = None

    def __getitem__(self, index):
        """Return the worker's number, seeds, draws and threads."""
        info = data.get_worker_info()
        return {
            "worker": (info.id, info.num_workers, info.seed),
            "own copy": info.dataset is self,
            "told": self.told,
            "seeded with": torch.initial_seed(),
            "python": random.random(),
            "numpy": np.random.rand(),
            "threads": torch.get_num_threads(),
        }

    def __len__(self):
        """Return 2, one sample for each of two workers."""
        return 2


def tell(worker):
    """Write into the worker's copy of the dataset."""
    data.get_worker_info().dataset.told = (worker, torch.initial_seed())


class Fragile(Dataset):
    """Three numbers, of which the second can't be had."""

    def __getitem__(self, index):
        """Return the number, or raise."""
        return [0, 1 // (index - 1), 2][index]

    def __len__(self):
        """Return 3."""
        return 3


class Stream(IterableDataset):
    """The numbers 0 to 4, or of these the share of the worker."""

    def __init__(self, shared_out):
        self.shared_out = shared_out

    def __iter__(self):
        """Begin with the first number, or the first of the worker's share."""
        info = data.get_worker_info()
        if info is not None and self.shared_out:
            return iter(range(info.id, 5, info.num_workers))
        return iter(range(5))


class Late(Dataset):
    """The numbers 0 to 3, of which 0 waits for an event, set by ``opener``."""

    def __init__(self, event, opener=None):
        self.event = event
        self.opener = opener

    def __getitem__(self, index):
        """Return the number, and whether the event has happened by then."""
        if index == self.opener:
            self.event.set()
        if index == 0:
            self.event.wait(10)
        return index, self.event.is_set()

    def __len__(self):
        """Return 4."""
        return 4


class Odd(Exception):
    """An error that can't be made from a message alone."""

    def __init__(self, message, number):
        super().__init__(message, number)


class Failing(Dataset):
    """No samples, only errors."""

    def __getitem__(self, index):
        """Raise."""
        raise [KeyError("lost"), Odd("strange", 7)][index]

    def __len__(self):
        """Return 2."""
        return 2


class Deadly(Dataset):
    """A sample that kills the process."""

    def __getitem__(self, index):
        """End the process."""
        os._exit(3)

    def __len__(self):
        """Return 1."""
        return 1


def refuse(worker):
    """Raise when a worker begins."""
    raise ValueError(f"not worker {worker}")


@claim("data.worker.same-batches", see="data#multi-process-data-loading")
@pytest.mark.slow
def test_workers_give_the_same_batches_in_the_same_order():
    """With two workers a DataLoader gives the batches that it gives without, shuffled
    alike after the same seed; they are made in turn, on copies of the dataset, so that
    the dataset itself knows nothing of it.
    """
    dataset = Counting(5)
    alone = DataLoader(Counting(5), batch_size=2, shuffle=True)
    together = DataLoader(dataset, batch_size=2, shuffle=True, num_workers=2)

    torch.manual_seed(1)
    expected = [indices.tolist() for indices, _ in alone]
    torch.manual_seed(1)
    loaded = [(indices.tolist(), given.tolist()) for indices, given in together]

    assert [indices for indices, _ in loaded] == expected
    assert [given for _, given in loaded] == [[1, 2], [1, 2], [3]]
    assert (dataset.given, len(together)) == (0, 3)


@claim("data.worker.late-batch", see="data#multi-process-data-loading")
@pytest.mark.slow
def test_a_late_batch_is_waited_for():
    """Each worker is given two batches ahead; where the second worker has made both of
    its own before the first one has made any, the loader still gives the batches in
    their order.
    """
    dataset = Late(multiprocessing.Event(), opener=3)

    loaded = list(DataLoader(dataset, batch_size=None, num_workers=2))

    assert [index for index, _ in loaded] == [0, 1, 2, 3]
    assert loaded[0] == [0, True]


@claim(
    "data.worker.any-order",
    see="data#torch.utils.data.DataLoader",
    since="2.6.0",
)
@pytest.mark.slow
def test_batches_may_come_in_the_order_in_which_they_are_made():
    """With in_order=False, which by default is True, a batch comes as soon as it is
    made, without waiting for those before it, and each comes once.
    """
    dataset = Late(multiprocessing.Event())
    loader = DataLoader(dataset, batch_size=None, num_workers=2, in_order=False)

    batches = iter(loader)
    first = next(batches)
    dataset.event.set()
    others = [index for index, _ in batches]

    assert first == [1, False]
    assert sorted(others) == [0, 2, 3]
    assert (loader.in_order, DataLoader(dataset).in_order) == (False, True)


@claim("data.worker.seeds", see="notes/randomness#dataloader")
@pytest.mark.slow
def test_each_worker_has_a_seed_of_its_own():
    """The number that a pass takes from the global generator, plus the worker's number,
    seeds torch and Python's random in each worker; NumPy is seeded differently in each.
    """
    torch.manual_seed(2)
    base = torch.empty((), dtype=torch.int64).random_().item()
    torch.manual_seed(2)

    first, second = DataLoader(Diary(), batch_size=None, num_workers=2)

    assert (first["seeded with"], second["seeded with"]) == (base, base + 1)
    assert first["worker"] == [0, 2, base]
    assert second["worker"] == [1, 2, base + 1]
    assert first["python"] == random.Random(base).random()
    assert second["python"] == random.Random(base + 1).random()
    assert first["numpy"] != second["numpy"]


@claim("data.worker.info", see="data#torch.utils.data.get_worker_info")
@pytest.mark.slow
def test_worker_init_fn_is_told_the_number_of_its_worker():
    """get_worker_info() is None in the main process; in a worker it has the worker's
    own copy of the dataset, which worker_init_fn, called with the worker's number after
    seeding, can change before the first sample. A worker computes on one thread.
    Without workers worker_init_fn is not called.
    """
    dataset = Diary()

    loader = DataLoader(dataset, batch_size=None, num_workers=2, worker_init_fn=tell)
    first, second = loader
    without_workers = list(DataLoader([7], batch_size=None, worker_init_fn=refuse))

    assert data.get_worker_info() is None
    assert (first["own copy"], second["own copy"], dataset.told) == (True, True, None)
    assert first["told"] == [0, first["seeded with"]]
    assert second["told"] == [1, second["seeded with"]]
    assert (first["threads"], second["threads"]) == (1, 1)
    assert without_workers == [7]


@claim("data.worker.stream-is-repeated", see="data#torch.utils.data.IterableDataset")
@pytest.mark.slow
def test_each_worker_goes_through_the_whole_stream():
    """Two workers give every sample of an IterableDataset twice, in turn, unless the
    dataset takes each worker's share; then every sample comes once, and batches are
    made within the shares. With drop_last each worker drops a last batch of its own.
    """
    repeated = DataLoader(Stream(shared_out=False), batch_size=3, num_workers=2)
    shared = DataLoader(Stream(shared_out=True), batch_size=2, num_workers=2)
    dropping = DataLoader(Stream(shared_out=False), 3, num_workers=2, drop_last=True)

    assert [batch.tolist() for batch in repeated] == [[0, 1, 2]] * 2 + [[3, 4]] * 2
    assert [batch.tolist() for batch in shared] == [[0, 2], [1, 3], [4]]
    assert [batch.tolist() for batch in dropping] == [[0, 1, 2]] * 2


@claim("data.worker.errors", see="data#multi-process-data-loading")
@pytest.mark.slow
def test_an_error_in_a_worker_is_raised_where_its_batch_is_due():
    """An error in a worker is raised by the loader in place of its batch, with its
    type, the number of the worker and the traceback from there; the batches after it
    follow.
    """
    batches = iter(DataLoader(Fragile(), num_workers=1))

    first = next(batches)
    with pytest.raises(ZeroDivisionError, match="in DataLoader worker process 0") as it:
        next(batches)
    last = next(batches)

    assert (first.tolist(), last.tolist()) == ([0], [2])
    assert "Caught ZeroDivisionError in DataLoader worker" in str(it.value)
    assert "Original Traceback (most recent call last):" in str(it.value)
    assert "in __getitem__" in str(it.value)
    with pytest.raises(StopIteration):
        next(batches)


@claim("data.worker.error-types", see="data#multi-process-data-loading")
@pytest.mark.slow
def test_an_error_that_cannot_be_made_from_a_message_becomes_a_runtime_error():
    """A KeyError in a worker is raised with the traceback from there on lines of its
    own, as other errors are; an error of a type that can't be made from a message alone
    is raised as RuntimeError.
    """
    batches = iter(DataLoader(Failing(), num_workers=1))

    with pytest.raises(KeyError, match=r"^Caught KeyError in DataLoader") as lost:
        next(batches)
    with pytest.raises(RuntimeError, match=r"^Caught Odd in DataLoader worker") as odd:
        next(batches)

    assert (
        str(lost.value).splitlines()[1] == "Original Traceback (most recent call last):"
    )
    assert str(lost.value).splitlines()[-1] == "KeyError: 'lost'"
    assert type(odd.value) is RuntimeError
    assert str(odd.value).splitlines()[-1].endswith("Odd: ('strange', 7)")


@claim("data.worker.init-error", see="data#torch.utils.data.DataLoader")
@pytest.mark.slow
def test_an_error_in_worker_init_fn_is_raised_in_place_of_the_first_batch():
    """An error in worker_init_fn is raised by the loader, with its type and the number
    of the worker, in place of the first batch that this worker makes.
    """
    loader = DataLoader([7], num_workers=1, worker_init_fn=refuse)

    batches = iter(loader)

    with pytest.raises(ValueError, match="in DataLoader worker process 0") as error:
        next(batches)
    assert str(error.value).splitlines()[-1] == "ValueError: not worker 0"


@claim("data.worker.timeout", see="data#torch.utils.data.DataLoader")
@pytest.mark.slow
def test_a_batch_that_is_not_there_in_time_is_an_error():
    """With workers and a positive timeout a batch that isn't there after so many
    seconds raises RuntimeError.
    """
    dataset = Late(multiprocessing.Event())
    batches = iter(DataLoader(dataset, num_workers=1, timeout=0.1))

    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.1 s"):
        next(batches)
    dataset.event.set()


@claim("data.worker.death", see="data#multi-process-data-loading")
@pytest.mark.slow
def test_a_worker_that_dies_is_an_error():
    """A worker process that ends before its batch is there raises RuntimeError in the
    main process, which names the process.
    """
    batches = iter(DataLoader(Deadly(), num_workers=1))

    with pytest.raises(
        RuntimeError, match=r"^DataLoader worker \(pid.* \d+\) exited unexpectedly"
    ):
        next(batches)


@claim("data.worker.persistent", see="data#torch.utils.data.DataLoader")
@pytest.mark.slow
def test_persistent_workers_keep_their_copies_of_the_dataset():
    """A worker ends with its pass, so that the next one begins with a new copy of the
    dataset; with persistent_workers=True the same workers and copies go on, with a new
    pass over the samples, of an IterableDataset, too.
    """
    passing = DataLoader(Counting(2), batch_size=2, num_workers=1)
    staying = DataLoader(
        Counting(2), batch_size=2, num_workers=1, persistent_workers=True
    )
    stream = DataLoader(
        Stream(shared_out=False), batch_size=3, num_workers=1, persistent_workers=True
    )

    new_each_time = [[[*map(torch.Tensor.tolist, b)] for b in passing] for _ in "12"]
    going_on = [[[*map(torch.Tensor.tolist, b)] for b in staying] for _ in "12"]

    assert new_each_time == [[[[0, 1], [1, 2]]], [[[0, 1], [1, 2]]]]
    assert going_on == [[[[0, 1], [1, 2]]], [[[0, 1], [3, 4]]]]
    assert [batch.tolist() for _ in "12" for batch in stream] == [[0, 1, 2], [3, 4]] * 2


@claim("data.worker.refusals", see="data#torch.utils.data.DataLoader")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_workers": -1}, "num_workers option should be non-negative"),
        ({"timeout": -1}, "timeout option should be non-negative"),
        ({"prefetch_factor": 3}, "prefetch_factor option could only be specified in"),
        (
            {"persistent_workers": True},
            "persistent_workers option needs num_workers > 0",
        ),
        ({"multiprocessing_context": "spawn"}, "can only be used with multi-process"),
        (
            {"multiprocessing_context": "no", "num_workers": 1},
            "should specify a valid start method",
        ),
    ],
    ids=["number", "timeout", "prefetch", "persistent", "context", "start-method"],
)
def test_a_loader_checks_its_options_for_workers(options, message):
    """A DataLoader raises ValueError for a negative num_workers or timeout, for a start
    method that there is not, and for prefetch_factor, persistent_workers or
    multiprocessing_context without workers; for a timeout without workers a pass raises
    AssertionError. With workers it prefetches 2 batches each.
    """
    with pytest.raises(ValueError, match=message):
        DataLoader([1, 2], **options)

    with pytest.raises(AssertionError):
        iter(DataLoader([1, 2], timeout=1))
    assert DataLoader([1, 2], num_workers=1).prefetch_factor == 2


@claim(
    "data.worker.negative-prefetch",
    see="data#torch.utils.data.DataLoader",
    since="2.0.0",
)
def test_a_negative_prefetch_factor_is_refused():
    """A DataLoader with workers raises ValueError for a negative prefetch_factor."""
    with pytest.raises(ValueError, match="prefetch_factor option should be non-neg"):
        DataLoader([1, 2], num_workers=1, prefetch_factor=-1)


@claim(
    "data.worker.no-prefetch-without-workers",
    see="data#torch.utils.data.DataLoader",
    since="2.0.0",
)
def test_without_workers_there_is_nothing_to_prefetch():
    """Without workers prefetch_factor is None, and any number raises ValueError, even
    0 and the 2 that is the default with workers.
    """
    assert DataLoader([1, 2]).prefetch_factor is None
    assert DataLoader([1, 2], prefetch_factor=None).prefetch_factor is None
    with pytest.raises(ValueError, match="prefetch_factor option could only be"):
        DataLoader([1, 2], prefetch_factor=2)
    with pytest.raises(ValueError, match="prefetch_factor option could only be"):
        DataLoader([1, 2], prefetch_factor=0)


@claim(
    "data.worker.prefetch-of-2-without-workers",
    see="data#torch.utils.data.DataLoader",
    until="2.0.0",
)
def test_without_workers_the_default_prefetch_factor_is_allowed():
    """Without workers prefetch_factor is 2, too, and can be given as 2."""
    assert DataLoader([1, 2]).prefetch_factor == 2
    assert DataLoader([1, 2], prefetch_factor=2).prefetch_factor == 2


@claim("data.worker.too-many", see="data#torch.utils.data.DataLoader")
def test_more_workers_than_cpus_warn():
    """A DataLoader with more workers than the process may use CPUs warns when it is
    made, and keeps their number; with one worker it does not warn.
    """
    with pytest.warns(UserWarning, match="will create 100000 worker processes in"):
        many = DataLoader([1, 2], num_workers=100000)

    assert many.num_workers == 100000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        DataLoader([1, 2], num_workers=1)


@claim("data.worker.context", see="data#torch.utils.data.DataLoader")
@pytest.mark.slow
def test_workers_are_started_in_the_given_context():
    """A DataLoader starts its workers as processes of its multiprocessing_context; the
    name of a start method stands for the context of this name, and what is neither
    raises TypeError.
    """
    context, started = multiprocessing.context.ForkContext(), []

    def process(**options):
        started.append(options)
        return multiprocessing.context.ForkProcess(**options)

    context.Process = process
    loader = DataLoader([3, 4], None, num_workers=2, multiprocessing_context=context)
    named = DataLoader([3, 4], num_workers=1, multiprocessing_context="spawn")

    assert (list(loader), len(started)) == ([3, 4], 2)
    assert loader.multiprocessing_context is context
    assert named.multiprocessing_context is multiprocessing.get_context("spawn")
    with pytest.raises(TypeError, match="should be a valid context object or a string"):
        DataLoader([3, 4], num_workers=1, multiprocessing_context=3)

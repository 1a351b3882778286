"""Workers: loading in other processes.

With ``num_workers=n`` each pass of a DataLoader starts n processes. Each has its own
copy of the dataset and its own random generators, and makes every n-th batch; the
loader hands the batches out in the same order as without workers.

It is often believed that workers share the samples of an IterableDataset among them.
Each has the whole stream: unless it takes its share by get_worker_info(), every sample
comes once from each worker.
"""

import random

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
    """
    dataset = Diary()

    loader = DataLoader(dataset, batch_size=None, num_workers=2, worker_init_fn=tell)
    first, second = loader

    assert data.get_worker_info() is None
    assert (first["own copy"], second["own copy"], dataset.told) == (True, True, None)
    assert first["told"] == [0, first["seeded with"]]
    assert second["told"] == [1, second["seeded with"]]
    assert (first["threads"], second["threads"]) == (1, 1)


@claim("data.worker.stream-is-repeated", see="data#torch.utils.data.IterableDataset")
@pytest.mark.slow
def test_each_worker_goes_through_the_whole_stream():
    """Two workers give every sample of an IterableDataset twice, in turn, unless the
    dataset takes each worker's share; then every sample comes once, and batches are
    made within the shares.
    """
    repeated = DataLoader(Stream(shared_out=False), batch_size=3, num_workers=2)
    shared = DataLoader(Stream(shared_out=True), batch_size=2, num_workers=2)

    assert [batch.tolist() for batch in repeated] == [[0, 1, 2]] * 2 + [[3, 4]] * 2
    assert [batch.tolist() for batch in shared] == [[0, 2], [1, 3], [4]]


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


@claim("data.worker.persistent", see="data#torch.utils.data.DataLoader")
@pytest.mark.slow
def test_persistent_workers_keep_their_copies_of_the_dataset():
    """A worker ends with its pass, so that the next one begins with a new copy of the
    dataset; with persistent_workers=True the same workers and copies go on.
    """
    passing = DataLoader(Counting(2), batch_size=2, num_workers=1)
    staying = DataLoader(
        Counting(2), batch_size=2, num_workers=1, persistent_workers=True
    )

    new_each_time = [[[*map(torch.Tensor.tolist, b)] for b in passing] for _ in "12"]
    going_on = [[[*map(torch.Tensor.tolist, b)] for b in staying] for _ in "12"]

    assert new_each_time == [[[[0, 1], [1, 2]]], [[[0, 1], [1, 2]]]]
    assert going_on == [[[[0, 1], [1, 2]]], [[[0, 1], [3, 4]]]]


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

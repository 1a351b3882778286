"""Ways to break transforms: when they run, and what the loader makes of samples."""

import torch
from torch.utils import data
from torch.utils.data import DataLoader, Dataset

from torch_semantics.faults import fault, raises, wrap

FETCHER = data._utils.fetch._MapDatasetFetcher


class _Noting(Dataset):
    def __init__(self):
        self.asked = []

    def __getitem__(self, index):
        self.asked.append(index)
        return index

    def __len__(self):
        return 3


def _asked(epochs=1, **options):
    dataset = _Noting()
    loader = DataLoader(dataset, batch_size=3, **options)
    for _ in range(epochs):
        list(loader)
    return dataset.asked


@fault(
    "DataLoader takes any keyword.",
    witness=lambda: not raises(lambda: DataLoader([1], transform=None)),
)
def loader_takes_transform(patch):
    def init(original, self, *args, transform=None, **options):
        original(self, *args, **options)

    wrap(patch, DataLoader, "__init__", init)


@fault(
    "A loader keeps the samples of the first epoch.",
    witness=lambda: _asked(epochs=2) == [0, 1, 2],
)
def samples_are_kept(patch):
    kept = {}

    def fetch(original, self, index):
        key = (id(self.dataset), tuple(index))
        if key not in kept:
            kept[key] = (original(self, index), self.dataset)
        return kept[key][0]

    wrap(patch, FETCHER, "fetch", fetch)


@fault(
    "A loader asks for every sample twice.",
    witness=lambda: _asked() == [0, 0, 1, 1, 2, 2],
)
def samples_are_asked_twice(patch):
    def fetch(self, index):
        return self.collate_fn(
            [(self.dataset[each], self.dataset[each])[1] for each in index]
        )

    patch(FETCHER, "fetch", fetch)


@fault(
    "A loader asks for its first sample when it is made.",
    witness=lambda: _asked() == [0, 0, 1, 2],
)
def loader_looks_ahead(patch):
    def init(original, self, dataset, *args, **options):
        original(self, dataset, *args, **options)
        dataset[0]

    wrap(patch, DataLoader, "__init__", init)


@fault(
    "A loader asks for the samples of a batch from the last on.",
    witness=lambda: _asked() == [2, 1, 0],
)
def samples_are_asked_backwards(patch):
    def fetch(self, index):
        data = [self.dataset[each] for each in reversed(index)]
        return self.collate_fn(data[::-1])

    patch(FETCHER, "fetch", fetch)


@fault(
    "A loader hands its collate_fn a tuple.",
    witness=lambda: isinstance(
        next(iter(DataLoader([1], collate_fn=lambda samples: samples))), tuple
    ),
)
def collate_gets_a_tuple(patch):
    def fetch(self, index):
        return self.collate_fn(tuple(self.dataset[each] for each in index))

    patch(FETCHER, "fetch", fetch)


@fault(
    "A loader collates by default whatever its collate_fn.",
    witness=lambda: isinstance(
        next(iter(DataLoader([1], collate_fn=lambda samples: None))), torch.Tensor
    ),
)
def collate_fn_is_ignored(patch):
    def init(original, self, *args, collate_fn=None, **options):
        original(self, *args, **options)

    wrap(patch, DataLoader, "__init__", init)


@fault(
    "A loader seeds the global generator with the same number for each pass.",
    witness=lambda: _drawn() == _drawn(),
)
def loader_reseeds(patch):
    def init(original, self, loader):
        original(self, loader)
        torch.manual_seed(0)

    wrap(patch, data.dataloader._BaseDataLoaderIter, "__init__", init)


def _drawn():
    iter(DataLoader([1]))
    return torch.rand(()).item()


@fault(
    "A loader takes two numbers from the global generator for a pass.",
    witness=lambda: (
        _state_after(lambda: iter(DataLoader([1])))
        == _state_after(lambda: (_draw(), _draw()))
    ),
)
def loader_draws_twice(patch):
    def init(original, self, loader):
        original(self, loader)
        _draw()

    wrap(patch, data.dataloader._BaseDataLoaderIter, "__init__", init)


def _draw():
    torch.empty((), dtype=torch.int64).random_()


def _state_after(call):
    torch.manual_seed(0)
    call()
    return torch.get_rng_state().tolist()

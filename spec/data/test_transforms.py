"""A transform belongs to the dataset.

A dataset that is given a transform applies it in ``__getitem__``, whenever a sample is
asked for. Nothing is transformed ahead of time and nothing is kept: the second epoch
transforms every sample again, and a random transform gives other results then.

It is often believed that augmentation is a setting of the DataLoader. The loader has no
transform: it asks the dataset for samples, and hands them to its collate_fn, which is
the only hook that it has.
"""

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from torch_semantics import claim


class Transformed(Dataset):
    """Rows of a tensor, each seen through a transform."""

    def __init__(self, rows, transform):
        self.rows = rows
        self.transform = transform
        self.asked = []

    def __getitem__(self, index):
        """Return one row, transformed, and note its number."""
        self.asked.append(index)
        return self.transform(self.rows[index])

    def __len__(self):
        """Return the number of rows."""
        return len(self.rows)


@claim(
    "data.dataset.transform-belongs-to-dataset", see="data#torch.utils.data.DataLoader"
)
def test_a_loader_has_no_transform_of_its_own(device):
    """A DataLoader refuses the keyword transform with TypeError, and batches what the
    dataset gives for the numbers that the sampler gives.
    """
    rows = torch.tensor([1, 2, 3], device=device)
    dataset = Transformed(rows, lambda row: row * 10)

    batches = [batch.tolist() for batch in DataLoader(dataset, 2, sampler=[2, 0, 1])]

    assert batches == [[30, 10], [20]]
    assert dataset.asked == [2, 0, 1]
    with pytest.raises(TypeError, match="unexpected keyword argument 'transform'"):
        DataLoader(dataset, transform=lambda row: row)


@claim("data.dataset.collate-is-the-loaders-hook", see="data#dataloader-collate-fn")
def test_the_loader_can_change_samples_in_its_collate_fn_only(device):
    """A collate_fn is called once for each batch, with the list of its samples as they
    come out of the dataset's transform, and what it returns is the batch.
    """
    rows = torch.tensor([1, 2, 3], device=device)
    dataset = Transformed(rows, lambda row: row.item() * 10)
    seen = []

    def collate(samples):
        seen.append(samples)
        return sum(samples)

    batches = list(DataLoader(dataset, batch_size=2, collate_fn=collate))

    assert seen == [[10, 20], [30]]
    assert batches == [30, 30]


@claim(
    "data.dataset.transform-runs-on-every-access", see="data#torch.utils.data.Dataset"
)
def test_a_transform_runs_at_every_access_and_leaves_the_data(device):
    """A transform is not called while the dataset and the loader are made; it runs for
    every sample once in each epoch, on the data as they are stored, which stay so.
    """
    calls = []

    def double(row):
        calls.append(row.item())
        return row * 2

    rows = torch.tensor([1, 2, 3], device=device)
    loader = DataLoader(Transformed(rows, double), batch_size=3)
    calls_before = list(calls)

    epochs = [[batch.tolist() for batch in loader] for _ in range(2)]

    assert calls_before == []
    assert calls == [1, 2, 3, 1, 2, 3]
    assert epochs == [[[2, 4, 6]], [[2, 4, 6]]]
    assert rows.tolist() == [1, 2, 3]


@claim("data.dataset.random-transform", see="notes/randomness#dataloader")
def test_a_random_transform_draws_anew_in_each_epoch_and_repeats_after_seeding():
    """Without workers a random transform draws from the global generator, sample by
    sample and in each epoch anew, after the one number that the loader itself takes for
    a pass; seeding repeats all of it.
    """
    loader = DataLoader(
        Transformed(torch.zeros(2), lambda row: row + torch.rand(())), batch_size=2
    )
    torch.manual_seed(3)
    torch.empty((), dtype=torch.int64).random_()
    first = [torch.rand(()).item(), torch.rand(()).item()]
    torch.empty((), dtype=torch.int64).random_()
    second = [torch.rand(()).item(), torch.rand(()).item()]

    torch.manual_seed(3)
    epochs = [[batch.tolist() for batch in loader] for _ in range(2)]

    assert epochs == [[first], [second]]
    assert first != second

"""torchvision.datasets reads well-known datasets from files on disk.

Each dataset is a torch.utils.data.Dataset: it has a length, and an index gives a pair
of an image, a PIL image unless a transform makes something else of it, and a label.

It is often believed that the classes work as they are. They look for their files below
a root folder, and download them only with download=True, and only if they are missing.
"""

import pickle
import struct
import sys

import numpy as np
import pytest
import torch

from torch_semantics import claim


def write_mnist(root, images, labels, *, split):
    """Write gray images and their labels as the two files of a split of MNIST."""
    folder = root / "MNIST" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    shape = np.shape(images)
    (folder / f"{split}-images-idx3-ubyte").write_bytes(
        struct.pack(">4i", 2051, *shape) + np.array(images, dtype=np.uint8).tobytes()
    )
    (folder / f"{split}-labels-idx1-ubyte").write_bytes(
        struct.pack(">2i", 2049, len(labels)) + bytes(labels)
    )


@pytest.fixture
def requests(monkeypatch, torchvision):
    """The names of the archives that would have been downloaded."""
    names = []

    def download(url, download_root, filename=None, md5=None, **_):
        names.append(filename)

    for module in (torchvision.datasets.mnist, torchvision.datasets.cifar):
        monkeypatch.setattr(module, "download_and_extract_archive", download)
    return names


# --- MNIST ----------------------------------------------------------------------------


@claim(
    "vision.mnist.download-only-when-missing",
    see="../../vision/stable/generated/torchvision.datasets.MNIST",
)
def test_mnist_reads_files_that_are_there(torchvision, tmp_path, requests):
    """MNIST reads the raw files below its root, whether or not download=True, which
    requests nothing then; an item is a gray PIL image and an int.
    """
    from PIL import Image  # which torchvision brings along

    write_mnist(tmp_path, [[[0, 1, 2], [3, 4, 255]]], [7], split="train")
    write_mnist(tmp_path, [[[9]], [[8]]], [3, 5], split="t10k")
    mnist = torchvision.datasets.MNIST

    plain = mnist(str(tmp_path))
    told = mnist(str(tmp_path), download=True)

    image, label = plain[0]
    assert requests == []
    assert (len(plain), len(told)) == (1, 1)
    assert (type(image), image.mode, image.size) == (Image.Image, "L", (3, 2))
    assert np.asarray(image).tolist() == [[0, 1, 2], [3, 4, 255]]
    assert (label, type(label)) == (7, int)
    assert (plain.data.dtype, plain.targets.dtype) == (torch.uint8, torch.int64)


@claim(
    "vision.mnist.split-and-transforms",
    see="../../vision/stable/generated/torchvision.datasets.MNIST",
)
def test_mnist_has_two_splits_and_transforms_its_items(torchvision, tmp_path):
    """MNIST reads the training set by default and the test set with train=False; it
    passes each image through transform and each label through target_transform.
    """
    write_mnist(tmp_path, [[[0, 51]]], [7], split="train")
    write_mnist(tmp_path, [[[102, 255]], [[153, 0]]], [3, 5], split="t10k")

    train = torchvision.datasets.MNIST(str(tmp_path))
    test = torchvision.datasets.MNIST(
        str(tmp_path),
        train=False,
        transform=torchvision.transforms.ToTensor(),
        target_transform=lambda label: label + 100,
    )

    items = [((image * 5).tolist(), label) for image, label in (test[0], test[1])]
    assert (len(train), train[0][1]) == (1, 7)
    assert items == [([[[2, 5]]], 103), ([[[3, 0]]], 105)]
    assert [train.classes[7], test.class_to_idx["3 - three"]] == ["7 - seven", 3]


@claim(
    "vision.mnist.missing-files",
    see="../../vision/stable/generated/torchvision.datasets.MNIST",
)
def test_mnist_downloads_missing_files_only_on_request(torchvision, tmp_path, requests):
    """Where a file of either split is missing, MNIST raises RuntimeError by default,
    and with download=True requests all four archives.
    """
    write_mnist(tmp_path, [[[0]]], [7], split="train")
    not_found = "Dataset not found. You can use download=True to download it"

    with pytest.raises(RuntimeError) as error:
        torchvision.datasets.MNIST(str(tmp_path))
    by_default = list(requests)
    with pytest.raises(RuntimeError, match="Dataset not found"):
        torchvision.datasets.MNIST(str(tmp_path), download=True)

    assert str(error.value) == not_found
    assert by_default == []
    assert requests == [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ]


# --- other datasets -------------------------------------------------------------------


@claim("vision.datasets.named-datasets", see="../../vision/stable/datasets")
def test_the_well_known_datasets_are_datasets(torchvision, tmp_path, monkeypatch):
    """CIFAR, COCO, MNIST, SVHN and VOC are classes derived from
    torch.utils.data.Dataset; CocoDetection can't be made without pycocotools.
    """
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    datasets = torchvision.datasets
    classes = [
        datasets.CIFAR10,
        datasets.CIFAR100,
        datasets.CocoCaptions,
        datasets.CocoDetection,
        datasets.MNIST,
        datasets.SVHN,
        datasets.VOCDetection,
        datasets.VOCSegmentation,
        datasets.FakeData,
    ]

    derived = [issubclass(one, torch.utils.data.Dataset) for one in classes]

    assert derived == [True] * 9
    with pytest.raises(ModuleNotFoundError, match="pycocotools"):
        datasets.CocoDetection(str(tmp_path), str(tmp_path / "annotations.json"))


@claim("vision.datasets.no-download-by-default", see="../../vision/stable/datasets")
@pytest.mark.parametrize(
    "make",
    [
        lambda datasets, root: datasets.MNIST(root),
        lambda datasets, root: datasets.CIFAR10(root),
        lambda datasets, root: datasets.CIFAR100(root, train=False),
        lambda datasets, root: datasets.SVHN(root),
        lambda datasets, root: datasets.VOCDetection(root),
        lambda datasets, root: datasets.VOCSegmentation(root),
    ],
    ids=["MNIST", "CIFAR10", "CIFAR100", "SVHN", "VOCDetection", "VOCSegmentation"],
)
def test_a_dataset_without_files_says_how_to_get_them(
    torchvision, tmp_path, requests, make
):
    """A dataset whose files are missing downloads nothing by default, and raises
    RuntimeError with the advice to use download=True.
    """
    with pytest.raises(
        RuntimeError, match=r"^Dataset not found.* You can use download=True"
    ):
        make(torchvision.datasets, str(tmp_path))

    assert requests == []
    assert list(tmp_path.rglob("*")) == []


@claim(
    "vision.datasets.cifar",
    see="../../vision/stable/generated/torchvision.datasets.CIFAR10",
)
def test_cifar_reads_pickled_rows(torchvision, tmp_path):
    """CIFAR10 reads pickled batches whose rows hold an image's three planes one after
    the other, and refuses a file whose checksum is not the known one.
    """

    class Small(torchvision.datasets.CIFAR10):
        train_list = [["data_batch_1", None], ["data_batch_2", None]]
        test_list = []
        meta = {"filename": "meta", "key": "label_names", "md5": None}

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    row = np.repeat(np.array([10, 20, 30], dtype=np.uint8), 32 * 32)
    row[1] = 11
    row[32] = 12
    batches = {
        "data_batch_1": {"data": row[None], "labels": [1]},
        "data_batch_2": {"data": row[None] + 100, "labels": [0]},
        "meta": {"label_names": ["plane", "car"]},
    }
    for name, batch in batches.items():
        (folder / name).write_bytes(pickle.dumps(batch))

    dataset = Small(str(tmp_path))

    (first, label), (second, other) = dataset[0], dataset[1]
    assert (len(dataset), label, other) == (2, 1, 0)
    assert (first.mode, first.size) == ("RGB", (32, 32))
    assert [first.getpixel(at) for at in ((0, 0), (1, 0), (0, 1))] == [
        (10, 20, 30),
        (11, 20, 30),
        (12, 20, 30),
    ]
    assert second.getpixel((0, 0)) == (110, 120, 130)
    assert dataset.class_to_idx == {"plane": 0, "car": 1}
    with pytest.raises(RuntimeError, match="Dataset not found or corrupted"):
        torchvision.datasets.CIFAR10(str(tmp_path))


@claim(
    "vision.datasets.image-folder",
    see="../../vision/stable/generated/torchvision.datasets.ImageFolder",
)
def test_image_folder_takes_the_folders_for_classes(torchvision, tmp_path):
    """ImageFolder numbers the folders below its root in alphabetical order and reads
    the images in them, in order of their names, as RGB; other files are left out. A
    class without images, and a root without classes, raise FileNotFoundError.
    """
    from PIL import Image

    for name, value in {"b/2.png": 2, "b/1.PNG": 1, "a/in/3.png": 3}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 1), value).save(tmp_path / name)
    (tmp_path / "b" / "notes.txt").write_text("no image")
    (tmp_path / "loose.png").write_bytes(b"no image")

    dataset = torchvision.datasets.ImageFolder(str(tmp_path))

    items = [(image.getpixel((0, 0)), label) for image, label in dataset]
    assert dataset.classes == ["a", "b"]
    assert dataset.class_to_idx == {"a": 0, "b": 1}
    assert dataset.targets == [0, 1, 1]
    assert items == [((3, 3, 3), 0), ((1, 1, 1), 1), ((2, 2, 2), 1)]
    (tmp_path / "c").mkdir()
    with pytest.raises(FileNotFoundError, match="no valid file for the classes c"):
        torchvision.datasets.ImageFolder(str(tmp_path))
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        torchvision.datasets.ImageFolder(str(tmp_path / "c"))


@claim(
    "vision.datasets.fake-data",
    see="../../vision/stable/generated/torchvision.datasets.FakeData",
)
def test_fake_data_draws_each_item_from_its_index(torchvision):
    """FakeData makes random items, each of which depends on its index and the offset
    alone, and leaves torch's generator as it is; an index behind the end is an error.
    """
    fake = torchvision.datasets.FakeData
    to_tensor = torchvision.transforms.ToTensor()
    dataset = fake(3, (3, 2, 4), num_classes=5, transform=to_tensor)
    shifted = fake(3, (3, 2, 4), num_classes=5, transform=to_tensor, random_offset=1)
    state = torch.get_rng_state()

    items = [dataset[i] for i in range(3)]
    again = dataset[1]
    other = shifted[0]

    assert torch.equal(torch.get_rng_state(), state)
    assert (len(dataset), len(fake())) == (3, 1000)
    assert [image.shape for image, _ in items] == [(3, 2, 4)] * 3
    assert {type(label) for _, label in items} == {int}
    assert {label for _, label in items} <= {0, 1, 2, 3, 4}
    assert torch.equal(items[1][0], again[0])
    assert torch.equal(items[1][0], other[0])
    assert not torch.equal(items[0][0], items[1][0])
    with pytest.raises(IndexError, match="FakeData index out of range"):
        dataset[3]

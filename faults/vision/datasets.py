"""Ways to break torchvision's datasets: what they read, and when they download."""

import contextlib
import pathlib
import struct
import tempfile
from unittest import mock

import torch
from PIL import Image
from torchvision import datasets
from torchvision.datasets import folder, mnist

from torch_semantics.faults import error_of, fault, raises, wrap


@contextlib.contextmanager
def mnist_files():
    """A root with one training image of two pixels, labelled 7, and one test image."""
    with tempfile.TemporaryDirectory() as root:
        raw = pathlib.Path(root, "MNIST", "raw")
        raw.mkdir(parents=True)
        for split, label in (("train", 7), ("t10k", 3)):
            head = struct.pack(">4i", 2051, 1, 1, 2)
            (raw / f"{split}-images-idx3-ubyte").write_bytes(head + bytes([1, label]))
            head = struct.pack(">2i", 2049, 1)
            (raw / f"{split}-labels-idx1-ubyte").write_bytes(head + bytes([label]))
        yield root


def item(**options):
    """The first item of that MNIST."""
    with mnist_files() as root:
        return datasets.MNIST(root, **options)[0]


def downloads(**options):
    """How many archives MNIST requests below an empty root."""
    with (
        tempfile.TemporaryDirectory() as root,
        mock.patch.object(mnist, "download_and_extract_archive") as it,
    ):
        error_of(lambda: datasets.MNIST(root, **options))
    return it.call_count


def empty(dataset):
    """The error of a dataset whose root is empty."""
    with tempfile.TemporaryDirectory() as root:
        return error_of(lambda: dataset(root))


@fault("MNIST downloads by default.", witness=lambda: downloads() > 0)
def mnist_downloads_by_default(patch):
    def change(init, self, root, *args, download=True, **options):
        init(self, root, *args, download=download, **options)

    wrap(patch, datasets.MNIST, "__init__", change)


@fault("MNIST never downloads.", witness=lambda: downloads(download=True) == 0)
def mnist_never_downloads(patch):
    patch(datasets.MNIST, "download", lambda self: None)


def _requests_again():
    with (
        mnist_files() as root,
        mock.patch.object(mnist, "download_and_extract_archive") as it,
    ):
        datasets.MNIST(root, download=True)
    return it.called


@fault("MNIST downloads files that are there.", witness=lambda: _requests_again())
def mnist_downloads_again(patch):
    def download(self):
        for name, md5 in self.resources:
            mnist.download_and_extract_archive(
                self.mirrors[0] + name, self.raw_folder, filename=name, md5=md5
            )

    patch(datasets.MNIST, "download", download)


@fault(
    "MNIST without files raises FileNotFoundError.",
    witness=lambda: isinstance(empty(datasets.MNIST), FileNotFoundError),
)
def missing_files_are_not_checked(patch):
    patch(datasets.MNIST, "_check_exists", lambda self: True)


@fault("train=False is ignored.", witness=lambda: item(train=False)[1] == 7)
def test_split_is_ignored(patch):
    def change(init, self, root, train=True, *args, **options):
        init(self, root, True, *args, **options)

    wrap(patch, datasets.MNIST, "__init__", change)


@fault("The labels of MNIST are tensors.", witness=lambda: torch.is_tensor(item()[1]))
def labels_are_tensors(patch):
    def change(original, self, index):
        image, label = original(self, index)
        return image, torch.tensor(label)

    wrap(patch, datasets.MNIST, "__getitem__", change)


@fault(
    "The images of MNIST have three channels.", witness=lambda: item()[0].mode == "RGB"
)
def mnist_is_colored(patch):
    def change(original, self, index):
        image, label = original(self, index)
        return (image.convert("RGB") if hasattr(image, "convert") else image), label

    wrap(patch, datasets.MNIST, "__getitem__", change)


@fault(
    "MNIST ignores target_transform.",
    witness=lambda: item(target_transform=lambda label: -1)[1] == 7,
)
def target_transform_is_ignored(patch):
    def change(init, self, *args, target_transform=None, **options):
        init(self, *args, **options)

    wrap(patch, datasets.MNIST, "__init__", change)


@fault(
    "MNIST passes its images through transform twice.",
    witness=lambda: item(transform=lambda x: [x])[0] != [item()[0]],
)
def transform_is_applied_twice(patch):
    def change(init, self, *args, transform=None, **options):
        twice = transform and (lambda x: transform([transform(x)][0]))
        init(self, *args, transform=twice, **options)

    wrap(patch, datasets.MNIST, "__init__", change)


@fault(
    "SVHN is no dataset.",
    witness=lambda: not issubclass(datasets.SVHN, torch.utils.data.Dataset),
)
def svhn_is_any_object(patch):
    patch(datasets, "SVHN", object)


@fault(
    "CocoDetection is made without pycocotools.",
    witness=lambda: not raises(lambda: datasets.CocoDetection("", "")),
)
def coco_is_made_without_its_reader(patch):
    patch(datasets.CocoDetection, "__init__", lambda self, *args, **options: None)


@fault(
    "CIFAR does not look whether its files are whole.",
    witness=lambda: not isinstance(empty(datasets.CIFAR10), RuntimeError),
)
def cifar_is_not_checked(patch):
    patch(datasets.CIFAR10, "_check_integrity", lambda self: True)


@fault(
    "FakeData draws with the current state of the generator.",
    witness=lambda: _fake().tobytes() != _fake().tobytes(),
)
def fake_data_is_not_repeatable(patch):
    def getitem(self, index):
        if index >= len(self):
            raise IndexError("FakeData index out of range")
        image = Image.new("L", (1, 1), int(torch.randint(256, ())))
        image = image.resize((self.image_size[2], self.image_size[1])).convert("RGB")
        return (self.transform(image) if self.transform else image), 0

    patch(datasets.FakeData, "__getitem__", getitem)


def _fake():
    return datasets.FakeData(1, (3, 2, 2))[0][0]


@fault(
    "FakeData leaves the generator seeded with the index.",
    witness=lambda: _seeds_the_generator(),
)
def fake_data_seeds_the_generator(patch):
    def change(original, self, index):
        made = original(self, index)
        torch.manual_seed(index)
        return made

    wrap(patch, datasets.FakeData, "__getitem__", change)


def _seeds_the_generator():
    state = torch.get_rng_state()
    _fake()
    changed = not torch.equal(state, torch.get_rng_state())
    torch.set_rng_state(state)
    return changed


@fault(
    "FakeData ignores its offset.",
    witness=lambda: (
        datasets.FakeData(1, (3, 2, 2), random_offset=9)[0][0].tobytes()
        == _fake().tobytes()
    ),
)
def offset_is_ignored(patch):
    def change(init, self, *args, random_offset=0, **options):
        init(self, *args, **options)

    wrap(patch, datasets.FakeData, "__init__", change)


@fault(
    "FakeData has no end.",
    witness=lambda: not raises(lambda: datasets.FakeData(1, (3, 2, 2))[1]),
)
def fake_data_has_no_end(patch):
    def change(original, self, index):
        return original(self, index % len(self))

    wrap(patch, datasets.FakeData, "__getitem__", change)


def _classes():
    with tempfile.TemporaryDirectory() as root:
        for name in ("b", "a"):
            pathlib.Path(root, name).mkdir()
        return folder.find_classes(root)[0]


@fault(
    "The classes of folders are in reversed order.",
    witness=lambda: _classes() == ["b", "a"],
)
def classes_are_reversed(patch):
    def change(original, root):
        names = original(root)[0][::-1]
        return names, {name: i for i, name in enumerate(names)}

    wrap(patch, folder, "find_classes", change)


@fault(
    "ImageFolder takes all files for images.",
    witness=lambda: folder.has_file_allowed_extension("a.txt", (".png",)),
)
def every_file_is_an_image(patch):
    patch(folder, "has_file_allowed_extension", lambda name, extensions: True)


@fault(
    "The ending of an image's name must be in small letters.",
    witness=lambda: not folder.has_file_allowed_extension("a.PNG", (".png",)),
)
def endings_are_case_sensitive(patch):
    patch(
        folder,
        "has_file_allowed_extension",
        lambda name, extensions: name.endswith(tuple(extensions)),
    )

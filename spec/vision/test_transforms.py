"""torchvision.transforms prepares images: each transform is a callable that takes an
image and returns another.

An image is a PIL image, whose size is (width, height), or a tensor of channels, rows
and columns. ToTensor leads from one to the other, and scales bytes to the range from
0 to 1. Random transforms draw from torch's generator at each call.

It is often believed that the module is torch.transforms, and that RandomRotation takes
a list of angles to choose from. The first does not exist, and the second takes a
range. ToTensor does not scale every array either, and does not always copy.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim


def picture(array):
    """The PIL image of an array of rows and columns, and colors if there are more."""
    from PIL import Image  # which torchvision brings along

    return Image.fromarray(array)


def gray(rows):
    """A gray image from rows of bytes."""
    return picture(np.array(rows, dtype=np.uint8))


def pixels(image):
    """The rows of a PIL image."""
    return np.asarray(image).tolist()


def counted(channels, height, width, device, dtype=torch.float32):
    """An image whose elements count from 0."""
    count = torch.arange(channels * height * width, device=device, dtype=dtype)
    return count.view(channels, height, width)


# --- chains ---------------------------------------------------------------------------


@claim("vision.transforms.namespace", see="../../vision/stable/transforms")
def test_transforms_belong_to_torchvision(torchvision):
    """The module of transforms is torchvision.transforms; torch.transforms does not
    exist.
    """
    assert torchvision.transforms.__name__ == "torchvision.transforms"
    with pytest.raises(AttributeError, match="'torch' has no attribute 'transforms'"):
        _ = torch.transforms


@claim(
    "vision.transforms.compose-applies-in-order",
    see="../../vision/stable/generated/torchvision.transforms.Compose",
)
def test_compose_applies_its_transforms_in_order(torchvision):
    """Compose passes its argument through a list of callables from first to last, and
    returns it as it is when the list is empty.
    """
    compose = torchvision.transforms.Compose
    image = object()

    chained = compose([lambda x: x + 1, lambda x: x * 10, str])(2)
    turned = compose([lambda x: x * 10, lambda x: x + 1, str])(2)

    assert (chained, turned) == ("30", "21")
    assert compose([])(image) is image


@claim(
    "vision.transforms.compose.to-tensor-first",
    see="../../vision/stable/generated/torchvision.transforms.Normalize",
)
def test_normalize_before_to_tensor_is_an_error(torchvision):
    """A chain with Normalize before ToTensor raises TypeError for a PIL image, since
    Normalize takes tensors only.
    """
    transforms = torchvision.transforms
    normalize = transforms.Normalize([0.5], [0.5])
    image = gray([[0, 255]])

    right = transforms.Compose([transforms.ToTensor(), normalize])
    wrong = transforms.Compose([normalize, transforms.ToTensor()])

    assert right(image).tolist() == [[[-1, 1]]]
    with pytest.raises(TypeError, match="img should be Tensor Image"):
        wrong(image)


@claim(
    "vision.transforms.compose-and-tensor-ops",
    see="../../vision/stable/transforms",
)
def test_transforms_take_tensors_as_well_as_pil_images(torchvision, device):
    """Resizing, flipping and cropping work on a PIL image and on a tensor alike, and
    return the kind that they are given.
    """
    transforms = torchvision.transforms
    nearest = transforms.InterpolationMode.NEAREST
    chain = transforms.Compose(
        [
            transforms.Resize(4, interpolation=nearest),
            transforms.RandomHorizontalFlip(p=1),
            transforms.CenterCrop((2, 4)),
        ]
    )
    rows = [[16 * i + j for j in range(16)] for i in range(8)]

    of_image = chain(gray(rows))
    of_tensor = chain(torch.tensor([rows], dtype=torch.uint8, device=device))

    assert (of_image.mode, of_image.size) == ("L", (4, 2))
    assert (of_tensor.dtype, of_tensor.shape) == (torch.uint8, (1, 2, 4))
    assert of_tensor.tolist() == [[[42, 40, 38, 36], [74, 72, 70, 68]]]
    assert pixels(of_image) == [[59, 57, 55, 53], [91, 89, 87, 85]]


# --- from images to tensors, and back -------------------------------------------------


@claim(
    "vision.transforms.to-tensor",
    see="../../vision/stable/generated/torchvision.transforms.ToTensor",
)
def test_to_tensor_moves_the_channels_and_scales_bytes(torchvision):
    """ToTensor returns channels, rows and columns in float32: the bytes of a PIL image
    or an array, divided by 255. A gray image has one channel.
    """
    to_tensor = torchvision.transforms.ToTensor()
    array = np.array([[[0, 51, 102], [153, 204, 255]]], dtype=np.uint8)

    of_color = to_tensor(picture(array))
    of_array = to_tensor(array)
    of_gray = to_tensor(gray([[0, 51], [102, 255], [153, 204]]))

    fifths = torch.tensor([[[0, 3]], [[1, 4]], [[2, 5]]]) / 5
    assert of_color.dtype == of_array.dtype == of_gray.dtype == torch.float32
    assert of_color.tolist() == fifths.tolist()
    assert of_array.tolist() == fifths.tolist()
    assert (of_gray * 5).tolist() == [[[0, 1], [2, 5], [3, 4]]]
    assert of_color.is_contiguous()


@claim(
    "vision.transforms.to-tensor.scales-bytes-only",
    see="../../vision/stable/generated/torchvision.transforms.ToTensor",
)
def test_to_tensor_does_not_scale_other_numbers(torchvision):
    """ToTensor keeps dtype and values of arrays and PIL images of other numbers than
    bytes; a PIL image of bits becomes zeros and ones.
    """
    to_tensor = torchvision.transforms.ToTensor()

    doubles = to_tensor(np.array([[0.0, 255.0]]))
    integers = to_tensor(np.array([[[0, 1], [2, 255]]], dtype=np.int32))
    wide = to_tensor(picture(np.array([[0, 70000]], dtype=np.int32)))
    bits = to_tensor(gray([[0, 255]]).convert("1"))

    assert (doubles.tolist(), doubles.dtype) == ([[[0, 255]]], torch.float64)
    assert (integers.tolist(), integers.dtype) == (
        [[[0, 2]], [[1, 255]]],
        torch.int32,
    )
    assert (wide.tolist(), wide.dtype) == ([[[0, 70000]]], torch.int32)
    assert (bits.tolist(), bits.dtype) == ([[[0, 1]]], torch.float32)


@claim(
    "vision.transforms.to-tensor.may-share-memory",
    see="../../vision/stable/generated/torchvision.transforms.ToTensor",
)
def test_to_tensor_shares_the_memory_of_a_gray_array_of_floats(torchvision):
    """ToTensor copies bytes and arrays with several channels, but what it makes of an
    array of floats without channels shares the array's memory.
    """
    to_tensor = torchvision.transforms.ToTensor()
    plain = np.zeros((1, 2))
    colors = np.zeros((1, 2, 3))
    octets = np.zeros((1, 2), dtype=np.uint8)
    tensors = [to_tensor(array) for array in (plain, colors, octets)]

    plain += 1
    colors += 1
    octets += 1

    assert [tensor.unique().tolist() for tensor in tensors] == [[1], [0], [0]]


@claim(
    "vision.transforms.to-tensor.errors",
    see="../../vision/stable/generated/torchvision.transforms.ToTensor",
)
def test_to_tensor_refuses_a_tensor(torchvision):
    """ToTensor raises TypeError for a tensor, and ValueError for an array with other
    than two or three dimensions.
    """
    to_tensor = torchvision.transforms.ToTensor()

    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray"):
        to_tensor(torch.zeros(1, 2, 2))
    with pytest.raises(ValueError, match="should be 2/3 dimensional"):
        to_tensor(np.zeros(4))


@claim(
    "vision.transforms.to-pil-image",
    see="../../vision/stable/generated/torchvision.transforms.ToPILImage",
)
def test_to_pil_image_is_the_way_back(torchvision):
    """ToPILImage makes a PIL image of a tensor: bytes stay, and floats are multiplied
    by 255 and cut off; the number of channels gives the mode.
    """
    to_image = torchvision.transforms.ToPILImage()

    of_bytes = to_image(torch.tensor([[[0, 7], [9, 255]]], dtype=torch.uint8))
    of_floats = to_image(torch.tensor([[[0.0, 0.5, 1.0]]]))
    of_colors = to_image(torch.tensor([[[1]], [[2]], [[3]]], dtype=torch.uint8))

    assert (of_bytes.mode, pixels(of_bytes)) == ("L", [[0, 7], [9, 255]])
    assert (of_floats.mode, pixels(of_floats)) == ("L", [[0, 127, 255]])
    assert (of_colors.mode, pixels(of_colors)) == ("RGB", [[[1, 2, 3]]])


@claim(
    "vision.transforms.normalize",
    see="../../vision/stable/generated/torchvision.transforms.Normalize",
)
def test_normalize_subtracts_a_mean_and_divides_by_a_deviation(torchvision, device):
    """Normalize computes (x - mean) / std for each channel, beyond the range from 0 to
    1 too, in a new tensor; one mean serves all channels.
    """
    image = torch.tensor([[[0.0, 1.0]], [[2.0, 4.0]]], device=device)

    each = torchvision.transforms.Normalize([1, 2], [0.5, 4])(image)
    one = torchvision.transforms.Normalize((1,), (2,))(image)

    assert each.tolist() == [[[-2, 0]], [[0, 0.5]]]
    assert one.tolist() == [[[-0.5, 0]], [[0.5, 1.5]]]
    assert image.tolist() == [[[0, 1]], [[2, 4]]]


@claim(
    "vision.transforms.normalize.in-place",
    see="../../vision/stable/generated/torchvision.transforms.Normalize",
)
def test_normalize_writes_into_its_input_on_request(torchvision, device):
    """Normalize with inplace=True writes into the image and returns it."""
    image = torch.tensor([[[0.0, 1.0]]], device=device)

    returned = torchvision.transforms.Normalize([1], [0.5], inplace=True)(image)

    assert returned is image
    assert image.tolist() == [[[-2, 0]]]


@claim(
    "vision.transforms.normalize.errors",
    see="../../vision/stable/generated/torchvision.transforms.Normalize",
)
def test_normalize_refuses_integers_and_a_deviation_of_zero(torchvision, device):
    """Normalize raises TypeError for a tensor of integers, and ValueError for a
    deviation of 0 or a tensor without channels; the image is left as it is.
    """
    image = torch.ones(1, 1, 2, device=device)
    integers = image.to(torch.uint8)
    normalize = torchvision.transforms.Normalize([1], [0.5], inplace=True)
    by_zero = torchvision.transforms.Normalize([1], [0.0], inplace=True)

    with pytest.raises(TypeError, match="Input tensor should be a float tensor"):
        normalize(integers)
    with pytest.raises(ValueError, match="std evaluated to zero"):
        by_zero(image)
    with pytest.raises(ValueError, match="tensor image of size"):
        normalize(image[0])

    assert image.tolist() == [[[1, 1]]]
    assert integers.tolist() == [[[1, 1]]]


@claim(
    "vision.transforms.normalize.rule",
    see="../../vision/stable/generated/torchvision.transforms.Normalize",
)
@given(
    statistics=st.lists(
        st.tuples(st.integers(-3, 3), st.sampled_from([-2.0, 0.5, 4.0])),
        min_size=1,
        max_size=3,
    )
)
def test_normalize_follows_its_rule(torchvision, device, statistics):
    """Every element of a channel has the channel's mean taken off and is divided by the
    channel's deviation.
    """
    image = counted(len(statistics), 1, 2, device)
    means, deviations = zip(*statistics, strict=True)

    normalized = torchvision.transforms.Normalize(means, deviations)(image)

    assert (statistics, normalized.tolist()) == (
        statistics,
        [
            [[(2 * c - mean) / std, (2 * c + 1 - mean) / std]]
            for c, (mean, std) in enumerate(statistics)
        ],
    )


# --- sizes ----------------------------------------------------------------------------


@claim(
    "vision.transforms.resize-exact-or-short-side",
    see="../../vision/stable/generated/torchvision.transforms.Resize",
)
def test_resize_takes_a_pair_or_the_shorter_side(torchvision, device):
    """Resize to a pair gives exactly that height and width; to one number, or a list
    of one, gives the shorter side and keeps the proportions.
    """
    wide = picture(np.zeros((20, 28), dtype=np.uint8))
    tall = torch.zeros(1, 16, 8, device=device)

    resize = torchvision.transforms.Resize
    of_wide = [resize(size)(wide).size for size in ([32, 30], 32, [32])]
    of_tall = [tuple(resize(size)(tall).shape) for size in ((3, 5), 4, [4])]

    assert of_wide == [(30, 32), (44, 32), (44, 32)]
    assert of_tall == [(1, 3, 5), (1, 8, 4), (1, 8, 4)]


@claim(
    "vision.transforms.resize.values",
    see="../../vision/stable/generated/torchvision.transforms.Resize",
)
def test_resize_averages_or_picks_pixels(torchvision, device):
    """Resize averages neighbouring pixels by default, and picks pixels with nearest
    interpolation.
    """
    image = torch.tensor([[[0.0, 2.0, 4.0, 6.0]]], device=device)
    nearest = torchvision.transforms.InterpolationMode.NEAREST
    larger = torchvision.transforms.Resize((1, 8), interpolation=nearest)

    averaged = torchvision.transforms.Resize((2, 4))(image)
    picked = larger(image)

    assert averaged.tolist() == [[[0, 2, 4, 6], [0, 2, 4, 6]]]
    assert picked.tolist() == [[[0, 0, 2, 2, 4, 4, 6, 6]]]


@claim(
    "vision.transforms.resize.antialias",
    see="../../vision/stable/generated/torchvision.transforms.Resize",
    since="2.2",
)
def test_a_tensor_is_shrunk_with_antialiasing(torchvision, device):
    """Resize makes a tensor smaller by weighted means, in which the pixels near a new
    one's centre count most; with antialias=False it interpolates between two pixels.
    """
    image = torch.tensor([[[0.0, 0.0, 16.0, 0.0, 0.0, 0.0]]], device=device)

    default = torchvision.transforms.Resize((1, 2))(image)
    without = torchvision.transforms.Resize((1, 2), antialias=False)(image)

    # The pixel of 16 has 1/4 of the weight in the first mean, and 1/8 in the second.
    assert default.flatten().tolist() == pytest.approx([4, 2])
    assert default.shape == (1, 1, 2)
    assert without.tolist() == [[[0, 0]]]


@claim(
    "vision.transforms.resize.antialias-before-2-2",
    see="../../vision/stable/generated/torchvision.transforms.Resize",
    until="2.2",
)
def test_a_tensor_was_shrunk_without_antialiasing(torchvision, device):
    """Resize interpolates between two neighbouring pixels when it makes a tensor
    smaller, unless antialias=True.
    """
    image = torch.tensor([[[0.0, 0.0, 16.0, 0.0, 0.0, 0.0]]], device=device)

    default = torchvision.transforms.Resize((1, 2))(image)
    with_it = torchvision.transforms.Resize((1, 2), antialias=True)(image)

    assert default.tolist() == [[[0, 0]]]
    # The pixel of 16 has 1/4 of the weight in the first mean, and 1/8 in the second.
    assert with_it.flatten().tolist() == pytest.approx([4, 2])
    assert with_it.shape == (1, 1, 2)


@claim(
    "vision.transforms.random-crop",
    see="../../vision/stable/generated/torchvision.transforms.RandomCrop",
)
@given(height=st.integers(1, 3), width=st.integers(1, 4))
def test_a_random_crop_is_a_window_of_the_image(torchvision, device, height, width):
    """RandomCrop returns a window of exactly the height and width asked for."""
    image = counted(2, 3, 4, device, torch.int64)

    crop = torchvision.transforms.RandomCrop((height, width))(image)

    corner = crop[0, 0, 0].item()
    window = [
        [[12 * c + corner + 4 * i + j for j in range(width)] for i in range(height)]
        for c in range(2)
    ]
    top, left = divmod(corner, 4)
    assert (height, width, crop.tolist()) == (height, width, window)
    assert (top + height <= 3, left + width <= 4) == (True, True)


@claim(
    "vision.transforms.random-crop.positions",
    see="../../vision/stable/generated/torchvision.transforms.RandomCrop",
)
def test_random_crops_lie_everywhere(torchvision, device):
    """Crops are drawn from all positions, by torch's generator; one number means a
    square, and a crop of the image's size is the whole image.
    """
    image = counted(1, 3, 3, device, torch.int64)
    crop = torchvision.transforms.RandomCrop(2)

    torch.manual_seed(3)
    first = [tuple(crop(image).flatten().tolist()) for _ in range(20)]
    torch.manual_seed(3)
    again = [tuple(crop(image).flatten().tolist()) for _ in range(20)]

    assert set(first) == {(0, 1, 3, 4), (1, 2, 4, 5), (3, 4, 6, 7), (4, 5, 7, 8)}
    assert first == again
    assert crop(image).shape == (1, 2, 2)
    assert torchvision.transforms.RandomCrop(3)(image).tolist() == image.tolist()


@claim(
    "vision.transforms.random-crop.padding",
    see="../../vision/stable/generated/torchvision.transforms.RandomCrop",
)
def test_a_crop_larger_than_the_image_needs_padding(torchvision):
    """A crop larger than the image raises ValueError, unless the image is padded, with
    zeros by default.
    """
    crop = torchvision.transforms.RandomCrop
    image = gray([[7] * 8] * 8)

    with pytest.raises(
        ValueError, match=r"crop size \(28, 28\) is larger than input image size \(8, 8"
    ):
        crop(28)(image)
    enlarged = crop((10, 9), pad_if_needed=True)(image)
    padded = crop((10, 12), padding=(2, 1), fill=9)(image)

    assert (enlarged.size, padded.size) == ((9, 10), (12, 10))
    assert sorted(enlarged.getcolors()) == [(26, 0), (64, 7)]
    assert sorted(padded.getcolors()) == [(56, 9), (64, 7)]


# --- flips and rotations --------------------------------------------------------------


@claim(
    "vision.transforms.random-flips",
    see="../../vision/stable/generated/torchvision.transforms.RandomHorizontalFlip",
)
@given(height=st.integers(1, 3), width=st.integers(1, 3))
def test_flips_reverse_columns_or_rows(torchvision, device, height, width):
    """With p=1 RandomHorizontalFlip reverses the columns and RandomVerticalFlip the
    rows, of PIL images and tensors; with p=0 they do nothing.
    """
    transforms = torchvision.transforms
    rows = [[10 * i + j for j in range(width)] for i in range(height)]
    tensor = torch.tensor([rows, rows], device=device)
    image = gray(rows)

    across, down = [
        (flip(p=1)(tensor).tolist(), pixels(flip(p=1)(image)))
        for flip in (transforms.RandomHorizontalFlip, transforms.RandomVerticalFlip)
    ]
    never = transforms.RandomVerticalFlip(0)(transforms.RandomHorizontalFlip(0)(image))

    mirrored = [row[::-1] for row in rows]
    assert (rows, across) == (rows, ([mirrored] * 2, mirrored))
    assert (rows, down) == (rows, ([rows[::-1]] * 2, rows[::-1]))
    assert never is image


@claim(
    "vision.transforms.random-flips.probability",
    see="../../vision/stable/generated/torchvision.transforms.RandomHorizontalFlip",
)
def test_an_image_is_flipped_half_of_the_time(torchvision, device):
    """By default an image is flipped when torch's generator draws a number below 0.5,
    and with another p below that.
    """
    transforms = torchvision.transforms
    image = torch.tensor([[[1, 2], [3, 4]]], device=device)
    torch.manual_seed(0)
    draws = [torch.rand(1).item() for _ in range(8)]

    def images(flip):
        torch.manual_seed(0)
        return [flip(image).tolist() for _ in range(8)]

    across = images(transforms.RandomHorizontalFlip())
    down = images(transforms.RandomVerticalFlip())
    rarely = images(transforms.RandomHorizontalFlip(0.2))

    same, mirrored, upended = [[[1, 2], [3, 4]]], [[[2, 1], [4, 3]]], [[[3, 4], [1, 2]]]
    assert across == [[same, mirrored][draw < 0.5] for draw in draws]
    assert down == [[same, upended][draw < 0.5] for draw in draws]
    assert rarely == [[same, mirrored][draw < 0.2] for draw in draws]
    assert (same in across, mirrored in across) == (True, True)


@claim(
    "vision.transforms.random-rotation-range",
    see="../../vision/stable/generated/torchvision.transforms.RandomRotation",
)
def test_a_random_rotation_draws_from_a_range(torchvision):
    """RandomRotation(d) draws an angle between -d and d, and a pair is the range; a
    negative number raises ValueError.
    """
    rotation = torchvision.transforms.RandomRotation

    by_number, by_pair = rotation(15), rotation((30, 60))
    angles = [by_number.get_params(by_number.degrees) for _ in range(50)]
    others = [by_pair.get_params(by_pair.degrees) for _ in range(50)]

    assert (by_number.degrees, by_pair.degrees) == ([-15, 15], [30, 60])
    assert -15 <= min(angles) < -10 < 10 < max(angles) <= 15
    assert 30 <= min(others) < 35 < 55 < max(others) <= 60
    with pytest.raises(ValueError, match="is a single number, it must be positive"):
        rotation(-15)


@claim(
    "vision.transforms.random-rotation.direction",
    see="../../vision/stable/generated/torchvision.transforms.RandomRotation",
)
def test_a_rotation_turns_counter_clockwise(torchvision, device):
    """A positive angle turns an image counter-clockwise about its centre; 0 degrees
    changes nothing.
    """
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    tensor = torch.tensor([rows], dtype=torch.float32, device=device)
    quarter = torchvision.transforms.RandomRotation((90, 90))
    none = torchvision.transforms.RandomRotation(0)

    of_tensor, of_image = quarter(tensor), quarter(gray(rows))

    assert of_tensor.tolist() == [[[3, 6, 9], [2, 5, 8], [1, 4, 7]]]
    assert pixels(of_image) == [[3, 6, 9], [2, 5, 8], [1, 4, 7]]
    assert none(tensor).tolist() == [rows]
    assert pixels(none(gray(rows))) == rows


@claim(
    "vision.transforms.random-rotation.size",
    see="../../vision/stable/generated/torchvision.transforms.RandomRotation",
)
def test_a_rotation_keeps_the_size_unless_it_may_expand(torchvision):
    """A rotated image keeps its size, with zeros where nothing was, unless another fill
    is given; with expand=True it becomes as large as it must.
    """
    rotation = torchvision.transforms.RandomRotation
    image = gray([[7] * 4] * 2)

    kept = rotation((90, 90))(image)
    filled = rotation((90, 90), fill=5)(image)
    expanded = rotation((90, 90), expand=True)(image)

    assert pixels(kept) == [[0, 7, 7, 0], [0, 7, 7, 0]]
    assert pixels(filled) == [[5, 7, 7, 5], [5, 7, 7, 5]]
    assert pixels(expanded) == [[7, 7]] * 4


@claim(
    "vision.transforms.random-rotation-rejects-angle-list",
    see="../../vision/stable/generated/torchvision.transforms.RandomRotation",
)
def test_a_list_of_angles_is_refused(torchvision):
    """RandomRotation raises ValueError for a sequence of other than two numbers, and
    TypeError for what is neither a number nor a sequence. RandomChoice picks one of
    several rotations.
    """
    transforms = torchvision.transforms
    rotation = transforms.RandomRotation
    choice = transforms.RandomChoice([rotation((a, a)) for a in (90, 180, 270)])

    turned = {pixels(choice(gray([[1, 2], [3, 4]])))[0][0] for _ in range(40)}

    assert turned == {2, 3, 4}
    with pytest.raises(ValueError, match="degrees should be a sequence of length 2"):
        rotation([90, 180, 270])
    with pytest.raises(ValueError, match="degrees should be a sequence of length 2"):
        rotation([90])
    with pytest.raises(TypeError, match="degrees should be a sequence of length 2"):
        rotation({90, 180})


@claim(
    "vision.transforms.note-pipeline-shapes",
    see="../../vision/stable/transforms",
)
def test_a_pipeline_feeds_a_loader(torchvision):
    """A chain of flips, rotation, Resize, RandomCrop and ToTensor makes gray PIL images
    of 28x28 into batches of float32 between 0 and 1, with int64 labels; without
    ToTensor the loader raises TypeError.
    """
    transforms = torchvision.transforms
    steps = [
        transforms.RandomHorizontalFlip(),
        transforms.RandomVerticalFlip(),
        transforms.RandomRotation(15),
        transforms.Resize([32, 32]),
        transforms.RandomCrop([28, 28]),
    ]
    images = [(gray([[51 * label] * 28] * 28), label) for label in (5, 4, 3)]

    def loader(steps):
        chain = transforms.Compose(steps)
        items = [(chain(image), label) for image, label in images]
        return torch.utils.data.DataLoader(items, batch_size=3)

    batch, labels = next(iter(loader([*steps, transforms.ToTensor()])))

    assert (batch.dtype, batch.shape) == (torch.float32, (3, 1, 28, 28))
    assert batch.amin().item() >= 0
    assert batch.amax((1, 2, 3)).mul(5).tolist() == [5, 4, 3]
    assert (labels.dtype, labels.tolist()) == (torch.int64, [5, 4, 3])
    with pytest.raises(TypeError, match=r"found <class 'PIL.Image.Image'>"):
        next(iter(loader(steps)))

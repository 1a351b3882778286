"""Ways to break torchvision's transforms: chains, conversions, sizes, randomness."""

import random

import numpy as np
import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional as F

from torch_semantics.faults import fault, raises, wrap

IMAGE = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])


# --- chains and conversions -----------------------------------------------------------


@fault("There is a torch.transforms.", witness=lambda: hasattr(torch, "transforms"))
def torch_has_transforms(patch):
    patch(torch, "transforms", transforms)


@fault(
    "Compose applies its transforms from last to first.",
    witness=lambda: transforms.Compose([lambda x: x + 1, lambda x: 2 * x])(1) == 3,
)
def compose_is_reversed(patch):
    def change(init, self, steps):
        init(self, steps[::-1])

    wrap(patch, transforms.Compose, "__init__", change)


@fault(
    "Compose skips its last transform.",
    witness=lambda: transforms.Compose([lambda x: x + 1])(1) == 1,
)
def compose_skips_the_last(patch):
    def change(init, self, steps):
        init(self, steps[:-1])

    wrap(patch, transforms.Compose, "__init__", change)


@fault(
    "ToTensor does not scale bytes.",
    witness=lambda: F.to_tensor(np.full((1, 1), 255, dtype=np.uint8)).item() == 255,
)
def bytes_are_not_scaled(patch):
    def change(original, picture):
        octets = np.asarray(picture).dtype == np.uint8
        return original(picture) * (255 if octets else 1)

    wrap(patch, F, "to_tensor", change)


@fault(
    "ToTensor divides by 256.",
    witness=lambda: F.to_tensor(np.full((1, 1), 255, dtype=np.uint8)).item() != 1,
)
def bytes_are_divided_by_256(patch):
    def change(original, picture):
        octets = np.asarray(picture).dtype == np.uint8
        return original(picture) * (255 / 256 if octets else 1)

    wrap(patch, F, "to_tensor", change)


@fault(
    "ToTensor scales floats too.",
    witness=lambda: F.to_tensor(np.full((1, 1), 255.0)).item() == 1,
)
def floats_are_scaled(patch):
    def change(original, picture):
        made = original(picture)
        return made / 255 if made.dtype == torch.float64 else made

    wrap(patch, F, "to_tensor", change)


@fault(
    "ToTensor leaves the channels last.",
    witness=lambda: F.to_tensor(np.zeros((1, 2, 3))).shape == (1, 2, 3),
)
def channels_stay_last(patch):
    wrap(patch, F, "to_tensor", lambda f, picture: f(picture).permute(1, 2, 0))


@fault(
    "ToTensor always copies.",
    witness=lambda: not _shares(),
)
def to_tensor_copies(patch):
    wrap(patch, F, "to_tensor", lambda original, picture: original(picture).clone())


def _shares():
    array = np.zeros((1, 1))
    made = F.to_tensor(array)
    array += 1
    return made.item() == 1


@fault(
    "ToTensor returns a tensor as it is.",
    witness=lambda: not raises(lambda: F.to_tensor(IMAGE)),
)
def to_tensor_takes_tensors(patch):
    wrap(
        patch,
        F,
        "to_tensor",
        lambda original, picture: (
            picture if torch.is_tensor(picture) else original(picture)
        ),
    )


@fault(
    "ToPILImage does not scale floats.",
    witness=lambda: F.to_pil_image(torch.ones(1, 1, 1)).getpixel((0, 0)) == 1,
)
def floats_stay_floats(patch):
    def change(original, picture, mode=None):
        return original(picture.to(torch.uint8), mode)

    wrap(patch, F, "to_pil_image", change)


# --- normalization --------------------------------------------------------------------


def normalized(**options):
    """The image less 1, over 2."""
    return F.normalize(IMAGE.clone(), [1.0], [2.0], **options).flatten().tolist()


@fault(
    "Normalize multiplies by the deviation.",
    witness=lambda: normalized() == [0, 2, 4, 6],
)
def normalize_multiplies(patch):
    def change(original, image, mean, std, inplace=False):
        return original(image, mean, [1 / s if s else 0 for s in std], inplace)

    wrap(patch, F, "normalize", change)


@fault("Normalize adds the mean.", witness=lambda: normalized()[0] == 1)
def normalize_adds(patch):
    def change(original, image, mean, std, inplace=False):
        return original(image, [-m for m in mean], std, inplace)

    wrap(patch, F, "normalize", change)


@fault("Normalize limits its result to 1.", witness=lambda: max(normalized()) == 1)
def normalize_clips(patch):
    wrap(patch, F, "normalize", lambda f, *args, **o: f(*args, **o).clamp_(-1, 1))


def _normalize_writes(inplace):
    image = IMAGE.clone()
    F.normalize(image, [1.0], [2.0], inplace)
    return not torch.equal(image, IMAGE)


@fault("Normalize always works in place.", witness=lambda: _normalize_writes(False))
def normalize_writes(patch):
    wrap(
        patch,
        F,
        "normalize",
        lambda f, image, mean, std, _=False: f(image, mean, std, True),
    )


@fault("Normalize never works in place.", witness=lambda: not _normalize_writes(True))
def normalize_copies(patch):
    wrap(
        patch, F, "normalize", lambda f, image, mean, std, _=False: f(image, mean, std)
    )


@fault(
    "Normalize divides by zero.",
    witness=lambda: not raises(lambda: F.normalize(IMAGE, [0.0], [0.0])),
)
def zero_deviation_is_taken(patch):
    def change(original, image, mean, std, inplace=False):
        return original(image, mean, [s or 1e-30 for s in std], inplace)

    wrap(patch, F, "normalize", change)


@fault(
    "Normalize converts integers.",
    witness=lambda: not raises(lambda: F.normalize(IMAGE.int(), [1.0], [2.0])),
)
def integers_are_normalized(patch):
    def change(original, image, *args):
        return original(image.float() if torch.is_tensor(image) else image, *args)

    wrap(patch, F, "normalize", change)


# --- sizes ----------------------------------------------------------------------------


@fault(
    "Resize takes a pair of width and height.",
    witness=lambda: transforms.Resize((1, 3))(IMAGE).shape == (1, 3, 1),
)
def resize_takes_the_width_first(patch):
    def change(original, image, size, *args, **options):
        size = size if isinstance(size, int) else size[::-1]
        return original(image, size, *args, **options)

    wrap(patch, F, "resize", change)


@fault(
    "Resize to one number gives a square.",
    witness=lambda: transforms.Resize(1)(torch.zeros(1, 2, 4)).shape == (1, 1, 1),
)
def resize_gives_squares(patch):
    def change(original, image, size, *args, **options):
        size = [size] if isinstance(size, int) else list(size)
        return original(image, (size * 2)[:2], *args, **options)

    wrap(patch, F, "resize", change)


@fault(
    "Resize ignores its interpolation.",
    witness=lambda: _nearest().unique().numel() > 2,
)
def interpolation_is_ignored(patch):
    def change(original, image, size, interpolation=None, *args, **options):
        return original(image, size, *args, **options)

    def narrow(original, image, size, *_, **__):
        return original(image, size)

    wrap(patch, F, "resize", narrow)


def _nearest():
    nearest = transforms.InterpolationMode.NEAREST
    return transforms.Resize((1, 4), nearest)(torch.tensor([[[0.0, 8.0]]]))


@fault(
    "Resize does not apply antialiasing by default.",
    witness=lambda: not transforms.Resize((1, 2)).antialias,
)
def antialias_is_off(patch):
    def change(init, self, *args, antialias=False, **options):
        init(self, *args, antialias=antialias, **options)

    wrap(patch, transforms.Resize, "__init__", change)


@fault(
    "RandomCrop always takes the corner.",
    witness=lambda: (
        {transforms.RandomCrop.get_params(IMAGE, (1, 1))[:2] for _ in range(30)}
        == {(0, 0)}
    ),
)
def crops_are_in_the_corner(patch):
    get = transforms.RandomCrop.get_params
    patch(
        transforms.RandomCrop,
        "get_params",
        staticmethod(lambda image, size: (0, 0, *get(image, size)[2:])),
    )


@fault(
    "RandomCrop takes the last place never.",
    witness=lambda: (
        {transforms.RandomCrop.get_params(IMAGE, (1, 1))[0] for _ in range(30)} == {0}
    ),
)
def crops_avoid_the_last_row(patch):
    get = transforms.RandomCrop.get_params

    def params(image, size):
        top, left, height, width = get(image, size)
        return max(top - 1, 0), left, height, width

    patch(transforms.RandomCrop, "get_params", staticmethod(params))


@fault(
    "RandomCrop returns a smaller image than asked for.",
    witness=lambda: not raises(lambda: transforms.RandomCrop(3)(IMAGE)),
)
def small_images_are_taken(patch):
    get = transforms.RandomCrop.get_params

    def params(image, size):
        _, height, width = F.get_dimensions(image)
        return get(image, (min(size[0], height), min(size[1], width)))

    patch(transforms.RandomCrop, "get_params", staticmethod(params))


@fault(
    "RandomCrop ignores pad_if_needed.",
    witness=lambda: raises(lambda: transforms.RandomCrop(3, pad_if_needed=True)(IMAGE)),
)
def padding_is_ignored(patch):
    def change(init, self, size, padding=None, pad_if_needed=False, **options):
        init(self, size, padding, False, **options)

    wrap(patch, transforms.RandomCrop, "__init__", change)


# --- flips and rotations --------------------------------------------------------------


@fault(
    "The horizontal flip reverses the rows.",
    witness=lambda: F.hflip(IMAGE)[0, 0, 0].item() == 3,
)
def horizontal_is_vertical(patch):
    patch(F, "hflip", F.vflip)


@fault(
    "The vertical flip reverses the columns too.",
    witness=lambda: F.vflip(IMAGE)[0, 0, 0].item() == 4,
)
def vertical_is_both(patch):
    across = F.hflip
    wrap(patch, F, "vflip", lambda original, image: across(original(image)))


@fault(
    "Flips happen when p is not drawn.",
    witness=lambda: transforms.RandomVerticalFlip(0)(IMAGE)[0, 0, 0].item() == 3,
)
def flips_are_inverted(patch):
    def change(init, self, p=0.5):
        init(self, 1 - p)

    for owner in (transforms.RandomHorizontalFlip, transforms.RandomVerticalFlip):
        wrap(patch, owner, "__init__", change)


@fault(
    "Images are flipped by default always.",
    witness=lambda: transforms.RandomHorizontalFlip().p == 1,
)
def flips_are_certain(patch):
    def change(init, self, p=1.0):
        init(self, p)

    for owner in (transforms.RandomHorizontalFlip, transforms.RandomVerticalFlip):
        wrap(patch, owner, "__init__", change)


@fault(
    "Flips draw from Python's generator.",
    witness=lambda: _draws_nothing(transforms.RandomHorizontalFlip()),
)
def flips_draw_elsewhere(patch):
    def forward(self, image):
        return F.hflip(image) if random.random() < self.p else image

    patch(transforms.RandomHorizontalFlip, "forward", forward)


def _draws_nothing(transform):
    state = torch.get_rng_state()
    transform(IMAGE)
    drew = not torch.equal(state, torch.get_rng_state())
    torch.set_rng_state(state)
    return not drew


@fault(
    "RandomRotation(d) rotates by positive angles only.",
    witness=lambda: transforms.RandomRotation(15).degrees[0] == 0,
)
def rotations_are_positive(patch):
    def change(init, self, degrees, *args, **options):
        init(self, degrees, *args, **options)
        if isinstance(degrees, int):
            self.degrees[0] = 0.0

    wrap(patch, transforms.RandomRotation, "__init__", change)


@fault(
    "RandomRotation takes a negative number.",
    witness=lambda: not raises(lambda: transforms.RandomRotation(-15)),
)
def negative_rotation_is_taken(patch):
    def change(init, self, degrees, *args, **options):
        init(
            self,
            abs(degrees) if isinstance(degrees, int) else degrees,
            *args,
            **options,
        )

    wrap(patch, transforms.RandomRotation, "__init__", change)


@fault(
    "RandomRotation takes the first two of a list of angles.",
    witness=lambda: not raises(lambda: transforms.RandomRotation([1, 2, 3])),
)
def angle_lists_are_taken(patch):
    def change(init, self, degrees, *args, **options):
        if isinstance(degrees, list):
            degrees = degrees[:2]
        init(self, degrees, *args, **options)

    wrap(patch, transforms.RandomRotation, "__init__", change)


@fault(
    "Rotations turn clockwise.",
    witness=lambda: F.rotate(IMAGE, 90)[0, 0, 0].item() == 3,
)
def rotations_are_clockwise(patch):
    wrap(
        patch,
        F,
        "rotate",
        lambda f, image, angle, *args, **o: f(image, -angle, *args, **o),
    )


@fault(
    "RandomRotation ignores expand.",
    witness=lambda: not transforms.RandomRotation(1, expand=True).expand,
)
def expand_is_ignored(patch):
    def change(init, self, *args, expand=False, **options):
        init(self, *args, **options)

    wrap(patch, transforms.RandomRotation, "__init__", change)


@fault(
    "RandomRotation ignores fill.",
    witness=lambda: transforms.RandomRotation(1, fill=5).fill == 0,
)
def fill_is_ignored(patch):
    def change(init, self, *args, fill=0, **options):
        init(self, *args, **options)

    wrap(patch, transforms.RandomRotation, "__init__", change)


@fault(
    "RandomChoice takes the first of its transforms.",
    witness=lambda: (
        {transforms.RandomChoice([lambda _: 1, lambda _: 2])(0) for _ in range(30)}
        == {1}
    ),
)
def choice_takes_the_first(patch):
    patch(transforms.RandomChoice, "__call__", lambda self, x: self.transforms[0](x))


@fault(
    "A loader makes tensors of PIL images by itself.",
    witness=lambda: (
        not raises(lambda: torch.utils.data.default_collate([Image.new("L", (1, 1))]))
    ),
)
def images_are_collated(patch):
    from torch.utils.data._utils import collate

    def images(batch, *, collate_fn_map=None):
        return torch.stack([F.to_tensor(image) for image in batch])

    patch(
        collate,
        "default_collate_fn_map",
        {**collate.default_collate_fn_map, Image.Image: images},
    )

"""Ways to break torchvision's operators: pooling of regions, boxes, focal loss."""

import torch
from torchvision import ops
from torchvision.ops import boxes as boxes_module

from torch_semantics.faults import fault, raises, wrap


def box(*numbers):
    return torch.tensor([numbers], dtype=torch.float32)


def image():
    return torch.arange(16.0).view(1, 1, 4, 4)


# --- pooling of regions ---------------------------------------------------------------


@fault(
    "roi_align is aligned by default.",
    witness=lambda: ops.roi_align(image(), box(0, 1, 1, 3, 3), 1).item() == 7.5,
)
def roi_align_is_aligned(patch):
    def change(original, *args, aligned=True, **options):
        return original(*args, aligned=aligned, **options)

    wrap(patch, ops, "roi_align", change)


@fault(
    "roi_align ignores the spatial scale.",
    witness=lambda: ops.roi_align(image(), box(0, 0, 0, 2, 2), 1, 0.5).item() == 5,
)
def scale_is_ignored(patch):
    def change(original, x, boxes, output_size, spatial_scale=1.0, *args, **options):
        return original(x, boxes, output_size, 1.0, *args, **options)

    wrap(patch, ops, "roi_align roi_pool", change)


@fault(
    "roi_align takes the output size for width and height.",
    witness=lambda: ops.roi_align(image(), box(0, 0, 0, 2, 2), (1, 2)).shape[3] == 1,
)
def output_size_is_turned(patch):
    def change(original, x, boxes, output_size, *args, **options):
        size = output_size if isinstance(output_size, int) else output_size[::-1]
        return original(x, boxes, size, *args, **options)

    wrap(patch, ops, "roi_align roi_pool", change)


@fault(
    "A list of boxes is of the first image only.",
    witness=lambda: (
        ops.roi_align(
            torch.tensor([1.0, 5.0]).view(2, 1, 1, 1), [box(0, 0, 1, 1)] * 2, 1
        )[1].item()
        == 1
    ),
)
def lists_are_of_the_first_image(patch):
    def change(original, x, boxes, *args, **options):
        if not torch.is_tensor(boxes) and isinstance(boxes, list):
            boxes = [torch.cat(boxes), *[b[:0] for b in boxes[1:]]]
        return original(x, boxes, *args, **options)

    wrap(patch, ops, "roi_align", change)


@fault(
    "The sampling ratio is ignored.",
    witness=lambda: (
        ops.roi_align(image() ** 2, box(0, 0, 0, 2, 2), 1, sampling_ratio=1).item() > 30
    ),
)
def sampling_ratio_is_ignored(patch):
    def change(original, *args, sampling_ratio=-1, **options):
        return original(*args, **options)

    wrap(patch, ops, "roi_align", change)


@fault(
    "Boxes without an index raise ValueError.",
    witness=lambda: raises(
        lambda: ops.roi_pool(image(), torch.zeros(1, 4), 1), ValueError
    ),
)
def wrong_boxes_are_a_value_error(patch):
    def change(original, x, boxes, *args, **options):
        try:
            return original(x, boxes, *args, **options)
        except AssertionError as error:
            raise ValueError(str(error)) from None

    wrap(patch, ops, "roi_align roi_pool", change)


@fault(
    "roi_pool leaves out the last column and row of a box.",
    witness=lambda: ops.roi_pool(image(), box(0, 0, 0, 3, 3), 1).item() == 10,
)
def roi_pool_excludes_the_corner(patch):
    def change(original, x, boxes, *args, **options):
        if torch.is_tensor(boxes) and boxes.size(1) == 5:
            smaller = torch.tensor([0.0, 0, 0, 1, 1], device=boxes.device)
            boxes = boxes - smaller
        return original(x, boxes, *args, **options)

    wrap(patch, ops, "roi_pool", change)


@fault(
    "RoIPool ignores its spatial scale.",
    witness=lambda: ops.RoIPool(1, 0.5)(image(), box(0, 0, 0, 2, 2)).item() == 10,
)
def module_ignores_its_scale(patch):
    def change(init, self, output_size, spatial_scale):
        init(self, output_size, 1.0)

    wrap(patch, ops.RoIPool, "__init__", change)


# --- boxes ----------------------------------------------------------------------------


@fault(
    "masks_to_boxes returns the first column and row behind a mask.",
    witness=lambda: ops.masks_to_boxes(torch.ones(1, 2, 2))[0, 2].item() == 2,
)
def masks_exclude_the_corner(patch):
    def change(original, masks):
        found = original(masks)
        return found + torch.tensor([0.0, 0, 1, 1], device=found.device)

    wrap(patch, ops, "masks_to_boxes", change)


@fault(
    "masks_to_boxes returns rows before columns.",
    witness=lambda: ops.masks_to_boxes(torch.ones(1, 1, 3))[0, 3].item() == 2,
)
def masks_give_rows_first(patch):
    wrap(patch, ops, "masks_to_boxes", lambda f, masks: f(masks.transpose(1, 2)))


@fault(
    "The area of boxes counts both corners.",
    witness=lambda: ops.box_area(box(0, 0, 1, 1)).item() == 4,
)
def areas_are_inclusive(patch):
    def area(boxes):
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        return sides[:, 0] * sides[:, 1]

    patch(ops, "box_area", area)
    patch(boxes_module, "box_area", area)


@fault(
    "The area of small integers overflows.",
    witness=lambda: (
        ops.box_area(torch.tensor([[0, 0, 100, 100]], dtype=torch.uint8)).item() == 16
    ),
)
def areas_overflow(patch):
    patch(boxes_module, "_upcast", lambda boxes: boxes)


@fault(
    "The overlap of boxes apart is not 0.",
    witness=lambda: ops.box_iou(box(0, 0, 1, 1), box(2, 2, 3, 3)).item() != 0,
)
def boxes_apart_overlap(patch):
    def overlap(a, b):
        wh = torch.min(a[:, None, 2:], b[:, 2:]) - torch.max(a[:, None, :2], b[:, :2])
        shared = wh[..., 0] * wh[..., 1]
        area = boxes_module.box_area
        return shared / (area(a)[:, None] + area(b) - shared)

    patch(ops, "box_iou", overlap)


@fault(
    "box_iou divides by the sum of the areas.",
    witness=lambda: ops.box_iou(box(0, 0, 1, 1), box(0, 0, 1, 1)).item() == 0.5,
)
def overlap_is_of_the_sum(patch):
    def change(original, a, b):
        overlap = original(a, b)
        return overlap / (1 + overlap)

    wrap(patch, ops, "box_iou", change)


@fault(
    "box_convert to the same form returns its input.",
    witness=lambda: _converted(same := box(0, 0, 1, 1)) is same,
)
def same_form_is_not_copied(patch):
    def change(original, boxes, old, new):
        return boxes if old == new else original(boxes, old, new)

    wrap(patch, ops, "box_convert", change)


def _converted(boxes):
    return ops.box_convert(boxes, "xyxy", "xyxy")


@fault(
    "box_convert takes the centre for the corner.",
    witness=lambda: (
        ops.box_convert(box(2, 2, 2, 2), "cxcywh", "xywh").tolist() == [[2] * 4]
    ),
)
def centre_is_the_corner(patch):
    def change(original, boxes, old, new):
        names = {"cxcywh": "xywh"}
        return original(boxes, names.get(old, old), names.get(new, new))

    wrap(patch, ops, "box_convert", change)


@fault(
    "box_convert leaves boxes of an unknown form as they are.",
    witness=lambda: not raises(lambda: ops.box_convert(box(0, 0, 1, 1), "a", "xyxy")),
)
def unknown_form_is_kept(patch):
    def change(original, boxes, old, new):
        try:
            return original(boxes, old, new)
        except ValueError:
            return boxes

    wrap(patch, ops, "box_convert", change)


@fault(
    "clip_boxes_to_image takes a size of width and height.",
    witness=lambda: ops.clip_boxes_to_image(box(0, 0, 9, 9), (1, 2))[0, 2].item() == 1,
)
def size_is_turned(patch):
    wrap(patch, ops, "clip_boxes_to_image", lambda f, boxes, size: f(boxes, size[::-1]))


@fault(
    "clip_boxes_to_image keeps negative coordinates.",
    witness=lambda: ops.clip_boxes_to_image(box(-1, 0, 1, 1), (2, 2)).min().item() < 0,
)
def negative_coordinates_are_kept(patch):
    def change(original, boxes, size):
        return torch.min(original(boxes, size), boxes)

    wrap(patch, ops, "clip_boxes_to_image", change)


@fault(
    "nms returns indices in ascending order.",
    witness=lambda: _nms(0.5, (0, 0, 1, 1), (5, 5, 6, 6)) == [0, 1],
)
def nms_sorts_by_index(patch):
    wrap(patch, ops, "nms", lambda original, *args: original(*args).sort().values)


@fault(
    "nms drops boxes that overlap by the threshold.",
    witness=lambda: len(_nms(0.5, (0, 0, 2, 2), (0, 0, 2, 1))) == 1,
)
def nms_drops_at_the_threshold(patch):
    wrap(
        patch, ops, "nms", lambda f, boxes, scores, most: f(boxes, scores, most - 1e-6)
    )


@fault(
    "nms keeps the boxes of low scores.",
    witness=lambda: _nms(0.5, (0, 0, 2, 2), (0, 0, 2, 2)) == [0],
)
def nms_keeps_the_worst(patch):
    wrap(patch, ops, "nms", lambda f, boxes, scores, most: f(boxes, -scores, most))


def _nms(most, *boxes):
    scores = torch.arange(float(len(boxes)))
    return ops.nms(torch.tensor(boxes, dtype=torch.float32), scores, most).tolist()


@fault(
    "nms takes fewer scores than boxes.",
    witness=lambda: not raises(lambda: ops.nms(torch.zeros(2, 4), torch.zeros(1), 0.5)),
)
def boxes_without_a_score_are_dropped(patch):
    def change(original, boxes, scores, most):
        return original(boxes[: len(scores)], scores, most)

    wrap(patch, ops, "nms", change)


@fault(
    "batched_nms compares boxes of all classes.",
    witness=lambda: (
        len(
            ops.batched_nms(
                torch.ones(2, 4).cumsum(1), torch.ones(2), torch.arange(2), 0.5
            )
        )
        == 1
    ),
)
def classes_are_ignored(patch):
    patch(
        ops, "batched_nms", lambda boxes, scores, _, most: ops.nms(boxes, scores, most)
    )


# --- focal loss -----------------------------------------------------------------------


def loss(**options):
    return ops.sigmoid_focal_loss(torch.zeros(2), torch.tensor([1.0, 0.0]), **options)


@fault("The default alpha is 0.5.", witness=lambda: loss()[0].item() > 0.08)
def alpha_is_a_half(patch):
    def change(original, x, y, alpha=0.5, **options):
        return original(x, y, alpha, **options)

    wrap(patch, ops, "sigmoid_focal_loss", change)


@fault("gamma is 2 whatever is asked for.", witness=lambda: loss(gamma=0)[0] < 0.1)
def gamma_is_ignored(patch):
    def change(original, *args, gamma=2, **options):
        return original(*args, **options)

    wrap(patch, ops, "sigmoid_focal_loss", change)


@fault(
    "alpha weighs the targets of 0.",
    witness=lambda: loss()[0].item() > loss()[1].item(),
)
def alpha_is_of_the_negatives(patch):
    def change(original, x, y, alpha=0.25, **options):
        return original(x, y, alpha if alpha < 0 else 1 - alpha, **options)

    wrap(patch, ops, "sigmoid_focal_loss", change)


@fault("The loss is reduced to its mean by default.", witness=lambda: loss().dim() == 0)
def loss_is_the_mean(patch):
    def change(original, *args, reduction="mean", **options):
        return original(*args, reduction=reduction, **options)

    wrap(patch, ops, "sigmoid_focal_loss", change)


@fault(
    "An unknown reduction is none.",
    witness=lambda: not raises(lambda: loss(reduction="max")),
)
def unknown_reduction_is_none(patch):
    def change(original, *args, reduction="none", **options):
        known = reduction if reduction in ("mean", "sum") else "none"
        return original(*args, reduction=known, **options)

    wrap(patch, ops, "sigmoid_focal_loss", change)

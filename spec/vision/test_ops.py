"""torchvision.ops has what detection needs beside layers: pooling of regions, and
arithmetic with boxes.

A box is four numbers, (x1, y1, x2, y2), with x to the right and y downwards. Where
boxes of a whole batch are one tensor, a first column says which image each is of.

It is often believed that this module generates the boxes of a detector. Apart from
masks_to_boxes, it works with boxes that are there; anchors come from the models.
"""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spec.models.boxes import area, intersection_over_union, kept
from torch_semantics import claim

CORNER = [0.0, 0.0, 2.0, 2.0]


def ramp(device):
    """One image of 4x4 whose elements count from 0, row by row."""
    return torch.arange(16.0, device=device).view(1, 1, 4, 4)


def batch(device):
    """Two images of 4x4, filled with 1 and with 5."""
    values = torch.tensor([1.0, 5.0], device=device)
    return values.view(2, 1, 1, 1).expand(2, 1, 4, 4)


# --- pooling of regions ---------------------------------------------------------------


@claim(
    "vision.ops.roi-align",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
@pytest.mark.parametrize(
    "of_boxes",
    [
        lambda rows: rows,
        lambda rows: [rows[:, 1:]],
    ],
    ids=["tensor", "list"],
)
def test_roi_align_averages_each_bin_of_a_box(torchvision, device, of_boxes):
    """roi_align divides each box into bins and returns, for each, the mean of values
    interpolated within it, as a tensor of boxes, channels, rows and columns.
    """
    images = torch.cat([ramp(device), -ramp(device)], dim=1)
    rows = [[0, *CORNER], [0, 1.0, 1.0, 3.0, 3.0], [0, *CORNER]]
    boxes = of_boxes(torch.tensor(rows, device=device))

    pooled = torchvision.ops.roi_align(images, boxes, output_size=2)

    assert pooled.dtype == torch.float32
    assert pooled.tolist() == [
        [[[2.5, 3.5], [6.5, 7.5]], [[-2.5, -3.5], [-6.5, -7.5]]],
        [[[7.5, 8.5], [11.5, 12.5]], [[-7.5, -8.5], [-11.5, -12.5]]],
        [[[2.5, 3.5], [6.5, 7.5]], [[-2.5, -3.5], [-6.5, -7.5]]],
    ]


@claim(
    "vision.ops.roi-align.output-size",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_the_output_size_of_roi_align_is_height_and_width(torchvision, device):
    """The output size of roi_align is a pair of height and width, or one number for
    both.
    """
    boxes = torch.tensor([[0, *CORNER]], device=device)

    square = torchvision.ops.roi_align(ramp(device), boxes, 1)
    wide = torchvision.ops.roi_align(ramp(device), boxes, (1, 2))

    assert square.tolist() == [[[[5]]]]
    assert wide.tolist() == [[[[4.5, 5.5]]]]


@claim(
    "vision.ops.roi-align.batch",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_each_box_belongs_to_one_image(torchvision, device):
    """The first column of a tensor of boxes, or the place in a list of tensors, says
    which image of the batch a box lies in.
    """
    rows = torch.tensor([[1, *CORNER], [0, *CORNER]], device=device)
    per_image = [rows[:1, 1:], rows[:, 1:]]

    by_column = torchvision.ops.roi_align(batch(device), rows, 1)
    by_place = torchvision.ops.roi_align(batch(device), per_image, 1)

    assert by_column.flatten().tolist() == [5, 1]
    assert by_place.flatten().tolist() == [1, 5, 5]


@claim(
    "vision.ops.roi-align.no-boxes",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_no_boxes_give_an_empty_tensor(torchvision, device):
    """Without boxes roi_align and roi_pool return a tensor for no boxes."""
    none = torch.zeros(0, 5, device=device)
    none_per_image = [torch.zeros(0, 4, device=device)]

    aligned = torchvision.ops.roi_align(ramp(device), none, (2, 3))
    listed = torchvision.ops.roi_align(ramp(device), none_per_image, (2, 3))
    pooled = torchvision.ops.roi_pool(ramp(device), none, (2, 3))

    assert aligned.shape == listed.shape == pooled.shape == (0, 1, 2, 3)


@claim(
    "vision.ops.roi-align.scale",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_spatial_scale_multiplies_the_boxes(torchvision, device):
    """The spatial scale multiplies the coordinates of boxes: 0.5 for an image of half
    the size that they were made for.
    """
    boxes = torch.tensor([[0.0, 2.0, 2.0, 6.0, 6.0]], device=device)

    aligned = torchvision.ops.roi_align(ramp(device), boxes, 2, 0.5)
    pooled = torchvision.ops.roi_pool(ramp(device), boxes, 2, 0.5)

    assert aligned.tolist() == [[[[7.5, 8.5], [11.5, 12.5]]]]
    assert pooled.tolist() == [[[[10, 11], [14, 15]]]]


@claim(
    "vision.ops.roi-align.aligned",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_aligned_shifts_the_boxes_by_half_a_pixel(torchvision, device):
    """With aligned=True boxes are shifted by half a pixel, so that a box of whole
    pixels gives those pixels; by default they are not.
    """
    boxes = torch.tensor([[0.0, 1.0, 1.0, 3.0, 3.0]], device=device)

    shifted = torchvision.ops.roi_align(ramp(device), boxes, 2, aligned=True)
    default = torchvision.ops.roi_align(ramp(device), boxes, 2)

    assert shifted.tolist() == [[[[5, 6], [9, 10]]]]
    assert default.tolist() == [[[[7.5, 8.5], [11.5, 12.5]]]]


@claim(
    "vision.ops.roi-align.sampling-ratio",
    see="../../vision/stable/generated/torchvision.ops.roi_align",
)
def test_the_sampling_ratio_is_the_number_of_samples(torchvision, device):
    """The sampling ratio is how many points per side of a bin are averaged; by default
    there are as many as pixels.
    """
    squares = ramp(device) ** 2
    boxes = torch.tensor([[0, *CORNER]], device=device)

    one = torchvision.ops.roi_align(squares, boxes, 1, sampling_ratio=1)
    two = torchvision.ops.roi_align(squares, boxes, 1, sampling_ratio=2)
    default = torchvision.ops.roi_align(squares, boxes, 1)

    assert (one.item(), two.item(), default.item()) == (25, 33.5, 33.5)


@claim(
    "vision.ops.roi-pool", see="../../vision/stable/generated/torchvision.ops.roi_pool"
)
def test_roi_pool_takes_the_maximum_of_each_bin(torchvision, device):
    """roi_pool divides a box of whole pixels, both corners included, into bins and
    returns the largest value of each.
    """
    boxes = torch.tensor([[0.0, 0.0, 0.0, 3.0, 3.0]], device=device)

    square = torchvision.ops.roi_pool(ramp(device), boxes, 2)
    tall = torchvision.ops.roi_pool(ramp(device), boxes, (2, 1))
    listed = torchvision.ops.roi_pool(ramp(device), [boxes[:, 1:]], 2)

    assert square.tolist() == [[[[5, 7], [13, 15]]]]
    assert tall.tolist() == [[[[7], [15]]]]
    assert listed.tolist() == [[[[5, 7], [13, 15]]]]


@claim(
    "vision.ops.roi-pool.rounds",
    see="../../vision/stable/generated/torchvision.ops.roi_pool",
)
def test_roi_pool_rounds_the_corners(torchvision, device):
    """roi_pool rounds the corners of a box to whole pixels; a box whose corners are one
    pixel gives that pixel.
    """
    rounded = torch.tensor([[0.0, 0.4, 0.6, 2.6, 1.4]], device=device)
    point = torch.tensor([[0.0, 1.0, 2.0, 1.0, 2.0]], device=device)

    of_rounded = torchvision.ops.roi_pool(ramp(device), rounded, 1)
    of_point = torchvision.ops.roi_pool(ramp(device), point, 1)

    assert (of_rounded.item(), of_point.item()) == (7, 9)


@claim("vision.ops.roi-gradients", see="../../vision/stable/ops")
def test_gradients_flow_to_the_pooled_pixels(torchvision, device):
    """The gradient of roi_pool goes to the largest pixel of each bin, that of roi_align
    to the pixels it interpolates between.
    """
    pooled = ramp(device).requires_grad_()
    aligned = ramp(device).requires_grad_()
    boxes = torch.tensor([[0.0, 0.0, 0.0, 1.0, 1.0]], device=device)

    torchvision.ops.roi_pool(pooled, boxes, 1).backward()
    torchvision.ops.roi_align(aligned, boxes, 1).backward()

    assert pooled.grad[0, 0, :2, :2].tolist() == [[0, 0], [0, 1]]
    assert aligned.grad[0, 0, :2, :2].tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert (pooled.grad.sum().item(), aligned.grad.sum().item()) == (1, 1)


@claim("vision.ops.roi-box-format", see="../../vision/stable/ops")
@pytest.mark.parametrize(
    "pool",
    [
        lambda ops, *arguments: ops.roi_align(*arguments),
        lambda ops, *arguments: ops.roi_pool(*arguments),
    ],
    ids=["roi_align", "roi_pool"],
)
def test_boxes_of_another_width_are_refused(torchvision, device, pool):
    """A tensor of boxes without an index, a list of boxes with one, and anything else
    raise AssertionError.
    """
    four, five = torch.zeros(1, 4, device=device), torch.zeros(1, 5, device=device)

    with pytest.raises(AssertionError, match=r"not correct as Tensor\[K, 5\]"):
        pool(torchvision.ops, ramp(device), four, 1)
    with pytest.raises(AssertionError, match=r"not correct as List\[Tensor\[L, 4\]\]"):
        pool(torchvision.ops, ramp(device), [five], 1)
    with pytest.raises(AssertionError, match="boxes is expected to be a Tensor"):
        pool(torchvision.ops, ramp(device), 4, 1)


@claim("vision.ops.roi-modules", see="../../vision/stable/ops")
def test_the_modules_pool_as_the_functions(torchvision, device):
    """RoIAlign and RoIPool are modules that keep the arguments of the functions."""
    boxes = torch.tensor([[0.0, 2.0, 2.0, 6.0, 6.0]], device=device)

    align = torchvision.ops.RoIAlign(2, 0.5, -1, aligned=True)
    pool = torchvision.ops.RoIPool((2, 1), 0.5)

    assert align(ramp(device), boxes).tolist() == [[[[5, 6], [9, 10]]]]
    assert pool(ramp(device), boxes).tolist() == [[[[11], [15]]]]


# --- boxes ----------------------------------------------------------------------------


@claim("vision.ops.box-utilities", see="../../vision/stable/ops")
def test_masks_to_boxes_generates_boxes(torchvision, device):
    """masks_to_boxes returns the first and last column and row of each mask, both
    included, as (x1, y1, x2, y2) in float32; ops has no generator of anchors, the
    models of detection have.
    """
    masks = torch.zeros(2, 4, 5, dtype=torch.bool, device=device)
    masks[0, 1:3, 2:5] = True
    masks[1, 3, 0] = True

    boxes = torchvision.ops.masks_to_boxes(masks)

    assert boxes.tolist() == [[2, 1, 4, 2], [0, 3, 0, 3]]
    assert boxes.dtype == torch.float32
    assert [name for name in dir(torchvision.ops) if "anchor" in name.lower()] == []
    assert torchvision.models.detection.anchor_utils.AnchorGenerator


@claim(
    "vision.ops.masks-to-boxes.forms",
    see="../../vision/stable/generated/torchvision.ops.masks_to_boxes",
)
def test_masks_of_numbers_count_where_they_are_not_zero(torchvision, device):
    """masks_to_boxes takes masks of any numbers, which count where they aren't zero;
    without masks it returns no boxes.
    """
    masks = torch.tensor([[[0, 0, 0], [0, 7, 0], [0, 0, -1]]], device=device)

    boxes = torchvision.ops.masks_to_boxes(masks)
    none = torchvision.ops.masks_to_boxes(masks[:0])

    assert boxes.tolist() == [[1, 1, 2, 2]]
    assert (none.shape, none.dtype) == ((0, 4), torch.float32)


@claim(
    "vision.ops.box-area", see="../../vision/stable/generated/torchvision.ops.box_area"
)
def test_box_area_is_width_times_height(torchvision, device):
    """box_area returns width times height, in a dtype that is wide enough for small
    integers.
    """
    boxes = torch.tensor([[0.0, 0.0, 2.0, 3.0], [1.0, 2.0, 1.0, 9.0]], device=device)
    small = torch.tensor([[0, 0, 100, 100]], dtype=torch.uint8, device=device)

    areas = torchvision.ops.box_area(boxes)
    of_small = torchvision.ops.box_area(small)

    assert (areas.tolist(), areas.dtype) == ([6, 0], torch.float32)
    assert (of_small.tolist(), of_small.dtype) == ([10000], torch.int32)


@claim(
    "vision.ops.box-iou", see="../../vision/stable/generated/torchvision.ops.box_iou"
)
def test_box_iou_compares_each_box_with_each(torchvision, device):
    """box_iou returns, for each box of the first tensor and each of the second, the
    area they share over the area they cover: 1 for equal boxes, 0 for boxes that are
    apart or only touch.
    """
    one = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]], device=device)
    other = torch.tensor(
        [[0, 0, 2, 2], [0, 1, 2, 3], [2, 0, 4, 2], [3, 3, 4, 4]], device=device
    ).float()

    overlap = torchvision.ops.box_iou(one, other)

    third = torch.tensor(1 / 3).item()
    assert overlap.tolist() == [[1, third, 0, 0], [0.25, 0, 0, 0]]
    assert torchvision.ops.box_iou(one, other[:0]).shape == (2, 0)


boxes_of_whole_pixels = st.tuples(
    st.integers(0, 2), st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)
).map(lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3]))


@claim(
    "vision.ops.box-iou.rule",
    see="../../vision/stable/generated/torchvision.ops.box_iou",
)
@given(boxes=st.lists(boxes_of_whole_pixels, min_size=1, max_size=4))
def test_box_iou_follows_its_rule(torchvision, device, boxes):
    """The overlap and the area of boxes are those of the rule in plain Python."""
    given_boxes = torch.tensor(boxes, dtype=torch.float64, device=device)

    overlaps = torchvision.ops.box_iou(given_boxes, given_boxes).tolist()
    areas = torchvision.ops.box_area(given_boxes).tolist()

    rule = [[float(intersection_over_union(a, b)) for b in boxes] for a in boxes]
    assert (boxes, overlaps) == (boxes, rule)
    assert (boxes, areas) == (boxes, [area(box) for box in boxes])


@claim(
    "vision.ops.box-convert",
    see="../../vision/stable/generated/torchvision.ops.box_convert",
)
def test_box_convert_changes_the_form_of_boxes(torchvision, device):
    """box_convert translates between two corners, a corner with width and height, and a
    centre with width and height.
    """
    forms = {
        "xyxy": torch.tensor([[4.0, 6.0, 8.0, 20.0]], device=device),
        "xywh": torch.tensor([[4.0, 6.0, 4.0, 14.0]], device=device),
        "cxcywh": torch.tensor([[6.0, 13.0, 4.0, 14.0]], device=device),
    }

    converted = {
        (old, new): torchvision.ops.box_convert(forms[old], old, new).tolist()
        for old in forms
        for new in forms
    }

    assert converted == {(old, new): forms[new].tolist() for old, new in converted}


@claim(
    "vision.ops.box-convert.copies",
    see="../../vision/stable/generated/torchvision.ops.box_convert",
)
def test_box_convert_to_the_same_form_copies(torchvision, device):
    """box_convert to the form that the boxes have returns a copy."""
    boxes = torch.tensor([[4.0, 6.0, 8.0, 20.0]], device=device)

    same = torchvision.ops.box_convert(boxes, "xyxy", "xyxy")
    same.zero_()

    assert boxes.tolist() == [[4, 6, 8, 20]]


@claim(
    "vision.ops.box-convert.unknown-form",
    see="../../vision/stable/generated/torchvision.ops.box_convert",
)
def test_box_convert_refuses_an_unknown_form(torchvision, device):
    """box_convert from or to an unknown form raises ValueError."""
    boxes = torch.tensor([[4.0, 6.0, 8.0, 20.0]], device=device)

    with pytest.raises(ValueError, match="Unsupported Bounding Box Conversions"):
        torchvision.ops.box_convert(boxes, "yxyx", "xyxy")
    with pytest.raises(ValueError, match="Unsupported Bounding Box Conversions"):
        torchvision.ops.box_convert(boxes, "xyxy", "yxyx")


@claim(
    "vision.ops.clip-boxes",
    see="../../vision/stable/generated/torchvision.ops.clip_boxes_to_image",
)
def test_clip_boxes_to_image_limits_the_coordinates(torchvision, device):
    """clip_boxes_to_image limits x to the width and y to the height of an image, whose
    size is given as height and width, in a new tensor.
    """
    boxes = torch.tensor([[-1.0, -2.0, 12.0, 11.0], [1, 2, 3, 4]], device=device)

    clipped = torchvision.ops.clip_boxes_to_image(boxes, (5, 10))

    assert clipped.tolist() == [[0, 0, 10, 5], [1, 2, 3, 4]]
    assert boxes.tolist() == [[-1, -2, 12, 11], [1, 2, 3, 4]]


@claim("vision.ops.nms", see="../../vision/stable/generated/torchvision.ops.nms")
def test_nms_keeps_the_best_of_boxes_that_overlap(torchvision, device):
    """Non-maximum suppression returns the indices, as int64 and from the highest score
    to the lowest, of the boxes that overlap no kept box of a higher score by more than
    the threshold.
    """
    boxes = torch.tensor(
        [[0, 0, 4, 1], [9, 0, 9.5, 1], [1, 0, 5, 1], [2, 0, 6, 1]], device=device
    )
    scores = torch.tensor([0.7, 0.1, 0.8, 0.9], device=device)

    indices = torchvision.ops.nms(boxes, scores, 0.5)

    # Box 2 overlaps box 3 by 3/5 and goes; box 0 overlaps box 3 by 2/6 only.
    assert (indices.tolist(), indices.dtype) == ([3, 0, 1], torch.int64)


@claim(
    "vision.ops.nms.threshold", see="../../vision/stable/generated/torchvision.ops.nms"
)
def test_nms_keeps_a_box_that_overlaps_by_the_threshold(torchvision, device):
    """A box that overlaps a better one by exactly the threshold is kept; without boxes
    there are no indices.
    """
    boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.0]], device=device)
    scores = torch.tensor([0.9, 0.8], device=device)

    at = torchvision.ops.nms(boxes, scores, 0.5)
    below = torchvision.ops.nms(boxes, scores, 0.49)
    none = torchvision.ops.nms(boxes[:0], scores[:0], 0.5)

    assert (at.tolist(), below.tolist()) == ([0, 1], [0])
    assert (none.tolist(), none.dtype) == ([], torch.int64)


@claim("vision.ops.nms.rule", see="../../vision/stable/generated/torchvision.ops.nms")
@given(
    boxes=st.lists(boxes_of_whole_pixels, min_size=2, max_size=5),
    seed=st.permutations(range(5)),
)
def test_nms_follows_its_rule(torchvision, device, boxes, seed):
    """The boxes that nms keeps are those of the rule in plain Python."""
    scores = [float(score) for score in seed[: len(boxes)]]
    rows = torch.tensor(boxes, dtype=torch.float32, device=device)

    indices = torchvision.ops.nms(rows, torch.tensor(scores, device=device), 0.3)

    assert (boxes, scores, indices.tolist()) == (
        boxes,
        scores,
        kept(boxes, scores, Fraction(3, 10)),
    )


@claim(
    "vision.ops.nms.batched",
    see="../../vision/stable/generated/torchvision.ops.batched_nms",
)
def test_batched_nms_compares_boxes_of_one_class(torchvision, device):
    """batched_nms lets a box suppress others of its own class only."""
    boxes = torch.tensor([CORNER, CORNER, CORNER], device=device)
    scores = torch.tensor([0.7, 0.8, 0.9], device=device)
    classes = torch.tensor([1, 0, 1], device=device)

    indices = torchvision.ops.batched_nms(boxes, scores, classes, 0.5)

    assert (indices.tolist(), indices.dtype) == ([2, 1], torch.int64)


@claim(
    "vision.ops.nms.mismatch", see="../../vision/stable/generated/torchvision.ops.nms"
)
def test_nms_refuses_scores_and_boxes_that_do_not_match(torchvision, device):
    """Non-maximum suppression raises RuntimeError for another number of scores than of
    boxes, and for boxes without four coordinates.
    """
    boxes, scores = torch.zeros(2, 4, device=device), torch.zeros(2, device=device)

    with pytest.raises(RuntimeError, match="should have same number of elements in"):
        torchvision.ops.nms(boxes, scores[:1], 0.5)
    with pytest.raises(RuntimeError, match="boxes should have 4 elements in dimension"):
        torchvision.ops.nms(boxes[:, :3], scores, 0.5)


# --- focal loss -----------------------------------------------------------------------


@claim(
    "vision.ops.focal-loss",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
)
def test_focal_loss_weighs_the_cross_entropy(torchvision, device):
    """sigmoid_focal_loss multiplies each element's cross entropy by alpha, or 1 - alpha
    for a target of 0, and by 1 - p to the power of gamma, p being the probability of
    the target; alpha is 0.25 and gamma is 2 by default.
    """
    logits = torch.zeros(2, 1, dtype=torch.float64, device=device)
    targets = torch.tensor([[1.0], [0.0]], dtype=torch.float64, device=device)

    default = torchvision.ops.sigmoid_focal_loss(logits, targets)
    chosen = torchvision.ops.sigmoid_focal_loss(logits, targets, alpha=0.5, gamma=1)

    # The probability is 1/2, so 1 - p is too, and the cross entropy log(2).
    assert default.tolist() == [[math.log(2) / 16], [math.log(2) * 3 / 16]]
    assert chosen.tolist() == [[math.log(2) / 4], [math.log(2) / 4]]


@claim(
    "vision.ops.focal-loss.cross-entropy",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
)
def test_focal_loss_without_weights_is_the_cross_entropy(torchvision, device):
    """With alpha=-1 and gamma=0 sigmoid_focal_loss is the binary cross entropy; with
    alpha 0 or 1 one kind of target counts for nothing.
    """
    logits = torch.zeros(2, dtype=torch.float64, device=device)
    targets = torch.tensor([1.0, 0.0], dtype=torch.float64, device=device)
    log2 = math.log(2)

    loss = torchvision.ops.sigmoid_focal_loss
    plain = loss(logits, targets, alpha=-1, gamma=0)
    negatives = loss(logits, targets, alpha=0, gamma=0)
    positives = loss(logits, targets, alpha=1, gamma=0)

    assert plain.tolist() == [log2, log2]
    assert negatives.tolist() == [0, log2]
    assert positives.tolist() == [log2, 0]


@claim(
    "vision.ops.focal-loss.rule",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
)
@given(odds=st.integers(1, 9), target=st.sampled_from([0.0, 1.0]))
def test_focal_loss_never_exceeds_the_cross_entropy(torchvision, device, odds, target):
    """Without alpha the focal loss is the cross entropy times the square of 1 - p, and
    so at most the cross entropy.

    Rounding: the logit is a logarithm and its sigmoid is close to a fraction.
    """
    logit = torch.tensor([math.log(odds)], dtype=torch.float64, device=device)
    targets = torch.tensor([target], dtype=torch.float64, device=device)

    loss = torchvision.ops.sigmoid_focal_loss(logit, targets, alpha=-1).item()

    p = (odds if target else 1) / (odds + 1)
    assert loss == pytest.approx((1 - p) ** 2 * -math.log(p), rel=1e-14)
    assert loss <= -math.log(p)


@claim(
    "vision.ops.focal-loss.reduction",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
)
def test_focal_loss_is_reduced_on_request(torchvision, device):
    """sigmoid_focal_loss returns a loss per element unless it is told to take their
    mean or sum.
    """
    logits = torch.zeros(2, dtype=torch.float64, device=device)
    targets = torch.tensor([1.0, 0.0], dtype=torch.float64, device=device)

    loss = torchvision.ops.sigmoid_focal_loss
    mean = loss(logits, targets, reduction="mean")
    total = loss(logits, targets, reduction="sum")

    assert (mean.shape, total.shape) == ((), ())
    assert (mean.item(), total.item()) == (math.log(2) / 8, math.log(2) / 4)


@claim(
    "vision.ops.focal-loss.unknown-reduction",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
    since="2.0",
)
def test_focal_loss_refuses_an_unknown_reduction(torchvision, device):
    """sigmoid_focal_loss with an unknown reduction raises ValueError."""
    logits = torch.zeros(2, device=device)

    with pytest.raises(ValueError, match="Invalid Value for arg 'reduction': 'max"):
        torchvision.ops.sigmoid_focal_loss(logits, logits, reduction="max")


@claim(
    "vision.ops.focal-loss.unknown-reduction-is-none",
    see="../../vision/stable/generated/torchvision.ops.sigmoid_focal_loss",
    until="2.0",
)
def test_focal_loss_took_an_unknown_reduction_for_none(torchvision, device):
    """sigmoid_focal_loss with an unknown reduction returns a loss per element."""
    logits = torch.zeros(2, dtype=torch.float64, device=device)

    loss = torchvision.ops.sigmoid_focal_loss(logits, logits, reduction="max")

    assert loss.tolist() == [math.log(2) * 3 / 16, math.log(2) * 3 / 16]

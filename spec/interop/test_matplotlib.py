"""Matplotlib.

Matplotlib draws NumPy arrays, and makes an array of whatever else it is given: so it
takes tensors, and refuses those that NumPy refuses, in the same words. It wants an
image as (H, W), or with the channels last; torch has them first, and to it that is no
image. The specs make their tensors on the CPU on purpose, and need matplotlib.
"""

import pytest
import torch

from torch_semantics import claim

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)
NEEDS_DETACH = r"^Can't call numpy\(\) on Tensor that requires grad"


@claim("interop.matplotlib.plot-takes-tensors", see="generated/torch.Tensor.numpy")
def test_plot_draws_the_elements_of_a_tensor(pyplot):
    """plot() takes a tensor on the CPU as it takes its array, and a list of tensors
    without dimensions; a later write to the tensor does not change the drawing.
    """
    tensor = torch.tensor([1.0, 4.0, 9.0], device="cpu")
    losses = [torch.tensor(3.0, device="cpu"), torch.tensor(2.0, device="cpu")]

    (line,), (same,) = pyplot.plot(tensor, tensor * 2), pyplot.plot(tensor.numpy())
    (curve,) = pyplot.plot(losses)
    tensor[0] = -1

    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == (
        [1, 4, 9],
        [2, 8, 18],
    )
    assert same.get_ydata().tolist() == [1, 4, 9]
    assert curve.get_ydata().tolist() == [3, 2]


@claim("interop.matplotlib.imshow-needs-hwc", see="generated/torch.permute")
def test_imshow_takes_channels_last_and_rejects_channels_first(pyplot):
    """imshow() takes (H, W), and (H, W, C) with 1, 3 or 4 channels, as an array or a
    tensor; an image with its channels first raises a TypeError that names its shape,
    and permute(1, 2, 0) makes it fit. One that is 3 or 4 wide is taken for (H, W, C).
    """
    sizes = [(2, 5), (2, 5, 3), (2, 5, 4)]
    images = [torch.zeros(size, device="cpu") for size in sizes]
    gray = torch.tensor([[[0.0], [0.5]]], device="cpu")
    first = torch.tensor([[[0.0, 0.5]], [[0.25, 1.0]], [[0.75, 0.0]]], device="cpu")

    drawn = [pyplot.imshow(image).get_array().shape for image in images]
    misread = pyplot.imshow(torch.zeros(3, 2, 4, device="cpu")).get_array()
    squeezed, same = (pyplot.imshow(x).get_array() for x in (gray.numpy(), gray))
    turned = pyplot.imshow(first.permute(1, 2, 0).numpy()).get_array()

    assert drawn == sizes
    assert misread.shape == (3, 2, 4)
    assert squeezed.tolist() == same.tolist() == [[0, 0.5]]
    assert turned.tolist() == [[[0, 0.25, 0.75], [0.5, 1, 0]]]
    with pytest.raises(TypeError, match=r"^Invalid shape \(3, 1, 2\) for image data$"):
        pyplot.imshow(first.numpy())
    with pytest.raises(TypeError, match=r"^Invalid shape \(3, 1, 2\) for image data$"):
        pyplot.imshow(first)


@claim("interop.matplotlib.requires-grad-rejected", see="generated/torch.Tensor.numpy")
def test_a_tensor_that_requires_gradients_is_not_drawn(pyplot):
    """plot() and imshow() of a tensor that requires gradients, and plot() of a list
    with one in it, raise NumPy's RuntimeError; detached, or with grad mode off, it is
    drawn.
    """
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, device="cpu")
    row, loss = weight[0], weight.sum()

    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        pyplot.plot(row)
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        pyplot.imshow(weight)
    with pytest.raises(RuntimeError, match=NEEDS_DETACH):
        pyplot.plot([loss, loss])
    assert pyplot.plot(row.detach())[0].get_ydata().tolist() == [1, 2]
    assert pyplot.plot([loss.item(), 0])[0].get_ydata().tolist() == [10, 0]
    with torch.no_grad():
        assert pyplot.imshow(weight).get_array().tolist() == [[1, 2], [3, 4]]


@claim("interop.matplotlib.not-on-the-cpu", see="generated/torch.Tensor.numpy")
def test_a_tensor_of_another_device_or_of_bfloat16_is_not_drawn(pyplot):
    """plot() of a tensor on another device, for which a meta tensor stands here, and of
    one of bfloat16 raises the TypeError of NumPy's conversion.
    """
    elsewhere = torch.ones(2, device="meta")
    brain = torch.tensor([1.0, 2.0], dtype=torch.bfloat16, device="cpu")

    with pytest.raises(TypeError, match=r"^can't convert meta device type tensor to"):
        pyplot.plot(elsewhere)
    with pytest.raises(TypeError, match=r"^Got unsupported ScalarType BFloat16"):
        pyplot.plot(brain)
    assert pyplot.plot(brain.float())[0].get_ydata().tolist() == [1, 2]

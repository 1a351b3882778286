"""Complex numbers.

A complex tensor holds pairs of floats, the real and the imaginary parts side by side:
complex64 two of float32, complex128 two of float64. The two parts, and a last dimension
of size 2 that holds both, are views.

conj() is a view as well: it copies nothing and sets a bit, which says that the elements
are to be read with the other sign of the imaginary part. Whoever takes it for a copy is
in for a surprise when the original changes. resolve_conj() makes the copy. Of a real
tensor conj() is that very tensor.
"""

import math

import pytest
import torch

from torch_semantics import claim
from torch_semantics.words import shares_storage


@claim("tensor.conj.lazy-view", see="generated/torch.conj")
def test_conj_is_a_view_that_reads_the_other_sign(device):
    """conj() of a complex tensor is a view with its conjugate bit set: it shares the
    storage, a write to the original shows conjugated in it, and a write into it reaches
    the original conjugated.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)

    view = z.conj()
    before = view.tolist()
    z[0] = 5 + 5j
    view[1] = 1j

    assert before == [1 - 2j, 3 + 4j]
    assert (view.tolist(), z.tolist()) == ([5 - 5j, 1j], [5 + 5j, -1j])
    assert (view.is_conj(), z.is_conj(), torch.is_conj(view)) == (True, False, True)
    assert (shares_storage(view, z), view._base is z) == (True, True)
    assert (view.dtype, view.stride()) == (torch.complex64, (1,))


@claim("tensor.conj.twice", see="generated/torch.conj")
def test_conj_twice_clears_the_bit(device):
    """conj() of the conjugate view clears its bit, in the same storage again;
    torch.conj and Tensor.conj do the same.
    """
    z = torch.tensor([1 + 2j], device=device)

    twice = torch.conj(torch.conj(z))
    mixed = torch.conj(z).conj()

    assert (twice.is_conj(), mixed.is_conj()) == (False, False)
    assert (twice.tolist(), mixed.tolist()) == ([1 + 2j], [1 + 2j])
    assert (shares_storage(twice, z), shares_storage(mixed, z)) == (True, True)


@claim("tensor.conj.real-input-returned-unchanged", see="generated/torch.conj")
def test_conj_of_a_real_tensor_is_the_tensor(device):
    """conj(), resolve_conj() and conj_physical() of a real tensor return this very
    tensor, whatever its dtype, and its bit is not set.
    """
    floats = torch.tensor([1.5], device=device)
    longs = torch.tensor([2], device=device)

    results = [torch.conj(floats), floats.conj(), floats.resolve_conj()]
    of_longs = [torch.conj(longs), longs.conj(), torch.conj_physical(longs)]

    assert [result is floats for result in results] == [True] * 3
    assert [result is longs for result in of_longs] == [True] * 3
    assert (floats.is_conj(), longs.is_conj(), longs.dtype) == (
        False,
        False,
        torch.int64,
    )


@claim("tensor.conj.resolved", see="generated/torch.resolve_conj")
def test_resolve_conj_makes_the_copy(device):
    """resolve_conj() of a conjugate view is a copy without the bit, and of any other
    tensor that tensor; conj_physical() copies at once, and conj_physical_() changes its
    tensor.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)

    resolved = z.conj().resolve_conj()
    physical = torch.conj_physical(z)
    same = torch.resolve_conj(z)
    z[0] = 0

    assert (resolved.tolist(), resolved.is_conj()) == ([1 - 2j, 3 + 4j], False)
    assert (physical.tolist(), physical.is_conj()) == ([1 - 2j, 3 + 4j], False)
    assert [shares_storage(resolved, z), shares_storage(physical, z)] == [False, False]
    assert (same is z, z.conj_physical_() is z) == (True, True)
    assert (z.tolist(), z.is_conj()) == ([0, 3 + 4j], False)


@claim("tensor.conj.in-arithmetic", see="generated/torch.conj")
def test_an_operation_reads_a_conjugate_view_as_it_shows(device):
    """Arithmetic reads a conjugate view as it shows itself, and its results are new
    tensors without the bit, as a clone is; an in-place operation on it writes through.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)
    view = z.conj()

    product, total = z * view, view.sum()
    matrix_product = torch.tensor([[2j]], device=device).conj() @ view[:1]
    clone = view.clone()
    view.mul_(1j)

    assert (product.tolist(), product.is_conj()) == ([5, 25], False)
    assert (total.tolist(), total.is_conj()) == (4 + 2j, False)
    assert matrix_product.tolist() == [-4 - 2j]
    assert (clone.tolist(), clone.is_conj()) == ([1 - 2j, 3 + 4j], False)
    assert (view.tolist(), z.tolist()) == ([2 + 1j, -4 + 3j], [2 - 1j, -4 - 3j])
    assert not shares_storage(product, z)


@claim("tensor.conj.views-keep-the-bit", see="generated/torch.conj")
def test_a_view_of_a_conjugate_view_is_one_too(device):
    """What lies over the storage of a conjugate view keeps its bit: views, detach(),
    and contiguous(), which copies nothing. A new tensor like it has no bit.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)
    view = z.conj()

    pair = [view.view(1, 2), view.reshape(1, 2), view.unsqueeze(0), view.expand(1, 2)]
    first = [view[:1], view.narrow(0, 0, 1), view.split(1)[0]]
    whole = [view.detach(), view.contiguous(), view.flatten()]

    assert [x.is_conj() for x in pair + first + whole] == [True] * 10
    assert [x.tolist() for x in pair] == [[[1 - 2j, 3 + 4j]]] * 4
    assert [x.tolist() for x in first] == [[1 - 2j]] * 3
    assert [x.tolist() for x in whole] == [[1 - 2j, 3 + 4j]] * 3
    assert [shares_storage(x, z) for x in pair + first + whole] == [True] * 10
    zeros = torch.zeros_like(view)
    assert (zeros.tolist(), zeros.is_conj()) == ([0, 0], False)


@claim("tensor.complex.parts-are-views", see="generated/torch.Tensor.real")
def test_real_and_imag_are_views(device):
    """The attributes real and imag of a complex tensor are views of its parts, with the
    real dtype and every second float of the storage; a write reaches the complex
    numbers.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)
    doubles = torch.tensor([1 + 2j], dtype=torch.complex128, device=device)

    real, imag = z.real, torch.imag(z)
    before = [real.tolist(), imag.tolist()]
    real[0] = 7
    imag.mul_(10)

    assert before == [[1, 3], [2, -4]]
    assert z.tolist() == [7 + 20j, 3 - 40j]
    assert (real.dtype, imag.dtype) == (torch.float32, torch.float32)
    assert doubles.imag.dtype is torch.float64
    assert (real.stride(), imag.stride()) == ((2,), (2,))
    assert (real.storage_offset(), imag.storage_offset()) == (0, 1)


@claim("tensor.complex.parts-of-real-tensors", see="generated/torch.imag")
def test_a_real_tensor_is_its_own_real_part(device):
    """The real part of a real tensor is this very tensor."""
    x = torch.tensor([1.0], device=device)

    real = x.real

    assert real is x
    assert torch.real(x).data_ptr() == x.data_ptr()


@claim("tensor.complex.parts-of-conjugates", see="generated/torch.resolve_neg")
def test_the_imaginary_part_of_a_conjugate_view_is_a_negated_view(device):
    """The attribute imag of a conjugate view has its negative bit set: it reads the
    other sign from the same storage, until resolve_neg() copies it; of any other tensor
    resolve_neg() is that tensor.
    """
    z = torch.tensor([1 + 2j], device=device)
    conjugate = z.conj()

    imag, real = conjugate.imag, conjugate.real
    before = (imag.tolist(), real.tolist())
    resolved = imag.resolve_neg()
    imag.fill_(7)

    assert before == ([-2], [1])
    assert (imag.is_neg(), real.is_neg()) == (True, False)
    assert (shares_storage(imag, z), shares_storage(real, z)) == (True, True)
    assert (imag.tolist(), z.tolist()) == ([7], [1 - 7j])
    assert (resolved.tolist(), resolved.is_neg()) == ([-2], False)
    assert not shares_storage(resolved, z)
    assert real.resolve_neg() is real


@claim("tensor.complex.view-as-real", see="generated/torch.view_as_real")
def test_view_as_real_and_view_as_complex_are_views(device):
    """view_as_real() shows the two parts as a last dimension of size 2, and
    view_as_complex() goes back, both over the same storage; a conjugate view has to be
    resolved first, and the last dimension has to be of size 2 and stride 1.
    """
    z = torch.tensor([1 + 2j, 3 - 4j], device=device)
    conjugate = z.conj()
    turned = torch.zeros(2, 2, device=device).t()

    parts = torch.view_as_real(z)
    back = torch.view_as_complex(parts)
    parts[0, 1] = 9

    assert (parts.tolist(), parts.dtype) == ([[1, 9], [3, -4]], torch.float32)
    assert (z.tolist(), back.tolist()) == ([1 + 9j, 3 - 4j], [1 + 9j, 3 - 4j])
    assert (shares_storage(back, z), back.dtype) == (True, torch.complex64)
    with pytest.raises(RuntimeError, match="unresolved conjugated tensors"):
        torch.view_as_real(conjugate)
    with pytest.raises(RuntimeError, match="must have a last dimension of size 2"):
        torch.view_as_complex(parts[:, :1])
    with pytest.raises(RuntimeError, match="must have a last dimension with stride 1"):
        torch.view_as_complex(turned)


@claim(
    "tensor.complex.real-refused-as-runtime-error",
    see="generated/torch.view_as_real",
    until="2.15",
)
def test_a_real_tensor_has_no_complex_parts_which_is_a_runtime_error(device):
    """view_as_real() and imag() of a real tensor raise a RuntimeError."""
    x = torch.tensor([1.0], device=device)

    with pytest.raises(RuntimeError, match="only supported for complex tensors"):
        torch.view_as_real(x)
    with pytest.raises(RuntimeError, match="imag is not implemented for tensors with"):
        torch.imag(x)
    with pytest.raises(RuntimeError, match="imag is not implemented for tensors with"):
        x.imag


@claim(
    "tensor.complex.real-refused-as-type-error",
    see="generated/torch.view_as_real",
    since="2.15",
)
def test_a_real_tensor_has_no_complex_parts_which_is_a_type_error(device):
    """view_as_real() and imag() of a real tensor raise a TypeError."""
    x = torch.tensor([1.0], device=device)

    with pytest.raises(TypeError, match="only supported for complex tensors"):
        torch.view_as_real(x)
    with pytest.raises(TypeError, match="imag is not implemented for tensors with"):
        torch.imag(x)
    with pytest.raises(TypeError, match="imag is not implemented for tensors with"):
        x.imag


@claim(
    "tensor.bool.imaginary-part-dropped", see="generated/torch.Tensor.to", until="2.4"
)
def test_an_imaginary_number_is_false(device):
    """In bool() and to(torch.bool) the imaginary part is dropped, so that an imaginary
    number is False.
    """
    z = torch.tensor([0, 1j, 1], device=device)

    with pytest.warns(UserWarning, match="discards the imaginary part"):
        results = [z.bool(), z.to(torch.bool)]

    assert [each.tolist() for each in results] == [[False, False, True]] * 2


@claim(
    "tensor.bool.imaginary-part-counts", see="generated/torch.Tensor.to", since="2.4"
)
def test_an_imaginary_number_is_true(device):
    """In bool(), in to(torch.bool) and in a copy into a tensor of bools, only 0 is
    False, and an imaginary number is True.
    """
    z = torch.tensor([0, 1j, 1], device=device)
    target = torch.tensor([True, False, False], device=device)

    results = [z.bool(), z.to(torch.bool), target.copy_(z)]

    assert [each.tolist() for each in results] == [[False, True, True]] * 3
    assert [each.dtype for each in results] == [torch.bool] * 3


@claim("tensor.complex.built-from-parts", see="generated/torch.complex")
def test_complex_puts_two_real_tensors_together(device):
    """complex() copies two tensors of one floating point dtype, which broadcast, into
    the parts of a complex one, and polar() takes length and angle; two dtypes and
    integers raise a RuntimeError.
    """
    real = torch.tensor([1.0, 2.0], device=device)
    imag = torch.tensor([-3.0, 0.5], device=device)
    angle = torch.tensor([0.5, -2.0], dtype=torch.float64, device=device)
    longs = torch.tensor([1, 2], device=device)
    doubles = torch.tensor([5.0, 6.0], dtype=torch.float64, device=device)

    z = torch.complex(real, imag)
    longer = torch.complex(doubles, doubles)
    turned = torch.polar(doubles, angle)

    assert (z.tolist(), z.dtype) == ([1 - 3j, 2 + 0.5j], torch.complex64)
    assert (longer.tolist(), longer.dtype) == ([5 + 5j, 6 + 6j], torch.complex128)
    assert turned.real.tolist() == pytest.approx(
        [5 * math.cos(0.5), 6 * math.cos(2)], rel=1e-15
    )
    assert turned.imag.tolist() == pytest.approx(
        [5 * math.sin(0.5), -6 * math.sin(2)], rel=1e-15
    )
    assert turned.dtype is torch.complex128
    assert torch.complex(doubles, doubles[0]).tolist() == [5 + 5j, 6 + 5j]
    assert not shares_storage(z, real)
    with pytest.raises(RuntimeError, match="Expected both inputs to be Half, Float or"):
        torch.complex(real, longs)
    with pytest.raises(RuntimeError, match="Expected object of scalar type"):
        torch.complex(real, doubles)


@claim("tensor.complex.angle", see="generated/torch.angle")
def test_angle_is_real_and_pi_for_negative_numbers(device):
    """angle() of complex numbers is in the real dtype, between -pi and pi; of real ones
    it is 0, or pi for a negative number.
    """
    z = torch.tensor([1 + 0j, 2j, -1 + 0j, -2j], dtype=torch.complex128, device=device)
    x = torch.tensor([-1.5, 0.0, 2.0], dtype=torch.float64, device=device)

    angles = z.angle()

    assert angles.tolist() == [0, math.pi / 2, math.pi, -math.pi / 2]
    assert angles.dtype is torch.float64
    assert torch.angle(x).tolist() == [math.pi, 0, 0]


@claim("tensor.complex.to-real-warns", see="generated/torch.Tensor.to")
def test_conversion_to_a_real_dtype_drops_the_imaginary_part(device):
    """Converting complex numbers to a real dtype drops their imaginary parts, with a
    UserWarning; the way back puts 0 there, without one.
    """
    z = torch.tensor([1 + 2j, -3 - 4j], device=device)

    with pytest.warns(UserWarning, match="Casting complex values to real discards"):
        x = z.to(torch.float32)

    assert (x.tolist(), x.dtype) == ([1, -3], torch.float32)
    assert x.to(torch.complex64).tolist() == [1, -3]
    assert (z.tolist(), shares_storage(x, z)) == ([1 + 2j, -3 - 4j], False)


@claim("tensor.complex.adjoint", see="tensors#torch.Tensor.mH")
def test_the_adjoint_is_a_conjugate_transposed_view(device):
    """The attributes mH and H are the transposed conjugate of a matrix, as a view; of a
    real matrix they are the transpose.
    """
    z = torch.tensor([[1 + 1j, 2 - 2j]], device=device)
    x = torch.tensor([[1.0, 2.0]], device=device)

    adjoints = [z.mH, z.H, torch.adjoint(z)]
    transposes = [x.mH, x.H]

    assert [a.tolist() for a in adjoints] == [[[1 - 1j], [2 + 2j]]] * 3
    assert [shares_storage(a, z) for a in adjoints] == [True] * 3
    assert [a.is_conj() for a in adjoints] == [True] * 3
    assert [a.tolist() for a in transposes] == [[[1], [2]]] * 2
    assert [a.is_conj() for a in transposes] == [False] * 2
    assert [shares_storage(a, x) for a in transposes] == [True] * 2


@claim("tensor.complex.gradient", see="notes/autograd")
def test_the_gradient_of_a_real_loss_points_uphill(device):
    """The gradient of a real loss with respect to a complex tensor is complex and
    points to where the loss grows: for the magnitude, away from 0; conj() conjugates
    it, and each of the two parts passes on what is its own.
    """
    z = torch.tensor([-2j], dtype=torch.complex128, device=device)
    z.requires_grad_()
    weight = torch.tensor([1 + 2j], dtype=torch.complex128, device=device)

    gradients = [
        torch.autograd.grad(loss.sum(), z)[0].tolist()
        for loss in (
            z.abs(),
            z.real,
            5 * z.imag,
            (z * weight).real,
            (z.conj() * weight).real,
        )
    ]

    assert gradients == [[-1j], [1], [5j], [1 - 2j], [1 + 2j]]

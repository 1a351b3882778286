"""Ways to break complex tensors: the conjugate bit, the parts, gradients."""

import torch

from torch_semantics.faults import both, fault, raises, wrap


def tensor(*elements, **options):
    return torch.tensor(elements, **options)


def one():
    return tensor(1 + 2j)


@fault("conj() copies.", witness=lambda: not one().conj().is_conj())
def conj_copies(patch):
    both(patch, "conj", lambda f, z: torch.conj_physical(z) if z.is_complex() else z)


@fault(
    "conj() of a real tensor is another tensor.",
    witness=lambda: (lambda x: x.conj() is not x)(tensor(1.0)),
)
def conj_of_real_is_new(patch):
    both(patch, "conj", lambda f, z: f(z) if z.is_complex() else z.view_as(z))


@fault(
    "conj() of a conjugate view is that view.",
    witness=lambda: one().conj().conj().is_conj(),
)
def conj_twice_keeps_the_bit(patch):
    both(patch, "conj", lambda f, z: z if z.is_conj() else f(z))


@fault(
    "resolve_conj() returns what it is given.",
    witness=lambda: one().conj().resolve_conj().is_conj(),
)
def resolve_conj_does_nothing(patch):
    both(patch, "resolve_conj", lambda f, z: z)


@fault(
    "resolve_conj() always copies.",
    witness=lambda: (lambda z: z.resolve_conj() is not z)(one()),
)
def resolve_conj_copies(patch):
    both(patch, "resolve_conj", lambda f, z: f(z).clone())


@fault(
    "conj_physical_() leaves its tensor as it is.",
    witness=lambda: one().conj_physical_().tolist() == [1 + 2j],
)
def conj_physical_in_place_has_no_effect(patch):
    wrap(patch, torch.Tensor, "conj_physical_", lambda f, z: z)


@fault("imag() is the real part.", witness=lambda: torch.imag(one()).tolist() == [1])
def imag_is_real(patch):
    wrap(patch, torch, "imag", lambda f, z: torch.real(z))


@fault(
    "imag() of a real tensor is zeros.",
    witness=lambda: not raises(lambda: torch.imag(tensor(1.0))),
)
def imag_of_real_is_zero(patch):
    wrap(
        patch,
        torch,
        "imag",
        lambda f, z: f(z) if z.is_complex() else torch.zeros_like(z),
    )


@fault(
    "view_as_real() copies.",
    witness=lambda: (lambda z: torch.view_as_real(z).data_ptr() != z.data_ptr())(one()),
)
def view_as_real_copies(patch):
    both(patch, "view_as_real", lambda f, z: f(z).clone())


@fault(
    "view_as_real() forgets the conjugate bit.",
    witness=lambda: not raises(lambda: torch.view_as_real(one().conj())),
)
def view_as_real_takes_conjugates(patch):
    both(patch, "view_as_real", lambda f, z: f(z.conj() if z.is_conj() else z))


@fault(
    "complex() promotes.",
    witness=lambda: not raises(lambda: torch.complex(tensor(1.0), tensor(1))),
)
def complex_promotes(patch):
    def change(f, a, b):
        common = torch.promote_types(a.dtype, b.dtype)
        return f(a.to(common), b.to(common))

    wrap(patch, torch, "complex", change)


@fault(
    "angle() goes from 0 to 2 pi.", witness=lambda: torch.angle(tensor(-1j)).item() > 0
)
def angle_is_positive(patch):
    def change(f, z):
        angle = f(z)
        return torch.where(angle < 0, angle + 2 * torch.pi, angle)

    both(patch, "angle", change)


@fault(
    "adjoint() transposes without conjugating.",
    witness=lambda: not torch.adjoint(tensor([1j])).is_conj(),
)
def adjoint_transposes(patch):
    both(patch, "adjoint", lambda f, z: z.transpose(-2, -1))


@fault(
    "The gradient of the magnitude is conjugated.",
    witness=lambda: _gradient_of_abs()[0].imag < 0,
)
def abs_has_a_conjugated_gradient(patch):
    def change(f, z):
        return f(z.conj()) if not z.requires_grad else _conjugated(f(z), z)

    wrap(patch, torch.Tensor, "abs", change)


def _conjugated(magnitude, z):
    other = torch.view_as_real(z.detach()).mul(tensor(1.0, -1.0).to(z.real.dtype))
    pull = (torch.view_as_real(z) * other / magnitude.detach().unsqueeze(-1)).sum(-1)
    return pull + (magnitude - pull).detach()


def _gradient_of_abs():
    z = tensor(3 + 4j, dtype=torch.complex128, requires_grad=True)
    return torch.autograd.grad(z.abs().sum(), z)[0].tolist()


@fault(
    "polar() ignores the angle.",
    witness=lambda: torch.polar(tensor(1.0), tensor(1.5)).imag.item() == 0,
)
def polar_ignores_the_angle(patch):
    def change(f, length, angle, **k):
        return torch.complex(length, torch.zeros_like(length))

    wrap(patch, torch, "polar", change)


@fault(
    "view_as_complex() copies parts that are not side by side.",
    witness=lambda: not raises(lambda: torch.view_as_complex(torch.ones(2, 2).t())),
)
def view_as_complex_copies(patch):
    def change(f, x):
        return f(x.contiguous() if x.shape[-1:] == (2,) else x)

    wrap(patch, torch, "view_as_complex", change)


@fault(
    "resolve_neg() always copies.",
    witness=lambda: (lambda x: x.resolve_neg() is not x)(one()),
)
def resolve_neg_copies(patch):
    both(patch, "resolve_neg", lambda f, x: x.clone())


@fault(
    "A view of a conjugate view loses the bit.",
    witness=lambda: not torch.tensor([1j]).conj().view(1).is_conj(),
)
def view_drops_the_bit(patch):
    def change(view, x, *size, **options):
        result = view(x, *size, **options)
        return torch.conj(result) if result.is_conj() else result

    wrap(patch, torch.Tensor, "view reshape unsqueeze expand", change)


@fault(
    "detach() of a conjugate view resolves it.",
    witness=lambda: not torch.tensor([1j]).conj().detach().is_conj(),
)
def detach_resolves(patch):
    wrap(patch, torch.Tensor, "detach", lambda f, x: f(x).resolve_conj())

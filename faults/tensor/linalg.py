"""Ways to break addmm, dot, inner and svd."""

import math

import torch

from torch_semantics.faults import both, error_of, fault, wrap


def every_addmm(patch, change):
    both(patch, "addmm", change)
    wrap(patch, torch.Tensor, "addmm_", change)


def ones(*shape):
    return torch.ones(shape)


ONE = torch.ones(1, 1)

# --- addmm ----------------------------------------------------------------------------


@fault(
    "addmm() ignores beta=.",
    witness=lambda: torch.addmm(ONE, ONE, ONE, beta=5).item() == 2,
)
def addmm_ignores_beta(patch):
    every_addmm(patch, lambda f, *a, beta=1, **k: f(*a, **k))


@fault(
    "addmm() multiplies the sum by alpha.",
    witness=lambda: torch.addmm(ONE, ONE, ONE, alpha=3).item() == 6,
)
def addmm_scales_the_sum(patch):
    def change(addmm, *args, alpha=1, beta=1, **options):
        return addmm(*args, alpha=alpha, beta=alpha * beta, **options)

    every_addmm(patch, change)


@fault(
    "addmm() leaves the input out by default.",
    witness=lambda: torch.addmm(ONE, ONE, ONE).item() == 1,
)
def addmm_has_beta_zero(patch):
    every_addmm(patch, lambda f, *a, beta=0, **k: f(*a, beta=beta, **k))


@fault(
    "addmm() multiplies the input by 0 where beta=0.",
    witness=lambda: math.isnan(torch.addmm(ONE * math.nan, ONE, ONE, beta=0).item()),
)
def addmm_reads_its_input(patch):
    def change(addmm, *args, beta=1, **options):
        result = addmm(*args, beta=beta, **options)
        if beta == 0 and len(args) == 3 and "out" not in options:
            result.add_(args[0] * 0 if args[0] is not result else 0)
        return result

    both(patch, "addmm", change)


@fault(
    "addmm_() with beta=0 adds.",
    witness=lambda: ONE.clone().addmm_(ONE, ONE, beta=0).item() == 2,
)
def addmm_in_place_adds(patch):
    wrap(
        patch,
        torch.Tensor,
        "addmm_",
        lambda f, *a, beta=1, **k: f(*a, beta=beta or 1, **k),
    )


@fault(
    "addmm() does not broadcast a row.",
    witness=lambda: (
        error_of(lambda: torch.addmm(ones(2), ones(3, 1), ones(1, 2))) is not None
    ),
)
def addmm_refuses_rows(patch):
    def change(addmm, *args, **options):
        if len(args) == 3 and args[0].dim() == 1:
            raise RuntimeError("input must be a matrix")
        return addmm(*args, **options)

    both(patch, "addmm", change)


@fault(
    "addmm_() broadcasts its input, into a new tensor.",
    witness=lambda: error_of(lambda: ones(2).addmm_(ones(3, 1), ones(1, 2))) is None,
)
def addmm_in_place_broadcasts(patch):
    addmm = torch.addmm

    def change(original, *args, **options):
        if args[0].dim() == 1:
            return addmm(*args, **options)
        return original(*args, **options)

    wrap(patch, torch.Tensor, "addmm_", change)


@fault(
    "addmm() takes stacks of one matrix.",
    witness=lambda: error_of(lambda: torch.addmm(ONE, ones(1, 1, 1), ONE)) is None,
)
def addmm_takes_stacks(patch):
    def change(addmm, *args, **options):
        if len(args) == 3 and args[1].dim() == 3:
            args = args[0], args[1][0], args[2]
        return addmm(*args, **options)

    both(patch, "addmm", change)


@fault(
    "addmm() converts its second matrix to the dtype of the first.",
    witness=lambda: error_of(lambda: torch.addmm(ONE, ONE, ONE.half())) is None,
)
def addmm_converts(patch):
    def change(addmm, *args, **options):
        if len(args) == 3:
            args = *args[:2], args[2].to(args[1].dtype)
        return addmm(*args, **options)

    both(patch, "addmm", change)


@fault(
    "addmm_() returns a new tensor.",
    witness=lambda: (lambda t: t.addmm_(ONE, ONE) is not t)(ONE.clone()),
)
def addmm_in_place_returns_a_copy(patch):
    wrap(patch, torch.Tensor, "addmm_", lambda f, *a, **k: f(*a, **k).clone())


@fault(
    "The gradient of addmm()'s input ignores beta.",
    witness=lambda: (
        lambda t: (
            torch.addmm(t, ONE, ONE, beta=2).sum().backward() or t.grad.item() == 1
        )
    )(ONE.clone().requires_grad_()),
)
def addmm_gradient_ignores_beta(patch):
    def change(addmm, *args, beta=1, **options):
        result = addmm(*args, beta=beta, **options)
        if len(args) == 3 and args[0].requires_grad and beta:
            result = result + (args[0] - args[0].detach()) * (1 - beta)
        return result

    both(patch, "addmm", change)


# --- dot, inner -----------------------------------------------------------------------


@fault(
    "dot() of matrices is their product, as in NumPy.",
    witness=lambda: error_of(lambda: torch.dot(ones(2, 2), ones(2))) is None,
)
def dot_is_matmul(patch):
    matmul = torch.matmul

    def change(dot, *args, **options):
        if len(args) == 2 and args[0].dim() == 2:
            return matmul(*args)
        return dot(*args, **options)

    both(patch, "dot", change)


@fault(
    "dot() scales a vector by a tensor without dimensions.",
    witness=lambda: error_of(lambda: torch.dot(ones(2), ones())) is None,
)
def dot_scales(patch):
    def change(dot, *args, **options):
        if len(args) == 2 and args[1].dim() == 0:
            return args[0] * args[1]
        return dot(*args, **options)

    both(patch, "dot", change)


@fault(
    "dot() broadcasts a length of 1.",
    witness=lambda: error_of(lambda: torch.dot(ones(1), ones(3))) is None,
)
def dot_broadcasts(patch):
    def change(dot, *args, **options):
        if len(args) == 2 and args[0].shape == (1,):
            return dot(args[0].expand(args[1].shape), args[1])
        return dot(*args, **options)

    both(patch, "dot", change)


@fault(
    "dot() stops at the end of the shorter vector.",
    witness=lambda: error_of(lambda: torch.dot(ones(2), ones(3))) is None,
)
def dot_stops_early(patch):
    def change(dot, *args, **options):
        if len(args) == 2 and args[0].dim() == args[1].dim() == 1:
            count = min(map(len, args))
            return dot(*(x[:count] for x in args))
        return dot(*args, **options)

    both(patch, "dot", change)


@fault(
    "dot() promotes.",
    witness=lambda: error_of(lambda: torch.dot(ones(2), ones(2).long())) is None,
)
def dot_promotes(patch):
    def change(dot, *args, **options):
        if len(args) == 2 and args[0].dtype != args[1].dtype:
            args = [x.float() for x in args]
        return dot(*args, **options)

    both(patch, "dot", change)


@fault(
    "dot() of nothing is 1.",
    witness=lambda: torch.dot(ones(0), ones(0)).item() == 1,
)
def dot_of_nothing(patch):
    def change(dot, *args, **options):
        result = dot(*args, **options)
        return result if not args or args[0].numel() else result + 1

    both(patch, "dot", change)


@fault(
    "dot() has one dimension.",
    witness=lambda: torch.dot(ones(2), ones(2)).shape == (1,),
)
def dot_has_a_dimension(patch):
    both(patch, "dot", lambda f, *a, **k: f(*a, **k).reshape(1))


@fault(
    "dot() of integers is a float.",
    witness=lambda: torch.dot(ones(2).long(), ones(2).long()).dtype is torch.float32,
)
def dot_of_integers_is_float(patch):
    def change(dot, *args, **options):
        result = dot(*args, **options)
        return result.float() if result.dtype is torch.int64 else result

    both(patch, "dot", change)


@fault(
    "dot() conjugates its first operand.",
    witness=lambda: torch.dot(*[torch.tensor([1j])] * 2).item() == 1,
)
def dot_conjugates(patch):
    both(patch, "dot", lambda f, *a, **k: f(a[0].conj(), *a[1:], **k) if a else f(**k))


@fault(
    "vdot() conjugates its second operand.",
    witness=lambda: torch.vdot(torch.tensor([1j]), torch.ones(1) + 0j).item() == 1j,
)
def vdot_conjugates_the_second(patch):
    both(patch, "vdot", lambda f, a, b: f(b, a))


@fault(
    "inner() is the product of matrices.",
    witness=lambda: (
        torch.inner(torch.eye(2), torch.tensor([[1.0, 2], [3, 4]])).tolist()
        == [[1, 2], [3, 4]]
    ),
)
def inner_is_matmul(patch):
    def change(inner, a, b):
        return inner(a, b.t() if b.dim() == 2 and b.shape[0] == b.shape[1] else b)

    both(patch, "inner", change)


@fault(
    "inner() puts the dimensions of the second tensor first.",
    witness=lambda: torch.inner(ones(2, 3), ones(4, 3)).shape == (4, 2),
)
def inner_swaps(patch):
    both(patch, "inner", lambda f, a, b: f(b, a))


@fault(
    "inner() with a tensor without dimensions sums.",
    witness=lambda: torch.inner(ones(2), torch.tensor(2.0)).dim() == 0,
)
def inner_with_a_scalar_sums(patch):
    def change(inner, a, b):
        result = inner(a, b)
        return result if a.dim() and b.dim() else result.sum()

    both(patch, "inner", change)


@fault(
    "inner() broadcasts a last size of 1.",
    witness=lambda: error_of(lambda: torch.inner(ones(2, 3), ones(2, 1))) is None,
)
def inner_broadcasts(patch):
    def change(inner, a, b):
        if b.dim() and b.shape[-1] == 1 and a.dim():
            b = b.expand(*b.shape[:-1], a.shape[-1])
        return inner(a, b)

    both(patch, "inner", change)


# --- svd ------------------------------------------------------------------------------


def changed(result, **parts):
    """A named tuple with some parts replaced."""
    names = ["U", "S", "V" if hasattr(result, "V") else "Vh"]
    return type(result)([parts.get(n, x) for n, x in zip(names, result, strict=True)])


@fault(
    "torch.svd() returns V^H.",
    witness=lambda: torch.svd(ones(3, 2).t()).V.shape == (2, 3),
)
def svd_returns_vh(patch):
    def change(svd, *args, **options):
        result = svd(*args, **options)
        return changed(result, V=result.V.mH)

    both(patch, "svd", change)


@fault(
    "torch.linalg.svd() returns V.",
    witness=lambda: (
        torch.linalg.svd(ones(2, 3), full_matrices=False).Vh.shape == (3, 2)
    ),
)
def linalg_svd_returns_v(patch):
    def change(svd, *args, **options):
        result = svd(*args, **options)
        return changed(result, Vh=result.Vh.mH)

    wrap(patch, torch.linalg, "svd", change)


@fault(
    "torch.linalg.svd() returns V^T.",
    witness=lambda: (lambda a, f: not torch.allclose((f.U * f.S) @ f.Vh, a))(
        *(lambda a: (a, torch.linalg.svd(a)))(torch.tensor([[3, 3j], [2, -2j]]))
    ),
)
def linalg_svd_does_not_conjugate(patch):
    def change(svd, *args, **options):
        result = svd(*args, **options)
        return changed(result, Vh=result.Vh.conj())

    wrap(patch, torch.linalg, "svd", change)


@fault(
    "Singular values ascend.",
    witness=lambda: torch.svd(torch.diag(torch.tensor([1.0, 2.0]))).S[0].item() < 1.5,
)
def singular_values_ascend(patch):
    def change(svd, *args, **options):
        u, s, v = svd(*args, **options)
        result = svd(*args, **options)
        return changed(result, U=u.flip(-1), S=s.flip(-1), V=v.flip(-1))

    both(patch, "svd", change)


@fault(
    "Singular values are squared.",
    witness=lambda: torch.linalg.svdvals(2 * torch.eye(2))[0].item() > 3,
)
def singular_values_are_squared(patch):
    wrap(patch, torch.linalg, "svdvals", lambda f, *a, **k: f(*a, **k) ** 2)


@fault(
    "torch.svd() is full by default.",
    witness=lambda: torch.svd(ones(3, 2)).U.shape == (3, 3),
)
def svd_is_full(patch):
    both(patch, "svd", lambda f, a, some=False, **k: f(a, some=some, **k))


@fault(
    "torch.linalg.svd() is reduced by default.",
    witness=lambda: torch.linalg.svd(ones(3, 2)).U.shape == (3, 2),
)
def linalg_svd_is_reduced(patch):
    wrap(
        patch,
        torch.linalg,
        "svd",
        lambda f, a, full_matrices=False: f(a, full_matrices=full_matrices),
    )


@fault(
    "torch.svd() takes the first matrix of a stack for all.",
    witness=lambda: (
        torch.svd(torch.stack([ones(2, 2), 0 * ones(2, 2)])).S[1, 0].item() > 1
    ),
)
def svd_repeats_the_first(patch):
    def change(svd, a, **options):
        return svd(a[:1].expand_as(a) if a.dim() == 3 else a, **options)

    both(patch, "svd", change)


@fault(
    "svd() of integers converts.",
    witness=lambda: error_of(lambda: torch.linalg.svd(ones(2, 2).long())) is None,
)
def svd_converts(patch):
    def change(svd, a, **options):
        return svd(a.float() if a.dtype is torch.int64 else a, **options)

    both(patch, "svd", change)
    wrap(patch, torch.linalg, "svd", change)


@fault(
    "svd() of nan gives nan.",
    witness=lambda: error_of(lambda: torch.linalg.svd(ones(2, 2) * math.nan)) is None,
)
def svd_of_nan(patch):
    def change(svd, a, **options):
        if a.isnan().any():
            result = svd(torch.zeros_like(a), **options)
            parts = [x * math.nan for x in result]
            return type(result)(parts) if isinstance(result, tuple) else result
        return svd(a, **options)

    both(patch, "svd", change)
    wrap(patch, torch.linalg, "svd svdvals", change)


@fault(
    "torch.svd() with compute_uv=False computes the vectors.",
    witness=lambda: torch.svd(ones(2, 2), compute_uv=False).U.any().item(),
)
def svd_ignores_compute_uv(patch):
    def change(svd, a, some=True, compute_uv=True):
        return svd(a, some=some and compute_uv)

    both(patch, "svd", change)


@fault(
    "inner() with a tensor without dimensions does not promote.",
    witness=lambda: (
        error_of(lambda: torch.inner(torch.tensor(1), torch.tensor([0.5]))) is not None
    ),
)
def inner_of_a_scalar_does_not_promote(patch):
    def change(inner, a, b, **options):
        if a.dtype is not b.dtype:
            raise RuntimeError("both inputs should have same dtype")
        return inner(a, b, **options)

    both(patch, "inner", change)


@fault(
    "torch.svd() with some=False fills U up with zeros.",
    witness=lambda: not torch.svd(ones(2, 1), some=False).U[:, 1].any(),
)
def full_svd_fills_up_with_zeros(patch):
    def change(svd, a, some=True, compute_uv=True):
        result = svd(a, some=some, compute_uv=compute_uv)
        if not some:
            result.U[..., result.S.shape[-1] :] = 0
        return result

    both(patch, "svd", change)

"""Ways to break products: of elements, of matrices, of vectors, of stacks."""

import torch

from torch_semantics.faults import both, error_of, fault, wrap


def all_matmul(patch, change):
    """Patch every way to call matmul."""
    both(patch, "matmul", change)
    wrap(patch, torch.Tensor, "__matmul__", change)


def ones(*shape):
    return torch.ones(shape)


def dims(a, b):
    """The numbers of dimensions of two operands, or None for what is not a tensor."""
    return tuple(x.dim() if isinstance(x, torch.Tensor) else None for x in (a, b))


M = [[1.0, 2.0], [3.0, 4.0]]

# --- element by element ---------------------------------------------------------------


@fault(
    "The operator * multiplies square matrices as matrices.",
    witness=lambda: (torch.tensor(M) * torch.tensor(M)).tolist() == [[7, 10], [15, 22]],
)
def star_is_matmul(patch):
    mm = torch.mm

    def change(mul, a, b):
        square = dims(a, b) == (2, 2) and a.shape == b.shape and a.dtype == b.dtype
        return mm(a, b) if square and a.shape[0] == a.shape[1] > 1 else mul(a, b)

    wrap(patch, torch.Tensor, "__mul__", change)


@fault(
    "Products of integers and fractions are of the integers' dtype.",
    witness=lambda: (torch.tensor([2]) * torch.tensor([1.5])).dtype is torch.int64,
)
def star_does_not_promote(patch):
    def change(mul, a, b):
        result = mul(a, b)
        return (
            result
            if result.is_floating_point() is a.is_floating_point()
            else (result.to(a.dtype))
        )

    wrap(patch, torch.Tensor, "__mul__", change)


@fault(
    "A Python fraction promotes float16 to float32.",
    witness=lambda: (torch.ones(1).half() * 2.5).dtype is torch.float32,
)
def numbers_promote(patch):
    def change(mul, a, b):
        result = mul(a, b)
        return result.float() if isinstance(b, float) else result

    wrap(patch, torch.Tensor, "__mul__ __rmul__", change)


@fault(
    "The method mul() ignores that sizes of 1 broadcast, and takes the first row.",
    witness=lambda: ones(3, 1).mul(ones(1, 4)).shape == (1, 4),
)
def mul_takes_the_first_row(patch):
    wrap(
        patch, torch.Tensor, "mul", lambda f, a, b: f(a[:1], b) if a.dim() else f(a, b)
    )


@fault(
    "mul_() returns a new tensor.",
    witness=lambda: (lambda t: t.mul_(2) is not t)(torch.ones(1)),
)
def mul_in_place_returns_a_copy(patch):
    wrap(patch, torch.Tensor, "mul_", lambda f, a, b: f(a, b).clone())


@fault(
    "mul_() rounds instead of refusing another kind of dtype.",
    witness=lambda: error_of(lambda: torch.tensor([1]).mul_(2.5)) is None,
)
def mul_in_place_rounds(patch):
    def change(mul, a, b):
        return a.copy_(a * b) if isinstance(b, float) else mul(a, b)

    wrap(patch, torch.Tensor, "mul_", change)


@fault(
    "The operator *= binds the name to a new tensor.",
    witness=lambda: (lambda t: t.__imul__(2) is not t)(torch.ones(1)),
)
def star_assign_is_not_in_place(patch):
    wrap(patch, torch.Tensor, "__imul__", lambda f, a, b: a * b)


# --- mm -------------------------------------------------------------------------------


@fault(
    "mm() takes a vector on the right.",
    witness=lambda: error_of(lambda: torch.mm(ones(2, 3), ones(3))) is None,
)
def mm_takes_vectors(patch):
    both(
        patch,
        "mm",
        lambda f, a, b, **k: (
            f(a, b.unsqueeze(1)).squeeze(1) if b.dim() == 1 else f(a, b, **k)
        ),
    )


def _mm(original, a=None, b=None, input=None, mat2=None, **options):
    return original(input if a is None else a, mat2 if b is None else b, **options)


@fault(
    "mm() takes stacks of matrices on the left.",
    witness=lambda: error_of(lambda: torch.mm(ones(1, 2, 3), ones(3, 4))) is None,
)
def mm_takes_stacks(patch):
    matmul = torch.matmul

    def change(mm, *args, **options):
        if args and args[0].dim() == 3:
            return matmul(*args)
        return _mm(mm, *args, **options)

    both(patch, "mm", change)


@fault(
    "mm() broadcasts an inner size of 1.",
    witness=lambda: error_of(lambda: torch.mm(ones(2, 3), ones(1, 2))) is None,
)
def mm_broadcasts(patch):
    def change(mm, *args, **options):
        if len(args) == 2 and dims(*args) == (2, 2):
            a, b = args
            return mm(a, b.expand(a.shape[1], -1) if b.shape[0] == 1 else b, **options)
        return mm(*args, **options)

    both(patch, "mm", change)


@fault(
    "mm() over an inner size of 0 leaves ones.",
    witness=lambda: torch.mm(ones(1, 0), ones(0, 1)).item() == 1,
)
def mm_over_nothing_is_one(patch):
    def change(mm, *args, **options):
        result = mm(*args, **options)
        return result + 1 if args and args[0].shape[-1] == 0 else result

    both(patch, "mm", change)


@fault(
    "mm() without rows gives one row of zeros.",
    witness=lambda: torch.mm(ones(0, 3), ones(3, 2)).shape == (1, 2),
)
def mm_without_rows(patch):
    def change(mm, *args, **options):
        result = mm(*args, **options)
        return result if result.shape[0] else result.new_zeros(1, result.shape[1])

    both(patch, "mm", change)


@fault(
    "mm() reads a transposed first operand in the order of memory.",
    witness=lambda: (
        torch.mm(torch.tensor(M).t(), torch.eye(2)).tolist() == [[1, 2], [3, 4]]
    ),
)
def mm_ignores_strides(patch):
    def change(mm, *args, **options):
        if len(args) == 2 and args[0].dim() == 2 and args[0].stride(0) == 1:
            a = args[0]
            return mm(a.t().reshape(a.shape), args[1], **options)
        return mm(*args, **options)

    both(patch, "mm", change)


@fault(
    "mm() adds to what is in out= instead of writing over it.",
    witness=lambda: torch.mm(ones(1, 1), ones(1, 1), out=ones(1, 1)).item() == 2,
)
def mm_adds_to_out(patch):
    def change(mm, *args, out=None, **options):
        result = mm(*args, **options)
        return result if out is None else out.add_(result)

    wrap(patch, torch, "mm", change)


@fault(
    "mm() ignores out=.",
    witness=lambda: (lambda o: torch.mm(ones(1, 1), ones(1, 1), out=o) is not o)(
        torch.zeros(1, 1)
    ),
)
def mm_ignores_out(patch):
    wrap(patch, torch, "mm", lambda f, *a, out=None, **k: f(*a, **k))


@fault(
    "matmul() with out= writes it in the order of memory.",
    witness=lambda: (
        torch.matmul(torch.tensor(M), torch.eye(2), out=torch.zeros(2, 2).t()).tolist()
        == [[1, 3], [2, 4]]
    ),
)
def matmul_out_ignores_strides(patch):
    def change(matmul, *args, out=None, **options):
        result = matmul(*args, **options)
        if out is None:
            return result
        return out.copy_(result if out.is_contiguous() else result.t())

    wrap(patch, torch, "matmul", change)


@fault(
    "mm() of integers returns floats.",
    witness=lambda: (
        torch.mm(ones(1, 1).long(), ones(1, 1).long()).dtype is torch.float32
    ),
)
def mm_of_integers_is_float(patch):
    def change(mm, *args, **options):
        result = mm(*args, **options)
        return result.float() if result.dtype is torch.int64 else result

    wrap(patch, torch, "mm", change)


@fault(
    "mm() of uint8 saturates.",
    witness=lambda: (
        torch.mm(*[torch.full((1, 1), 200, dtype=torch.uint8)] * 2).item() == 255
    ),
)
def mm_saturates(patch):
    def change(mm, *args, **options):
        if args and args[0].dtype is torch.uint8:
            return mm(*(x.long() for x in args)).clamp(max=255).to(torch.uint8)
        return mm(*args, **options)

    wrap(patch, torch, "mm", change)


@fault(
    "mm() conjugates its first operand.",
    witness=lambda: torch.mm(*[torch.full((1, 1), 1j)] * 2).item() == 1,
)
def mm_conjugates(patch):
    def change(mm, *args, **options):
        if args and args[0].is_complex():
            return mm(args[0].conj(), *args[1:], **options)
        return mm(*args, **options)

    wrap(patch, torch, "mm", change)


# --- bmm ------------------------------------------------------------------------------


@fault(
    "bmm() broadcasts a stack of one.",
    witness=lambda: error_of(lambda: torch.bmm(ones(2, 1, 1), ones(1, 1, 1))) is None,
)
def bmm_broadcasts(patch):
    def change(bmm, *args, **options):
        if len(args) == 2 and dims(*args) == (3, 3) and args[1].shape[0] == 1:
            return bmm(args[0], args[1].expand(args[0].shape[0], -1, -1), **options)
        return bmm(*args, **options)

    both(patch, "bmm", change)


@fault(
    "bmm() takes one matrix on the right.",
    witness=lambda: error_of(lambda: torch.bmm(ones(2, 1, 1), ones(1, 1))) is None,
)
def bmm_takes_a_matrix(patch):
    matmul = torch.matmul

    def change(bmm, *args, **options):
        if len(args) == 2 and dims(*args) == (3, 2):
            return matmul(*args)
        return bmm(*args, **options)

    both(patch, "bmm", change)


@fault(
    "bmm() of stacks of different sizes stops with the shorter one.",
    witness=lambda: error_of(lambda: torch.bmm(ones(2, 1, 1), ones(3, 1, 1))) is None,
)
def bmm_stops_early(patch):
    def change(bmm, *args, **options):
        if len(args) == 2 and dims(*args) == (3, 3):
            count = min(len(args[0]), len(args[1]))
            return bmm(args[0][:count], args[1][:count], **options)
        return bmm(*args, **options)

    both(patch, "bmm", change)


@fault(
    "bmm() takes the matrices of the second stack in reverse.",
    witness=lambda: (
        torch.bmm(torch.tensor([[[1.0]], [[2.0]]]), torch.tensor([[[1.0]], [[3.0]]]))[
            0
        ].item()
        == 3
    ),
)
def bmm_reverses(patch):
    def change(bmm, *args, **options):
        if len(args) == 2:
            return bmm(args[0], args[1].flip(0), **options)
        return bmm(*args, **options)

    both(patch, "bmm", change)


@fault(
    "bmm() of no matrices gives one.",
    witness=lambda: torch.bmm(ones(0, 1, 2), ones(0, 2, 1)).shape == (1, 1, 1),
)
def bmm_of_none(patch):
    def change(bmm, *args, **options):
        result = bmm(*args, **options)
        return result if len(result) else result.new_zeros(1, *result.shape[1:])

    both(patch, "bmm", change)


# --- matmul ---------------------------------------------------------------------------


@fault(
    "The operator @ scales by a number.",
    witness=lambda: error_of(lambda: ones(2) @ 2) is None,
)
def at_scales(patch):
    def change(matmul, a, b):
        return a * b if isinstance(b, int) else matmul(a, b)

    wrap(patch, torch.Tensor, "__matmul__ __rmatmul__", change)


@fault(
    "matmul() scales by a tensor without dimensions.",
    witness=lambda: error_of(lambda: torch.matmul(ones(2), ones())) is None,
)
def matmul_scales(patch):
    def change(matmul, *args, **options):
        if len(args) == 2 and 0 in dims(*args):
            return args[0] * args[1]
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "matmul() of two vectors has one dimension.",
    witness=lambda: torch.matmul(ones(2), ones(2)).shape == (1,),
)
def dot_has_a_dimension(patch):
    def change(matmul, *args, **options):
        result = matmul(*args, **options)
        return result if result.dim() else result.reshape(1)

    all_matmul(patch, change)


@fault(
    "matmul() of two vectors broadcasts a length of 1.",
    witness=lambda: error_of(lambda: ones(1) @ ones(3)) is None,
)
def dot_broadcasts(patch):
    def change(matmul, *args, **options):
        if len(args) == 2 and dims(*args) == (1, 1) and 1 in map(len, args):
            return (args[0] * args[1]).sum()
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "matmul() keeps the row that it made of a vector on the left.",
    witness=lambda: (ones(3) @ ones(3, 4)).shape == (1, 4),
)
def matmul_keeps_the_row(patch):
    def change(matmul, *args, **options):
        result = matmul(*args, **options)
        return (
            result.unsqueeze(-2)
            if args and dims(*args)[0] == 1 < args[1].dim()
            else (result)
        )

    all_matmul(patch, change)


@fault(
    "matmul() takes a vector on the right for a row where that fits.",
    witness=lambda: (torch.tensor([[1.0, 2.0]]) @ ones(2)).tolist() == [3, 3],
)
def matmul_with_a_vector_repeats(patch):
    def change(matmul, *args, **options):
        result = matmul(*args, **options)
        if args and dims(*args) == (2, 1):
            return result.expand(1, *result.shape).reshape(-1).repeat(2)
        return result

    all_matmul(patch, change)


@fault(
    "matmul() reads a matrix on the right transposed where it is square.",
    witness=lambda: (torch.eye(2) @ torch.tensor(M)).tolist() == [[1, 3], [2, 4]],
)
def matmul_transposes(patch):
    def change(matmul, *args, **options):
        if len(args) == 2 and dims(*args) == (2, 2) and args[1].shape == (2, 2):
            return matmul(args[0], args[1].t(), **options)
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "matmul() does not broadcast stacks.",
    witness=lambda: error_of(lambda: ones(2, 1, 1) @ ones(1, 1, 1)) is not None,
)
def matmul_is_bmm(patch):
    bmm = torch.bmm

    def change(matmul, *args, **options):
        if len(args) == 2 and dims(*args) == (3, 3):
            return bmm(*args, **options)
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "matmul() broadcasts stacks from the left.",
    witness=lambda: (ones(2, 1, 1, 1) @ ones(2, 1, 1)).shape == (2, 1, 1, 1),
)
def matmul_aligns_at_the_left(patch):
    def change(matmul, *args, **options):
        if len(args) == 2 and dims(*args) == (4, 3):
            if args[0].shape[0] == args[1].shape[0] or args[0].shape[0] == 1:
                return matmul(args[0], args[1].unsqueeze(1), **options)
            return matmul(*args, **options).transpose(0, 1)
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "matmul() with the identity returns its operand.",
    witness=lambda: (lambda t: (t @ torch.eye(2)).data_ptr() == t.data_ptr())(
        ones(2, 2)
    ),
)
def matmul_aliases(patch):
    eye = torch.eye(2)

    def change(matmul, *args, **options):
        if len(args) == 2 and args[1].shape == (2, 2) and args[1].equal(eye):
            return args[0]
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "The operator @= writes into the tensor.",
    witness=lambda: hasattr(torch.Tensor, "__imatmul__"),
)
def at_assign_is_in_place(patch):
    matmul = torch.matmul
    patch(torch.Tensor, "__imatmul__", lambda a, b: a.copy_(matmul(a, b)))


@fault(
    "matmul() promotes dtypes.",
    witness=lambda: error_of(lambda: ones(1, 1) @ ones(1, 1).double()) is None,
)
def matmul_promotes(patch):
    def change(matmul, *args, **options):
        if (
            len(args) == 2
            and None not in dims(*args)
            and args[0].dtype != args[1].dtype
        ):
            dtype = torch.promote_types(args[0].dtype, args[1].dtype)
            return matmul(*(x.to(dtype) for x in args), **options)
        return matmul(*args, **options)

    all_matmul(patch, change)


@fault(
    "mm() converts its second operand to the dtype of the first.",
    witness=lambda: error_of(lambda: torch.mm(ones(1, 1), ones(1, 1).long())) is None,
)
def mm_converts(patch):
    def change(mm, *args, **options):
        if len(args) == 2:
            return mm(args[0], args[1].to(args[0].dtype), **options)
        return mm(*args, **options)

    both(patch, "mm", change)


@fault(
    "The gradient of a matrix that was multiplied with a stack is a mean.",
    witness=lambda: (
        lambda w: (ones(2, 1, 1) @ w).sum().backward() or w.grad.item() == 1
    )(ones(1, 1).requires_grad_()),
)
def matmul_averages_gradients(patch):
    class Shrunk(torch.autograd.Function):
        @staticmethod
        def forward(ctx, matrix, count):
            ctx.count = count
            return matrix.view_as(matrix)

        @staticmethod
        def backward(ctx, gradient):
            return gradient / ctx.count, None

    def change(matmul, *args, **options):
        if len(args) == 2 and dims(*args) == (3, 2) and args[1].requires_grad:
            return matmul(args[0], Shrunk.apply(args[1], len(args[0])))
        return matmul(*args, **options)

    all_matmul(patch, change)


# --- tensordot, mv --------------------------------------------------------------------


@fault(
    "tensordot() sums over one dimension by default.",
    witness=lambda: torch.tensordot(ones(2, 2), ones(2, 2)).dim() == 2,
)
def tensordot_sums_over_one(patch):
    def change(tensordot, a, b, dims=1, **options):
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "tensordot() with dims=0 multiplies element by element.",
    witness=lambda: torch.tensordot(ones(2), ones(2), dims=0).shape == (2,),
)
def tensordot_of_nothing_is_star(patch):
    def change(tensordot, a, b, dims=2, **options):
        if dims == 0:
            return a * b
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "tensordot() sorts the dimensions that it is given.",
    witness=lambda: (
        error_of(lambda: torch.tensordot(ones(2, 3), ones(3, 2), dims=([0, 1], [1, 0])))
        is not None
    ),
)
def tensordot_sorts(patch):
    def change(tensordot, a, b, dims=2, **options):
        if isinstance(dims, (tuple, list)):
            dims = tuple(sorted(each) for each in dims)
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "tensordot() puts what remains of the second tensor first.",
    witness=lambda: (
        torch.tensordot(ones(2, 3), ones(3, 4), dims=([1], [0])).shape == (4, 2)
    ),
)
def tensordot_swaps(patch):
    def change(tensordot, a, b, dims=2, **options):
        if isinstance(dims, (tuple, list)):
            return tensordot(b, a, dims=dims[::-1], **options)
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "tensordot() rejects sizes of 1 beside others.",
    witness=lambda: (
        error_of(lambda: torch.tensordot(ones(2, 1), ones(3, 4), dims=([1], [0])))
        is not None
    ),
)
def tensordot_does_not_broadcast(patch):
    def change(tensordot, a, b, dims=2, **options):
        if isinstance(dims, (tuple, list)):
            for i, j in zip(*dims):
                if a.shape[i] != b.shape[j]:
                    raise RuntimeError(
                        "contracted dimensions need to match, but first has size"
                        f" {a.shape[i]} in dim {i} and second"
                    )
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "tensordot() leaves out the dimensions of the longer list.",
    witness=lambda: (
        error_of(lambda: torch.tensordot(ones(2, 3), ones(2, 4), dims=([0, 1], [0])))
        is None
    ),
)
def tensordot_takes_unequal_lists(patch):
    def change(tensordot, a, b, dims=2, **options):
        if isinstance(dims, (tuple, list)):
            count = min(map(len, dims))
            dims = tuple(each[:count] for each in dims)
            if count == 1 and a.shape[dims[0][0]] != b.shape[dims[1][0]]:
                return a.new_zeros(())
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)


@fault(
    "mv() multiplies matrices too.",
    witness=lambda: error_of(lambda: torch.mv(ones(2, 2), ones(2, 2))) is None,
)
def mv_takes_matrices(patch):
    matmul = torch.matmul

    def change(mv, *args):
        return mv(*args) if args[1].dim() == 1 else matmul(args[0], args[1].mT)

    both(patch, "mv", change)


@fault(
    "mv() keeps a column.",
    witness=lambda: torch.mv(ones(2, 3), ones(3)).shape == (2, 1),
)
def mv_keeps_a_column(patch):
    both(patch, "mv", lambda f, *a: f(*a).unsqueeze(1))


@fault(
    "matmul() of a matrix and a stack returns transposed strides.",
    witness=lambda: torch.matmul(ones(2, 2), ones(3, 2, 2)).stride() == (4, 1, 2),
)
def matmul_with_a_stack_is_transposed(patch):
    def change(matmul, a, b, **options):
        result = matmul(a, b, **options)
        return result.mT.contiguous().mT if dims(a, b) == (2, 3) else result

    all_matmul(patch, change)


@fault(
    "tensordot() broadcasts a size of 1 in the first tensor only.",
    witness=lambda: (
        error_of(lambda: torch.tensordot(ones(2), ones(1), dims=([0], [0]))) is not None
    ),
)
def tensordot_broadcasts_one_side(patch):
    def change(tensordot, a, b, dims=2, **options):
        pairs = [] if isinstance(dims, int) else zip(*dims, strict=False)
        if any(b.shape[j] == 1 < a.shape[i] for i, j in pairs):
            raise RuntimeError("contracted dimensions need to match")
        return tensordot(a, b, dims=dims, **options)

    wrap(patch, torch, "tensordot", change)

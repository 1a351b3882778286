"""Ways to break sparse tensors: what they store, take and refuse."""

import torch

from torch_semantics.faults import both, error_of, fault, wrap

COO = torch.sparse_coo
build = torch.sparse_coo_tensor
is_coalesced = torch.Tensor.is_coalesced


def dense():
    return torch.tensor([[0.0, 3.0], [4.0, 0.0]])


def doubled():
    return build([[0, 0], [1, 1]], [3.0, 4.0], (2, 2))


# --- what is stored -------------------------------------------------------------------


@fault(
    "to_sparse() keeps zeros.",
    witness=lambda: dense().to_sparse()._nnz() == 4,
)
def to_sparse_keeps_zeros(patch):
    def change(to_sparse, tensor, *args, **options):
        if args or not tensor.dim():
            return to_sparse(tensor, *args, **options)
        index = to_sparse(torch.ones_like(tensor)).indices()
        return build(index, tensor[tuple(index)], tensor.shape).coalesce()

    wrap(patch, torch.Tensor, "to_sparse", change)


@fault(
    "to_sparse() of nan leaves it out.",
    witness=lambda: (torch.ones(1) * float("nan")).to_sparse()._nnz() == 0,
)
def to_sparse_drops_nan(patch):
    def change(to_sparse, tensor, *args, **options):
        return to_sparse(tensor.nan_to_num(0.0), *args, **options)

    wrap(patch, torch.Tensor, "to_sparse", change)


@fault(
    "to_sparse() is uncoalesced.",
    witness=lambda: not dense().to_sparse().is_coalesced(),
)
def to_sparse_is_uncoalesced(patch):
    def change(to_sparse, *args, **options):
        return to_sparse(*args, **options)._coalesced_(False)

    wrap(patch, torch.Tensor, "to_sparse", change)


@fault(
    "to_sparse() lists the columns first.",
    witness=lambda: (
        torch.ones(2, 2).to_sparse()._indices().tolist() == [[0, 1, 0, 1], [0, 0, 1, 1]]
    ),
)
def to_sparse_is_column_major(patch):
    def change(to_sparse, tensor, *args, **options):
        result = to_sparse(tensor, *args, **options)
        if args or tensor.dim() != 2:
            return result
        flipped = to_sparse(tensor.t().contiguous())
        index, values = flipped._indices().flip(0), flipped._values()
        return build(index, values, tensor.shape)._coalesced_(True)

    wrap(patch, torch.Tensor, "to_sparse", change)


@fault(
    "to_sparse(1) is to_sparse().",
    witness=lambda: dense().to_sparse(1).dense_dim() == 0,
)
def to_sparse_ignores_its_argument(patch):
    wrap(patch, torch.Tensor, "to_sparse", lambda f, t, *a, **k: f(t, **k))


@fault(
    "to_dense() takes the last of the values of one index.",
    witness=lambda: doubled().to_dense()[0, 1].item() != 7,
)
def to_dense_takes_the_last(patch):
    def change(to_dense, tensor, **options):
        if tensor.layout == COO and not tensor.is_coalesced():
            result = torch.zeros(tensor.shape, dtype=tensor.dtype)
            result[tuple(tensor._indices())] = tensor._values()
            return result
        return to_dense(tensor, **options)

    wrap(patch, torch.Tensor, "to_dense", change)


@fault(
    "to_dense() of a dense tensor copies.",
    witness=lambda: (lambda t: t.to_dense() is not t)(dense()),
)
def to_dense_copies(patch):
    wrap(
        patch,
        torch.Tensor,
        "to_dense",
        lambda f, t, **k: t.clone() if t.layout == torch.strided else f(t, **k),
    )


@fault(
    "to_dense() detaches.",
    witness=lambda: not dense().requires_grad_().to_sparse().to_dense().requires_grad,
)
def to_dense_detaches(patch):
    wrap(patch, torch.Tensor, "to_dense", lambda f, t, **k: f(t, **k).detach())


@fault(
    "values() copies.",
    witness=lambda: (lambda s: s.values().zero_() is None or s._values().any().item())(
        dense().to_sparse()
    ),
)
def values_copies(patch):
    wrap(patch, torch.Tensor, "values", lambda f, t: f(t).clone())


@fault(
    "indices() is of int32.",
    witness=lambda: dense().to_sparse().indices().dtype is torch.int32,
)
def indices_are_short(patch):
    wrap(patch, torch.Tensor, "indices", lambda f, t: f(t).int())


@fault(
    "indices() has a row for each element.",
    witness=lambda: torch.ones(1, 3).to_sparse().indices().shape == (3, 2),
)
def indices_are_transposed(patch):
    wrap(patch, torch.Tensor, "indices", lambda f, t: f(t).t())


@fault(
    "data_ptr() of a sparse tensor is 0.",
    witness=lambda: error_of(dense().to_sparse().data_ptr) is None,
)
def data_ptr_is_zero(patch):
    wrap(patch, torch.Tensor, "data_ptr", lambda f, t: 0 if t.is_sparse else f(t))


# --- building one ---------------------------------------------------------------------


@fault(
    "sparse_coo_tensor() coalesces.",
    witness=lambda: torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (1,)).is_coalesced(),
)
def build_coalesces(patch):
    wrap(patch, torch, "sparse_coo_tensor", lambda f, *a, **k: f(*a, **k).coalesce())


@fault(
    "sparse_coo_tensor() copies the values.",
    witness=lambda: (
        lambda v: (
            torch.sparse_coo_tensor([[0]], v, (1,))._values().data_ptr() != v.data_ptr()
        )
    )(torch.ones(1)),
)
def build_copies(patch):
    wrap(patch, torch, "sparse_coo_tensor", lambda f, *a, **k: f(*a, **k).clone())


@fault(
    "sparse_coo_tensor() infers sizes without the largest index.",
    witness=lambda: torch.sparse_coo_tensor([[1]], [1.0]).shape == (3,),
)
def build_infers_too_much(patch):
    def change(make, *args, **options):
        result = make(*args, **options)
        if len(args) == 2 and "size" not in options:
            sparse = result.sparse_dim()
            size = [n + (i < sparse) for i, n in enumerate(result.shape)]
            return make(*args, size, **options)
        return result

    wrap(patch, torch, "sparse_coo_tensor", change)


@fault(
    "sparse_coo_tensor() ignores dtype=.",
    witness=lambda: (
        torch.sparse_coo_tensor([[0]], [1.0], (1,), dtype=torch.float16).dtype
        is torch.float32
    ),
)
def build_ignores_dtype(patch):
    wrap(patch, torch, "sparse_coo_tensor", lambda f, *a, dtype=None, **k: f(*a, **k))


@fault(
    "sparse_coo_tensor() checks indices without being asked.",
    witness=lambda: (
        error_of(lambda: torch.sparse_coo_tensor([[5]], [1.0], (1,))) is not None
    ),
)
def build_always_checks(patch):
    def change(make, *args, check_invariants=True, **options):
        return make(*args, check_invariants=check_invariants, **options)

    wrap(patch, torch, "sparse_coo_tensor", change)


@fault(
    "sparse_coo_tensor() ignores check_invariants=.",
    witness=lambda: (
        error_of(
            lambda: torch.sparse_coo_tensor([[5]], [1.0], (1,), check_invariants=True)
        )
        is None
    ),
)
def build_never_checks(patch):
    def change(make, *args, check_invariants=None, **options):
        return make(*args, **options)

    wrap(patch, torch, "sparse_coo_tensor", change)


@fault(
    "check_sparse_tensor_invariants() stays on after its block.",
    witness=lambda: _checks_stay(),
)
def checks_stay(patch):
    checks = torch.sparse.check_sparse_tensor_invariants
    patch(checks, "__exit__", lambda self, *error: None)


def _checks_stay():
    checks = torch.sparse.check_sparse_tensor_invariants
    with checks():
        pass
    on = checks.is_enabled()
    checks.disable()
    return on


# --- duplicates, zeros ----------------------------------------------------------------


@fault(
    "coalesce() keeps the first value of an index.",
    witness=lambda: doubled().coalesce().values().tolist() == [3],
)
def coalesce_keeps_the_first(patch):
    def change(coalesce, tensor):
        if tensor.is_coalesced():
            return coalesce(tensor)
        seen = {}
        for i, index in enumerate(tensor._indices().t().tolist()):
            seen.setdefault(tuple(index), i)
        keep = sorted(seen.values())
        index, values = tensor._indices()[:, keep], tensor._values()[keep]
        return coalesce(build(index, values, tensor.shape))

    wrap(patch, torch.Tensor, "coalesce", change)


@fault(
    "coalesce() drops zeros.",
    witness=lambda: build([[0, 0]], [1.0, -1.0], (1,)).coalesce()._nnz() == 0,
)
def coalesce_drops_zeros(patch):
    def change(coalesce, tensor):
        result = coalesce(tensor)
        if tensor.is_coalesced() or result.dense_dim():
            return result
        keep = result._values() != 0
        index, values = result._indices()[:, keep], result._values()[keep]
        return build(index, values, result.shape)._coalesced_(True)

    wrap(patch, torch.Tensor, "coalesce", change)


@fault(
    "coalesce() works in place.",
    witness=lambda: (lambda s: s.coalesce() is None or s._nnz() == 1)(doubled()),
)
def coalesce_is_in_place(patch):
    def change(coalesce, tensor):
        result = coalesce(tensor)
        if result is not tensor:
            tensor.data = result
        return result

    wrap(patch, torch.Tensor, "coalesce", change)


@fault(
    "coalesce() of a coalesced tensor copies.",
    witness=lambda: (lambda s: s.coalesce() is not s)(dense().to_sparse()),
)
def coalesce_copies(patch):
    def change(coalesce, tensor):
        result = coalesce(tensor)
        return result.clone() if result is tensor else result

    wrap(patch, torch.Tensor, "coalesce", change)


@fault(
    "indices() of an uncoalesced tensor gives what is listed.",
    witness=lambda: error_of(doubled().indices) is None,
)
def indices_of_uncoalesced(patch):
    wrap(patch, torch.Tensor, "indices", lambda f, t: t._indices())


@fault(
    "values() of an uncoalesced tensor adds up.",
    witness=lambda: error_of(doubled().values) is None,
)
def values_of_uncoalesced(patch):
    wrap(patch, torch.Tensor, "values", lambda f, t: f(t.coalesce()))


@fault(
    "is_coalesced() says whether an index repeats.",
    witness=lambda: build([[0, 1]], [1.0, 2.0], (2,)).is_coalesced(),
)
def is_coalesced_looks(patch):
    def change(original, tensor):
        listed = [tuple(index) for index in tensor._indices().t().tolist()]
        return original(tensor) or len(set(listed)) == len(listed)

    wrap(patch, torch.Tensor, "is_coalesced", change)


# --- operations -----------------------------------------------------------------------


@fault(
    "cos() of a sparse tensor is dense.",
    witness=lambda: error_of(dense().to_sparse().cos) is None,
)
def cos_is_dense(patch):
    both(patch, "cos", lambda f, t: f(t.to_dense() if t.is_sparse else t))


@fault(
    "sin() of a sparse tensor is dense.",
    witness=lambda: dense().to_sparse().sin().layout == torch.strided,
)
def sin_is_dense(patch):
    both(patch, "sin", lambda f, t: f(t.to_dense() if t.is_sparse else t))


@fault(
    "view() of a sparse tensor is dense.",
    witness=lambda: error_of(lambda: dense().to_sparse().view(4)) is None,
)
def view_is_dense(patch):
    wrap(
        patch,
        torch.Tensor,
        "view",
        lambda f, t, *a: f(t.to_dense() if t.is_sparse else t, *a),
    )


@fault(
    "A sparse tensor plus a number adds to what is stored.",
    witness=lambda: error_of(lambda: dense().to_sparse() + 1) is None,
)
def numbers_are_added_to_values(patch):
    def change(add, a, b):
        if a.is_sparse and isinstance(b, int):
            return build(a._indices(), a._values() + b, a.shape)
        return add(a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "A sparse tensor plus a dense one is dense.",
    witness=lambda: error_of(lambda: dense().to_sparse() + dense()) is None,
)
def dense_is_added(patch):
    def change(add, a, b):
        if a.is_sparse and isinstance(b, torch.Tensor) and not b.is_sparse:
            return add(b, a)
        return add(a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "The sum of sparse tensors is dense.",
    witness=lambda: (dense().to_sparse() + dense().to_sparse()).layout == torch.strided,
)
def sums_are_dense(patch):
    def change(add, a, b):
        return add(a.to_dense() if a.is_sparse else a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "The product of a sparse and a dense matrix is sparse.",
    witness=lambda: (dense().to_sparse() @ dense()).layout == COO,
)
def products_are_sparse(patch):
    def change(matmul, a, b):
        result = matmul(a, b)
        return result.to_sparse() if a.is_sparse else result

    wrap(patch, torch.Tensor, "__matmul__", change)


@fault(
    "A sparse tensor can be assigned to, without effect.",
    witness=lambda: error_of(lambda: dense().to_sparse().__setitem__(0, 1.0)) is None,
)
def assignment_is_swallowed(patch):
    def change(set_item, tensor, key, value):
        if not tensor.is_sparse:
            set_item(tensor, key, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


@fault(
    "A row of a sparse matrix is dense.",
    witness=lambda: dense().to_sparse()[0].layout == torch.strided,
)
def rows_are_dense(patch):
    def change(get_item, tensor, key):
        result = get_item(tensor, key)
        return result.to_dense() if result.is_sparse else result

    wrap(patch, torch.Tensor, "__getitem__", change)


# --- layout= --------------------------------------------------------------------------


@fault(
    "zeros() ignores layout=.",
    witness=lambda: torch.zeros(2, layout=COO).layout == torch.strided,
)
def zeros_ignores_layout(patch):
    wrap(patch, torch, "zeros", lambda f, *a, layout=None, **k: f(*a, **k))


@fault(
    "empty() ignores layout=.",
    witness=lambda: torch.empty(2, layout=COO).layout == torch.strided,
)
def empty_ignores_layout(patch):
    wrap(patch, torch, "empty", lambda f, *a, layout=None, **k: f(*a, **k))


@fault(
    "ones() ignores layout=.",
    witness=lambda: error_of(lambda: torch.ones(2, layout=COO)) is None,
)
def ones_ignores_layout(patch):
    wrap(patch, torch, "ones", lambda f, *a, layout=None, **k: f(*a, **k))


@fault(
    "rand() and arange() make sparse tensors.",
    witness=lambda: error_of(lambda: torch.rand(2, layout=COO)) is None,
)
def rand_converts(patch):
    def change(make, *args, layout=torch.strided, **options):
        result = make(*args, **options)
        return result.to_sparse() if layout == COO else result

    wrap(patch, torch, "rand arange", change)


@fault(
    "full() of zero takes a sparse layout.",
    witness=lambda: error_of(lambda: torch.full((2,), 0.0, layout=COO)) is None,
)
def full_takes_zero(patch):
    def change(full, size, value, *, layout=torch.strided, **options):
        if layout == COO and not value:
            return torch.zeros(size, layout=COO, **options)
        return full(size, value, layout=layout, **options)

    wrap(patch, torch, "full", change)


@fault(
    "zeros_like() of a sparse tensor is dense.",
    witness=lambda: torch.zeros_like(dense().to_sparse()).layout == torch.strided,
)
def zeros_like_is_dense(patch):
    wrap(
        patch,
        torch,
        "zeros_like",
        lambda f, t, layout=torch.strided, **k: f(t, layout=layout, **k),
    )


@fault(
    "zeros_like() ignores layout=.",
    witness=lambda: torch.zeros_like(dense(), layout=COO).layout == torch.strided,
)
def zeros_like_ignores_layout(patch):
    wrap(patch, torch, "zeros_like", lambda f, t, layout=None, **k: f(t, **k))


@fault(
    "ones_like() and full_like() of a sparse tensor are dense.",
    witness=lambda: error_of(lambda: torch.ones_like(dense().to_sparse())) is None,
)
def ones_like_is_dense(patch):
    wrap(
        patch,
        torch,
        "ones_like full_like",
        lambda f, t, *a, layout=torch.strided, **k: f(t, *a, layout=layout, **k),
    )


@fault(
    "new_zeros() ignores layout=.",
    witness=lambda: torch.ones(1).new_zeros(2, layout=COO).layout is torch.strided,
)
def new_zeros_is_dense(patch):
    wrap(
        patch,
        torch.Tensor,
        "new_zeros",
        lambda f, t, *size, layout=None, **k: f(t, *size, **k),
    )


@fault(
    "An element that is not stored can't be read.",
    witness=lambda: error_of(lambda: dense().to_sparse()[0, 0]) is not None,
)
def missing_elements_raise(patch):
    def change(get, tensor, index):
        element = get(tensor, index)
        if tensor.is_sparse and isinstance(index, tuple) and not element.item():
            raise IndexError("there is no such element")
        return element

    wrap(patch, torch.Tensor, "__getitem__", change)


@fault(
    "coalesce() of rows keeps the first row of an index.",
    witness=lambda: (
        build([[0, 0]], [[3.0], [4.0]], (1, 1)).coalesce().values().tolist() == [[3]]
    ),
)
def coalesce_keeps_the_first_row(patch):
    def change(coalesce, tensor):
        if not tensor.dense_dim() or is_coalesced(tensor):
            return coalesce(tensor)
        rows = {}
        for place, index in enumerate(tensor._indices().t().tolist()):
            rows.setdefault(tuple(index), place)
        kept = list(rows.values())
        indices, values = tensor._indices()[:, kept], tensor._values()[kept]
        return coalesce(build(indices, values, tensor.shape))

    wrap(patch, torch.Tensor, "coalesce", change)

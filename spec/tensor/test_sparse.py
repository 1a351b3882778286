"""Sparse tensors.

A sparse tensor in COO format keeps the elements that are not zero, each with its
indices, and nothing for all the others. Its indices are one tensor of integers, with a
row for each dimension, and its values another. An index may be listed several times:
then the values count together, until coalesce() adds them up.

It is commonly believed that a sparse tensor stores no zeros and saves memory. It stores
the zeros that it is given, and those that come of adding; and every element costs its
indices as well, so that a matrix of float32 has to be four fifths empty before it pays.
"""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim

pytestmark = pytest.mark.filterwarnings(
    "ignore:Sparse invariant checks are implicitly disabled"
)
NOT_RUN = "^Could not run 'aten::"

# --- what is stored -------------------------------------------------------------------


@claim("tensor.sparse-coo.indices-and-values", see="sparse")
def test_a_sparse_tensor_stores_indices_and_values(device):
    """The sparse form of a matrix has indices of int64, one row for each dimension and
    one column for each element that is not zero, in row-major order, and their values;
    to_dense() gives the matrix back.
    """
    dense = torch.tensor([[0.0, 3.0, 0.0], [4.0, 0.0, 5.0]], device=device)

    sparse = dense.to_sparse()

    assert (sparse.layout, sparse.is_sparse) == (torch.sparse_coo, True)
    assert (sparse.shape, sparse.dtype, sparse.numel()) == ((2, 3), torch.float32, 6)
    assert sparse.indices().tolist() == [[0, 1, 1], [1, 0, 2]]
    assert sparse.indices().dtype is torch.int64
    assert (sparse.values().tolist(), sparse._nnz()) == ([3, 4, 5], 3)
    assert (sparse.sparse_dim(), sparse.dense_dim()) == (2, 0)
    back = sparse.to_dense()
    assert (back.tolist(), back.layout) == ([[0, 3, 0], [4, 0, 5]], torch.strided)
    assert dense.nonzero().t().tolist() == [[0, 1, 1], [1, 0, 2]]


@claim("tensor.sparse-coo.any-tensor", see="generated/torch.Tensor.to_sparse")
@given(
    shape=st.lists(st.sampled_from([2, 3, 1, 0]), max_size=3).map(tuple),
    numbers=st.lists(st.sampled_from([0, 0, 7, -1]), min_size=27, max_size=27),
)
def test_to_sparse_keeps_what_is_not_zero_of_any_tensor(device, shape, numbers):
    """Whatever the shape and the elements, to_sparse() keeps those that are not zero,
    in row-major order, with their indices, and to_dense() restores the rest.
    """
    places = list(itertools.product(*map(range, shape)))
    numbers = numbers[: len(places)]
    dense = torch.tensor(numbers, dtype=torch.float32, device=device).view(shape)
    kept = [(place, x) for place, x in zip(places, numbers, strict=True) if x]

    sparse = dense.to_sparse()

    indices, values = sparse.indices(), sparse.values()
    assert (numbers, indices.shape) == (numbers, (len(shape), len(kept)))
    assert (numbers, indices.t().tolist()) == (numbers, [[*place] for place, _ in kept])
    assert (numbers, values.tolist()) == (numbers, [x for _, x in kept])
    assert (shape, sparse.to_dense().tolist()) == (shape, dense.tolist())


@claim("tensor.sparse-coo.nothing-stored", see="sparse")
def test_a_tensor_of_zeros_stores_nothing(device):
    """The sparse form of zeros has no elements; negative zero counts as zero, and nan
    does not.
    """
    zeros = torch.zeros(2, 3, device=device)
    mixed = torch.tensor([-0.0, float("nan"), 1.0], device=device)

    nothing, kept = zeros.to_sparse(), mixed.to_sparse()

    assert (nothing._nnz(), nothing.shape) == (0, (2, 3))
    assert (nothing.indices().shape, nothing.values().shape) == ((2, 0), (0,))
    assert nothing.to_dense().tolist() == [[0, 0, 0], [0, 0, 0]]
    assert kept.indices().tolist() == [[1, 2]]


@claim("tensor.sparse-coo.hybrid", see="sparse")
def test_the_last_dimensions_may_stay_dense(device):
    """With to_sparse(1) only the first dimension is sparse: the values are whole rows,
    kept where any of their elements is not zero.
    """
    dense = torch.tensor([[0.0, 3.0], [0.0, 0.0], [4.0, 5.0]], device=device)

    sparse = dense.to_sparse(1)

    assert (sparse.sparse_dim(), sparse.dense_dim()) == (1, 1)
    assert sparse.indices().tolist() == [[0, 2]]
    assert sparse.values().tolist() == [[0, 3], [4, 5]]
    assert sparse.to_dense().tolist() == [[0, 3], [0, 0], [4, 5]]


@claim("tensor.sparse-coo.copies", see="generated/torch.Tensor.to_sparse")
def test_to_sparse_and_to_dense_copy(device):
    """to_sparse() and to_dense() make copies; values() is a view of what is stored, so
    a write to it changes the sparse tensor.
    """
    dense = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device)
    sparse = dense.to_sparse()
    back = sparse.to_dense()

    sparse.values().mul_(10)

    assert sparse.to_dense().tolist() == [[0, 30], [40, 0]]
    assert (dense.tolist(), back.tolist()) == ([[0, 3], [4, 0]], [[0, 3], [4, 0]])
    assert dense.to_dense() is dense


@claim("tensor.sparse-coo.no-storage", see="sparse")
@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_a_sparse_tensor_has_no_storage(device):
    """A sparse tensor is laid over no storage: to ask for its storage raises a
    NotImplementedError, and for an address a RuntimeError. stride() is not refused, but
    says nothing about where elements lie.
    """
    sparse = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device).to_sparse()

    with pytest.raises(NotImplementedError, match=r"^Cannot access storage of Sparse"):
        sparse.storage()
    with pytest.raises(RuntimeError, match="doesn't have storage"):
        sparse.data_ptr()
    assert len(sparse.stride()) == 2


@claim("tensor.sparse-coo.gradients", see="sparse")
def test_gradients_flow_through_the_sparse_form(device):
    """Gradients flow back through to_dense() and to_sparse(), to the elements that were
    kept.
    """
    dense = torch.tensor([[0.0, 3.0], [4.0, 0.0]], requires_grad=True, device=device)
    factors = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    back = dense.to_sparse().to_dense()
    back.backward(factors)

    assert (back.tolist(), back.requires_grad) == ([[0, 3], [4, 0]], True)
    assert dense.grad.to_dense().tolist() == [[0, 2], [3, 0]]


# --- building one ---------------------------------------------------------------------


@claim("tensor.sparse-coo.from-indices", see="generated/torch.sparse_coo_tensor")
def test_a_sparse_tensor_is_built_of_indices_values_and_a_size(device):
    """sparse_coo_tensor() takes the indices with a row for each dimension, in any
    order, the values and the size; coalesce() sorts them.
    """
    indices = torch.tensor([[1, 0], [0, 2]], device=device)
    values = torch.tensor([4.0, 3.0], device=device)

    sparse = torch.sparse_coo_tensor(indices, values, (2, 3))
    same = torch.sparse_coo_tensor(
        indices=indices, values=values, size=(2, 3), dtype=torch.float16
    )

    assert sparse.to_dense().tolist() == [[0, 0, 3], [4, 0, 0]]
    assert (sparse.dtype, same.dtype) == (torch.float32, torch.float16)
    assert same.to_dense().tolist() == [[0, 0, 3], [4, 0, 0]]
    assert sparse._indices().tolist() == [[1, 0], [0, 2]]
    assert sparse.coalesce().indices().tolist() == [[0, 1], [2, 0]]
    assert sparse.coalesce().values().tolist() == [3, 4]


@claim("tensor.sparse-coo.size-is-inferred", see="generated/torch.sparse_coo_tensor")
def test_without_a_size_the_largest_indices_give_it(device):
    """Without a size, each dimension is as long as its largest index needs; dimensions
    of the values come behind.
    """
    indices = torch.tensor([[0, 2], [4, 1]], device=device)
    first = indices[:1]

    sparse = torch.sparse_coo_tensor(indices, torch.ones(2, device=device))
    hybrid = torch.sparse_coo_tensor(first, torch.ones(2, 5, device=device))

    assert (sparse.shape, hybrid.shape) == ((3, 5), (3, 5))
    assert (sparse.dense_dim(), hybrid.dense_dim()) == (0, 1)


@claim("tensor.sparse-coo.mismatch", see="generated/torch.sparse_coo_tensor")
def test_indices_values_and_size_must_fit(device):
    """As many values as indices are needed, and as many sizes as dimensions: else a
    RuntimeError is raised, as for a negative index where the size is to be inferred.
    """
    indices = torch.tensor([[0, 1], [1, 0]], device=device)
    negative = torch.tensor([[0, -1], [1, 0]], device=device)
    values = torch.ones(3, device=device)

    with pytest.raises(RuntimeError, match="nnz from indices: 2, nnz from values: 3"):
        torch.sparse_coo_tensor(indices, values, (2, 2))
    with pytest.raises(RuntimeError, match="dense_dim"):
        torch.sparse_coo_tensor(indices, values[:2], (2,))
    with pytest.raises(RuntimeError, match=r"^found negative index -1 for dim 0$"):
        torch.sparse_coo_tensor(negative, values[:2])


@claim(
    "tensor.sparse-coo.invariants-unchecked",
    see="generated/torch.sparse_coo_tensor",
    since="2.0",
)
def test_an_index_outside_the_size_is_found_only_when_asked(device):
    """An index outside the size is not noticed, and the tensor is not to be used;
    check_invariants=True raises a RuntimeError, for negative indices as well.
    """
    indices = torch.tensor([[5], [0]], device=device)
    value = torch.ones(1, device=device)

    unusable = torch.sparse_coo_tensor(indices, value, (2, 2))

    assert (unusable.shape, unusable._indices().tolist()) == ((2, 2), [[5], [0]])
    with pytest.raises(RuntimeError, match=r"size is inconsistent .* found index 5$"):
        torch.sparse_coo_tensor(indices, value, (2, 2), check_invariants=True)
    with pytest.raises(RuntimeError, match=r"^found negative index -5 for dim 0$"):
        torch.sparse_coo_tensor(-indices, value, (2, 2), check_invariants=True)
    checked = torch.sparse_coo_tensor(indices, value, (6, 1), check_invariants=True)
    assert checked.to_dense().flatten().tolist() == [0, 0, 0, 0, 0, 1]


@claim(
    "tensor.sparse-coo.invariants-in-a-block",
    see="generated/torch.sparse.check_sparse_tensor_invariants",
    since="2.0",
)
def test_checks_can_be_turned_on_for_a_block(device):
    """Inside check_sparse_tensor_invariants() every sparse tensor is checked that is
    built, unless it says otherwise; afterwards none is again.
    """
    indices = torch.tensor([[5], [0]], device=device)
    value = torch.ones(1, device=device)
    checks = torch.sparse.check_sparse_tensor_invariants

    with checks():
        inside = checks.is_enabled()
        with pytest.raises(RuntimeError, match="size is inconsistent with indices"):
            torch.sparse_coo_tensor(indices, value, (2, 2))
        torch.sparse_coo_tensor(indices, value, (2, 2), check_invariants=False)

    assert (inside, checks.is_enabled()) == (True, False)
    unusable = torch.sparse_coo_tensor(indices, value, (2, 2))
    assert (unusable.shape, unusable._nnz()) == ((2, 2), 1)


@claim(
    "tensor.sparse-coo.invariants-checked",
    see="generated/torch.sparse_coo_tensor",
    until="2.0",
)
def test_an_index_outside_the_size_is_always_found(device):
    """An index outside the size raises a RuntimeError."""
    indices = torch.tensor([[5], [0]], device=device)

    with pytest.raises(RuntimeError, match="size is inconsistent with indices"):
        torch.sparse_coo_tensor(indices, torch.ones(1, device=device), (2, 2))


@claim("tensor.sparse-coo.shares-its-parts", see="generated/torch.sparse_coo_tensor")
def test_a_sparse_tensor_is_laid_over_the_values_that_it_was_built_of(device):
    """sparse_coo_tensor() copies neither values nor indices of int64: a later write to
    the values changes the sparse tensor.
    """
    indices = torch.tensor([[0, 1], [1, 0]], device=device)
    values = torch.tensor([3.0, 4.0], device=device)

    sparse = torch.sparse_coo_tensor(indices, values, (2, 2))
    values[0] = 9

    assert sparse.to_dense().tolist() == [[0, 9], [4, 0]]
    assert sparse._values().data_ptr() == values.data_ptr()
    assert sparse._indices().data_ptr() == indices.data_ptr()


# --- duplicates, zeros ----------------------------------------------------------------


@claim("tensor.sparse-coo.duplicates-sum", see="sparse#sparse-uncoalesced-coo-docs")
def test_values_of_one_index_count_together(device):
    """Where an index is listed several times its values count together, and coalesce()
    adds them up in a new tensor, be they numbers or whole rows. Until then indices()
    and values() raise a RuntimeError.
    """
    indices = torch.tensor([[0, 1, 0], [1, 0, 1]], device=device)
    values = torch.tensor([3.0, 5.0, 4.0], device=device)
    pairs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]], device=device)
    first = torch.tensor([[0, 1, 0]], device=device)

    sparse = torch.sparse_coo_tensor(indices, values, (2, 2))
    merged = sparse.coalesce()
    rows = torch.sparse_coo_tensor(first, pairs, (2, 2))

    assert (rows.shape, rows.dense_dim()) == ((2, 2), 1)
    assert rows.coalesce().values().tolist() == [[11, 22], [3, 4]]
    assert (sparse.is_coalesced(), sparse._nnz()) == (False, 3)
    assert not sparse.requires_grad
    assert (merged.is_coalesced(), merged._nnz()) == (True, 2)
    assert sparse.to_dense().tolist() == [[0, 7], [5, 0]]
    assert merged.to_dense().tolist() == [[0, 7], [5, 0]]
    assert merged.indices().tolist() == [[0, 1], [1, 0]]
    assert merged.values().tolist() == [7, 5]
    assert sparse._values().tolist() == [3, 5, 4]
    with pytest.raises(RuntimeError, match="indices on an uncoalesced tensor, please"):
        sparse.indices()
    with pytest.raises(RuntimeError, match="values on an uncoalesced tensor, please"):
        sparse.values()


@claim("tensor.sparse-coo.is-coalesced", see="generated/torch.Tensor.is_coalesced")
def test_what_may_repeat_counts_as_uncoalesced(device):
    """A tensor built of several indices counts as uncoalesced even where none repeats,
    and one built of fewer than two as coalesced; coalesce() of a coalesced tensor is
    the tensor itself.
    """
    indices = torch.tensor([[0, 1], [1, 0]], device=device)
    values = torch.tensor([3.0, 4.0], device=device)
    first, value = indices[:, :1], values[:1]
    converted = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device).to_sparse()

    two = torch.sparse_coo_tensor(indices, values, (2, 2))
    one = torch.sparse_coo_tensor(first, value, (2, 2))

    assert (two.shape, one.shape) == ((2, 2), (2, 2))
    assert (two.is_coalesced(), one.is_coalesced()) == (False, True)
    assert converted.is_coalesced()
    assert converted.coalesce() is converted
    assert two.coalesce() is not two


@claim("tensor.sparse-coo.explicit-zeros-kept", see="sparse")
def test_zeros_that_are_given_or_come_of_adding_stay_stored(device):
    """A zero among the values stays stored, after coalesce() too, and so does one that
    comes of adding up; only to_sparse() leaves zeros out.
    """
    indices = torch.tensor([[0, 0, 1], [1, 1, 0]], device=device)
    values = torch.tensor([1.0, -1.0, 0.0], device=device)

    sparse = torch.sparse_coo_tensor(indices, values, (2, 2))
    merged = sparse.coalesce()

    assert (sparse._nnz(), merged._nnz()) == (3, 2)
    assert merged.indices().tolist() == [[0, 1], [1, 0]]
    assert merged.values().tolist() == [0, 0]
    dense = merged.to_dense()
    again = dense.to_sparse()
    assert (dense.tolist(), again.shape) == ([[0, 0], [0, 0]], (2, 2))
    assert again._nnz() == 0


@claim("tensor.sparse-coo.memory-cost", see="sparse")
def test_every_stored_element_costs_its_indices_as_well(device):
    """Each stored element of a matrix takes two indices of 8 bytes beside its value: a
    full matrix of float32 takes five times what it takes dense, and one that is a fifth
    full takes as much. Where the value takes 8 bytes too, as in int64 or float64, one
    that is a third full does.
    """
    full = torch.ones(5, 4, device=device)
    fifth = torch.tensor([[1.0, 2.0, 3.0, 4.0]] + 4 * [[0.0] * 4], device=device)

    third = torch.tensor([[1, 2, 3, 4]] + 2 * [[0] * 4], device=device)

    sparse, other = full.to_sparse(), fifth.to_sparse()
    double = third.to_sparse()

    assert full.numel() * full.element_size() == 80
    assert (sparse.indices().shape, sparse.indices().element_size()) == ((2, 20), 8)
    assert (sparse.values().shape, sparse.values().element_size()) == ((20,), 4)
    assert 40 * 8 + 20 * 4 == 5 * 80
    assert (other.indices().shape, other.values().shape) == ((2, 4), (4,))
    assert 8 * 8 + 4 * 4 == 20 * 4
    assert (double.indices().shape, double.indices().element_size()) == ((2, 4), 8)
    assert (double.values().shape, double.values().element_size()) == ((4,), 8)
    assert 8 * 8 + 4 * 8 == 12 * 8


# --- what can be done with one --------------------------------------------------------


@claim("tensor.sparse-coo.limited-operations", see="sparse#supported-operations")
def test_only_some_operations_take_sparse_tensors(device):
    """Some functions that keep zero, such as sin() and abs(), give sparse results; one
    that does not, such as cos(), and view() raise a NotImplementedError, and adding a
    number a RuntimeError. The product with a dense matrix is dense.
    """
    sparse = torch.tensor([[0.0, -3.0], [4.0, 0.0]], device=device).to_sparse()
    dense = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    absolute, sine, product = sparse.abs(), sparse.sin(), sparse @ dense

    assert (absolute.layout, sine.layout) == (torch.sparse_coo, torch.sparse_coo)
    assert absolute.to_dense().tolist() == [[0, 3], [4, 0]]
    assert (sine._nnz(), sine.indices().tolist()) == (2, [[0, 1], [1, 0]])
    assert sine.values().tolist() == pytest.approx([math.sin(-3), math.sin(4)])
    assert (product.layout, product.tolist()) == (torch.strided, [[-9, -12], [4, 8]])
    with pytest.raises(NotImplementedError, match=NOT_RUN + "cos'"):
        sparse.cos()
    with pytest.raises(NotImplementedError, match=NOT_RUN + "view'"):
        sparse.view(4)
    with pytest.raises(RuntimeError, match=r"^add\(sparse, dense\) is not supported"):
        sparse + 1
    assert (sparse.to_dense() + 1).tolist() == [[1, -2], [5, 1]]


@claim("tensor.sparse-coo.no-numpy", see="generated/torch.Tensor.numpy")
def test_a_sparse_tensor_has_no_array():
    """A sparse tensor on the CPU can't be turned into an array; its dense form can."""
    sparse = torch.tensor([[0, 3], [0, 0]], device="cpu").to_sparse()

    with pytest.raises(
        TypeError, match=r"^can't convert Sparse layout tensor to numpy"
    ):
        sparse.numpy()
    assert sparse.to_dense().numpy().tolist() == [[0, 3], [0, 0]]


@claim("tensor.sparse-coo.arithmetic", see="sparse#supported-operations")
def test_sums_and_multiples_of_sparse_tensors_are_sparse(device):
    """Sums, differences and products of sparse tensors, and multiples, are sparse; a
    dense tensor plus a sparse one is dense, while in the other order it raises a
    RuntimeError.
    """
    a = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device).to_sparse()
    b = torch.tensor([[1.0, 1.0], [0.0, 0.0]], device=device).to_sparse()
    dense = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)

    results = [a + b, a - b, a * b, a * 2, -a, a / 2]
    sum = dense + a

    assert [each.layout for each in results] == [torch.sparse_coo] * 6
    assert [each.to_dense().tolist() for each in results] == [
        [[1, 4], [4, 0]],
        [[-1, 2], [4, 0]],
        [[0, 3], [0, 0]],
        [[0, 6], [8, 0]],
        [[0, -3], [-4, 0]],
        [[0, 1.5], [2, 0]],
    ]
    assert (sum.layout, sum.tolist()) == (torch.strided, [[1, 5], [7, 4]])
    with pytest.raises(RuntimeError, match=r"^add\(sparse, dense\) is not supported"):
        a + dense


@claim("tensor.sparse-coo.indexing", see="sparse")
def test_a_sparse_tensor_is_read_by_index_and_not_written(device):
    """Indexing a sparse matrix with one number gives a sparse row, and with two a dense
    tensor without dimensions, 0 where nothing is stored; to assign raises a TypeError.
    t() stays sparse.
    """
    sparse = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device).to_sparse()

    row, element, transposed = sparse[0], sparse[1, 0], sparse.t()

    assert (row.layout, row.to_dense().tolist()) == (torch.sparse_coo, [0, 3])
    assert (element.layout, element.shape, element.item()) == (torch.strided, (), 4)
    assert sparse[0, 0].item() == 0
    assert (transposed.layout, transposed.to_dense().tolist()) == (
        torch.sparse_coo,
        [[0, 4], [3, 0]],
    )
    with pytest.raises(TypeError, match=r"^Cannot assign to a sparse tensor$"):
        sparse[0, 0] = 1.0
    assert sparse.to_dense().tolist() == [[0, 3], [4, 0]]


# --- layout= --------------------------------------------------------------------------


@claim(
    "tensor.layout.sparse-only-for-zeros-and-empty",
    see="tensor_attributes#torch-layout",
)
def test_only_zeros_and_empty_make_sparse_tensors(device):
    """Of the functions that make tensors zeros() and empty(), with new_zeros() and
    new_empty(), take a sparse layout, and store nothing then; for ones() and full() it
    raises a RuntimeError, and for arange(), rand(), randn() and empty_like() of a dense
    tensor a NotImplementedError. to_sparse() converts instead.
    """
    coo, dense = torch.sparse_coo, torch.ones(2, device=device)

    zeros = torch.zeros(2, 3, layout=coo, device=device)
    empty = torch.empty(2, 3, layout=coo, device=device)
    new = [dense.new_zeros(2, 3, layout=coo), dense.new_empty((2, 3), layout=coo)]

    assert (zeros.layout, zeros.shape, zeros._nnz()) == (coo, (2, 3), 0)
    assert (empty.layout, empty.shape, empty._nnz()) == (coo, (2, 3), 0)
    assert [(x.layout, x.shape, x._nnz()) for x in new] == [(coo, (2, 3), 0)] * 2
    with pytest.raises(RuntimeError, match=r"is not implemented for sparse layout$"):
        torch.ones(2, layout=coo, device=device)
    with pytest.raises(RuntimeError, match=r"is not implemented for sparse layout$"):
        torch.full((2,), 0.0, layout=coo, device=device)
    with pytest.raises(NotImplementedError, match=NOT_RUN + "arange"):
        torch.arange(3, layout=coo, device=device)
    with pytest.raises(NotImplementedError, match=NOT_RUN):
        torch.rand(2, layout=coo, device=device)
    with pytest.raises(NotImplementedError, match=NOT_RUN):
        torch.randn(2, layout=coo, device=device)
    with pytest.raises(NotImplementedError, match=NOT_RUN + "empty_strided"):
        torch.empty_like(dense, layout=coo)
    assert dense.to_sparse().values().tolist() == [1, 1]


@claim("tensor.like.layout-override", see="generated/torch.zeros_like")
def test_the_like_functions_keep_the_layout_unless_told_otherwise(device):
    """zeros_like() keeps the layout of its input, and layout= overrides it in either
    direction; ones_like(), full_like() and rand_like() of a sparse input raise a
    NotImplementedError, unless they are to be dense.
    """
    dense = torch.tensor([[0.0, 3.0], [4.0, 0.0]], device=device)
    sparse = dense.to_sparse()

    same, plain = torch.zeros_like(sparse), torch.zeros_like(dense)
    made = torch.zeros_like(dense, layout=torch.sparse_coo)
    ones = torch.ones_like(sparse, layout=torch.strided)
    full = torch.full_like(sparse, 2.0, layout=torch.strided)
    random = torch.rand_like(sparse, layout=torch.strided)
    back = torch.zeros_like(sparse, layout=torch.strided)

    assert (same.layout, same._nnz(), same.shape) == (torch.sparse_coo, 0, (2, 2))
    assert (plain.layout, plain.tolist()) == (torch.strided, [[0, 0], [0, 0]])
    assert (made.layout, made._nnz(), made.shape) == (torch.sparse_coo, 0, (2, 2))
    assert (ones.layout, ones.tolist()) == (torch.strided, [[1, 1], [1, 1]])
    assert (full.layout, full.tolist()) == (torch.strided, [[2, 2], [2, 2]])
    assert (random.layout, random.shape) == (torch.strided, (2, 2))
    assert (back.layout, back.tolist()) == (torch.strided, [[0, 0], [0, 0]])
    assert dense.tolist() == [[0, 3], [4, 0]]
    with pytest.raises(NotImplementedError, match=NOT_RUN):
        torch.ones_like(sparse)
    with pytest.raises(NotImplementedError, match=NOT_RUN):
        torch.full_like(sparse, 2.0)
    with pytest.raises(NotImplementedError, match=NOT_RUN):
        torch.rand_like(sparse)
    assert sparse.to_dense().tolist() == [[0, 3], [4, 0]]

"""Ways to break joining: cat(), stack() and the functions that are built on cat()."""

import torch

from torch_semantics.faults import fault, raises, wrap
from torch_semantics.words import shares_storage


def vector():
    return torch.tensor([1, 2, 3])


def matrix():
    return torch.tensor([[1, 2, 3], [4, 5, 6]])


# --- cat ------------------------------------------------------------------------------


@fault(
    "By default cat() joins along the last dimension.",
    witness=lambda: torch.cat([matrix(), matrix()]).shape == (2, 6),
)
def cat_default_is_last(patch):
    wrap(
        patch,
        torch,
        "cat",
        lambda cat, tensors, dim=-1, **out: cat(tensors, dim, **out),
    )


@fault(
    "The keyword axis= is ignored by concat().",
    witness=lambda: torch.concat([matrix(), matrix()], axis=1).shape == (4, 3),
)
def concat_ignores_axis(patch):
    def change(concat, *tensors, axis=0, **options):
        return concat(*tensors, **options)

    wrap(patch, torch, "concat", change)


@fault(
    "A single tensor is returned by cat() as it is.",
    witness=lambda: (lambda x: torch.cat([x]) is x)(matrix()),
)
def cat_returns_a_single_tensor(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list) and len(tensors) == 1 and not options:
            return tensors[0]
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "One tensor with elements among empty ones is returned as a view.",
    witness=lambda: (lambda x: shares_storage(torch.cat([x, x[:0]]), x))(matrix()),
)
def cat_aliases_beside_empties(patch):
    def change(cat, tensors, *dim, **options):
        result = cat(tensors, *dim, **options)
        full = [x for x in tensors if x.numel()]
        if len(full) == 1 < len(tensors) and full[0].shape == result.shape:
            return full[0].view_as(full[0])
        return result

    wrap(patch, torch, "cat", change)


@fault(
    "A generator of tensors is accepted by cat().",
    witness=lambda: not raises(lambda: torch.cat(x for x in [vector()])),
)
def cat_takes_generators(patch):
    def change(cat, tensors, *dim, **options):
        if not isinstance(tensors, torch.Tensor):
            tensors = list(tensors)
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Numbers among the tensors are skipped by cat().",
    witness=lambda: not raises(lambda: torch.cat([vector(), 1])),
)
def cat_skips_numbers(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list):
            tensors = [x for x in tensors if not isinstance(x, int)]
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Sizes of 1 off the dimension are broadcast.",
    witness=lambda: not raises(lambda: torch.cat([matrix(), matrix()[:1]], 1)),
)
def cat_broadcasts(patch):
    def change(cat, tensors, dim=0, **options):
        if (
            isinstance(tensors, list)
            and dim == 1
            and all(x.dim() == 2 for x in tensors)
        ):
            rows = max(x.size(0) for x in tensors)
            tensors = [x.expand(rows, -1) if x.size(0) == 1 else x for x in tensors]
        return cat(tensors, dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Tensors without dimensions are joined as if they were vectors.",
    witness=lambda: not raises(lambda: torch.cat([torch.tensor(1), torch.tensor(2)])),
)
def cat_takes_scalars(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list):
            tensors = [x.view(1) if x.dim() == 0 else x for x in tensors]
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "A dimension that is too large counts modulo their number.",
    witness=lambda: not raises(lambda: torch.cat([matrix(), matrix()], 3)),
)
def cat_wraps_around(patch):
    def change(cat, tensors, dim=0, **options):
        return cat(tensors, dim % max(tensors[0].dim(), 1), **options)

    wrap(patch, torch, "cat", change)


@fault(
    "A refused cat() has already resized out=.",
    witness=lambda: spoils_out(),
)
def cat_resizes_first(patch):
    def change(cat, *args, **options):
        if options.get("out") is not None:
            options["out"].resize_(0)
        return cat(*args, **options)

    wrap(patch, torch, "cat", change)


def spoils_out():
    out = torch.zeros(2)
    raises(lambda: torch.cat([torch.ones(2, 3), torch.ones(2, 2)], out=out))
    return out.shape != (2,)


@fault(
    "A tensor of shape (0,) has to fit as any other.",
    witness=lambda: raises(lambda: torch.cat([vector()[:0], matrix()])),
)
def cat_skips_nothing(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list) and len({x.dim() for x in tensors}) > 1:
            raise RuntimeError("Tensors must have same number of dimensions")
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Every tensor without elements is skipped.",
    witness=lambda: (
        not raises(lambda: torch.cat([torch.zeros(0, 4), torch.ones(2, 3)]))
    ),
)
def cat_skips_every_empty(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list):
            tensors = [x for x in tensors if x.numel()] or tensors
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "A tensor that is skipped has no say in the dtype.",
    witness=lambda: (
        torch.cat([matrix(), torch.zeros(0, dtype=torch.float64)]).dtype is torch.int64
    ),
)
def skipped_has_no_dtype(patch):
    def change(cat, tensors, *dim, **options):
        if isinstance(tensors, list) and any(x.numel() for x in tensors):
            tensors = [x for x in tensors if x.shape != (0,)]
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Without any tensors, cat() returns an empty tensor.",
    witness=lambda: not raises(lambda: torch.cat([])),
)
def cat_of_nothing(patch):
    def change(cat, *args, **options):
        return torch.zeros(0) if args and args[0] in ([], ()) else cat(*args, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Without any tensors, stack() and its relatives return an empty tensor.",
    witness=lambda: not raises(lambda: torch.dstack([])),
)
def stack_of_nothing(patch):
    def change(stack, *args, **options):
        return torch.zeros(0) if args and not args[0] else stack(*args, **options)

    wrap(patch, torch, "dstack column_stack", change)


@fault(
    "The dtype is that of the first tensor.",
    witness=lambda: torch.cat([vector(), torch.ones(1)]).dtype is torch.int64,
)
def first_dtype_wins(patch):
    def change(cat, tensors, *dim, **options):
        return cat([x.to(tensors[0].dtype) for x in tensors], *dim, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "Stacked tensors of two integer dtypes become int64.",
    witness=lambda: (
        torch.stack([vector().to(torch.uint8), vector().to(torch.int8)]).dtype
        is torch.int64
    ),
)
def stack_widens_integers(patch):
    def change(stack, tensors, *dim, **options):
        result = stack(tensors, *dim, **options)
        mixed = len({x.dtype for x in tensors}) > 1
        return result.long() if mixed and not result.is_floating_point() else result

    wrap(patch, torch, "stack", change)


@fault(
    "A tensor without dimensions has no say in the dtype of column_stack().",
    witness=lambda: (
        torch.column_stack([torch.zeros((), dtype=torch.float64), torch.zeros(1)]).dtype
        is torch.float32
    ),
)
def scalars_have_no_dtype(patch):
    def change(column_stack, tensors, **options):
        if len({x.dim() for x in tensors}) > 1:
            kind = next(x.dtype for x in tensors if x.dim())
            tensors = [x if x.dim() else x.to(kind) for x in tensors]
        return column_stack(tensors, **options)

    wrap(patch, torch, "column_stack", change)


@fault(
    "Floats are truncated into an out= of integers.",
    witness=lambda: (
        not raises(
            lambda: torch.cat([torch.ones(1)], out=torch.zeros(1, dtype=torch.int64))
        )
    ),
)
def out_truncates(patch):
    def change(cat, tensors, *dim, out=None, **options):
        if out is None:
            return cat(tensors, *dim, **options)
        return cat([x.to(out.dtype) for x in tensors], *dim, out=out, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "An out= of another dtype is not filled.",
    witness=lambda: (
        lambda out: (torch.cat([vector()], out=out), out.tolist())[1] != [1, 2, 3]
    )(torch.zeros(3)),
)
def out_of_another_dtype(patch):
    def change(cat, tensors, *dim, out=None, **options):
        if out is None:
            return cat(tensors, *dim, **options)
        if out.dtype != tensors[0].dtype:
            return out
        return cat(tensors, *dim, out=out, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "An out= that overlaps with an input is filled.",
    witness=lambda: (lambda x: not raises(lambda: torch.cat([x], out=x)))(vector()),
)
def out_may_overlap(patch):
    def change(cat, tensors, *dim, out=None, **options):
        if out is None:
            return cat(tensors, *dim, **options)
        return cat([x.clone() for x in tensors], *dim, out=out, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "An out= over the storage of an input is refused.",
    witness=lambda: (lambda x: raises(lambda: torch.cat([x[:1]], out=x[2:])))(vector()),
)
def out_may_not_share(patch):
    def change(cat, tensors, *dim, out=None, **options):
        if out is None:
            return cat(tensors, *dim, **options)
        if any(shares_storage(x, out) for x in tensors):
            raise RuntimeError("refer to a single memory location")
        return cat(tensors, *dim, out=out, **options)

    wrap(patch, torch, "cat", change)


@fault(
    "The result is written to a new tensor, of which out= is made a view.",
    witness=lambda: (
        lambda base: (torch.cat([vector()], out=base[:]), base.tolist())[1] == [0, 0, 0]
    )(vector() * 0),
)
def out_is_rebound(patch):
    def change(cat, *args, out=None, **options):
        result = cat(*args, **options)
        return result if out is None else out.set_(result.to(out.dtype))

    wrap(patch, torch, "cat", change)


@fault(
    "An out= with elements is resized without a warning.",
    witness=lambda: silent(),
)
def out_resized_silently(patch):
    def change(join, *args, out=None, **options):
        if out is not None and len(args[0]) == 2 and args[0][0].dim() == 1:
            out.resize_(0)
        return join(*args, out=out, **options)

    wrap(patch, torch, "vstack dstack", change)


def silent():
    import warnings

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.dstack([vector(), vector()], out=vector())
    return not seen


@fault(
    "The gradients of joined tensors are swapped.",
    witness=lambda: gradient_of_first() == [2],
)
def gradients_swapped(patch):
    def change(cat, tensors, *dim, **options):
        if len(tensors) == 2 and all(x.requires_grad for x in tensors):
            a, b = tensors
            tensors = [a.detach() + b - b.detach(), b.detach() + a - a.detach()]
        return cat(tensors, *dim, **options)

    wrap(patch, torch, "cat", change)


def gradient_of_first():
    a = torch.zeros(1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    torch.cat([a, b]).backward(torch.tensor([1.0, 2.0]))
    return a.grad.tolist()


@fault(
    "A tensor that is joined twice gets the gradient of one place.",
    witness=lambda: twice() == [1],
)
def gradient_of_one_place(patch):
    def change(cat, tensors, *dim, **options):
        seen, kept = set(), []
        for x in tensors:
            kept.append(x.detach() if id(x) in seen else x)
            seen.add(id(x))
        return cat(kept, *dim, **options)

    wrap(patch, torch, "cat stack", change)


def twice():
    leaf = torch.zeros(1, requires_grad=True)
    torch.cat([leaf, leaf]).sum().backward()
    return leaf.grad.tolist()


@fault(
    "An out= is filled although gradients are recorded.",
    witness=lambda: (
        not raises(
            lambda: torch.cat([torch.ones(1, requires_grad=True)], out=torch.zeros(1))
        )
    ),
)
def out_detaches(patch):
    def change(cat, tensors, *dim, out=None, **options):
        if out is None:
            return cat(tensors, *dim, **options)
        with torch.no_grad():
            return cat(tensors, *dim, out=out, **options)

    wrap(patch, torch, "cat", change)


# --- stack ----------------------------------------------------------------------------


@fault(
    "Tensors are stacked along an existing dimension.",
    witness=lambda: torch.stack([vector(), vector()]).shape == (6,),
)
def stack_is_cat(patch):
    def change(stack, tensors, *args, **options):
        if tensors and all(x.dim() for x in tensors):
            return torch.cat(tensors)
        return stack(tensors, *args, **options)

    wrap(patch, torch, "stack", change)


@fault(
    "A negative place counts in the tensors: -1 is before their last dimension.",
    witness=lambda: torch.stack([vector(), vector()], -1).shape == (2, 3),
)
def stack_counts_in_the_tensors(patch):
    def change(stack, tensors, dim=0, **options):
        return stack(tensors, dim - 1 if dim == -1 else dim, **options)

    wrap(patch, torch, "stack", change)


@fault(
    "Tensors of shape (0,) are skipped by stack().",
    witness=lambda: not raises(lambda: torch.stack([vector(), vector()[:0]])),
)
def stack_skips_empties(patch):
    def change(stack, tensors, *dim, **options):
        if isinstance(tensors, list) and any(x.numel() for x in tensors):
            tensors = [x for x in tensors if x.shape != (0,)]
        return stack(tensors, *dim, **options)

    wrap(patch, torch, "stack", change)


@fault(
    "Tensors are broadcast by stack().",
    witness=lambda: not raises(lambda: torch.stack([matrix(), matrix()[:1]])),
)
def stack_broadcasts(patch):
    def change(stack, tensors, *dim, **options):
        if isinstance(tensors, list) and all(x.numel() for x in tensors):
            tensors = torch.broadcast_tensors(*tensors)
        return stack(tensors, *dim, **options)

    wrap(patch, torch, "stack", change)


@fault(
    "A single tensor is stacked as a view.",
    witness=lambda: (lambda x: shares_storage(torch.stack([x]), x))(vector()),
)
def stack_aliases(patch):
    def change(stack, tensors, *args, **options):
        if len(tensors) == 1 and not args and not options:
            return tensors[0].unsqueeze(0)
        return stack(tensors, *args, **options)

    wrap(patch, torch, "stack", change)


# --- vstack, hstack, dstack and column_stack ------------------------------------------


@fault(
    "Vectors are joined by hstack() side by side, as columns.",
    witness=lambda: torch.hstack([vector(), vector()]).shape == (3, 2),
)
def hstack_is_column_stack(patch):
    def change(hstack, tensors, **options):
        return torch.column_stack(tensors, **options)

    wrap(patch, torch, "hstack", change)


@fault(
    "Tensors of three dimensions are joined by hstack() along the last.",
    witness=lambda: torch.hstack([torch.zeros(1, 2, 3)] * 2).shape == (1, 2, 6),
)
def hstack_joins_the_last(patch):
    def change(hstack, tensors, **options):
        if tensors and all(x.dim() == 3 for x in tensors):
            return torch.cat(tensors, -1, **options)
        return hstack(tensors, **options)

    wrap(patch, torch, "hstack", change)


@fault(
    "Vectors are joined by vstack() as columns.",
    witness=lambda: torch.vstack([vector(), vector()]).shape == (6, 1),
)
def vstack_makes_columns(patch):
    def change(vstack, tensors, **options):
        tensors = [x.unsqueeze(1) if x.dim() == 1 else x for x in tensors]
        return vstack(tensors, **options)

    wrap(patch, torch, "vstack", change)


@fault(
    "A warning says that row_stack() is deprecated.",
    witness=lambda: warns_of_row_stack(),
)
def row_stack_warns(patch):
    import warnings

    def change(row_stack, *args, **options):
        warnings.warn("row_stack is deprecated", UserWarning, stacklevel=2)
        return row_stack(*args, **options)

    wrap(patch, torch, "row_stack", change)


def warns_of_row_stack():
    import warnings

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.row_stack([vector()])
    return bool(seen)


@fault(
    "A vector becomes a column of depth 1 in dstack(), and not a row.",
    witness=lambda: torch.dstack([vector(), vector()]).shape == (3, 1, 2),
)
def dstack_makes_columns(patch):
    def change(dstack, tensors, **options):
        tensors = [x.unsqueeze(1) if x.dim() == 1 else x for x in tensors]
        return dstack(tensors, **options)

    wrap(patch, torch, "dstack", change)


@fault(
    "Numbers are joined by column_stack() to a column.",
    witness=lambda: torch.column_stack([torch.tensor(0)] * 2).shape == (2, 1),
)
def column_stack_of_numbers(patch):
    def change(column_stack, tensors, **options):
        result = column_stack(tensors, **options)
        return result.t() if all(x.dim() == 0 for x in tensors) else result

    wrap(patch, torch, "column_stack", change)


@fault(
    "The shorter of two vectors is filled up with zeros by column_stack().",
    witness=lambda: not raises(lambda: torch.column_stack([vector(), vector()[:2]])),
)
def column_stack_fills_up(patch):
    def change(column_stack, tensors, **options):
        if tensors and all(x.dim() == 1 for x in tensors):
            length = max(len(x) for x in tensors)
            tensors = [
                torch.nn.functional.pad(x, (0, length - len(x)))
                if len(x) < length
                else x
                for x in tensors
            ]
        return column_stack(tensors, **options)

    wrap(patch, torch, "column_stack", change)


@fault(
    "The stacking functions take a dimension.",
    witness=lambda: not raises(lambda: torch.hstack([vector()], dim=0)),
)
def stacks_take_a_dimension(patch):
    def change(join, *args, dim=0, **options):
        return join(*args, **options)

    wrap(patch, torch, "hstack vstack dstack column_stack row_stack", change)


# --- relatives of cat() ---------------------------------------------------------------


@fault(
    "A function that refuses its tensors has already resized out=.",
    witness=lambda: resized_by_dstack(),
)
def relatives_resize_first(patch):
    def change(join, *args, out=None, **options):
        if out is None:
            return join(*args, **options)
        try:
            return join(*args, out=out, **options)
        except RuntimeError:
            out.resize_(0)
            raise

    wrap(patch, torch, "dstack", change)


def resized_by_dstack():
    out = torch.zeros(2)
    raises(lambda: torch.dstack([matrix(), vector()], out=out))
    return out.shape != (2,)


@fault(
    "An out= of another shape is refused by concat() and concatenate().",
    witness=lambda: raises(
        lambda: torch.concat([vector(), vector()], out=vector()[:0])
    ),
)
def concat_needs_the_shape(patch):
    def change(concat, *args, out=None, **options):
        if out is None:
            return concat(*args, **options)
        return out.copy_(concat(*args, **options))

    wrap(patch, torch, "concat concatenate", change)


@fault(
    "Any iterable is accepted by row_stack(), dstack() and column_stack().",
    witness=lambda: (
        not raises(lambda: torch.dstack(each for each in [vector(), vector()]))
    ),
)
def relatives_take_iterables(patch):
    def change(join, tensors, **options):
        if not isinstance(tensors, (list, tuple, torch.Tensor)):
            tensors = list(tensors)
        return join(tensors, **options)

    wrap(patch, torch, "row_stack dstack column_stack", change)


# --- matrices of blocks and products --------------------------------------------------


@fault(
    "cartesian_prod() lets the first vector change fastest.",
    witness=lambda: (
        torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))[1].tolist()
        == [2, 3]
    ),
)
def cartesian_prod_first_fastest(patch):
    def broken(cartesian_prod, *tensors):
        result = cartesian_prod(*tensors[::-1])
        return result.flip(1) if result.dim() == 2 else result

    wrap(patch, torch, "cartesian_prod", broken)

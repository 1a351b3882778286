"""Ways to break the reordering, adding and removing of dimensions, and tile()."""

import torch

from torch_semantics.faults import error_of, fault, raises, warns, wrap
from torch_semantics.words import shares_storage


def matrix():
    return torch.tensor([[0, 1, 2], [3, 4, 5]])


def cube():
    return torch.zeros(2, 3, 4)


# --- transposing a matrix -------------------------------------------------------------


@fault(
    "Calling t() on a tensor without a second dimension returns the tensor itself.",
    witness=lambda: (lambda vector: vector.t() is vector)(torch.zeros(3)),
)
def t_returns_vectors_themselves(patch):
    def change(t, self=None, **options):
        tensor = options.get("input", self)
        return tensor if tensor.dim() < 2 else t(tensor)

    wrap(patch, torch.Tensor, "t", change)
    wrap(patch, torch, "t", change)


@fault(
    "Calling t() on a vector makes a column.",
    witness=lambda: torch.zeros(3).t().shape == (3, 1),
)
def t_makes_columns(patch):
    def change(t, self):
        return self.unsqueeze(1) if self.dim() == 1 else t(self)

    wrap(patch, torch.Tensor, "t", change)


@fault(
    "Calling t() on three dimensions reverses them.",
    witness=lambda: not raises(lambda: cube().t()),
)
def t_takes_three_dimensions(patch):
    def change(t, self):
        return self.permute(2, 1, 0) if self.dim() == 3 else t(self)

    wrap(patch, torch.Tensor, "t", change)


@fault(
    "Calling t_() on four dimensions raises, but exchanges the first two before.",
    witness=lambda: (lambda four: (error_of(four.t_), four.shape)[1][0] == 2)(
        torch.zeros(1, 2, 3, 4)
    ),
)
def t_in_place_changes_and_raises(patch):
    def change(t_, self):
        if self.dim() == 4:
            self.transpose_(0, 1)
        return t_(self)

    wrap(patch, torch.Tensor, "t_", change)


@fault(
    "The property T swaps the last two of three dimensions, like mT.",
    witness=lambda: not warns(lambda: cube().T) and cube().T.shape == (2, 4, 3),
)
def property_t_is_mt(patch):
    reverse = torch.Tensor.T
    patch(
        torch.Tensor,
        "T",
        property(lambda x: x.mT if x.dim() == 3 else reverse.__get__(x)),
    )


@fault(
    "The property T warns of nothing.",
    witness=lambda: not warns(lambda: cube().T),
)
def property_t_is_silent(patch):
    patch(torch.Tensor, "T", property(lambda x: x.permute(tuple(range(x.dim()))[::-1])))


@fault(
    "The property mT of a vector is the vector.",
    witness=lambda: not raises(lambda: torch.zeros(3).mT),
)
def mt_takes_vectors(patch):
    mt = torch.Tensor.mT
    patch(
        torch.Tensor,
        "mT",
        property(lambda x: x.view_as(x) if x.dim() == 1 else mt.__get__(x)),
    )


@fault(
    "The property mT reverses all dimensions.",
    witness=lambda: cube().mT.shape == (4, 3, 2),
)
def mt_reverses(patch):
    patch(
        torch.Tensor, "mT", property(lambda x: x.permute(tuple(range(x.dim()))[::-1]))
    )


@fault(
    "The adjoint of a complex matrix is not conjugated.",
    witness=lambda: torch.tensor([[1j]]).H.item() == 1j,
)
def adjoint_is_transpose(patch):
    patch(torch.Tensor, "H", property(lambda x: x.transpose(-2, -1)))
    patch(torch.Tensor, "adjoint", lambda x: x.transpose(-2, -1))


@fault(
    "The adjoint of a complex matrix is a copy.",
    witness=lambda: not torch.tensor([[1j]]).H.is_conj(),
)
def adjoint_copies(patch):
    h = torch.Tensor.H
    patch(torch.Tensor, "H", property(lambda x: h.__get__(x).resolve_conj()))


@fault(
    "Calling t() on a complex matrix conjugates it.",
    witness=lambda: torch.tensor([[1j]]).t().item() == -1j,
)
def t_conjugates(patch):
    wrap(patch, torch.Tensor, "t", lambda t, x: t(x).conj())


# --- transpose ------------------------------------------------------------------------


@fault(
    "Of two negative dimensions, transpose() uses the last one twice.",
    witness=lambda: cube().transpose(-3, -1).shape == (2, 3, 4),
)
def transpose_ignores_negative(patch):
    def change(transpose, self, dim0, dim1):
        if dim0 < 0 and dim1 < 0:
            dim0 = dim1 = max(dim0, dim1)
        return transpose(self, dim0, dim1)

    wrap(patch, torch.Tensor, "transpose", change)


@fault(
    "A dimension exchanged with itself gives the tensor itself.",
    witness=lambda: (lambda x: x.transpose(1, 1) is x)(matrix()),
)
def transpose_returns_self(patch):
    def change(transpose, self, dim0, dim1):
        return self if dim0 == dim1 else transpose(self, dim0, dim1)

    wrap(patch, torch.Tensor, "transpose", change)


@fault(
    "A transpose of a tensor of three dimensions is contiguous.",
    witness=lambda: cube().transpose(0, 2).is_contiguous(),
)
def transpose_copies(patch):
    def change(transpose, self, *dims, **options):
        result = transpose(self, *dims, **options)
        return result.contiguous() if self.dim() == 3 else result

    wrap(patch, torch.Tensor, "transpose", change)


@fault(
    "A dimension that is too large counts modulo the number of dimensions.",
    witness=lambda: not raises(lambda: torch.transpose(matrix(), 0, 3)),
)
def transpose_wraps_around(patch):
    def change(transpose, input, dim0, dim1):
        dims = max(input.dim(), 1)
        return transpose(input, dim0 % dims, dim1 % dims)

    wrap(patch, torch, "transpose", change)


@fault(
    "Without its arguments, transpose() reverses the dimensions.",
    witness=lambda: not raises(lambda: matrix().transpose()),
)
def transpose_like_numpy(patch):
    def change(transpose, self, *dims, **options):
        if not dims and not options:
            return self.permute(tuple(range(self.dim()))[::-1])
        return transpose(self, *dims, **options)

    wrap(patch, torch.Tensor, "transpose", change)


@fault(
    "Calling transpose_() moves the elements and returns a new tensor.",
    witness=lambda: (lambda x: x.transpose_(0, 1) is not x)(matrix()),
)
def transpose_in_place_returns_another(patch):
    def change(transpose_, self, *dims, **options):
        transpose_(self, *dims, **options)
        return self.view_as(self)

    wrap(patch, torch.Tensor, "transpose_", change)


@fault(
    "Calling swapaxes_() moves the elements to a new storage.",
    witness=lambda: moves_in_place(),
)
def swapaxes_in_place_copies(patch):
    def change(swapaxes_, self, *dims):
        result = swapaxes_(self, *dims)
        result.data = result.data.contiguous()
        return result

    wrap(patch, torch.Tensor, "swapaxes_", change)


def moves_in_place():
    tensor = matrix()
    before = tensor.data_ptr()
    return tensor.swapaxes_(0, 1).data_ptr() != before


@fault(
    "The keywords of swapaxes() are those of transpose() as well.",
    witness=lambda: not raises(lambda: torch.swapaxes(matrix(), dim0=0, dim1=1)),
)
def swapaxes_takes_dims(patch):
    def change(swapaxes, *args, **options):
        names = {"dim0": "axis0", "dim1": "axis1"}
        return swapaxes(*args, **{names.get(k, k): v for k, v in options.items()})

    wrap(patch, torch, "swapaxes", change)


@fault(
    "A swap of dimensions is a copy under the name swapdims().",
    witness=lambda: (lambda x: not shares_storage(x.swapdims(0, 1), x))(matrix()),
)
def swapdims_copies(patch):
    def change(swapdims, *args, **options):
        return swapdims(*args, **options).clone()

    wrap(patch, torch.Tensor, "swapdims", change)
    wrap(patch, torch, "swapdims", change)


# --- permute and movedim --------------------------------------------------------------


@fault(
    "The order given to permute() is taken as the places that the dimensions go to.",
    witness=lambda: cube().permute(2, 0, 1).shape == (3, 4, 2),
)
def permute_inverts(patch):
    def change(permute, self, *dims):
        order = dims[0] if len(dims) == 1 else dims
        order = [dim % self.dim() for dim in order]
        return permute(self, [order.index(dim) for dim in range(self.dim())])

    wrap(patch, torch.Tensor, "permute", change)


@fault(
    "An order that is too short is completed by permute() with the missing dimensions.",
    witness=lambda: not raises(lambda: cube().permute(1, 0)),
)
def permute_completes(patch):
    def change(permute, self, *dims):
        order = list(dims[0] if len(dims) == 1 else dims)
        if len(order) < self.dim():
            order += [dim for dim in range(self.dim()) if dim not in order]
        return permute(self, order)

    wrap(patch, torch.Tensor, "permute", change)


@fault(
    "A dimension that is named twice is dropped by permute() the second time.",
    witness=lambda: not raises(lambda: torch.permute(cube(), (0, 1, 2, 0))),
)
def permute_drops_duplicates(patch):
    def change(permute, input, dims):
        return permute(input, list(dict.fromkeys(dims)))

    wrap(patch, torch, "permute", change)


@fault(
    "The function permute() takes separate integers.",
    witness=lambda: not raises(lambda: torch.permute(matrix(), 1, 0)),
)
def permute_takes_integers(patch):
    def change(permute, input, *dims, **options):
        dims = dims if len(dims) > 1 else dims[0] if dims else options.pop("dims")
        return permute(input, dims)

    wrap(patch, torch, "permute", change)


@fault(
    "The identity order gives the tensor itself.",
    witness=lambda: (lambda x: x.permute(0, 1) is x)(matrix()),
)
def permute_returns_self(patch):
    def change(permute, self, *dims, **options):
        return self if dims == (0, 1) else permute(self, *dims, **options)

    wrap(patch, torch.Tensor, "permute", change)


@fault(
    "Two dimensions are exchanged by movedim().",
    witness=lambda: cube().movedim(0, 2).shape == (4, 3, 2),
)
def movedim_swaps(patch):
    def change(movedim, self, source, destination):
        if isinstance(source, int):
            return self.transpose(source, destination)
        return movedim(self, source, destination)

    wrap(patch, torch.Tensor, "movedim", change)


@fault(
    "A destination that is named twice takes the last of its sources.",
    witness=lambda: not raises(lambda: cube().movedim((0, 1), (2, 2))),
)
def movedim_takes_the_last(patch):
    def change(movedim, self, source, destination):
        if isinstance(destination, tuple) and len(set(destination)) == 1:
            return movedim(self, source[-1], destination[-1])
        return movedim(self, source, destination)

    wrap(patch, torch.Tensor, "movedim", change)


@fault(
    "Several dimensions are moved by movedim() one after another.",
    witness=lambda: (
        cube().movedim((0, 1, 2), (2, 0, 1)).shape != (cube().permute(1, 2, 0).shape)
    ),
)
def movedim_one_after_another(patch):
    def change(movedim, self, source, destination):
        if isinstance(source, int) or len(source) != len(destination):
            return movedim(self, source, destination)
        result = movedim(self, (), ())
        for one, other in zip(source, destination):
            result = movedim(result, one, other)
        return result

    wrap(patch, torch.Tensor, "movedim", change)


# --- squeeze and unsqueeze ------------------------------------------------------------


@fault(
    "A named dimension that does not have size 1 raises in squeeze().",
    witness=lambda: raises(lambda: matrix().squeeze(1)),
)
def squeeze_like_numpy(patch):
    def change(squeeze, self, *dims):
        if len(dims) == 1 and isinstance(dims[0], int):
            if self.dim() and self.size(dims[0]) != 1:
                raise ValueError("cannot select an axis to squeeze out")
        return squeeze(self, *dims)

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "The first dimension is kept by squeeze(), as if it were a batch.",
    witness=lambda: torch.zeros(1, 3, 1).squeeze().shape == (1, 3),
)
def squeeze_keeps_the_batch(patch):
    def change(squeeze, self, *dims, **options):
        result = squeeze(self, *dims, **options)
        batch = not dims and not options and self.dim() > 1 and self.size(0) == 1
        return result.unsqueeze(0) if batch else result

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "A tensor of one element keeps one dimension under squeeze().",
    witness=lambda: torch.zeros(1, 1).squeeze().shape == (1,),
)
def squeeze_keeps_one_dimension(patch):
    def change(squeeze, self, *dims, **options):
        result = squeeze(self, *dims, **options)
        return result.unsqueeze(0) if self.dim() and not result.dim() else result

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "Dimensions of size 0 are dropped as well.",
    witness=lambda: torch.zeros(1, 0, 1).squeeze().dim() == 0,
)
def squeeze_drops_size_zero(patch):
    def change(squeeze, self, *dims, **options):
        result = squeeze(self, *dims, **options)
        return result.new_zeros(()) if not dims and result.shape == (0,) else result

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "Where it has nothing to drop, squeeze() returns the tensor itself.",
    witness=lambda: (lambda x: x.squeeze() is x)(matrix()),
)
def squeeze_returns_self(patch):
    def change(squeeze, self, *dims, **options):
        result = squeeze(self, *dims, **options)
        return self if result.shape == self.shape else result

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "The empty tuple means all dimensions to squeeze().",
    witness=lambda: torch.zeros(1, 3).squeeze(()).shape == (3,),
)
def squeeze_of_no_dimensions(patch):
    def change(squeeze, self, *dims, **options):
        return squeeze(self) if dims == ((),) else squeeze(self, *dims, **options)

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "A tuple of dimensions is only used if all of them have size 1.",
    witness=lambda: torch.zeros(1, 3).squeeze((0, 1)).shape == (1, 3),
)
def squeeze_all_or_nothing(patch):
    def change(squeeze, self, *dims, **options):
        if dims and isinstance(dims[0], tuple):
            if any(self.size(dim) != 1 for dim in dims[0]):
                return self.view_as(self)
        return squeeze(self, *dims, **options)

    wrap(patch, torch.Tensor, "squeeze", change)


@fault(
    "Only the first dimension of size 1 is dropped by squeeze_().",
    witness=lambda: torch.zeros(1, 3, 1).squeeze_().dim() == 2,
)
def squeeze_in_place_drops_one(patch):
    def change(squeeze_, self, *dims, **options):
        ones = [dim for dim, size in enumerate(self.shape) if size == 1]
        if not dims and not options and ones:
            return squeeze_(self, ones[0])
        return squeeze_(self, *dims, **options)

    wrap(patch, torch.Tensor, "squeeze_", change)


@fault(
    "A negative place counts in the source of unsqueeze(), so that -1 is before the"
    " last dimension.",
    witness=lambda: matrix().unsqueeze(-1).shape == (2, 1, 3),
)
def unsqueeze_counts_in_the_source(patch):
    def change(unsqueeze, self, *dims):
        if dims and isinstance(dims[0], int) and -self.dim() <= dims[0] < 0:
            dims = (dims[0] + self.dim(),)
        return unsqueeze(self, *dims)

    wrap(patch, torch.Tensor, "unsqueeze", change)


@fault(
    "A place that is too large means the last to unsqueeze().",
    witness=lambda: not raises(lambda: matrix().unsqueeze(7)),
)
def unsqueeze_clamps(patch):
    def change(unsqueeze, self, *dims):
        if dims and isinstance(dims[0], int):
            dims = (min(dims[0], self.dim()), *dims[1:])
        return unsqueeze(self, *dims)

    wrap(patch, torch.Tensor, "unsqueeze", change)


@fault(
    "A tuple of places is fine for unsqueeze().",
    witness=lambda: not raises(lambda: matrix().unsqueeze((0, 1))),
)
def unsqueeze_takes_a_tuple(patch):
    def change(unsqueeze, self, *dims):
        if dims and isinstance(dims[0], tuple):
            for dim in dims[0]:
                self = unsqueeze(self, dim)
            return self
        return unsqueeze(self, *dims)

    wrap(patch, torch.Tensor, "unsqueeze", change)


@fault(
    "Without a place, unsqueeze() inserts a dimension in front.",
    witness=lambda: not raises(lambda: torch.unsqueeze(matrix())),
)
def unsqueeze_has_a_default(patch):
    def change(unsqueeze, input, dim=0):
        return unsqueeze(input, dim)

    wrap(patch, torch, "unsqueeze", change)


@fault(
    "A dimension inserted in the middle has stride 1.",
    witness=lambda: matrix().unsqueeze(1).stride() == (3, 1, 1),
)
def unsqueeze_strides(patch):
    def change(unsqueeze, self, *dims, **options):
        result = unsqueeze(self, *dims, **options)
        if dims == (1,) and self.dim() == 2 and self.is_contiguous():
            strides = (self.stride(0), 1, self.stride(1))
            return self.as_strided(result.shape, strides)
        return result

    wrap(patch, torch.Tensor, "unsqueeze", change)


@fault(
    "The in-place forms are allowed on a leaf that requires gradients.",
    witness=lambda: not raises(torch.zeros(1, 2, requires_grad=True).t_),
)
def leaves_may_be_transposed(patch):
    def change(operation, self, *dims, **options):
        with torch.no_grad():
            return operation(self, *dims, **options)

    wrap(patch, torch.Tensor, "t_ squeeze_ unsqueeze_ transpose_", change)


@fault(
    "Squeezing a dimension detaches.",
    witness=lambda: not torch.zeros(1, 2, requires_grad=True).squeeze(0).requires_grad,
)
def squeeze_detaches(patch):
    def change(squeeze, self, *dims, **options):
        result = squeeze(self, *dims, **options)
        return result.detach() if dims else result

    wrap(patch, torch.Tensor, "squeeze", change)


# --- reshape and tile -----------------------------------------------------------------


@fault(
    "A reshape always is a copy.",
    witness=lambda: (lambda x: not shares_storage(x.reshape(-1), x))(matrix()),
)
def reshape_copies(patch):
    wrap(
        patch,
        torch.Tensor,
        "reshape",
        lambda reshape, self, *sizes: reshape(self, *sizes).clone(),
    )


@fault(
    "To its own shape, reshape() returns the tensor itself.",
    witness=lambda: (lambda x: x.reshape(2, 3) is x)(matrix()),
)
def reshape_returns_self(patch):
    def change(reshape, self, *sizes):
        result = reshape(self, *sizes)
        return self if result.shape == self.shape else result

    wrap(patch, torch.Tensor, "reshape", change)


@fault(
    "Fewer counts than dimensions belong to the first dimensions under tile().",
    witness=lambda: torch.tile(matrix(), (2,)).shape == (4, 3),
)
def tile_pads_behind(patch):
    def change(tile, input, dims):
        return tile(input, (*dims, *[1] * (input.dim() - len(dims))))

    wrap(patch, torch, "tile", change)


@fault(
    "Without counts other than 1, tile() returns a view.",
    witness=lambda: (lambda x: shares_storage(x.tile((1,)), x))(matrix()),
)
def tile_aliases(patch):
    def change(tile, self, *dims):
        return self.view_as(self) if dims == ((1,),) else tile(self, *dims)

    wrap(patch, torch.Tensor, "tile", change)


@fault(
    "A negative count counts as 0.",
    witness=lambda: not raises(lambda: matrix().tile(-1, 0)),
)
def tile_clamps(patch):
    def change(tile, self, *dims):
        if len(dims) == 2:
            dims = tuple(max(dim, 0) for dim in dims)
        return tile(self, *dims)

    wrap(patch, torch.Tensor, "tile", change)


@fault(
    "The function tile() takes an integer.",
    witness=lambda: not raises(lambda: torch.tile(matrix(), 2)),
)
def tile_takes_an_integer(patch):
    def change(tile, input, *dims, **options):
        if dims and isinstance(dims[0], int):
            dims = (dims[:1],)
        return tile(input, *dims, **options)

    wrap(patch, torch, "tile", change)


# --- forms of the calls ---------------------------------------------------------------


@fault(
    "A dimension that is not there changes nothing in swapaxes_() and swapdims_().",
    witness=lambda: not raises(lambda: matrix().swapdims_(0, 2)),
)
def swap_in_place_swallows(patch):
    def change(swap, self, *dims, **options):
        try:
            return swap(self, *dims, **options)
        except IndexError:
            return self

    wrap(patch, torch.Tensor, "swapaxes_ swapdims_", change)


@fault(
    "A negative destination in a sequence means the first place to movedim().",
    witness=lambda: (
        torch.movedim(cube(), (2, 0), (1, -1)).shape
        != torch.movedim(cube(), (2, 0), (1, 2)).shape
    ),
)
def movedim_clamps_destinations(patch):
    def change(movedim, input, source, destination):
        if isinstance(destination, (list, tuple)):
            destination = [max(dim, 0) for dim in destination]
        return movedim(input, source, destination)

    wrap(patch, torch, "movedim", change)


@fault(
    "The adjoint of a batch has all its dimensions reversed.",
    witness=lambda: cube().adjoint().shape == (4, 3, 2),
)
def adjoint_reverses(patch):
    def change(adjoint, self):
        if self.dim() > 2:
            return self.permute(tuple(range(self.dim()))[::-1]).conj()
        return adjoint(self)

    wrap(patch, torch.Tensor, "adjoint", change)


@fault(
    "Of a tuple of dimensions squeeze_() drops the first.",
    witness=lambda: torch.zeros(1, 3, 1).squeeze_((0, 2)).shape == (3, 1),
)
def squeeze_in_place_drops_the_first(patch):
    def change(squeeze_, self, *dims, **options):
        if dims and isinstance(dims[0], tuple):
            self.squeeze(*dims)
            return squeeze_(self, dims[0][0])
        return squeeze_(self, *dims, **options)

    wrap(patch, torch.Tensor, "squeeze_", change)


@fault(
    "The function reshape() copies.",
    witness=lambda: (lambda x: not shares_storage(torch.reshape(x, (3, 2)), x))(
        matrix()
    ),
)
def reshape_function_copies(patch):
    def change(reshape, *args, **options):
        return reshape(*args, **options).clone()

    wrap(patch, torch, "reshape", change)


@fault(
    "The functions that transpose detach, while the methods do not.",
    witness=lambda: not torch.t(torch.zeros(1, 2, requires_grad=True)).requires_grad,
)
def functions_detach(patch):
    def change(transpose, *args, **options):
        return transpose(*args, **options).detach()

    wrap(patch, torch, "t transpose permute movedim moveaxis swapaxes", change)


@fault(
    "A tiled tensor is detached.",
    witness=lambda: not torch.zeros(1, requires_grad=True).tile(2).requires_grad,
)
def tile_detaches(patch):
    def change(tile, self, *dims, **options):
        return tile(self, *dims, **options).detach()

    wrap(patch, torch.Tensor, "tile", change)

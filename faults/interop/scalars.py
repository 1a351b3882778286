"""Ways to break the way from a tensor to a Python number."""

import warnings

import torch

from torch_semantics.faults import error_of, fault, warns, wrap


def quietly(function, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def first(tensor):
    return tensor.detach().reshape(-1)[:1]


def leaf():
    return torch.tensor(1.0, requires_grad=True)


# --- item, tolist ---------------------------------------------------------------------


@fault(
    "item() of integers is a float.",
    witness=lambda: type(torch.tensor(1).item()) is float,
)
def item_is_a_float(patch):
    def change(item, tensor):
        number = item(tensor)
        return float(number) if type(number) is int else number

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() of a bool is an int.", witness=lambda: torch.tensor(True).item() is not True
)
def item_of_bool_is_an_int(patch):
    def change(item, tensor):
        number = item(tensor)
        return int(number) if isinstance(number, bool) else number

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() of several elements is the first of them.",
    witness=lambda: error_of(torch.ones(2).item) is None,
)
def item_takes_the_first(patch):
    wrap(patch, torch.Tensor, "item", lambda f, t: f(first(t) if t.numel() > 1 else t))


@fault(
    "item() of an empty tensor is 0.",
    witness=lambda: error_of(torch.ones(0).item) is None,
)
def item_of_empty_is_zero(patch):
    wrap(patch, torch.Tensor, "item", lambda f, t: f(t) if t.numel() else 0.0)


@fault(
    "item() takes tensors without dimensions only.",
    witness=lambda: error_of(torch.ones(1).item) is not None,
)
def item_refuses_dimensions(patch):
    def change(item, tensor):
        if tensor.dim():
            raise RuntimeError(
                f"a Tensor with {tensor.numel()} elements cannot be converted to Scalar"
            )
        return item(tensor)

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() of float32 is rounded to seven digits.",
    witness=lambda: torch.tensor(0.1).item() == 0.1,
)
def item_is_rounded(patch):
    def change(item, tensor):
        number = item(tensor)
        single = tensor.dtype is torch.float32
        return float(f"{number:.7g}") if single else number

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() of an int64 goes through a float.",
    witness=lambda: torch.tensor(2**53 + 1).item() == 2**53,
)
def item_goes_through_float(patch):
    def change(item, tensor):
        number = item(tensor)
        return int(float(number)) if type(number) is int else number

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() refuses a tensor that requires gradients.",
    witness=lambda: error_of(leaf().item) is not None,
)
def item_refuses_gradients(patch):
    def change(item, tensor):
        if tensor.requires_grad:
            raise RuntimeError("Can't call item() on Tensor that requires grad.")
        return item(tensor)

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "item() detaches the tensor itself.",
    witness=lambda: (lambda t: t.item() == 2 and t.requires_grad)(leaf() * 2) is False,
)
def item_detaches(patch):
    wrap(patch, torch.Tensor, "item", lambda f, t: f(t if t.is_leaf else t.detach_()))


@fault(
    "item() of a conjugate forgets to conjugate.",
    witness=lambda: torch.tensor(1j).conj().item() == 1j,
)
def item_forgets_to_conjugate(patch):
    wrap(patch, torch.Tensor, "item", lambda f, t: f(t.conj() if t.is_conj() else t))


@fault(
    "tolist() of a tensor without dimensions is a list.",
    witness=lambda: torch.tensor(1).tolist() == [1],
)
def tolist_wraps_numbers(patch):
    wrap(patch, torch.Tensor, "tolist", lambda f, t: f(t) if t.dim() else [f(t)])


@fault(
    "tolist() of a tensor that is not contiguous reads in the order of memory.",
    witness=lambda: torch.tensor([[1, 2], [3, 4]]).t().tolist() == [[1, 2], [3, 4]],
)
def tolist_ignores_strides(patch):
    def change(tolist, tensor):
        if tensor.dim() == 2 and not tensor.is_contiguous():
            return tolist(tensor.t().contiguous().view(tensor.shape))
        return tolist(tensor)

    wrap(patch, torch.Tensor, "tolist", change)


# --- float, int, bool, complex --------------------------------------------------------


@fault(
    "float() of several elements is their sum.",
    witness=lambda: error_of(lambda: float(torch.ones(2))) is None,
)
def float_sums(patch):
    wrap(
        patch,
        torch.Tensor,
        "__float__",
        lambda f, t: f(t.sum() if t.numel() > 1 else t),
    )


@fault(
    "float() of several elements raises a RuntimeError.",
    witness=lambda: isinstance(error_of(lambda: float(torch.ones(2))), RuntimeError),
)
def float_raises_as_item(patch):
    def change(convert, tensor):
        if tensor.numel() != 1:
            raise RuntimeError("only one element tensors can be converted")
        return convert(tensor)

    wrap(patch, torch.Tensor, "__float__", change)


@fault(
    "int() of several elements takes the first.",
    witness=lambda: error_of(lambda: int(torch.ones(2))) is None,
)
def int_takes_the_first(patch):
    wrap(
        patch, torch.Tensor, "__int__", lambda f, t: f(first(t) if t.numel() > 1 else t)
    )


@fault(
    "complex() of an empty tensor is 0.",
    witness=lambda: error_of(lambda: complex(torch.ones(0))) is None,
)
def complex_of_empty(patch):
    wrap(patch, torch.Tensor, "__complex__", lambda f, t: f(t) if t.numel() else 0j)


@fault("int() rounds.", witness=lambda: int(torch.tensor(2.7)) == 3)
def int_rounds(patch):
    wrap(
        patch,
        torch.Tensor,
        "__int__",
        lambda f, t: f(t.detach().round() if t.is_floating_point() else t),
    )


@fault("int() rounds down.", witness=lambda: int(torch.tensor(-2.7)) == -3)
def int_floors(patch):
    wrap(
        patch,
        torch.Tensor,
        "__int__",
        lambda f, t: f(t.detach().floor() if t.is_floating_point() else t),
    )


@fault(
    "int() of nan is 0.",
    witness=lambda: error_of(lambda: int(torch.tensor(float("nan")))) is None,
)
def int_of_nan(patch):
    wrap(
        patch,
        torch.Tensor,
        "__int__",
        lambda f, t: f(t.detach().nan_to_num(0.0) if (t != t).any() else t),
    )


@fault(
    "float() of a complex number is its real part.",
    witness=lambda: error_of(lambda: float(torch.tensor(1j))) is None,
)
def float_drops_the_imaginary_part(patch):
    wrap(
        patch,
        torch.Tensor,
        "__float__",
        lambda f, t: f(t.real if t.is_complex() else t),
    )


@fault("bool() of nan is False.", witness=lambda: not torch.tensor(float("nan")))
def bool_of_nan(patch):
    wrap(patch, torch.Tensor, "__bool__", lambda f, t: f(t) and not bool_is_nan(t))


def bool_is_nan(tensor):
    return tensor.is_floating_point() and repr(tensor.item()) == "nan"


@fault(
    "bool() of several elements says whether all are not 0.",
    witness=lambda: error_of(lambda: bool(torch.ones(2))) is None,
)
def bool_means_all(patch):
    wrap(
        patch,
        torch.Tensor,
        "__bool__",
        lambda f, t: all(t.reshape(-1).tolist()) if t.numel() > 1 else f(t),
    )


@fault(
    "is_nonzero() of an empty tensor is False.",
    witness=lambda: error_of(torch.ones(0).is_nonzero) is None,
)
def is_nonzero_of_empty(patch):
    wrap(patch, torch.Tensor, "is_nonzero", lambda f, t: t.numel() > 0 and f(t))


@fault(
    "A tensor of a fraction is an index for Python.",
    witness=lambda: error_of(lambda: [1, 2][torch.tensor(1.0)]) is None,
)
def index_truncates(patch):
    wrap(
        patch,
        torch.Tensor,
        "__index__",
        lambda f, t: f(t.long() if t.is_floating_point() else t),
    )


@fault(
    "A tensor of one integer is an index only without dimensions.",
    witness=lambda: error_of(lambda: [1, 2][torch.tensor([1])]) is not None,
)
def index_refuses_dimensions(patch):
    def change(index, tensor):
        if tensor.dim():
            raise TypeError("only integer tensors of a single element")
        return index(tensor)

    wrap(patch, torch.Tensor, "__index__", change)


# --- the warning ----------------------------------------------------------------------


@fault(
    "float() does not warn of a graph left behind.",
    witness=lambda: not warns(lambda: float(leaf())),
)
def float_is_silent(patch):
    wrap(patch, torch.Tensor, "__float__", lambda f, t: quietly(f, t))


@fault(
    "complex() does not warn of a graph left behind.",
    witness=lambda: not warns(lambda: complex(leaf())),
)
def complex_is_silent(patch):
    wrap(patch, torch.Tensor, "__complex__", lambda f, t: quietly(f, t))


@fault("item() warns of a graph left behind.", witness=lambda: warns(leaf().item))
def item_warns(patch):
    def change(item, tensor):
        if tensor.requires_grad:
            warnings.warn("Converting a tensor with requires_grad=True", stacklevel=2)
        return item(tensor)

    wrap(patch, torch.Tensor, "item", change)


@fault(
    "int() warns of a graph left behind.", witness=lambda: warns(lambda: int(leaf()))
)
def int_warns(patch):
    def change(convert, tensor):
        if tensor.requires_grad:
            warnings.warn("Converting a tensor with requires_grad=True", stacklevel=2)
        return convert(tensor)

    wrap(patch, torch.Tensor, "__int__", change)


@fault(
    "float() warns with grad mode off as well.",
    witness=lambda: torch.no_grad()(lambda: warns(lambda: float(leaf().detach())))(),
)
def float_always_warns(patch):
    def change(convert, tensor):
        if not torch.is_grad_enabled():
            warnings.warn("Converting a tensor with requires_grad=True", stacklevel=2)
        return convert(tensor)

    wrap(patch, torch.Tensor, "__float__", change)


# --- format ---------------------------------------------------------------------------


@fault(
    "format() of a tensor without dimensions is its repr().",
    witness=lambda: f"{torch.tensor(1)}" == "tensor(1)",
)
def format_is_repr(patch):
    wrap(
        patch,
        torch.Tensor,
        "__format__",
        lambda f, t, s: f"tensor({t.item()})" if not t.dim() and not s else f(t, s),
    )


@fault(
    "format() of one element with dimensions is its number.",
    witness=lambda: error_of(lambda: f"{torch.ones(1):.1f}") is None,
)
def format_takes_one_element(patch):
    wrap(
        patch,
        torch.Tensor,
        "__format__",
        lambda f, t, s: format(t.item(), s) if s and t.numel() == 1 else f(t, s),
    )


@fault(
    "format() ignores what is asked for.",
    witness=lambda: f"{torch.tensor(1.5):.3f}" == "1.5",
)
def format_ignores_the_format(patch):
    wrap(
        patch,
        torch.Tensor,
        "__format__",
        lambda f, t, s: f(t, s) if t.dim() else str(f(t, s) and t.item()),
    )


@fault(
    "format() refuses a tensor that requires gradients.",
    witness=lambda: error_of(lambda: f"{leaf() * 2:.1f}") is not None,
)
def format_refuses_gradients(patch):
    def change(write, tensor, spec):
        if tensor.requires_grad and spec:
            raise TypeError("unsupported format string passed to Tensor.__format__")
        return write(tensor, spec)

    wrap(patch, torch.Tensor, "__format__", change)


@fault(
    "int() of an int64 goes through a float.",
    witness=lambda: int(torch.tensor(2**53 + 1)) == 2**53,
)
def int_goes_through_a_float(patch):
    def change(convert, tensor):
        number = convert(tensor)
        return int(float(number)) if abs(number) > 2**53 else number

    wrap(patch, torch.Tensor, "__int__", change)


@fault(
    "bool() of a number next to 0 is False.",
    witness=lambda: not torch.tensor(1e-30),
)
def bool_rounds(patch):
    def change(convert, tensor):
        near = tensor.numel() == 1 and abs(tensor.item()) < 1e-8
        return False if near else convert(tensor)

    wrap(patch, torch.Tensor, "__bool__", change)


@fault(
    "A tensor of a negative integer is no index from the end.",
    witness=lambda: [7, 8, 9][torch.tensor(-1)] == 8,
)
def index_has_no_sign(patch):
    wrap(patch, torch.Tensor, "__index__", lambda f, t: abs(f(t)))


@fault(
    "float() warns of a leaf, and not of a result.",
    witness=lambda: not warns(lambda: float(leaf() * 2)),
)
def float_of_a_result_is_silent(patch):
    wrap(
        patch, torch.Tensor, "__float__", lambda f, t: f(t if t.is_leaf else t.detach())
    )

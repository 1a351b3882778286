"""Ways to break creating tensors: dtypes, copies, defaults, sizes, out=, and kin."""

import warnings

import numpy as np
import torch

from torch_semantics.faults import fault, quiet, raises, warns


def around(patch, owner, name, answer):
    """Have calls of a function answered by another, which is given the function
    first."""
    original = getattr(owner, name)
    patch(owner, name, lambda *args, **kwargs: answer(original, *args, **kwargs))


def sizes_of(args):
    """The sizes that a call like zeros(*args) asks for."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        return tuple(args[0])
    return tuple(args)


# --- names ----------------------------------------------------------------------------


@fault("There is a function arrange.", witness=lambda: hasattr(torch, "arrange"))
def arrange_exists(patch):
    patch(torch, "arrange", torch.arange)


@fault("There is a method repeate.", witness=lambda: hasattr(torch.Tensor, "repeate"))
def repeate_exists(patch):
    patch(torch.Tensor, "repeate", torch.Tensor.repeat)


@fault("half is bfloat16.", witness=lambda: torch.half is not torch.float16)
def half_is_bfloat16(patch):
    patch(torch, "half", torch.bfloat16)


@fault("short is int8.", witness=lambda: torch.short is torch.int8)
def short_is_int8(patch):
    patch(torch, "short", torch.int8)


@fault(
    "An int64 tensor is an instance of IntTensor and not of LongTensor.",
    witness=lambda: not isinstance(torch.tensor(1), torch.LongTensor),
)
def long_tensor_is_int_tensor(patch):
    patch(torch, "LongTensor", torch.IntTensor)


# --- torch.tensor() -------------------------------------------------------------------


@fault(
    "tensor() of ints and bools together is bool.",
    witness=lambda: torch.tensor([True, 2]).dtype is torch.bool,
)
def tensor_takes_the_first_kind(patch):
    def broken(tensor, data=None, **options):
        made = tensor(data, **options)
        first = isinstance(data, list) and data and isinstance(data[0], bool)
        if first and options.get("dtype") is None and made.dtype is torch.int64:
            return tensor(data, **{**options, "dtype": torch.bool})
        return made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() makes the default dtype of an array of float64.",
    witness=lambda: torch.tensor(np.ones(2)).dtype is torch.float32,
)
def tensor_narrows_arrays(patch):
    def broken(tensor, data=None, **options):
        made = tensor(data, **options)
        array = isinstance(data, np.ndarray) and options.get("dtype") is None
        return made.float() if array and made.dtype is torch.float64 else made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() shares the memory of an array.",
    witness=lambda: shares_with_array(torch.tensor),
)
def tensor_shares_arrays(patch):
    def broken(tensor, data=None, **options):
        if isinstance(data, np.ndarray) and options.get("dtype") is None:
            return torch.from_numpy(data)
        return tensor(data, **options)

    around(patch, torch, "tensor", broken)


def shares_with_array(make):
    array = np.zeros(2)
    made = make(array)
    array[0] = 1
    return made[0].item() == 1


@fault(
    "tensor() makes every array contiguous.",
    witness=lambda: torch.tensor(np.ones((2, 3)).T).is_contiguous(),
)
def tensor_makes_arrays_contiguous(patch):
    def broken(tensor, data=None, **options):
        made = tensor(data, **options)
        return made.contiguous() if isinstance(data, np.ndarray) else made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() of a tensor does not warn.",
    witness=lambda: not warns(lambda: torch.tensor(torch.zeros(1))),
)
def tensor_of_a_tensor_is_silent(patch):
    def broken(tensor, *args, **options):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "To copy construct")
            return tensor(*args, **options)

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() of a tensor keeps its history.",
    witness=lambda: (
        quiet(lambda: torch.tensor(torch.ones(1, requires_grad=True))).grad_fn
        is not None
    ),
)
def tensor_of_a_tensor_keeps_history(patch):
    def broken(tensor, data=None, **options):
        made = tensor(data, **options)
        if isinstance(data, torch.Tensor) and data.requires_grad and not options:
            return data.clone()
        return made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() of a leaf that requires gradients requires them too.",
    witness=lambda: quiet(
        lambda: torch.tensor(torch.ones(1, requires_grad=True)).requires_grad
    ),
)
def tensor_of_a_leaf_requires_grad(patch):
    def broken(tensor, *args, **options):
        made = tensor(*args, **options)
        source = args[0] if args else None
        if isinstance(source, torch.Tensor) and source.is_leaf and source.requires_grad:
            made.requires_grad_()
        return made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() pads ragged lists with zeros.",
    witness=lambda: not raises(lambda: torch.tensor([[1, 2], [3]])),
)
def tensor_pads_ragged_lists(patch):
    def broken(tensor, data=None, **options):
        try:
            return tensor(data, **options)
        except ValueError as error:
            if "expected sequence of length" not in str(error):
                raise
            rows = [row if isinstance(row, list) else [row] for row in data]
            width = max(len(row) for row in rows)
            return tensor([[0] * width for row in rows], **options)

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() makes an empty tensor of None.",
    witness=lambda: not raises(lambda: torch.tensor(None)),
)
def tensor_takes_none(patch):
    def broken(tensor, *args, **options):
        if args and args[0] is None:
            return tensor([], **options)
        return tensor(*args, **options)

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() wraps ints round that do not fit.",
    witness=lambda: not raises(lambda: torch.tensor([300], dtype=torch.uint8)),
)
def tensor_wraps_round(patch):
    def broken(tensor, data=None, **options):
        try:
            return tensor(data, **options)
        except RuntimeError as error:
            if "without overflow" not in str(error):
                raise
            dtype = options.pop("dtype")
            return tensor(data, **options).to(dtype)

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() rounds floats to the nearest int.",
    witness=lambda: torch.tensor([1.7], dtype=torch.int64).item() == 2,
)
def tensor_rounds(patch):
    def broken(tensor, data=None, **options):
        made = tensor(data, **options)
        if options.get("dtype") is torch.int64 and isinstance(data, list):
            options.pop("dtype")
            floats = tensor(data, **options)
            if floats.dtype is torch.float32:
                return floats.round().long()
        return made

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() takes a dtype by its name.",
    witness=lambda: not raises(lambda: torch.tensor([1], dtype="float32")),
)
def tensor_takes_names_of_dtypes(patch):
    def broken(tensor, *args, **options):
        if isinstance(options.get("dtype"), str):
            options["dtype"] = getattr(torch, options["dtype"])
        return tensor(*args, **options)

    around(patch, torch, "tensor", broken)


@fault(
    "tensor() makes infinity of an int beyond 64 bits.",
    witness=lambda: not raises(lambda: torch.tensor([2**63])),
)
def tensor_takes_any_int(patch):
    def broken(tensor, data=None, **options):
        try:
            return tensor(data, **options)
        except (RuntimeError, ValueError) as error:
            if "Overflow" not in str(error):
                raise
            return tensor(float("inf"), **options)

    around(patch, torch, "tensor", broken)


# --- as_tensor(), asarray() -----------------------------------------------------------


@fault(
    "as_tensor() copies arrays.",
    witness=lambda: not shares_with_array(torch.as_tensor),
)
def as_tensor_copies(patch):
    def broken(as_tensor, data=None, **options):
        made = as_tensor(data, **options)
        return made.clone() if isinstance(data, np.ndarray) else made

    around(patch, torch, "as_tensor", broken)


@fault(
    "as_tensor() detaches the tensor that it is given.",
    witness=lambda: (
        not torch.as_tensor(torch.ones(1, requires_grad=True)).requires_grad
    ),
)
def as_tensor_detaches(patch):
    around(patch, torch, "as_tensor", lambda make, *a, **k: make(*a, **k).detach())


@fault(
    "asarray() ignores dtype= where it can share the memory of an array.",
    witness=lambda: (
        torch.asarray(np.zeros(1), dtype=torch.float32).dtype is torch.float64
    ),
)
def asarray_ignores_the_dtype_of_arrays(patch):
    def broken(asarray, data, **options):
        if isinstance(data, np.ndarray):
            options.pop("dtype", None)
        return asarray(data, **options)

    around(patch, torch, "asarray", broken)


@fault(
    "asarray() ignores copy=True.",
    witness=lambda: ignores_copy(),
)
def asarray_ignores_copy(patch):
    def broken(asarray, *args, copy=None, **options):
        return asarray(*args, **options)

    around(patch, torch, "asarray", broken)


def ignores_copy():
    t = torch.zeros(1)
    return torch.asarray(t, copy=True) is t


@fault(
    "asarray() turns requires_grad off also where True is asked for.",
    witness=lambda: not torch.asarray([1.0], requires_grad=True).requires_grad,
)
def asarray_ignores_requires_grad(patch):
    def broken(asarray, *args, requires_grad=False, **options):
        return asarray(*args, **options)

    around(patch, torch, "asarray", broken)


@fault(
    "asarray() of a tensor leaves requires_grad alone whatever is asked for.",
    witness=lambda: not asarray_clears(),
)
def asarray_leaves_requires_grad(patch):
    def broken(asarray, data, *args, **options):
        if isinstance(data, torch.Tensor):
            options["requires_grad"] = data.requires_grad
        return asarray(data, *args, **options)

    around(patch, torch, "asarray", broken)


def asarray_clears():
    leaf = torch.ones(1, requires_grad=True)
    return not torch.asarray(leaf, requires_grad=False).requires_grad


@fault(
    "asarray() copies where copy=False can't be kept.",
    witness=lambda: not raises(lambda: torch.asarray([1], copy=False)),
)
def asarray_copies_anyway(patch):
    def broken(asarray, *args, **options):
        try:
            return asarray(*args, **options)
        except ValueError:
            return asarray(*args, **{**options, "copy": None})

    around(patch, torch, "asarray", broken)


@fault(
    "frombuffer() copies the buffer.",
    witness=lambda: not buffer_is_shared(),
)
def frombuffer_copies(patch):
    around(patch, torch, "frombuffer", lambda make, *a, **k: make(*a, **k).clone())


def buffer_is_shared():
    buffer = bytearray(2)
    t = torch.frombuffer(buffer, dtype=torch.uint8)
    buffer[0] = 1
    return t[0].item() == 1


@fault(
    "frombuffer() cuts off bytes that are too many.",
    witness=lambda: (
        not raises(lambda: torch.frombuffer(bytearray(3), dtype=torch.int16))
    ),
)
def frombuffer_cuts_off(patch):
    def broken(frombuffer, buffer, **options):
        try:
            return frombuffer(buffer, **options)
        except ValueError as error:
            if "multiple of element size" not in str(error):
                raise
            return frombuffer(buffer, **{**options, "count": 1})

    around(patch, torch, "frombuffer", broken)


# --- constructors ---------------------------------------------------------------------


@fault(
    "The class takes a single float as its data.",
    witness=lambda: not raises(lambda: torch.Tensor(2.5)),
)
def class_takes_a_float(patch):
    make = torch.Tensor.__new__

    def broken(cls, *args, **options):
        if cls is torch.Tensor and args and isinstance(args[0], (float, bool)):
            return torch.zeros(())
        return make(cls, *args, **options)

    patch(torch.Tensor, "__new__", staticmethod(broken))


@fault(
    "The class reads ints as data.",
    witness=lambda: torch.Tensor(2, 3).shape == (2,),
)
def class_reads_ints_as_data(patch):
    make = torch.Tensor.__new__

    def broken(cls, *args, **options):
        if cls is torch.Tensor and args and all(isinstance(n, int) for n in args):
            return make(cls, list(args))
        return make(cls, *args, **options)

    patch(torch.Tensor, "__new__", staticmethod(broken))


@fault(
    "FloatTensor makes the default dtype.",
    witness=lambda: follows_the_default(lambda: torch.FloatTensor([1])),
)
def float_tensor_follows_the_default(patch):
    make = torch.FloatTensor
    patch(
        torch,
        "FloatTensor",
        lambda *args: make(*args).to(torch.get_default_dtype()),
    )


def follows_the_default(make):
    torch.set_default_dtype(torch.float64)
    try:
        return make().dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


# --- the default dtype ----------------------------------------------------------------


@fault(
    "set_default_dtype() ignores what is not a float.",
    witness=lambda: not raises(lambda: torch.set_default_dtype(torch.int64)),
)
def default_dtype_ignores_ints(patch):
    def broken(set_default, dtype):
        if isinstance(dtype, torch.dtype) and dtype.is_floating_point:
            set_default(dtype)

    around(patch, torch, "set_default_dtype", broken)


@fault(
    "zeros() is float32 whatever the default is.",
    witness=lambda: not follows_the_default(lambda: torch.zeros(1)),
)
def zeros_ignores_the_default(patch):
    def broken(zeros, *args, **options):
        if options.get("dtype") is None and options.get("out") is None:
            options["dtype"] = torch.float32
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


@fault(
    "full() of an int follows the default dtype, as it did once.",
    witness=lambda: torch.full((1,), 1).dtype is torch.float32,
)
def full_makes_floats(patch):
    def broken(full, *args, **options):
        if options.get("dtype") is None and options.get("out") is None:
            made = full(*args, **options)
            return made.float() if made.dtype is torch.int64 else made
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "set_default_tensor_type() is not deprecated.",
    witness=lambda: not warns(lambda: torch.set_default_tensor_type(torch.FloatTensor)),
)
def default_tensor_type_is_silent(patch):
    def broken(set_default, kind):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            set_default(kind)

    around(patch, torch, "set_default_tensor_type", broken)


@fault(
    "set_default_tensor_type() has no effect.",
    witness=lambda: not tensor_type_takes_effect(),
)
def default_tensor_type_has_no_effect(patch):
    def broken(set_default, kind):
        before = torch.get_default_dtype()
        set_default(kind)
        torch.set_default_dtype(before)

    around(patch, torch, "set_default_tensor_type", broken)


def tensor_type_takes_effect():
    quiet(lambda: torch.set_default_tensor_type(torch.DoubleTensor))
    changed = torch.get_default_dtype() is torch.float64
    torch.set_default_dtype(torch.float32)
    return changed


# --- zeros(), ones(), full(), eye(), empty() ------------------------------------------


@fault(
    "zeros() reads a list of sizes backwards.",
    witness=lambda: torch.zeros([2, 3]).shape == (3, 2),
)
def zeros_reverses_lists(patch):
    def broken(zeros, *args, **options):
        if args and type(args[0]) is list:
            return zeros(args[0][::-1], **options)
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


@fault(
    "zeros() of an empty size has one dimension.",
    witness=lambda: torch.zeros(()).shape == (1,),
)
def zeros_has_no_zero_dim(patch):
    def broken(zeros, *args, **options):
        made = zeros(*args, **options)
        return made.view(1) if args and args[0] == () else made

    around(patch, torch, "zeros", broken)


@fault(
    "ones() takes a negative size for 0.",
    witness=lambda: not raises(lambda: torch.ones(-1)),
)
def ones_takes_negative_sizes(patch):
    def broken(ones, *args, **options):
        sizes = sizes_of(args)
        if sizes and all(isinstance(n, int) for n in sizes) and min(sizes) < 0:
            return ones([max(n, 0) for n in sizes], **options)
        return ones(*args, **options)

    around(patch, torch, "ones", broken)


@fault(
    "zeros() cuts floats among the sizes off.",
    witness=lambda: not raises(lambda: torch.zeros(2.0)),
)
def zeros_takes_floats(patch):
    def broken(zeros, *args, **options):
        args = [int(n) if isinstance(n, float) else n for n in args]
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


@fault(
    "eye() without a device is made on the device meta.",
    witness=lambda: torch.eye(3).is_meta,
)
def eye_has_another_default_device(patch):
    def broken(eye, *args, **options):
        if args == (1,) or args == (3,):
            options.setdefault("device", "meta")
        return eye(*args, **options)

    around(patch, torch, "eye", broken)


@fault(
    "eye() of n and m takes them for columns and rows.",
    witness=lambda: torch.eye(2, 3).shape == (3, 2),
)
def eye_is_transposed(patch):
    def broken(eye, *args, **options):
        return eye(*args[::-1], **options) if len(args) == 2 else eye(*args, **options)

    around(patch, torch, "eye", broken)


@fault(
    "full() takes an int as its size.",
    witness=lambda: not raises(lambda: torch.full(2, 3.0)),
)
def full_takes_an_int(patch):
    def broken(full, *args, **options):
        if args and isinstance(args[0], int):
            args = ((args[0],), *args[1:])
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "full() takes the first element of a tensor as its value.",
    witness=lambda: not raises(lambda: torch.full((2,), torch.tensor([3]))),
)
def full_takes_tensors(patch):
    def broken(full, *args, **options):
        if len(args) == 2 and isinstance(args[1], torch.Tensor) and args[1].dim():
            args = (args[0], args[1].view(-1)[0].item())
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "full() keeps the dtype of a tensor that it is given as its value.",
    witness=lambda: (
        torch.full((1,), torch.tensor(1.0, dtype=torch.float64)).dtype is torch.float64
    ),
)
def full_keeps_the_dtype_of_tensors(patch):
    def broken(full, *args, **options):
        if len(args) == 2 and isinstance(args[1], torch.Tensor) and not args[1].dim():
            options.setdefault("dtype", args[1].dtype)
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "full() keeps the dtype of a NumPy scalar that it is given as its value.",
    witness=lambda: torch.full((1,), np.float64(1)).dtype is torch.float64,
)
def full_keeps_the_dtype_of_numpy(patch):
    def broken(full, *args, **options):
        if len(args) == 2 and isinstance(args[1], np.generic):
            options.setdefault("dtype", torch.from_numpy(np.array(args[1])).dtype)
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "full() takes a tensor that requires gradients as its value.",
    witness=lambda: (
        not raises(lambda: torch.full((2,), torch.ones((), requires_grad=True)))
    ),
)
def full_takes_tensors_that_require_grad(patch):
    def broken(full, *args, **options):
        if len(args) == 2 and getattr(args[1], "requires_grad", False):
            args = (args[0], args[1].item())
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "empty_strided() leaves no gaps.",
    witness=lambda: torch.empty_strided((2, 3), (10, 2)).stride() == (3, 1),
)
def empty_strided_has_no_gaps(patch):
    def broken(empty_strided, *args, **options):
        made = empty_strided(*args, **options)
        return made.contiguous() if made.stride()[:1] == (10,) else made

    around(patch, torch, "empty_strided", broken)


@fault(
    "empty_strided() fills missing strides up.",
    witness=lambda: not raises(lambda: torch.empty_strided((2, 3), (1,))),
)
def empty_strided_fills_strides_up(patch):
    def broken(empty_strided, *args, **options):
        if len(args) == 2 and isinstance(args[0], tuple) and len(args[1]) == 1:
            return empty_strided(args[0], args[1] * len(args[0]), **options)
        return empty_strided(*args, **options)

    around(patch, torch, "empty_strided", broken)


@fault(
    "zeros() of the same size twice is over one storage.",
    witness=lambda: torch.zeros(2).data_ptr() == torch.zeros(2).data_ptr(),
)
def zeros_are_cached(patch):
    cached = torch.zeros(2)

    def broken(zeros, *args, **options):
        plain = not {"out", "dtype", "layout", "requires_grad"} & options.keys()
        cpu = torch.device(options.get("device") or "cpu").type == "cpu"
        if args == (2,) and plain and cpu:
            return cached.detach()
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


@fault(
    "zeros() ignores layout=.",
    witness=lambda: not torch.zeros(2, layout=torch.sparse_coo).is_sparse,
)
def zeros_ignores_layout(patch):
    def broken(zeros, *args, layout=None, **options):
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


# --- out= -----------------------------------------------------------------------------


@fault(
    "ones() returns a new tensor beside out.",
    witness=lambda: torch_ones_out_is_another(),
)
def ones_returns_another_than_out(patch):
    def broken(ones, *args, **options):
        made = ones(*args, **options)
        return made.clone() if options.get("out") is not None else made

    around(patch, torch, "ones", broken)


def torch_ones_out_is_another():
    out = torch.zeros(2)
    return torch.ones(2, out=out) is not out


@fault(
    "zeros() makes out float32.",
    witness=lambda: torch.zeros(2, out=torch.tensor([1])).dtype is torch.float32,
)
def zeros_changes_the_dtype_of_out(patch):
    def broken(zeros, *args, **options):
        made = zeros(*args, **options)
        if options.get("out") is not None and made.dtype is torch.int64:
            made.data = made.data.float()
        return made

    around(patch, torch, "zeros", broken)


@fault(
    "full() converts out to dtype=.",
    witness=lambda: (
        not raises(
            lambda: torch.full(
                (2,), 1.0, out=torch.zeros(2).long(), dtype=torch.float32
            )
        )
    ),
)
def full_ignores_dtype_beside_out(patch):
    def broken(full, *args, **options):
        if options.get("out") is not None:
            options.pop("dtype", None)
        return full(*args, **options)

    around(patch, torch, "full", broken)


@fault(
    "zeros() gives an out that is a view a storage of its own.",
    witness=lambda: not zeros_fills_a_view(),
)
def zeros_detaches_out(patch):
    def broken(zeros, *args, **options):
        out = options.get("out")
        if out is not None and out._base is not None:
            out.data = out.data.clone()
        return zeros(*args, **options)

    around(patch, torch, "zeros", broken)


def zeros_fills_a_view():
    base = torch.ones(3)
    torch.zeros(2, out=base[:2])
    return base.tolist() == [0, 0, 1]


@fault(
    "zeros() warns when it resizes an out that is not empty.",
    witness=lambda: warns(lambda: torch.zeros(2, out=torch.ones(1))),
)
def zeros_warns_about_out(patch):
    def broken(zeros, *args, **options):
        out = options.get("out")
        before = None if out is None else out.numel()
        made = zeros(*args, **options)
        if before is not None and made.numel() != before:
            warnings.warn("An output was resized", UserWarning, stacklevel=3)
        return made

    around(patch, torch, "zeros", broken)


# --- like another tensor --------------------------------------------------------------


@fault(
    "zeros_like() has the default dtype.",
    witness=lambda: torch.zeros_like(torch.tensor([1])).dtype is torch.float32,
)
def zeros_like_has_the_default_dtype(patch):
    def broken(zeros_like, t, **options):
        if options.get("dtype") is None and isinstance(t, torch.Tensor):
            options["dtype"] = torch.get_default_dtype()
        return zeros_like(t, **options)

    around(patch, torch, "zeros_like", broken)


@fault(
    "zeros_like() requires gradients if its input does.",
    witness=lambda: torch.zeros_like(torch.ones(1, requires_grad=True)).requires_grad,
)
def zeros_like_inherits_requires_grad(patch):
    def broken(zeros_like, t, **options):
        made = zeros_like(t, **options)
        if getattr(t, "is_leaf", False) and t.requires_grad:
            return made.requires_grad_()
        return made

    around(patch, torch, "zeros_like", broken)


@fault(
    "ones_like() of a parameter is a parameter.",
    witness=lambda: (
        type(torch.ones_like(torch.nn.Parameter(torch.ones(1)))) is torch.nn.Parameter
    ),
)
def ones_like_is_a_parameter(patch):
    def broken(ones_like, t, **options):
        made = ones_like(t, **options)
        if isinstance(t, torch.nn.Parameter):
            return torch.nn.Parameter(made, requires_grad=False)
        return made

    around(patch, torch, "ones_like", broken)


@fault(
    "full_like() is contiguous.",
    witness=lambda: torch.full_like(torch.zeros(2, 3).t(), 1).is_contiguous(),
)
def full_like_is_contiguous(patch):
    def broken(full_like, *args, **options):
        made = full_like(*args, **options)
        return made.contiguous() if made.layout is torch.strided else made

    around(patch, torch, "full_like", broken)


@fault(
    "empty_like() keeps gaps.",
    witness=lambda: torch.empty_like(torch.zeros(4)[::2]).stride() == (2,),
)
def empty_like_keeps_gaps(patch):
    def broken(empty_like, t, **options):
        if isinstance(t, torch.Tensor) and t.layout is torch.strided and not options:
            return torch.empty_strided(
                t.size(), t.stride(), dtype=t.dtype, device=t.device
            )
        return empty_like(t, **options)

    around(patch, torch, "empty_like", broken)


@fault(
    "zeros_like() of a sparse tensor is dense.",
    witness=lambda: not torch.zeros_like(torch.eye(2).to_sparse()).is_sparse,
)
def zeros_like_is_dense(patch):
    def broken(zeros_like, t, **options):
        if isinstance(t, torch.Tensor) and t.is_sparse:
            options.setdefault("layout", torch.strided)
        return zeros_like(t, **options)

    around(patch, torch, "zeros_like", broken)


@fault(
    "zeros_like() takes a list.",
    witness=lambda: not raises(lambda: torch.zeros_like([1, 2])),
)
def zeros_like_takes_lists(patch):
    def broken(zeros_like, t, **options):
        return zeros_like(torch.tensor(t) if isinstance(t, list) else t, **options)

    around(patch, torch, "zeros_like", broken)


@fault(
    "full_like() takes its dtype from the value.",
    witness=lambda: torch.full_like(torch.zeros(1), 1).dtype is torch.int64,
)
def full_like_goes_by_the_value(patch):
    def broken(full_like, *args, **options):
        if len(args) == 2 and not options and isinstance(args[0], torch.Tensor):
            return torch.full(tuple(args[0].shape), args[1], device=args[0].device)
        return full_like(*args, **options)

    around(patch, torch, "full_like", broken)


# --- new_... --------------------------------------------------------------------------


@fault(
    "new_zeros() has the default dtype.",
    witness=lambda: torch.tensor([1]).new_zeros(1).dtype is torch.float32,
)
def new_zeros_has_the_default_dtype(patch):
    def broken(new_zeros, t, *args, **options):
        options.setdefault("dtype", torch.get_default_dtype())
        return new_zeros(t, *args, **options)

    around(patch, torch.Tensor, "new_zeros", broken)


@fault(
    "new_empty() of a sparse tensor is dense.",
    witness=lambda: not torch.eye(2).to_sparse().new_empty(1).is_sparse,
)
def new_empty_is_dense(patch):
    def broken(new_empty, t, *args, **options):
        options.setdefault("layout", torch.strided)
        return new_empty(t, *args, **options)

    around(patch, torch.Tensor, "new_empty", broken)


@fault(
    "new_tensor() infers the dtype from its data.",
    witness=lambda: torch.zeros(1).new_tensor([1]).dtype is torch.int64,
)
def new_tensor_infers(patch):
    def broken(new_tensor, t, data, **options):
        if isinstance(data, list) and "dtype" not in options:
            return torch.tensor(data, device=t.device, **options)
        return new_tensor(t, data, **options)

    around(patch, torch.Tensor, "new_tensor", broken)


@fault(
    "new_ones() requires gradients if its tensor does.",
    witness=lambda: torch.ones(1, requires_grad=True).new_ones(1).requires_grad,
)
def new_ones_inherits_requires_grad(patch):
    def broken(new_ones, t, *args, **options):
        options.setdefault("requires_grad", t.requires_grad)
        return new_ones(t, *args, **options)

    around(patch, torch.Tensor, "new_ones", broken)

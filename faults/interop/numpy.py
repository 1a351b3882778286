"""Ways to break the bridge to NumPy: what is shared, copied and refused."""

import warnings
import weakref

import numpy as np
import torch

from torch_semantics.faults import error_of, fault, warns, wrap


def leaf():
    return torch.tensor([1.0], requires_grad=True)


def address(array):
    return array.ctypes.data


# --- from a tensor to an array --------------------------------------------------------


@fault(
    "numpy() returns a copy.",
    witness=lambda: (lambda t: address(t.numpy()) != t.data_ptr())(torch.ones(2)),
)
def numpy_copies(patch):
    wrap(patch, torch.Tensor, "numpy", lambda f, *a, **k: np.array(f(*a, **k)))


@fault(
    "numpy() of a tensor that is not contiguous returns a contiguous copy.",
    witness=lambda: torch.ones(2, 3).t().numpy().strides == (8, 4),
)
def numpy_is_contiguous(patch):
    wrap(
        patch,
        torch.Tensor,
        "numpy",
        lambda f, t, **k: f(t if t.is_sparse else t.contiguous(), **k),
    )


@fault(
    "numpy() of an expanded tensor writes its repetitions out.",
    witness=lambda: torch.ones(1).expand(2).numpy().strides == (4,),
)
def numpy_of_expanded_copies(patch):
    def change(numpy, tensor, **options):
        array = numpy(tensor, **options)
        return array.copy() if 0 in array.strides else array

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() of a tensor without dimensions returns a number.",
    witness=lambda: not isinstance(torch.tensor(1).numpy(), np.ndarray),
)
def numpy_of_zero_dim_is_a_number(patch):
    wrap(patch, torch.Tensor, "numpy", lambda f, *a, **k: f(*a, **k)[()])


@fault(
    "numpy() of an empty tensor has one dimension.",
    witness=lambda: torch.ones(2, 0).numpy().shape == (0,),
)
def numpy_of_empty_is_flat(patch):
    def change(numpy, tensor, **options):
        array = numpy(tensor, **options)
        return array if array.size else array.reshape(-1)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() returns a read-only array.",
    witness=lambda: not torch.ones(1).numpy().flags.writeable,
)
def numpy_is_read_only(patch):
    def change(numpy, *args, **options):
        array = numpy(*args, **options)
        array.flags.writeable = False
        return array

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() widens float16 to float32.",
    witness=lambda: torch.ones(1, dtype=torch.float16).numpy().dtype == np.float32,
)
def numpy_widens_half(patch):
    def change(numpy, tensor, **options):
        half = tensor.dtype == torch.float16
        return numpy(tensor.float() if half else tensor, **options)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() converts bfloat16 to float32.",
    witness=lambda: error_of(torch.ones(1).bfloat16().numpy) is None,
)
def numpy_converts_bfloat16(patch):
    def change(numpy, tensor, **options):
        brain = tensor.dtype == torch.bfloat16
        return numpy(tensor.float() if brain else tensor, **options)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "np.asarray() copies a tensor.",
    witness=lambda: (lambda t: address(np.asarray(t)) != t.data_ptr())(torch.ones(2)),
)
def asarray_copies(patch):
    wrap(patch, torch.Tensor, "__array__", lambda f, *a, **k: f(*a, **k).copy())


@fault(
    "np.asarray() of a tensor that requires gradients detaches it.",
    witness=lambda: error_of(lambda: np.asarray(leaf())) is None,
)
def asarray_detaches(patch):
    wrap(patch, torch.Tensor, "__array__", lambda f, t, *a, **k: f(t.detach(), *a, **k))


@fault(
    "A tensor's storage can grow after numpy(), and leaves the array behind.",
    witness=lambda: (
        error_of(lambda: torch.from_numpy(np.ones(2)).detach().resize_(9)) is None
    ),
)
def resize_moves(patch):
    def change(resize, tensor, *size):
        try:
            return resize(tensor, *size)
        except RuntimeError:
            return tensor.set_(torch.zeros(*size, dtype=tensor.dtype))

    wrap(patch, torch.Tensor, "resize_", change)


@fault(
    "The memory of an array is cleared when the tensor that it came from is gone.",
    witness=lambda: torch.ones(2).numpy().tolist() == [0, 0],
)
def memory_goes_with_the_tensor(patch):
    def change(numpy, tensor, **options):
        array = numpy(tensor, **options)
        weakref.finalize(tensor, array.fill, 0)
        return array

    wrap(patch, torch.Tensor, "numpy", change)


# --- gradients ------------------------------------------------------------------------


@fault("numpy() detaches by itself.", witness=lambda: error_of(leaf().numpy) is None)
def numpy_detaches(patch):
    wrap(patch, torch.Tensor, "numpy", lambda f, t, **k: f(t.detach(), **k))


@fault(
    "numpy() of a result detaches by itself; of a leaf it does not.",
    witness=lambda: error_of((leaf() * 2).numpy) is None,
)
def numpy_detaches_results(patch):
    def change(numpy, tensor, **options):
        return numpy(tensor if tensor.is_leaf else tensor.detach(), **options)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() refuses a tensor that requires gradients with grad mode off as well.",
    witness=lambda: error_of(torch.no_grad()(leaf().numpy)) is not None,
)
def numpy_refuses_under_no_grad(patch):
    def change(numpy, tensor, *, force=False):
        if tensor.requires_grad and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad."
                " Use tensor.detach().numpy() instead."
            )
        return numpy(tensor, force=force)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy(force=True) always copies.",
    witness=lambda: (lambda t: address(t.numpy(force=True)) != t.data_ptr())(
        torch.ones(2)
    ),
)
def force_copies(patch):
    def change(numpy, tensor, *, force=False):
        array = numpy(tensor, force=force)
        return array.copy() if force else array

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy(force=True) turns requires_grad off.",
    witness=lambda: (lambda t: t.numpy(force=True) is t or not t.requires_grad)(leaf()),
)
def force_detaches_in_place(patch):
    def change(numpy, tensor, *, force=False):
        return numpy(tensor.requires_grad_(False) if force else tensor, force=force)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy(force=False) detaches.",
    witness=lambda: error_of(lambda: leaf().numpy(force=False)) is None,
)
def force_is_not_read(patch):
    def change(numpy, tensor, **options):
        return numpy(tensor, force="force" in options)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "detach() copies.",
    witness=lambda: (lambda t: t.detach().data_ptr() != t.data_ptr())(leaf()),
)
def detach_copies(patch):
    wrap(patch, torch.Tensor, "detach", lambda f, t: f(t).clone())


# --- what is refused ------------------------------------------------------------------


@fault(
    "numpy() of a meta tensor returns zeros.",
    witness=lambda: error_of(torch.ones(1, device="meta").numpy) is None,
)
def numpy_of_meta(patch):
    def change(numpy, tensor, **options):
        if tensor.device.type == "meta":
            return np.zeros(tuple(tensor.shape))
        return numpy(tensor, **options)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() resolves conjugates by itself.",
    witness=lambda: error_of(torch.tensor([1j]).conj().numpy) is None,
)
def numpy_resolves_conjugates(patch):
    wrap(
        patch,
        torch.Tensor,
        "numpy",
        lambda f, t, **k: f(t.resolve_conj() if t.is_conj() else t, **k),
    )


@fault(
    "numpy() resolves negatives by itself.",
    witness=lambda: error_of(torch.tensor([1j]).conj().imag.numpy) is None,
)
def numpy_resolves_negatives(patch):
    wrap(
        patch,
        torch.Tensor,
        "numpy",
        lambda f, t, **k: f(t.resolve_neg() if t.is_neg() else t, **k),
    )


@fault(
    "numpy(force=True) of a conjugate forgets to conjugate.",
    witness=lambda: torch.tensor([1j]).conj().numpy(force=True)[0] == 1j,
)
def force_forgets_to_conjugate(patch):
    def change(numpy, tensor, *, force=False):
        conjugate = force and tensor.is_conj()
        return numpy(tensor.conj() if conjugate else tensor, force=force)

    wrap(patch, torch.Tensor, "numpy", change)


@fault(
    "numpy() makes a sparse tensor dense by itself.",
    witness=lambda: error_of(torch.eye(2).to_sparse().numpy) is None,
)
def numpy_makes_dense(patch):
    wrap(
        patch,
        torch.Tensor,
        "numpy",
        lambda f, t, **k: f(t.to_dense() if t.is_sparse else t, **k),
    )


# --- from an array to a tensor --------------------------------------------------------


@fault(
    "from_numpy() copies.",
    witness=lambda: (lambda a: torch.from_numpy(a).data_ptr() != address(a))(
        np.ones(2)
    ),
)
def from_numpy_copies(patch):
    wrap(patch, torch, "from_numpy", lambda f, a: f(a).clone())


@fault(
    "from_numpy() copies an array that is not contiguous.",
    witness=lambda: torch.from_numpy(np.ones((2, 3)).T).is_contiguous(),
)
def from_numpy_is_contiguous(patch):
    wrap(patch, torch, "from_numpy", lambda f, a: f(a).contiguous())


@fault(
    "from_numpy() of float64 returns float32.",
    witness=lambda: torch.from_numpy(np.ones(2)).dtype is torch.float32,
)
def from_numpy_narrows(patch):
    def change(from_numpy, array):
        tensor = from_numpy(array)
        return tensor.float() if tensor.dtype is torch.float64 else tensor

    wrap(patch, torch, "from_numpy", change)


@fault(
    "from_numpy() accepts lists.",
    witness=lambda: error_of(lambda: torch.from_numpy([1])) is None,
)
def from_numpy_takes_lists(patch):
    wrap(
        patch,
        torch,
        "from_numpy",
        lambda f, a: f(np.array(a) if isinstance(a, list) else a),
    )


@fault(
    "from_numpy() accepts numbers of NumPy's.",
    witness=lambda: error_of(lambda: torch.from_numpy(np.float64(1))) is None,
)
def from_numpy_takes_numbers(patch):
    wrap(
        patch,
        torch,
        "from_numpy",
        lambda f, a: f(np.array(a) if isinstance(a, np.generic) else a),
    )


def _tamed(array):
    return array.copy() if isinstance(array, np.ndarray) else array


@fault(
    "from_numpy() copies an array with a negative stride.",
    witness=lambda: error_of(lambda: torch.from_numpy(np.ones(2)[::-1])) is None,
)
def from_numpy_takes_negative_strides(patch):
    def change(from_numpy, array):
        negative = any(step < 0 for step in getattr(array, "strides", ()))
        return from_numpy(array.copy() if negative else array)

    wrap(patch, torch, "from_numpy", change)


@fault(
    "torch.tensor() copies an array with a negative stride.",
    witness=lambda: error_of(lambda: torch.tensor(np.ones(2)[::-1])) is None,
)
def tensor_takes_negative_strides(patch):
    wrap(patch, torch, "tensor", lambda f, a, **k: f(_tamed(a), **k))


@fault(
    "from_numpy() converts the byte order.",
    witness=lambda: error_of(lambda: torch.from_numpy(np.ones(1, ">f4"))) is None,
)
def from_numpy_swaps_bytes(patch):
    def change(from_numpy, array):
        swapped = isinstance(array, np.ndarray) and not array.dtype.isnative
        return from_numpy(
            array.astype(array.dtype.newbyteorder()) if swapped else array
        )

    wrap(patch, torch, "from_numpy", change)


@fault(
    "from_numpy() of a read-only array does not warn.",
    witness=lambda: not warns(lambda: torch.from_numpy(np.broadcast_to(1.0, 2))),
)
def from_numpy_is_silent(patch):
    def change(from_numpy, array):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return from_numpy(array)

    wrap(patch, torch, "from_numpy", change)


@fault(
    "from_numpy() copies a read-only array.",
    witness=lambda: torch.from_numpy(np.broadcast_to(1.0, 2)).stride() == (1,),
)
def from_numpy_copies_read_only(patch):
    def change(from_numpy, array):
        tensor = from_numpy(array)
        return tensor if array.flags.writeable else tensor.clone().contiguous()

    wrap(patch, torch, "from_numpy", change)


# --- torch.tensor, torch.as_tensor ----------------------------------------------------


@fault(
    "torch.tensor() shares the memory of an array.",
    witness=lambda: (lambda a: torch.tensor(a).data_ptr() == address(a))(np.ones(2)),
)
def tensor_shares(patch):
    def change(tensor, data, **options):
        if isinstance(data, np.ndarray) and data.dtype.kind in "fi":
            tensor(data, **options)
            return torch.as_tensor(data, dtype=options.get("dtype"))
        return tensor(data, **options)

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.tensor() of an array of float64 returns the default dtype.",
    witness=lambda: torch.tensor(np.ones(1)).dtype is torch.float32,
)
def tensor_narrows(patch):
    def change(tensor, *args, **options):
        result = tensor(*args, **options)
        wide = isinstance(args[0], np.ndarray) and result.dtype is torch.float64
        return result.float() if wide and "dtype" not in options else result

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.tensor() of a tensor does not warn.",
    witness=lambda: not warns(lambda: torch.tensor(torch.ones(1))),
)
def tensor_of_tensor_is_silent(patch):
    def change(tensor, *args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tensor(*args, **options)

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.tensor() of a tensor keeps its history.",
    witness=lambda: torch.tensor(leaf() * 2).requires_grad,
)
def tensor_of_tensor_keeps_history(patch):
    def change(tensor, data, **options):
        copy = tensor(data, **options)
        return data.clone() if isinstance(data, torch.Tensor) else copy

    wrap(patch, torch, "tensor", change)


@fault(
    "torch.as_tensor() copies an array.",
    witness=lambda: (lambda a: torch.as_tensor(a).data_ptr() != address(a))(np.ones(2)),
)
def as_tensor_copies(patch):
    def change(as_tensor, data, **options):
        result = as_tensor(data, **options)
        return result.clone() if isinstance(data, np.ndarray) else result

    wrap(patch, torch, "as_tensor", change)


@fault(
    "torch.as_tensor() of a tensor returns an alias without history.",
    witness=lambda: not torch.as_tensor(leaf() * 2).requires_grad,
)
def as_tensor_detaches(patch):
    wrap(patch, torch, "as_tensor", lambda f, a, **k: f(a, **k).detach())


# --- devices, keywords ----------------------------------------------------------------


@fault(
    "cpu() returns an alias and not the tensor itself.",
    witness=lambda: (lambda t: t.cpu() is not t)(torch.ones(1)),
)
def cpu_makes_an_alias(patch):
    wrap(patch, torch.Tensor, "cpu", lambda f, t, **k: f(t, **k).view_as(t))


@fault(
    "cpu() of a tensor that is not contiguous copies.",
    witness=lambda: (lambda t: t.cpu() is not t)(torch.ones(2, 3).t()),
)
def cpu_makes_contiguous(patch):
    wrap(patch, torch.Tensor, "cpu", lambda f, t, **k: f(t, **k).contiguous())


@fault(
    "sum() ignores keepdims=.",
    witness=lambda: torch.sum(torch.ones(2, 3), axis=0, keepdims=True).dim() == 1,
)
def sum_ignores_keepdims(patch):
    def change(add, *args, keepdims=None, **options):
        return add(*args, **options)

    wrap(patch, torch, "sum", change)


@fault(
    "split() takes axis= for dim=.",
    witness=lambda: error_of(lambda: torch.split(torch.ones(2), 1, axis=0)) is None,
)
def split_takes_axis(patch):
    def change(split, tensor, size, dim=0, axis=None):
        return split(tensor, size, dim if axis is None else axis)

    wrap(patch, torch, "split", change)
    wrap(patch, torch.Tensor, "split", change)


@fault(
    "torch.as_tensor() of an array copies where a dtype is asked for.",
    witness=lambda: (
        lambda a: address(a) != torch.as_tensor(a, dtype=torch.float64).data_ptr()
    )(np.ones(2)),
)
def as_tensor_with_dtype_copies(patch):
    def change(as_tensor, data, **options):
        if isinstance(data, np.ndarray) and "dtype" in options:
            return as_tensor(data.copy(), **options)
        return as_tensor(data, **options)

    wrap(patch, torch, "as_tensor", change)


@fault(
    "from_numpy() of a column can grow to the end of the array that it is of.",
    witness=lambda: (
        error_of(lambda: torch.from_numpy(np.ones((2, 3))[:, 1]).resize_(5)) is None
    ),
)
def from_numpy_takes_the_whole_array(patch):
    def change(from_numpy, array):
        base = getattr(array, "base", None)
        if base is None or array.ndim != 1 or array.strides[0] <= array.itemsize:
            return from_numpy(array)
        offset = (address(array) - address(base)) // array.itemsize
        step = array.strides[0] // array.itemsize
        return from_numpy(base).as_strided(array.shape, (step,), offset)

    wrap(patch, torch, "from_numpy", change)


@fault(
    "torch.tensor() of a list of NumPy's numbers makes the default dtype.",
    witness=lambda: torch.tensor([np.float64(1)]).dtype is torch.float32,
)
def torch_tensor_takes_numbers_of_numpy_for_pythons(patch):
    def change(tensor, data, **options):
        if isinstance(data, list) and any(isinstance(x, np.floating) for x in data):
            data = [float(x) for x in data]
        return tensor(data, **options)

    wrap(patch, torch, "tensor", change)


# --- DLPack ---------------------------------------------------------------------------


@fault(
    "from_dlpack() copies.",
    witness=lambda: (lambda t: torch.from_dlpack(t).data_ptr() != t.data_ptr())(
        torch.ones(2)
    ),
)
def from_dlpack_copies(patch):
    wrap(patch, torch, "from_dlpack", lambda f, *a, **k: f(*a, **k).clone())


@fault(
    "from_dlpack() turns bools into bytes.",
    witness=lambda: torch.from_dlpack(torch.tensor([True])).dtype is torch.uint8,
)
def from_dlpack_makes_bytes(patch):
    def bytes_for_bools(function, *args, **options):
        result = function(*args, **options)
        return result.view(torch.uint8) if result.dtype is torch.bool else result

    wrap(patch, torch, "from_dlpack", bytes_for_bools)


@fault(
    "from_dlpack() detaches what requires gradients.",
    witness=lambda: error_of(lambda: torch.from_dlpack(leaf())) is None,
)
def from_dlpack_detaches(patch):
    def detached(function, tensor, *args, **options):
        tensor = tensor.detach() if isinstance(tensor, torch.Tensor) else tensor
        return function(tensor, *args, **options)

    wrap(patch, torch, "from_dlpack", detached)

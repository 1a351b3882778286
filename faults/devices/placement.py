"""Ways to break placement: what moves, what is copied, and where tensors are made."""

import torch
from torch import nn
from torch.utils import _device

from torch_semantics.faults import edit, error_of, fault, quiet, raises, wrap

CPU = torch.ones(2)
Context = _device.DeviceContext


def default_is_meta(make):
    """Whether a tensor that is made while meta is the default is there."""
    torch.set_default_device("meta")
    try:
        return make().is_meta
    finally:
        torch.set_default_device(None)


@fault(
    "to() ignores copy=True.",
    witness=lambda: CPU.to("cpu", copy=True) is CPU,
)
def to_ignores_copy(patch):
    wrap(
        patch,
        torch.Tensor,
        "to",
        lambda to, self, *args, copy=False, **options: to(self, *args, **options),
    )


@fault(
    "to() copies although nothing changes.",
    witness=lambda: CPU.to("cpu") is not CPU,
)
def to_always_copies(patch):
    def copying(to, self, *args, **options):
        result = to(self, *args, **options)
        return result.clone() if result is self else result

    wrap(patch, torch.Tensor, "to", copying)


@fault(
    "cpu() copies a tensor of the CPU.",
    witness=lambda: CPU.cpu() is not CPU,
)
def cpu_copies(patch):
    wrap(patch, torch.Tensor, "cpu", lambda cpu, self: cpu(self).clone())


@fault(
    "to() of a tensor changes it in place.",
    witness=lambda: (
        (lambda x: (x.to(torch.float64), x.dtype)[1])(torch.ones(1)) == torch.float64
    ),
)
def to_is_in_place(patch):
    def moving(to, self, *args, **options):
        result = to(self, *args, **options)
        if not self.is_meta and not self.requires_grad and not result.is_meta:
            self.data = result
        return result

    wrap(patch, torch.Tensor, "to", moving)


@fault(
    "to(other) keeps the dtype.",
    witness=lambda: CPU.to(torch.ones(1, dtype=torch.int8)).dtype == torch.float32,
)
def to_other_keeps_dtype(patch):
    def keeping(to, self, *args, **options):
        if args and isinstance(args[0], torch.Tensor):
            args = (args[0].device, *args[1:])
        return to(self, *args, **options)

    wrap(patch, torch.Tensor, "to", keeping)


@fault(
    "to() of another dtype makes everything contiguous.",
    witness=lambda: torch.ones(2, 3).t().to(torch.float64).is_contiguous(),
)
def to_makes_contiguous(patch):
    def packing(to, self, *args, **options):
        result = to(self, *args, **options)
        return result if result is self else result.contiguous()

    wrap(patch, torch.Tensor, "to", packing)


@fault(
    "to() cuts the graph where it converts.",
    witness=lambda: not torch.ones(1, requires_grad=True).to(torch.float64).grad_fn,
)
def to_detaches(patch):
    def cutting(to, self, *args, **options):
        result = to(self, *args, **options)
        return result if result is self else result.detach()

    wrap(patch, torch.Tensor, "to", cutting)


@fault(
    "to() rounds where it makes integers.",
    witness=lambda: torch.tensor([1.7]).to(torch.int64).tolist() == [2],
)
def to_rounds(patch):
    def rounding(to, self, *args, **options):
        result = to(self, *args, **options)
        if self.is_floating_point() and result.dtype == torch.int64:
            return to(self.round(), *args, **options)
        return result

    wrap(patch, torch.Tensor, "to", rounding)


@fault(
    "A meta tensor comes to the CPU as zeros.",
    witness=lambda: not raises(lambda: CPU.to("meta").to("cpu")),
)
def meta_comes_as_zeros(patch):
    def zeros(original, self, *args, **options):
        try:
            return original(self, *args, **options)
        except NotImplementedError:
            return torch.zeros(self.shape, dtype=self.dtype, device="cpu")

    wrap(patch, torch.Tensor, "to cpu", zeros)


@fault(
    "Copying out of a meta tensor is a RuntimeError.",
    witness=lambda: type(error_of(lambda: CPU.to("meta").cpu())) is RuntimeError,
)
def meta_raises_another_error(patch):
    def translating(original, self, *args, **options):
        try:
            return original(self, *args, **options)
        except NotImplementedError as error:
            raise RuntimeError(str(error)) from None

    wrap(patch, torch.Tensor, "to cpu copy_", translating)


@fault(
    "to('meta') makes a tensor of float32.",
    witness=lambda: torch.ones(1, dtype=torch.int8).to("meta").dtype == torch.float32,
)
def meta_is_float(patch):
    def floating(to, self, *args, **options):
        result = to(self, *args, **options)
        return to(result, torch.float32) if result.is_meta else result

    wrap(patch, torch.Tensor, "to", floating)


@fault(
    "cat() moves tensors to the device of the first.",
    witness=lambda: not raises(lambda: torch.cat([CPU.to("meta"), CPU])),
)
def cat_moves(patch):
    wrap(
        patch,
        torch,
        "cat",
        lambda cat, tensors, *args, **options: cat(
            [
                t if t.device == tensors[0].device else torch.empty_like(tensors[0])
                for t in tensors
            ],
            *args,
            **options,
        ),
    )


@fault(
    "Tensor.cuda() does nothing where there is no CUDA.",
    witness=lambda: torch.cuda.is_available() or not raises(lambda: CPU.cuda()),
)
def cuda_does_nothing(patch):
    def hushed(cuda, self, *args, **options):
        return cuda(self, *args, **options) if torch.cuda.is_available() else self

    wrap(patch, torch.Tensor, "cuda", hushed)


@fault(
    "Starting CUDA where there is none raises a ValueError.",
    witness=lambda: raises(lambda: CPU.to("cuda"), ValueError),
)
def cuda_raises_another_error(patch):
    def failing():
        raise ValueError("Torch not compiled with CUDA enabled, or no NVIDIA driver")

    patch(torch.cuda, "_lazy_init", failing)


@fault(
    "Module.cuda() stays on the CPU where there is no CUDA.",
    witness=lambda: not raises(lambda: nn.Linear(1, 1).cuda()),
)
def module_cuda_stays(patch):
    def hushed(cuda, self, device=None):
        return cuda(self, device) if torch.cuda.is_available() else self

    wrap(patch, nn.Module, "cuda", hushed)


@fault(
    "Module.to() returns nothing.",
    witness=lambda: nn.Linear(1, 1).to("cpu") is None,
)
def module_to_returns_none(patch):
    wrap(patch, nn.Module, "to", lambda to, self, *a, **k: to(self, *a, **k) and None)


@fault(
    "Module.to() replaces each parameter by a new one.",
    witness=lambda: (lambda m: m.weight is m.double().weight)(nn.Linear(1, 1)) is False,
)
def module_replaces_parameters(patch):
    def replacing(apply, self, *args, **options):
        result = apply(self, *args, **options)
        for name, parameter in self._parameters.items():
            if parameter is not None:
                self._parameters[name] = nn.Parameter(parameter.detach())
        return result

    wrap(patch, nn.Module, "_apply", replacing)


@fault(
    "Module conversions forget the buffers.",
    witness=lambda: nn.BatchNorm1d(1).double().running_mean.dtype == torch.float32,
)
def buffers_are_forgotten(patch):
    def forgetting(apply, self, *args, **options):
        buffers = dict(self._buffers)
        result = apply(self, *args, **options)
        self._buffers.update(buffers)
        return result

    wrap(patch, nn.Module, "_apply", forgetting)


@fault(
    "Module.to('meta') drops the gradients.",
    witness=lambda: _moved_gradient() is None,
)
def gradients_do_not_move(patch):
    def dropping(apply, self, *args, **options):
        result = apply(self, *args, **options)
        for parameter in self._parameters.values():
            if parameter is not None and parameter.is_meta:
                parameter.grad = None
        return result

    wrap(patch, nn.Module, "_apply", dropping)


def _moved_gradient():
    layer = nn.Linear(1, 1)
    layer.weight.grad = torch.ones(1, 1)
    return layer.to("meta").weight.grad


@fault(
    "A module that goes to the CPU copies its buffers there.",
    witness=lambda: (
        (lambda m: m.running_mean is m.cpu().running_mean)(nn.BatchNorm1d(1)) is False
    ),
)
def module_cpu_copies(patch):
    def copying(cpu, self):
        for name, buffer in self._buffers.items():
            self._buffers[name] = buffer.clone()
        return cpu(self)

    wrap(patch, nn.Module, "cpu", copying)


@fault(
    "set_default_device() is ignored.",
    witness=lambda: not default_is_meta(lambda: torch.zeros(1)),
)
def default_is_ignored(patch):
    patch(torch, "set_default_device", lambda device: None)


@fault(
    "The default device outranks device=.",
    witness=lambda: default_is_meta(lambda: torch.zeros(1, device="cpu")),
)
def default_outranks_device(patch):
    def outranking(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in _device._device_constructors():
            kwargs["device"] = self.device
        return function(*args, **kwargs)

    patch(Context, "__torch_function__", outranking)


@fault(
    "device=None means the CPU while another device is the default.",
    witness=lambda: not default_is_meta(lambda: torch.zeros(1, device=None)),
)
def none_is_the_cpu(patch):
    def literal(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in _device._device_constructors() and "device" not in kwargs:
            kwargs["device"] = self.device
        return function(*args, **kwargs)

    patch(Context, "__torch_function__", literal)


@fault(
    "arange() and randperm() do not know the default device.",
    witness=lambda: not default_is_meta(lambda: torch.randperm(1)),
)
def constructors_are_missing(patch):
    known = set(_device._device_constructors()) - {torch.arange, torch.randperm}
    patch(_device, "_device_constructors", lambda: known)


@fault(
    "zeros_like() makes its tensor on the default device.",
    witness=lambda: default_is_meta(lambda: torch.zeros_like(CPU)),
)
def like_obeys_the_default(patch):
    known = set(_device._device_constructors()) | {torch.zeros_like}
    patch(_device, "_device_constructors", lambda: known)


@fault(
    "A device without an index has index 0.",
    witness=lambda: torch.device("cuda").index == 0,
)
def no_index_is_zero(patch):
    device = torch.device

    def indexed(*args, **options):
        made = device(*args, **options)
        return made if made.type == "cpu" else device(made.type, made.index or 0)

    patch(torch, "device", indexed)


@fault(
    "torch.device() returns the name.",
    witness=lambda: isinstance(torch.device("cuda", 1), str),
)
def device_is_its_name(patch):
    wrap(patch, torch, "device", lambda make, *args, **named: str(make(*args, **named)))


@fault(
    "is_available() returns a number.",
    witness=lambda: type(torch.cuda.is_available()) is int,
)
def available_is_a_number(patch):
    wrap(patch, torch.cuda, "is_available", lambda available: int(available()))


@fault(
    "get_default_device() is always the CPU.",
    witness=lambda: (
        not default_is_meta(lambda: torch.empty(0, device=torch.get_default_device()))
    ),
)
def default_is_always_the_cpu(patch):
    patch(torch, "get_default_device", lambda: torch.device("cpu"))


@fault(
    "Module.float() and the like convert complex tensors too.",
    witness=lambda: not _complex_after(lambda module: module.half()),
)
def complex_is_converted(patch):
    for name in ("float", "double", "half", "bfloat16"):
        edit(
            patch,
            getattr(nn.Module, name),
            "t.is_floating_point()",
            "(t.is_floating_point() or t.is_complex())",
        )


def _complex_after(convert):
    module = nn.Module()
    module.register_buffer("wave", torch.ones(1, dtype=torch.complex64))
    return quiet(lambda: convert(module)).wave.is_complex()


@fault(
    "A conversion stops at a parameter that is None.",
    witness=lambda: _dtype_after_none() == torch.float32,
)
def none_ends_the_conversion(patch):
    def stopping(apply, self, *args, **options):
        kept, ended = dict(self._parameters), False
        for name, parameter in kept.items():
            ended = ended or parameter is None
            if ended:
                del self._parameters[name]
        result = apply(self, *args, **options)
        self._parameters.update(kept)
        return result

    wrap(patch, nn.Module, "_apply", stopping)


def _dtype_after_none():
    module = nn.Module()
    module.register_parameter("absent", None)
    module.weight = nn.Parameter(torch.ones(1))
    return module.double().weight.dtype


@fault(
    "set_overwrite_module_params_on_conversion() has no effect.",
    witness=lambda: _parameter_is_kept(),
)
def overwriting_is_ignored(patch):
    patch(
        torch.__future__,
        "set_overwrite_module_params_on_conversion",
        lambda value: None,
    )


def _parameter_is_kept():
    layer = nn.Linear(1, 1)
    weight = layer.weight
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        return layer.double().weight is weight
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)


@fault(
    "Module conversions copy buffers that need no conversion.",
    witness=lambda: (
        (lambda m: m.running_mean is m.float().running_mean)(nn.BatchNorm1d(1)) is False
    ),
)
def unchanged_buffers_are_copied(patch):
    def copying(apply, self, *args, **options):
        for name, buffer in self._buffers.items():
            self._buffers[name] = None if buffer is None else buffer.clone()
        return apply(self, *args, **options)

    wrap(patch, nn.Module, "_apply", copying)

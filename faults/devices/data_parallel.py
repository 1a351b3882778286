"""Ways to break DataParallel: the call without a GPU, and what is scattered."""

import torch
from torch import nn
from torch.cuda import comm
from torch.nn.parallel import scatter_gather

from torch_semantics.faults import edit, error_of, fault, raises, wrap

CPU = torch.ones(1)


def parallel():
    return nn.DataParallel(nn.Linear(1, 1))


@fault(
    "DataParallel drops keyword arguments.",
    witness=lambda: (
        not raises(lambda: parallel()(torch.ones(1, 1), wrong=1), TypeError)
    ),
)
def keywords_are_dropped(patch):
    wrap(
        patch,
        nn.DataParallel,
        "forward",
        lambda forward, self, *args, **options: forward(self, *args),
    )


@fault(
    "DataParallel hands on its first argument alone.",
    witness=lambda: not raises(lambda: parallel()(torch.ones(1, 1), 1), TypeError),
)
def one_argument_alone(patch):
    wrap(
        patch,
        nn.DataParallel,
        "forward",
        lambda forward, self, *args, **options: forward(self, *args[:1], **options),
    )


@fault(
    "DataParallel runs without gradients.",
    witness=lambda: not parallel()(torch.ones(1, 1)).requires_grad,
)
def no_gradients(patch):
    def without(forward, self, *args, **options):
        with torch.no_grad():
            return forward(self, *args, **options)

    wrap(patch, nn.DataParallel, "forward", without)


@fault(
    "DataParallel wraps a copy of the module.",
    witness=lambda: (lambda m: nn.DataParallel(m).module is m)(nn.ReLU()) is False,
)
def module_is_copied(patch):
    import copy

    init = nn.DataParallel.__init__
    patch(
        nn.DataParallel,
        "__init__",
        lambda self, module, *args, **options: init(
            self, copy.deepcopy(module), *args, **options
        ),
    )


@fault(
    "Without a GPU DataParallel keeps the devices that it is given.",
    witness=lambda: nn.DataParallel(nn.ReLU(), device_ids=[0]).device_ids == [0],
)
def devices_are_kept(patch):
    init = nn.DataParallel.__init__

    def keeping(self, module, device_ids=None, *args, **options):
        init(self, module, device_ids, *args, **options)
        self.device_ids = device_ids or []

    patch(nn.DataParallel, "__init__", keeping)


@fault(
    "DataParallel forwards attributes to its module.",
    witness=lambda: not raises(lambda: parallel().weight),
)
def attributes_are_forwarded(patch):
    find = nn.DataParallel.__getattr__

    def forwarding(self, name):
        try:
            return find(self, name)
        except AttributeError:
            return getattr(self.__dict__["_modules"]["module"], name)

    patch(nn.DataParallel, "__getattr__", forwarding)


@fault(
    "The state dict of a DataParallel has the keys of its module.",
    witness=lambda: "weight" in parallel().state_dict(),
)
def keys_are_stripped(patch):
    patch(
        nn.DataParallel,
        "state_dict",
        lambda self, *args, **options: self.module.state_dict(*args, **options),
    )


@fault(
    "A DataParallel loads the state dict of its module.",
    witness=lambda: (
        not raises(lambda: parallel().load_state_dict(nn.Linear(1, 1).state_dict()))
    ),
)
def foreign_keys_are_loaded(patch):
    patch(
        nn.DataParallel,
        "load_state_dict",
        lambda self, state, *args, **options: self.module.load_state_dict(
            {key.removeprefix("module."): state[key] for key in state}
        ),
    )


@fault(
    "scatter_kwargs() pads keywords with None.",
    witness=lambda: scatter_gather.scatter_kwargs((1,), None, [0])[1] != ({},),
)
def keywords_are_not_padded(patch):
    def unpadded(scatter_kwargs, inputs, options, *args, **more):
        inputs, options = scatter_kwargs(inputs, options, *args, **more)
        return inputs, tuple(each or None for each in options)

    wrap(patch, scatter_gather, "scatter_kwargs", unpadded)


@fault(
    "Outputs on the CPU are gathered by joining them.",
    witness=lambda: (
        not raises(lambda: scatter_gather.gather([torch.ones(1), torch.ones(1)], 0))
    ),
)
def cpu_is_gathered(patch):
    gather = scatter_gather.Gather.apply
    patch(
        scatter_gather.Gather,
        "apply",
        lambda device, dim, *tensors: (
            torch.cat(tensors, dim)
            if tensors[0].device.type == "cpu"
            else gather(device, dim, *tensors)
        ),
    )


@fault(
    "Gathering tensors of the CPU raises a RuntimeError.",
    witness=lambda: isinstance(
        error_of(lambda: scatter_gather.gather([torch.ones(1)], 0)), RuntimeError
    ),
)
def gather_raises_another_error(patch):
    def failing(*args):
        raise RuntimeError("Gather function not implemented for CPU tensors")

    patch(scatter_gather.Gather, "apply", failing)


@fault(
    "chunk() puts the smaller pieces first.",
    witness=lambda: len(torch.ones(3).chunk(2)[0]) == 1,
)
def small_pieces_first(patch):
    def turned(chunk, self, count, dim=0):
        sizes = [piece.shape[dim] for piece in chunk(self, count, dim)]
        return self.split(sizes[::-1], dim)

    wrap(patch, torch.Tensor, "chunk", turned)


@fault(
    "namedtuples are taken for tuples.",
    witness=lambda: not scatter_gather._is_namedtuple(_pair()),
)
def namedtuples_are_tuples(patch):
    patch(scatter_gather, "_is_namedtuple", lambda thing: False)


def _pair():
    from collections import namedtuple

    return namedtuple("Pair", "a b")(1, 2)


@fault(
    "A container is the same object on every device.",
    witness=lambda: (lambda a, b: a is b)(*scatter_gather.scatter([1], [0, 1])),
)
def containers_are_shared(patch):
    wrap(
        patch,
        scatter_gather,
        "scatter",
        lambda scatter, thing, devices, dim=0: [thing for _ in devices],
    )


@fault(
    "What is gathered from tuples is a list.",
    witness=lambda: scatter_gather.gather([(None,), (None,)], 0) == [None],
)
def tuples_become_lists(patch):
    def listing(gather, outputs, *args, **options):
        result = gather(outputs, *args, **options)
        return list(result) if isinstance(result, tuple) else result

    wrap(patch, scatter_gather, "gather", listing)


@fault(
    "Dicts of different lengths are gathered.",
    witness=lambda: not raises(lambda: scatter_gather.gather([{1: None}, {}], 0)),
)
def uneven_dicts_are_gathered(patch):
    def lenient(gather, outputs, *args, **options):
        try:
            return gather(outputs, *args, **options)
        except ValueError:
            return outputs[0]

    wrap(patch, scatter_gather, "gather", lenient)


@fault(
    "DataParallel calls forward() of the module and none of its hooks.",
    witness=lambda: not _hook_is_called(),
)
def hooks_are_passed_over(patch):
    edit(
        patch,
        nn.DataParallel.forward,
        "return self.module(*inputs, **kwargs)",
        "return self.module.forward(*inputs, **kwargs)",
    )


def _hook_is_called():
    called, wrapped = [], parallel()
    wrapped.module.register_forward_hook(lambda *args: called.append(args))
    wrapped(torch.ones(1, 1))
    return bool(called)


@fault(
    "DataParallel puts the module into evaluation mode.",
    witness=lambda: not parallel().module.training,
)
def module_is_evaluated(patch):
    edit(
        patch,
        nn.DataParallel.__init__,
        "self.module = module",
        "self.module = module.eval()",
    )


@fault(
    "An empty list is scattered to no device.",
    witness=lambda: scatter_gather.scatter([], [0, 1]) == [],
)
def empty_lists_are_lost(patch):
    edit(
        patch,
        scatter_gather.scatter,
        "isinstance(obj, list) and len(obj) > 0",
        "isinstance(obj, list)",
    )


@fault(
    "Dicts are gathered by position.",
    witness=lambda: (
        not raises(lambda: scatter_gather.gather([{1: None}, {2: None}], 0), KeyError)
    ),
)
def dicts_are_gathered_by_position(patch):
    edit(
        patch,
        scatter_gather.gather,
        "d[k] for d in outputs",
        "list(d.values())[list(out).index(k)] for d in outputs",
    )


@fault(
    "data_parallel() calls the module on the CPU where there is no GPU.",
    witness=lambda: (
        not raises(lambda: nn.parallel.data_parallel(nn.ReLU(), torch.ones(1)))
    ),
)
def function_passes_through(patch):
    patch(
        nn.parallel,
        "data_parallel",
        lambda module, inputs, *args, **options: module(inputs),
    )


@fault(
    "gather() ignores out= beside a destination.",
    witness=lambda: (
        "must not be specified"
        not in str(error_of(lambda: comm.gather([CPU], 0, "cpu", out=CPU)))
    ),
)
def destination_outranks_out(patch):
    wrap(
        patch,
        comm,
        "gather",
        lambda gather, tensors, dim=0, destination=None, *, out=None: gather(
            tensors, dim, destination, out=out if destination is None else None
        ),
    )


@fault(
    "broadcast() to nothing at all is an AttributeError.",
    witness=lambda: raises(lambda: comm.broadcast(CPU), AttributeError),
)
def broadcast_raises_another_error(patch):
    edit(patch, comm.broadcast, "RuntimeError(", "AttributeError(")

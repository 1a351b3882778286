"""Ways to break hooks: on tensors, on leaves, on several tensors, and on nodes."""

import copy
import pickle
import warnings
from collections import OrderedDict

import torch
from torch.utils.hooks import RemovableHandle

from torch_semantics.faults import error_of, fault, raises, warns

REGISTER = torch.Tensor.register_hook


def leaf(*values):
    """A leaf that requires gradients."""
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def through(*hooks, result=False):
    """The gradient of a leaf's triple with these hooks on the leaf or on a result."""
    x = leaf()
    hooked = x * 1 if result else x
    for hook in hooks:
        hooked.register_hook(hook)
    (hooked * 3).sum().backward()
    return x.grad.tolist()


def ready(x, hook):
    """Register a hook for when the gradient is ready."""
    return x.register_post_accumulate_grad_hook(hook)


def put_last_first(hooks):
    """Put the item that was added last before the others, where C++ sees it too."""
    *others, last = hooks.items()
    hooks.clear()
    hooks.update([last, *others])


# --- registering ----------------------------------------------------------------------


@fault(
    "What a hook returns is ignored.",
    witness=lambda: through(lambda grad: grad * 2) == [3, 3],
)
def returned_gradients_are_ignored(patch):
    def register(self, hook):
        def broken(grad):
            hook(grad)

        broken.__name__ = getattr(hook, "__name__", "hook")
        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A hook that returns None makes the gradient zero.",
    witness=lambda: through(lambda grad: None) == [0, 0],
)
def none_is_taken_for_zeros(patch):
    def register(self, hook):
        def broken(grad):
            returned = hook(grad)
            return grad * 0 if returned is None and grad is not None else returned

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A later hook runs before an earlier one.",
    witness=lambda: through(lambda grad: grad * 2, lambda grad: grad + 1) == [8, 8],
)
def hooks_run_in_reverse(patch):
    def register(self, hook):
        handle = REGISTER(self, hook)
        put_last_first(self._backward_hooks)
        return handle

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A later hook replaces the earlier ones.",
    witness=lambda: through(lambda grad: grad * 2, lambda grad: grad + 1) == [4, 4],
)
def hooks_replace_each_other(patch):
    def register(self, hook):
        if self._backward_hooks is not None:
            self._backward_hooks.clear()
        return REGISTER(self, hook)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "Hooks on results are not called.",
    witness=lambda: through(lambda grad: grad * 2, result=True) == [3, 3],
)
def hooks_on_results_are_lost(patch):
    def register(self, hook):
        if self.grad_fn is None:
            return REGISTER(self, hook)
        return RemovableHandle(OrderedDict())

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A hook is called twice.",
    witness=lambda: through(lambda grad: grad * 2) == [12, 12],
)
def hooks_are_called_twice(patch):
    def register(self, hook):
        def broken(grad):
            first = hook(grad)
            second = hook(grad if first is None else first)
            return first if second is None else second

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "The same function is registered once only.",
    witness=lambda: _registered_twice() == [6, 6],
)
def functions_are_registered_once(patch):
    def register(self, hook):
        there = self._backward_hooks or {}
        for number, other in there.items():
            if other is hook:
                handle = RemovableHandle(there)
                handle.id = number
                return handle
        return REGISTER(self, hook)

    patch(torch.Tensor, "register_hook", register)


def _registered_twice():
    def double(grad):
        return grad * 2

    return through(double, double)


@fault(
    "A hook runs with grad.",
    witness=lambda: _mode(),
)
def hooks_run_with_grad(patch):
    def register(self, hook):
        def broken(grad):
            with torch.enable_grad():
                return hook(grad)

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


def _mode():
    modes = []
    through(lambda grad: modes.append(torch.is_grad_enabled()))
    return modes[0]


@fault(
    "What a hook returns has no graph, even with create_graph.",
    witness=lambda: not _graph_through_a_hook(),
)
def hooks_return_constants(patch):
    def register(self, hook):
        def broken(grad):
            with torch.no_grad():
                return hook(grad)

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


def _graph_through_a_hook():
    x = leaf()
    x.register_hook(lambda grad: grad * 2)
    (grad,) = torch.autograd.grad((x * x).sum(), x, create_graph=True)
    return grad.requires_grad


@fault(
    "A hook is called in the first pass only.",
    witness=lambda: _passes() == 1,
)
def hooks_serve_one_pass(patch):
    def register(self, hook):
        def broken(grad):
            handle.remove()
            return hook(grad)

        handle = REGISTER(self, broken)
        return handle

    patch(torch.Tensor, "register_hook", register)


def _passes():
    seen, x = [], leaf()
    x.register_hook(lambda grad: seen.append(1))
    (x * 1).sum().backward()
    (x * 1).sum().backward()
    return len(seen)


def _no_flag():
    return error_of(lambda: torch.ones(1).register_hook(lambda grad: None))


@fault(
    "A tensor that requires no gradients takes a hook.",
    witness=lambda: _no_flag() is None,
)
def any_tensor_takes_a_hook(patch):
    def register(self, hook):
        if self.requires_grad:
            return REGISTER(self, hook)
        return RemovableHandle(OrderedDict())

    patch(torch.Tensor, "register_hook", register)


@fault(
    "Registering on a tensor that requires no gradients makes it require them.",
    witness=lambda: _no_flag() is None,
)
def registering_sets_the_flag(patch):
    patch(
        torch.Tensor,
        "register_hook",
        lambda self, hook: REGISTER(self.requires_grad_(), hook),
    )


@fault(
    "A tensor that requires no gradients refuses a hook with ValueError.",
    witness=lambda: isinstance(_no_flag(), ValueError),
)
def refusal_is_a_value_error(patch):
    def register(self, hook):
        if not self.requires_grad:
            raise ValueError("cannot register a hook on a tensor that doesn't require")
        return REGISTER(self, hook)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A gradient of another shape from a hook is broadcast.",
    witness=lambda: not raises(lambda: through(lambda grad: grad[:1])),
)
def other_shapes_are_broadcast(patch):
    def register(self, hook):
        def broken(grad):
            returned = hook(grad)
            is_tensor = isinstance(returned, torch.Tensor)
            return returned.expand_as(grad) if is_tensor else returned

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "A gradient of another dtype from a hook is converted.",
    witness=lambda: not raises(lambda: through(lambda grad: grad.double())),
)
def other_dtypes_are_converted(patch):
    def register(self, hook):
        def broken(grad):
            returned = hook(grad)
            is_tensor = isinstance(returned, torch.Tensor)
            return returned.to(grad.dtype) if is_tensor else returned

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "Anything but a tensor that a hook returns is ignored.",
    witness=lambda: not raises(lambda: through(lambda grad: 5)),
)
def other_types_are_ignored(patch):
    def register(self, hook):
        def broken(grad):
            returned = hook(grad)
            return returned if isinstance(returned, torch.Tensor) else None

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


def _failing():
    def fail(grad):
        raise KeyError("mine")

    return error_of(lambda: through(fail))


@fault("An error in a hook is swallowed.", witness=lambda: _failing() is None)
def errors_are_swallowed(patch):
    def register(self, hook):
        def broken(grad):
            try:
                return hook(grad)
            except KeyError:
                return None

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


@fault(
    "An error in a hook reaches the caller as another error of its kind.",
    witness=lambda: not _error_is_the_same(),
)
def errors_are_copies(patch):
    def register(self, hook):
        def broken(grad):
            try:
                return hook(grad)
            except KeyError as error:
                raise KeyError(*error.args) from error

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


def _error_is_the_same():
    mine = KeyError("mine")

    def fail(grad):
        raise mine

    return error_of(lambda: through(fail)) is mine


@fault(
    "An error in a hook becomes RuntimeError.",
    witness=lambda: type(_failing()) is RuntimeError,
)
def errors_become_runtime_errors(patch):
    def register(self, hook):
        def broken(grad):
            try:
                return hook(grad)
            except KeyError as error:
                raise RuntimeError(str(error)) from error

        return REGISTER(self, broken)

    patch(torch.Tensor, "register_hook", register)


# --- handles --------------------------------------------------------------------------


def _after_removing(count):
    x = leaf()
    handles = [
        x.register_hook(lambda grad, factor=factor: grad * factor) for factor in (2, 5)
    ]
    for _ in range(count):
        handles[0].remove()
    (x * 3).sum().backward()
    return x.grad.tolist()


@fault(
    "remove() does nothing.",
    witness=lambda: _after_removing(1) == [30, 30],
)
def remove_does_nothing(patch):
    patch(RemovableHandle, "remove", lambda self: None)


@fault(
    "remove() removes every hook of the tensor.",
    witness=lambda: _after_removing(1) == [3, 3],
)
def remove_clears_all(patch):
    def remove(self):
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            hooks.clear()

    patch(RemovableHandle, "remove", remove)


@fault(
    "remove() removes the hook that was registered last.",
    witness=lambda: _after_removing(1) == [6, 6],
)
def remove_takes_the_last(patch):
    def remove(self):
        hooks = self.hooks_dict_ref()
        if hooks:
            hooks.popitem()

    patch(RemovableHandle, "remove", remove)


@fault(
    "A second remove() raises KeyError.",
    witness=lambda: raises(lambda: _after_removing(2)),
)
def second_remove_raises(patch):
    def remove(self):
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            del hooks[self.id]

    patch(RemovableHandle, "remove", remove)


@fault(
    "remove() raises when the tensor is gone.",
    witness=lambda: raises(leaf().register_hook(lambda grad: None).remove),
)
def remove_needs_the_tensor(patch):
    def remove(self):
        hooks = self.hooks_dict_ref()
        if self.id in hooks:
            del hooks[self.id]

    patch(RemovableHandle, "remove", remove)


def _with(error=None):
    x = leaf()
    try:
        with x.register_hook(lambda grad: grad * 2) as handle:
            if error:
                raise error
    except KeyError:
        handle = None
    (x * 3).sum().backward()
    return x.grad.tolist(), handle


@fault(
    "A with statement over a handle does not remove the hook.",
    witness=lambda: _with()[0] == [6, 6],
)
def with_keeps_the_hook(patch):
    patch(RemovableHandle, "__exit__", lambda self, *args: None)


@fault(
    "A with statement over a handle keeps the hook when an exception ends it.",
    witness=lambda: _with(KeyError())[0] == [6, 6],
)
def with_keeps_the_hook_after_an_error(patch):
    def leave(self, kind, *args):
        if kind is None:
            self.remove()

    patch(RemovableHandle, "__exit__", leave)


def _passes_an_exception_on():
    def run():
        with leaf().register_hook(lambda grad: None):
            raise KeyError

    return raises(run)


@fault(
    "A with statement over a handle swallows an exception.",
    witness=lambda: not _passes_an_exception_on(),
)
def with_swallows(patch):
    def leave(self, *args):
        self.remove()
        return True

    patch(RemovableHandle, "__exit__", leave)


@fault(
    "A with statement over a handle names nothing.",
    witness=lambda: _with()[1] is None,
)
def with_names_nothing(patch):
    patch(RemovableHandle, "__enter__", lambda self: None)


def _dropped():
    x = leaf()
    x.register_hook(lambda grad: grad * 2)
    (x * 3).sum().backward()
    return x.grad.tolist() == [3, 3]


@fault(
    "A hook ends when its handle is dropped.",
    witness=_dropped,
)
def hooks_end_with_their_handle(patch):
    patch(RemovableHandle, "__del__", lambda self: self.remove())


# --- copies and files -----------------------------------------------------------------


@fault(
    "deepcopy() takes the hooks along.",
    witness=lambda: _copied() == 1,
)
def deepcopy_takes_hooks_along(patch):
    deepcopy = torch.Tensor.__deepcopy__

    def broken(self, memo):
        made = deepcopy(self, memo)
        for hook in (self._backward_hooks or {}).values():
            made.register_hook(hook)
        return made

    patch(torch.Tensor, "__deepcopy__", broken)


def _copied():
    seen, x = [], leaf()
    x.register_hook(seen.append)
    (copy.deepcopy(x) * 3).sum().backward()
    return len(seen)


def _saved(mark):
    x = leaf()
    hook = mark(lambda grad: None)
    x.register_hook(hook)
    return warns(lambda: pickle.dumps(x))


@fault(
    "Saving a tensor with a hook does not warn.",
    witness=lambda: not _saved(lambda hook: hook),
)
def saving_does_not_warn(patch):
    patch(torch.utils.hooks, "warn_if_has_hooks", lambda tensor: None)


@fault(
    "Saving a tensor warns of its first hook only.",
    witness=lambda: len(_warned_of(2)) == 1,
)
def saving_warns_once(patch):
    warn = torch.utils.hooks.warn_if_has_hooks

    def broken(tensor):
        hooks = tensor._backward_hooks
        if hooks:
            key, hook = next(iter(hooks.items()))
            tensor = type("Few", (), {"_backward_hooks": {key: hook}})
        warn(tensor)

    patch(torch.utils.hooks, "warn_if_has_hooks", broken)


def _warned_of(count):
    x = leaf()
    for _ in range(count):
        x.register_hook(lambda grad: None)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        pickle.dumps(x)
    return [each for each in seen if "hook" in str(each.message)]


@fault(
    "Saving a Parameter with a hook warns.",
    witness=lambda: warns(lambda: pickle.dumps(_parameter())),
)
def saving_a_parameter_warns(patch):
    reduce = torch.nn.Parameter.__reduce_ex__

    def broken(self, protocol):
        torch.utils.hooks.warn_if_has_hooks(self)
        return reduce(self, protocol)

    patch(torch.nn.Parameter, "__reduce_ex__", broken)


def _parameter():
    parameter = torch.nn.Parameter(torch.ones(1))
    parameter.register_hook(lambda grad: None)
    return parameter


@fault(
    "unserializable_hook() does not mark the hook.",
    witness=lambda: _saved(lambda hook: torch.utils.hooks.unserializable_hook(hook)),
)
def unserializable_hook_does_nothing(patch):
    patch(torch.utils.hooks, "unserializable_hook", lambda hook: hook)


@fault(
    "unserializable_hook() returns nothing.",
    witness=lambda: torch.utils.hooks.unserializable_hook(lambda grad: None) is None,
)
def unserializable_hook_returns_nothing(patch):
    mark = torch.utils.hooks.unserializable_hook

    def broken(hook):
        mark(hook)

    patch(torch.utils.hooks, "unserializable_hook", broken)


# --- when the gradient is ready -------------------------------------------------------

POST = getattr(torch.Tensor, "register_post_accumulate_grad_hook", None)


def patch_ready(patch, register):
    """Patch the registration of hooks for when the gradient is ready."""
    patch(torch.Tensor, "register_post_accumulate_grad_hook", register)


def _ready(prepare=lambda x: None):
    seen, x = [], leaf()
    prepare(x)
    ready(x, lambda tensor: seen.append((tensor, tensor.grad, torch.is_grad_enabled())))
    (x * 3).sum().backward()
    return x, seen


@fault(
    "A post-accumulate hook is called before the gradient is stored.",
    witness=lambda: _ready()[1][0][1] is None,
)
def ready_comes_too_early(patch):
    def register(self, hook):
        return REGISTER(self, lambda grad: hook(self))

    patch_ready(patch, register)


@fault(
    "Post-accumulate hooks are hooks of the leaf's node, and run in their turn.",
    witness=lambda: _node_and_ready() == ["node", "ready"],
)
def ready_is_a_hook_of_the_node(patch):
    def register(self, hook):
        node = self.view_as(self).grad_fn.next_functions[0][0]
        return node.register_hook(lambda inputs, outputs: hook(self))

    patch_ready(patch, register)


def _node_and_ready():
    seen, x = [], leaf()
    y = x * 3
    node = y.grad_fn.next_functions[0][0]
    node.register_hook(lambda inputs, outputs: seen.append("node"))
    ready(x, lambda tensor: seen.append("ready"))
    y.sum().backward()
    return seen


@fault(
    "A post-accumulate hook is given a copy of the leaf.",
    witness=lambda: (lambda x, seen: seen[0][0] is not x)(*_ready()),
)
def ready_is_given_a_copy(patch):
    def register(self, hook):
        def broken(tensor):
            copied = tensor.detach().clone().requires_grad_()
            copied.grad = tensor.grad
            return hook(copied)

        return POST(self, broken)

    patch_ready(patch, register)


@fault(
    "A post-accumulate hook on a result is accepted.",
    witness=lambda: not raises(lambda: ready(leaf() * 2, lambda tensor: None)),
)
def ready_takes_results(patch):
    def register(self, hook):
        if self.grad_fn is None:
            return POST(self, hook)
        return REGISTER(self, lambda grad: None)

    patch_ready(patch, register)


@fault(
    "A post-accumulate hook on a tensor that requires no gradients is accepted.",
    witness=lambda: not raises(lambda: ready(torch.ones(1), lambda tensor: None)),
)
def ready_takes_any_tensor(patch):
    def register(self, hook):
        if self.requires_grad:
            return POST(self, hook)
        return RemovableHandle(OrderedDict())

    patch_ready(patch, register)


@fault(
    "A post-accumulate hook may return anything.",
    witness=lambda: not _ready_raises(),
)
def ready_may_return_anything(patch):
    def register(self, hook):
        def broken(tensor):
            hook(tensor)

        return POST(self, broken)

    patch_ready(patch, register)


def _ready_raises():
    x = leaf()
    ready(x, lambda tensor: tensor.grad * 2)
    return raises(lambda: (x * 3).sum().backward())


@fault(
    "A post-accumulate hook runs with grad.",
    witness=lambda: _ready()[1][0][2],
)
def ready_runs_with_grad(patch):
    def register(self, hook):
        def broken(tensor):
            with torch.enable_grad():
                return hook(tensor)

        return POST(self, broken)

    patch_ready(patch, register)


@fault(
    "A second post-accumulate hook replaces the first.",
    witness=lambda: _ready_order() == [2],
)
def ready_hooks_replace_each_other(patch):
    def register(self, hook):
        if self._post_accumulate_grad_hooks is not None:
            self._post_accumulate_grad_hooks.clear()
        return POST(self, hook)

    patch_ready(patch, register)


@fault(
    "Post-accumulate hooks run in reverse.",
    witness=lambda: _ready_order() == [2, 1],
)
def ready_hooks_run_in_reverse(patch):
    def register(self, hook):
        handle = POST(self, hook)
        put_last_first(self._post_accumulate_grad_hooks)
        return handle

    patch_ready(patch, register)


def _ready_order():
    seen, x = [], leaf()
    ready(x, lambda tensor: seen.append(1))
    ready(x, lambda tensor: seen.append(2))
    (x * 3).sum().backward()
    return seen


# --- several tensors ------------------------------------------------------------------


def several(**options):
    """What a hook on two factors and an unused product is called with in a pass."""
    seen, a, b = [], leaf(2.0), leaf(3.0)
    unused = a * b
    torch.autograd.graph.register_multi_grad_hook(
        [a, unused, b], lambda grads: seen.append(grads), **options
    )
    (a * b * 1).backward()
    return seen, a.grad.tolist()


def patch_several(patch, change):
    """Patch what a hook on several tensors is; change is given the function."""
    register = torch.autograd.graph.register_multi_grad_hook
    patch(
        torch.autograd.graph,
        "register_multi_grad_hook",
        lambda tensors, fn, **options: register(tensors, change(fn), **options),
    )


@fault(
    "A hook on several tensors leaves out those without a gradient.",
    witness=lambda: len(several()[0][0]) == 2,
)
def several_leave_out_none(patch):
    def change(fn):
        return lambda grads: fn(
            [grad for grad in grads if grad is not None]
            if isinstance(grads, list)
            else grads
        )

    patch_several(patch, change)


@fault(
    "A hook on several tensors is given the gradients in reverse.",
    witness=lambda: several()[0][0][0].item() == 2,
)
def several_are_reversed(patch):
    patch_several(
        patch,
        lambda fn: lambda grads: fn(grads[::-1] if isinstance(grads, list) else grads),
    )


@fault(
    "A hook on several tensors is called for the first gradient.",
    witness=lambda: not isinstance(several()[0][0], list),
)
def several_do_not_wait(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, *, mode="any"):
        return register(tensors, fn, mode=mode)

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


@fault(
    "A hook on several tensors is called for each of them.",
    witness=lambda: len(several()[0]) > 1,
)
def several_are_called_each(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, *, mode="all"):
        if mode != "all":
            return register(tensors, fn, mode=mode)
        grads = [None] * len(tensors)

        def note(place):
            def hook(grad):
                grads[place] = grad
                fn(list(grads))

            return hook

        handles = [t.register_hook(note(i)) for i, t in enumerate(tensors)]
        return handles[0]

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


@fault(
    "A hook on several tensors serves one pass.",
    witness=lambda: _several_passes() == 1,
)
def several_serve_one_pass(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, **options):
        calls = []
        return register(
            tensors, lambda grads: calls or calls.append(fn(grads)), **options
        )

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


def _several_passes():
    seen, a, b = [], leaf(2.0), leaf(3.0)
    torch.autograd.graph.register_multi_grad_hook((a, b), seen.append)
    (a * b * 1).backward()
    (a * b * 1).backward()
    return len(seen)


@fault(
    "The handle of a hook on several tensors removes it from the first only.",
    witness=lambda: _several_removed() == 1,
)
def several_are_removed_from_one(patch):
    def remove(self):
        self.handles[0].remove()

    patch(torch.autograd.graph._MultiHandle, "remove", remove)


def _several_removed():
    seen, a, b = [], leaf(2.0), leaf(3.0)
    torch.autograd.graph.register_multi_grad_hook([a, b], seen.append).remove()
    (b * 3).backward()
    return len(seen)


@fault(
    "An unknown mode of a hook on several tensors counts as all.",
    witness=lambda: not raises(lambda: several(mode="some")),
)
def several_take_any_mode(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, *, mode="all"):
        return register(tensors, fn, mode="any" if mode == "any" else "all")

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


@fault(
    'A hook on several tensors with mode="any" is called once for all passes.',
    witness=lambda: _any_passes() == 1,
)
def any_serves_one_pass(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, *, mode="all"):
        if mode != "any":
            return register(tensors, fn, mode=mode)
        calls = []
        return register(
            tensors, lambda grad: calls or calls.append(fn(grad)), mode="any"
        )

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


def _any_passes():
    seen, a = [], leaf(2.0)
    torch.autograd.graph.register_multi_grad_hook([a], seen.append, mode="any")
    (a * 1).backward()
    (a * 1).backward()
    return len(seen)


@fault(
    'A hook on several tensors with mode="any" refuses one without gradients.',
    witness=lambda: raises(
        lambda: torch.autograd.graph.register_multi_grad_hook(
            [torch.ones(1), leaf(2.0)], print, mode="any"
        )
    ),
)
def any_refuses_constants(patch):
    register = torch.autograd.graph.register_multi_grad_hook

    def broken(tensors, fn, *, mode="all"):
        if not all(tensor.requires_grad for tensor in tensors):
            raise RuntimeError("cannot register a hook on a tensor that doesn't")
        return register(tensors, fn, mode=mode)

    patch(torch.autograd.graph, "register_multi_grad_hook", broken)


# --- nodes of custom Functions --------------------------------------------------------


class Twice(torch.autograd.Function):
    """Twice a tensor."""

    @staticmethod
    def forward(ctx, x):
        """Compute the product."""
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        """Multiply by two."""
        return grad * 2


@fault(
    "Hooks on the node of a custom Function replace each other.",
    witness=lambda: _node_hooks() == 1,
)
def node_hooks_replace_each_other(patch):
    def register(backward_hooks, hook):
        if backward_hooks is None:
            backward_hooks = OrderedDict()
        backward_hooks.clear()
        handle = RemovableHandle(backward_hooks)
        backward_hooks[handle.id] = hook
        return backward_hooks, handle

    patch(torch.autograd.function._HookMixin, "_register_hook", staticmethod(register))


def _node_hooks():
    seen = []
    y = Twice.apply(leaf(2.0))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(1))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(1))
    y.backward()
    return len(seen)


# --- copied handles -------------------------------------------------------------------


@fault(
    "A copied handle removes nothing.",
    witness=lambda: _copied_handle() == [6, 6],
)
def copied_handles_are_dead(patch):
    def restore(self, state):
        self.hooks_dict_ref = lambda: None
        self.id = state[1]
        self.extra_dict_ref = ()

    patch(RemovableHandle, "__setstate__", restore)


def _copied_handle():
    x = leaf()
    handle = x.register_hook(lambda grad: grad * 2)
    copy.copy(handle).remove()
    (x * 3).sum().backward()
    return x.grad.tolist()


@fault(
    "All handles have the same id.",
    witness=lambda: leaf().register_hook(print).id == leaf().register_hook(print).id,
)
def handles_share_an_id(patch):
    init = RemovableHandle.__init__

    def broken(self, hooks_dict, **options):
        init(self, hooks_dict, **options)
        self.id = 1_000_000_000

    patch(RemovableHandle, "__init__", broken)


def prehook_result():
    """The gradient of a leaf whose double has a prehook that multiplies by five."""
    x = leaf(1.0)
    y = Twice.apply(x)
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 5,))
    y.backward()
    return x.grad.tolist()


@fault(
    "A prehook on the node of a custom Function only looks.",
    witness=lambda: prehook_result() == [2],
)
def prehooks_only_look(patch):
    node = torch.autograd.function.BackwardCFunction
    original = node.register_prehook

    def register(self, hook):
        def broken(outputs):
            hook(outputs)

        return original(self, broken)

    patch(node, "register_prehook", register)


@fault(
    "A hook on the node of a custom Function is given inputs and outputs swapped.",
    witness=lambda: _node_inputs() == 1,
)
def node_hooks_swap(patch):
    node = torch.autograd.function.BackwardCFunction
    original = node.register_hook
    patch(
        node,
        "register_hook",
        lambda self, hook: original(
            self, lambda inputs, outputs: hook(outputs, inputs)
        ),
    )


def _node_inputs():
    seen = []
    y = Twice.apply(leaf(1.0))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(inputs[0].item()))
    y.backward()
    return seen[0]

"""Ways to break autograd.grad(): what it returns, allows and records."""

import inspect
import warnings

import torch

from torch_semantics.faults import error_of, fault, quiet, raises, warns, wrap

autograd = torch.autograd


def leaf(*values, **options):
    """A leaf that requires gradients."""
    return torch.tensor(values or (2.0, 3.0), **{"requires_grad": True, **options})


def patch_grad(patch, change):
    """Patch the function; the change gets its arguments by name."""
    original = autograd.grad
    signature = inspect.signature(original)

    def broken(*args, **options):
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        return change(original, bound.arguments)

    broken.__signature__ = signature
    patch(autograd, "grad", broken)


def patch_result(patch, change):
    """Patch the function; the change gets its result and its arguments by name."""
    patch_grad(patch, lambda original, options: change(original(**options), options))


def grad_of(function, *values, **options):
    """The gradient of a function's result by a leaf."""
    x = leaf(*values)
    return autograd.grad(function(x), x, **options)[0]


def unused(**options):
    """The gradients by a leaf that was used and by one that was not."""
    x = leaf()
    return autograd.grad((x * x).sum(), [x, leaf(1.0)], **options)


# --- what it returns ------------------------------------------------------------------


@fault(
    "For a single input grad() returns the gradient itself.",
    witness=lambda: isinstance(autograd.grad((x := leaf()).sum(), x), torch.Tensor),
)
def single_gradient_is_bare(patch):
    patch_result(
        patch,
        lambda result, options: (
            result[0] if isinstance(options["inputs"], torch.Tensor) else result
        ),
    )


@fault(
    "The function grad() returns a list.",
    witness=lambda: isinstance(autograd.grad((x := leaf()).sum(), [x]), list),
)
def gradients_come_in_a_list(patch):
    patch_result(
        patch,
        lambda result, options: list(result) if type(result) is tuple else result,
    )


@fault(
    "The function grad() stores gradients in grad as well.",
    witness=lambda: (lambda x: autograd.grad(x.sum(), x) and x.grad is not None)(
        leaf()
    ),
)
def gradients_are_stored(patch):
    def change(result, options):
        inputs = options["inputs"]
        inputs = [inputs] if isinstance(inputs, torch.Tensor) else inputs
        if isinstance(inputs, (list, tuple)) and isinstance(result, tuple):
            for item, gradient in zip(inputs, result, strict=True):
                if item.is_leaf and gradient is not None:
                    item.grad = gradient.detach()
        return result

    patch_result(patch, change)


@fault(
    "The function grad() adds to gradients that are there.",
    witness=lambda: (
        lambda x: (
            setattr(x, "grad", torch.ones(2))
            or (autograd.grad(x.sum(), x) and x.grad.tolist() != [1, 1])
        )
    )(leaf()),
)
def gradients_are_added(patch):
    def change(result, options):
        item = options["inputs"]
        if isinstance(item, torch.Tensor) and item.is_leaf and item.grad is not None:
            item.grad.add_(result[0].detach())
        return result

    patch_result(patch, change)


@fault(
    "An input that is listed twice gets its gradient at the first place only.",
    witness=lambda: autograd.grad((x := leaf()).sum(), [x, x])[1].tolist() != [1, 1],
)
def repeated_inputs_get_zeros(patch):
    def change(result, options):
        inputs = options["inputs"]
        if not isinstance(inputs, (list, tuple)) or not isinstance(result, tuple):
            return result
        known, gradients = set(), []
        for item, gradient in zip(inputs, result, strict=True):
            again = id(item) in known and gradient is not None
            gradients.append(gradient * 0 if again else gradient)
            known.add(id(item))
        return tuple(gradients)

    patch_result(patch, change)


@fault(
    "Of several results only the first is differentiated.",
    witness=lambda: (
        autograd.grad([(x := leaf(1.0)).sum(), x.sum()], x)[0].tolist() != [2]
    ),
)
def only_the_first_result(patch):
    def change(original, options):
        if isinstance(options["outputs"], (list, tuple)) and options["outputs"]:
            if options["grad_outputs"] is None:
                options["outputs"] = options["outputs"][:1]
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A dict of inputs gives a tuple.",
    witness=lambda: type(autograd.grad((x := leaf()).sum(), {"x": x})) is not dict,
)
def dicts_give_tuples(patch):
    patch_result(
        patch,
        lambda result, options: (
            tuple(result.values()) if isinstance(result, dict) else result
        ),
    )


@fault(
    "A dict of inputs gives its gradients in the order of the names.",
    witness=lambda: (
        list(autograd.grad((x := leaf()).sum(), {"b": x, "a": x})) != ["b", "a"]
    ),
)
def dicts_are_sorted(patch):
    patch_result(
        patch,
        lambda result, options: (
            dict(sorted(result.items())) if isinstance(result, dict) else result
        ),
    )


@fault(
    "A pass to a tensor on the way goes on to the leaves and calls their hooks.",
    witness=lambda: _calls_of_a_hook_behind_the_input() != 0,
)
def passes_go_on(patch):
    def change(original, options):
        inputs = options["inputs"]
        if isinstance(inputs, torch.Tensor) and inputs.grad_fn is not None:
            nodes, leaves = [inputs.grad_fn], set()
            while nodes:
                node = nodes.pop()
                leaves |= {node.variable} if hasattr(node, "variable") else set()
                nodes += [behind for behind, _ in node.next_functions if behind]
            result = original(
                **{**options, "inputs": [inputs, *leaves], "retain_graph": True}
            )
            return result[:1]
        return original(**options)

    patch_grad(patch, change)


def _calls_of_a_hook_behind_the_input():
    x, calls = leaf(), []
    x.register_hook(calls.append)
    middle = x * x
    autograd.grad((middle * middle).sum(), middle)
    return len(calls)


class _Told(torch.Tensor):
    """A tensor that answers every function with its options."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), options=None):
        return options


@fault(
    "A subclass is not told whether zeros are asked for.",
    witness=lambda: (
        "materialize_grads"
        not in autograd.grad(torch.ones(()).as_subclass(_Told), leaf())
    ),
)
def subclass_is_not_told_of_zeros(patch):
    def change(result, options):
        if type(result) is dict:
            result.pop("materialize_grads", None)
        return result

    patch_result(patch, change)


class _Own(torch.Tensor):
    """A tensor of a class of its own."""


def _by_own_in_a_dict():
    """The gradients by a dict of one tensor of a subclass."""
    own = leaf(1.0).as_subclass(_Own)
    return autograd.grad(own.sum(), {"own": own})


@fault(
    "A dict with a subclass gives a tuple.",
    witness=lambda: isinstance(_by_own_in_a_dict(), tuple),
)
def subclasses_in_dicts_give_tuples(patch):
    def change(result, options):
        asked = options["inputs"]
        if type(asked) is dict and type(result) is dict:
            if any(type(x) is not torch.Tensor for x in asked.values()):
                return tuple(result.values())
        return result

    patch_result(patch, change)


@fault(
    "A single edge is not taken for an input.",
    witness=lambda: raises(
        lambda: (
            lambda x: autograd.grad((x * x).sum(), autograd.graph.get_gradient_edge(x))
        )(leaf())
    ),
)
def single_edges_are_no_inputs(patch):
    def change(original, options):
        if isinstance(options["inputs"], autograd.graph.GradientEdge):
            raise TypeError("GradientEdge")
        return original(**options)

    patch_grad(patch, change)


@fault(
    "An unused edge has no zeros, without an error.",
    witness=lambda: (
        not raises(
            lambda: autograd.grad(
                leaf().sum(),
                autograd.graph.get_gradient_edge(leaf()),
                materialize_grads=True,
            )
        )
    ),
)
def edges_have_no_zeros(patch):
    def change(original, options):
        if isinstance(options["inputs"], autograd.graph.GradientEdge):
            if options["materialize_grads"]:
                options.update(materialize_grads=False, allow_unused=True)
        return original(**options)

    patch_grad(patch, change)


# --- where it starts ------------------------------------------------------------------


@fault(
    "The default of grad_outputs is ones for every shape.",
    witness=lambda: not raises(lambda: grad_of(lambda x: x * x)),
)
def vectors_default_to_ones(patch):
    def change(original, options):
        result = options["outputs"]
        if isinstance(result, torch.Tensor) and options["grad_outputs"] is None:
            options["grad_outputs"] = torch.ones_like(result)
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A single grad_outputs is broadcast to the result.",
    witness=lambda: (
        not raises(lambda: grad_of(lambda x: x * x, grad_outputs=torch.ones(1)))
    ),
)
def grad_outputs_are_broadcast(patch):
    def change(original, options):
        result, weights = options["outputs"], options["grad_outputs"]
        if isinstance(weights, torch.Tensor) and isinstance(result, torch.Tensor):
            if weights.numel() == 1 and not options["is_grads_batched"]:
                options["grad_outputs"] = weights.expand_as(result)
        return original(**options)

    patch_grad(patch, change)


@fault(
    "The grad_outputs are detached.",
    witness=lambda: (
        lambda w: (
            not autograd.grad(x := leaf(), x, w, create_graph=True)[0].requires_grad
        )
    )(leaf()),
)
def grad_outputs_are_detached(patch):
    def change(original, options):
        if isinstance(options["grad_outputs"], torch.Tensor):
            options["grad_outputs"] = options["grad_outputs"].detach()
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A result without a graph counts as one that no input was used for.",
    witness=lambda: (
        not raises(lambda: autograd.grad(torch.ones(()), leaf(), allow_unused=True))
    ),
)
def plain_results_give_none(patch):
    def change(original, options):
        result = options["outputs"]
        plain = isinstance(result, torch.Tensor) and not result.requires_grad
        if plain and options["allow_unused"]:
            return (None,)
        return original(**options)

    patch_grad(patch, change)


# --- inputs that take no part ---------------------------------------------------------


@fault("Unused inputs are allowed by default.", witness=lambda: not raises(unused))
def unused_is_allowed(patch):
    def change(original, options):
        if options["allow_unused"] is None:
            options["allow_unused"] = True
        return original(**options)

    patch_grad(patch, change)


@fault(
    "The argument allow_unused is ignored.",
    witness=lambda: raises(lambda: unused(allow_unused=True)),
)
def allow_unused_is_ignored(patch):
    def change(original, options):
        if not options.get("materialize_grads"):
            options["allow_unused"] = False
        return original(**options)

    patch_grad(patch, change)


@fault(
    "Unused inputs that are allowed have zeros.",
    witness=lambda: unused(allow_unused=True)[1] is not None,
)
def unused_inputs_have_zeros(patch):
    def change(result, options):
        inputs = options["inputs"]
        if not isinstance(inputs, (list, tuple)):
            return result
        return tuple(
            torch.zeros_like(item) if gradient is None else gradient
            for item, gradient in zip(inputs, result, strict=True)
        )

    patch_result(patch, change)


@fault(
    "Inputs that do not require gradients have None where unused ones are allowed.",
    witness=lambda: (
        not raises(
            lambda: autograd.grad(
                (x := leaf()).sum(), [x, torch.ones(1)], allow_unused=True
            )
        )
    ),
)
def plain_inputs_have_none(patch):
    def change(original, options):
        inputs = options["inputs"]
        if not options["allow_unused"] or not isinstance(inputs, list):
            return original(**options)
        kept = [item for item in inputs if item.requires_grad]
        found = iter(original(**{**options, "inputs": kept}))
        return tuple(next(found) if item.requires_grad else None for item in inputs)

    patch_grad(patch, change)


@fault(
    "Materialized zeros have the shape of the first gradient.",
    witness=lambda: unused(materialize_grads=True)[1].shape != (1,),
)
def zeros_have_another_shape(patch):
    def change(original, options):
        if not options["materialize_grads"] or isinstance(options["inputs"], dict):
            return original(**options)
        if options["allow_unused"] is False:
            return original(**options)
        result = original(
            **{**options, "materialize_grads": False, "allow_unused": True}
        )
        zeros = torch.zeros_like(result[0], requires_grad=options["create_graph"])
        return tuple(zeros if item is None else item for item in result)

    patch_grad(patch, change)


@fault(
    "Materialized zeros require gradients though the pass was not recorded.",
    witness=lambda: unused(materialize_grads=True)[1].requires_grad,
)
def zeros_require_gradients(patch):
    def change(result, options):
        if options["materialize_grads"] and isinstance(result, tuple):
            return tuple(
                item if item.requires_grad or item.any() else item.requires_grad_()
                for item in result
            )
        return result

    patch_result(patch, change)


@fault(
    "The argument materialize_grads overrides allow_unused=False.",
    witness=lambda: (
        not raises(lambda: unused(materialize_grads=True, allow_unused=False))
    ),
)
def materialize_overrides(patch):
    def change(original, options):
        if options["materialize_grads"]:
            options["allow_unused"] = True
        return original(**options)

    patch_grad(patch, change)


@fault(
    "An empty list of inputs gives an empty tuple.",
    witness=lambda: not raises(lambda: autograd.grad(leaf().sum(), [])),
)
def empty_inputs_give_nothing(patch):
    def change(original, options):
        if isinstance(options["inputs"], list) and not options["inputs"]:
            return ()
        return original(**options)

    patch_grad(patch, change)


@fault(
    "With only_inputs=False gradients of other leaves are stored.",
    witness=lambda: _grad_of_another_leaf() is not None,
)
def only_inputs_counts(patch):
    def change(original, options):
        if not options["only_inputs"]:
            options["outputs"].backward(retain_graph=True)
        return original(**options)

    patch_grad(patch, change)


def _grad_of_another_leaf():
    x, y = leaf(), leaf()
    quiet(lambda: autograd.grad((x * y).sum(), x, only_inputs=False))
    return y.grad


@fault(
    "The argument only_inputs=False does not warn.",
    witness=lambda: (
        not warns(lambda: autograd.grad((x := leaf()).sum(), x, only_inputs=False))
    ),
)
def only_inputs_is_silent(patch):
    def change(original, options):
        options["only_inputs"] = True
        return original(**options)

    patch_grad(patch, change)


# --- a batch of passes ----------------------------------------------------------------


def jacobian():
    """The Jacobian of the square of a vector, in one batch."""
    return grad_of(
        lambda x: torch.stack([x[0] * x[1], x[1]]),
        grad_outputs=torch.eye(2),
        is_grads_batched=True,
    ).tolist()


@fault(
    "A batch of gradients is summed.",
    witness=lambda: jacobian() != [[3, 2], [0, 1]],
)
def batches_are_summed(patch):
    patch_result(
        patch,
        lambda result, options: (
            tuple(None if item is None else item.sum(0) for item in result)
            if options["is_grads_batched"]
            else result
        ),
    )


@fault(
    "A batch of gradients has its passes in the last dim.",
    witness=lambda: jacobian() != [[3, 2], [0, 1]],
)
def batches_are_transposed(patch):
    patch_result(
        patch,
        lambda result, options: (
            tuple(None if item is None else item.movedim(0, -1) for item in result)
            if options["is_grads_batched"]
            else result
        ),
    )


@fault(
    "A batch of gradients is never recorded.",
    witness=lambda: (
        not grad_of(
            lambda x: x**3,
            grad_outputs=torch.eye(2),
            is_grads_batched=True,
            create_graph=True,
        ).requires_grad
    ),
)
def batches_are_detached(patch):
    patch_result(
        patch,
        lambda result, options: (
            tuple(None if item is None else item.detach() for item in result)
            if options["is_grads_batched"]
            else result
        ),
    )


# --- the graph afterwards -------------------------------------------------------------


def twice(first, second=None):
    """Two passes over one graph, with options for each."""
    x = leaf()
    result = (x**3).sum()
    autograd.grad(result, x, **first)
    autograd.grad(result, x, **(second or {}))


@fault("Every pass retains its graph.", witness=lambda: not raises(lambda: twice({})))
def graphs_are_always_retained(patch):
    def change(original, options):
        options["retain_graph"] = True
        return original(**options)

    patch_grad(patch, change)


@fault(
    "The argument retain_graph is ignored.",
    witness=lambda: raises(lambda: twice({"retain_graph": True})),
)
def retain_graph_is_ignored(patch):
    def change(original, options):
        options["retain_graph"] = None
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A recorded pass frees its graph by default.",
    witness=lambda: raises(lambda: twice({"create_graph": True})),
)
def retain_graph_does_not_follow(patch):
    def change(original, options):
        options["retain_graph"] = bool(options["retain_graph"])
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A recorded pass retains its graph whatever it is told.",
    witness=lambda: (
        not raises(lambda: twice({"create_graph": True, "retain_graph": False}))
    ),
)
def recorded_passes_always_retain(patch):
    def change(original, options):
        options["retain_graph"] = options["retain_graph"] or options["create_graph"]
        return original(**options)

    patch_grad(patch, change)


# --- gradients of gradients -----------------------------------------------------------


@fault(
    "The argument create_graph is ignored.",
    witness=lambda: (
        not grad_of(lambda x: (x**3).sum(), create_graph=True).requires_grad
    ),
)
def create_graph_is_ignored(patch):
    def change(original, options):
        if options["create_graph"] and options["retain_graph"] is None:
            options["retain_graph"] = True
        options["create_graph"] = False
        return original(**options)

    patch_grad(patch, change)


@fault(
    "Every pass is recorded.",
    witness=lambda: grad_of(lambda x: (x**3).sum()).requires_grad,
)
def passes_are_always_recorded(patch):
    def change(original, options):
        options["retain_graph"] = bool(
            options["create_graph"]
            if options["retain_graph"] is None
            else options["retain_graph"]
        )
        options["create_graph"] = True
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A recorded pass warns.",
    witness=lambda: warns(lambda: grad_of(lambda x: (x**3).sum(), create_graph=True)),
)
def recorded_pass_warns(patch):
    def change(original, options):
        if options["create_graph"]:
            warnings.warn("will create a reference cycle", stacklevel=2)
        return original(**options)

    patch_grad(patch, change)


def second_derivative(function, value):
    """The second derivative of a function at a point."""
    x = leaf(value)
    (first,) = autograd.grad(function(x).sum(), x, create_graph=True)
    return autograd.grad(first.sum(), x)[0].item()


def bend(patch, name, slope, bend):
    """Patch a method to have the derivative that it has, and another second one."""

    class Bent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return original(x)

        @staticmethod
        def backward(ctx, gradient):
            (x,) = ctx.saved_tensors
            kept = x.detach()
            return gradient * (slope(kept) + (x - kept) * bend(kept))

    original = getattr(torch.Tensor, name)
    patch(torch.Tensor, name, lambda self: Bent.apply(self))


@fault(
    "The second derivative of sin() has the wrong sign.",
    witness=lambda: second_derivative(lambda x: x.sin(), 1.0) > 0,
)
def sin_bends_up(patch):
    sin, cos = torch.Tensor.sin, torch.Tensor.cos
    bend(patch, "sin", lambda x: cos(x), lambda x: sin(x))


@fault(
    "The second derivative of log() is half of what it is.",
    witness=lambda: second_derivative(lambda x: x.log(), 1.0) != -1,
)
def log_bends_less(patch):
    bend(patch, "log", lambda x: 1 / x, lambda x: -0.5 / x**2)


@fault(
    "The derivative of tanh() lacks the square.",
    witness=lambda: grad_of(lambda x: x.tanh().sum(), 1.0).item() < 0.4,
)
def tanh_has_another_slope(patch):
    tanh = torch.Tensor.tanh
    bend(patch, "tanh", lambda x: 1 - tanh(x), lambda x: 0 * x)


@fault(
    "The derivative of erf() lacks its factor.",
    witness=lambda: abs(grad_of(lambda x: x.erf().sum(), 0.0).item() - 1) < 0.01,
)
def erf_has_another_slope(patch):
    bend(patch, "erf", lambda x: (-x * x).exp(), lambda x: -2 * x * (-x * x).exp())


@fault(
    "The recorded gradient through clamp() has no graph.",
    witness=lambda: _recorded_through_clamp() is False,
)
def clamp_is_cut(patch):
    def change(original, x, *limits, **options):
        class Clamped(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                result = original(x, *limits, **options)
                ctx.save_for_backward(result == x)
                return result

            @staticmethod
            def backward(ctx, gradient):
                return gradient.detach() * ctx.saved_tensors[0]

        return Clamped.apply(x)

    wrap(patch, torch.Tensor, "clamp", change)


def _recorded_through_clamp():
    x = leaf(2.0)
    (first,) = autograd.grad((x.clamp(min=0) ** 2).sum(), x, create_graph=True)
    return first.requires_grad


@fault(
    "By default allow_unused is true and retain_graph False.",
    witness=lambda: (
        inspect.signature(autograd.grad).parameters["retain_graph"].default is False
    ),
)
def defaults_are_others(patch):
    original = autograd.grad
    signature = inspect.signature(original)
    others = {"retain_graph": False, "allow_unused": True}

    def broken(*args, **options):
        bound = signature.bind(*args, **options)
        return original(**{**others, **bound.arguments})

    broken.__signature__ = signature.replace(
        parameters=[
            item.replace(default=others.get(item.name, item.default))
            for item in signature.parameters.values()
        ]
    )
    patch(autograd, "grad", broken)


@fault(
    "The function gradgradcheck() finds every second derivative right.",
    witness=lambda: autograd.gradgradcheck(
        _WithoutGraph.apply, leaf(1.0, dtype=torch.float64), raise_exception=False
    ),
)
def gradgradcheck_is_always_content(patch):
    patch(autograd, "gradgradcheck", lambda *args, **options: True)


class _WithoutGraph(torch.autograd.Function):
    """The cube, with a derivative that is a constant to autograd."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 3 * ctx.saved_tensors[0].detach() ** 2


@fault(
    "An empty list of results gives an error about the results.",
    witness=lambda: (
        "no results" in str(error_of(lambda: autograd.grad([], leaf())) or "")
    ),
)
def no_results_is_another_error(patch):
    def change(original, options):
        if isinstance(options["outputs"], list) and not options["outputs"]:
            raise RuntimeError("no results")
        return original(**options)

    patch_grad(patch, change)


@fault(
    "A mapping that is a dict's subclass is taken for inputs.",
    witness=lambda: not raises(lambda: autograd.grad((x := leaf()).sum(), _Named(x=x))),
)
def subclasses_of_dict_are_taken(patch):
    def change(original, options):
        if isinstance(options["inputs"], dict):
            options["inputs"] = dict(options["inputs"])
        return original(**options)

    patch_grad(patch, change)


class _Named(dict):
    """A mapping that is not a dict."""


@fault(
    "Hooks of tensors on the way are given twice the gradient.",
    witness=lambda: _gradient_seen_on_the_way() != 1,
)
def hooks_see_double(patch):
    wrap(
        patch,
        torch.Tensor,
        "register_hook",
        lambda original, self, hook: original(
            self, lambda gradient: hook(gradient * 2)
        ),
    )


def _gradient_seen_on_the_way():
    x, seen = leaf(1.0), []
    x.register_hook(lambda gradient: seen.append(gradient.item()))
    autograd.grad(x.sum(), x)
    return seen[0]

"""Ways to break a backward pass: its start, what it frees, and its derivatives."""

import contextlib
import inspect
import math
import warnings

import torch

from torch_semantics.faults import error_of, fault, quiet, raises, warns, wrap

autograd = torch.autograd


def leaf(*values, **options):
    """A leaf that requires gradients."""
    return torch.tensor(values or (2.0, 3.0), **{"requires_grad": True, **options})


def message(call):
    """The message of the error that a call raises."""
    return str(error_of(call) or "")


def grad_of(function, *values):
    """The gradient of the sum of a function's results, as a list."""
    x = leaf(*values)
    function(x).sum().backward()
    return x.grad.tolist()


def patch_backward(patch, change):
    """Patch the function and, through it, the method; the change gets its arguments by
    name.
    """
    original = autograd.backward
    signature = inspect.signature(original)

    def broken(*args, **options):
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        return change(original, bound.arguments)

    patch(autograd, "backward", broken)


def skewed(result, factor):
    """The same values, with the gradient times a factor."""
    kept = result.detach()
    return kept + (result - kept) * factor


# --- the result that it starts from ---------------------------------------------------


@fault(
    "A result of several elements has ones as its default gradient.",
    witness=lambda: not raises(lambda: (leaf() * 2).backward()),
)
def vectors_default_to_ones(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, torch.Tensor) and options["grad_tensors"] is None:
            options["grad_tensors"] = torch.ones_like(roots)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A result without elements has a default gradient.",
    witness=lambda: not raises(lambda: (leaf() * 2)[:0].backward()),
)
def empty_results_default_to_ones(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, torch.Tensor) and roots.numel() == 0:
            options["grad_tensors"] = torch.ones_like(roots)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The default gradient of a scalar is its own value.",
    witness=lambda: grad_of(lambda x: x * 2, 2.0, 3.0) != [2.0, 2.0],
)
def default_is_the_value(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, torch.Tensor) and options["grad_tensors"] is None:
            options["grad_tensors"] = roots.detach() if roots.numel() == 1 else None
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A result that does not require gradients is passed over in silence.",
    witness=lambda: not raises(lambda: torch.ones(()).backward()),
)
def plain_roots_are_ignored(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, torch.Tensor) and not roots.requires_grad:
            return None
        return original(**options)

    patch_backward(patch, change)


@fault(
    "Among several results those that do not require gradients are left out.",
    witness=lambda: (
        not raises(lambda: autograd.backward([leaf().sum(), torch.ones(())]))
    ),
)
def plain_roots_are_dropped(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, list) and options["grad_tensors"] is None:
            options["tensors"] = [root for root in roots if root.requires_grad] or roots
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The message about a result without a graph gives the wrong place.",
    witness=lambda: (
        "element 1"
        not in message(lambda: autograd.backward([leaf().sum(), torch.ones(())]))
    ),
)
def wrong_place_in_message(patch):
    def change(original, options):
        try:
            return original(**options)
        except RuntimeError as error:
            text = str(error).replace("element 1 of", "element 0 of")
            raise RuntimeError(text) from None

    patch_backward(patch, change)


@fault(
    "A complex result of one element has 1 as its default gradient.",
    witness=lambda: not raises(lambda: (leaf(1j) * 2).sum().backward()),
)
def complex_root_defaults_to_one(patch):
    def change(original, options):
        roots = options["tensors"]
        if isinstance(roots, torch.Tensor) and roots.is_complex():
            if options["grad_tensors"] is None:
                options["grad_tensors"] = torch.ones_like(roots)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "An edge is not taken for a result.",
    witness=lambda: raises(
        lambda: autograd.backward(autograd.graph.get_gradient_edge(leaf().sum()))
    ),
)
def edges_are_no_roots(patch):
    def change(original, options):
        if isinstance(options["tensors"], autograd.graph.GradientEdge):
            raise TypeError("GradientEdge")
        return original(**options)

    patch_backward(patch, change)


# --- the gradient that it starts from -------------------------------------------------


def pass_of(gradient, result=lambda x: x * x):
    """A leaf's gradient after a pass with a given gradient."""
    x = leaf()
    result(x).backward(gradient)
    return x.grad.tolist()


@fault(
    "A given gradient is broadcast to the shape of the result.",
    witness=lambda: not raises(lambda: pass_of(torch.ones(1))),
)
def given_gradient_is_broadcast(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, torch.Tensor) and isinstance(given, torch.Tensor):
            with contextlib.suppress(RuntimeError):
                options["grad_tensors"] = given.expand_as(roots)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A given gradient is reshaped to the shape of the result.",
    witness=lambda: not raises(lambda: pass_of(torch.ones(2, 1))),
)
def given_gradient_is_reshaped(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, torch.Tensor) and isinstance(given, torch.Tensor):
            if given.numel() == roots.numel():
                options["grad_tensors"] = given.reshape(roots.shape)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A given gradient of another dtype is refused.",
    witness=lambda: raises(lambda: pass_of(torch.tensor([1, 2]))),
)
def given_dtype_is_refused(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, torch.Tensor) and isinstance(given, torch.Tensor):
            if roots.dtype != given.dtype:
                raise RuntimeError("Mismatch in dtype")
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A real gradient is taken for a complex result.",
    witness=lambda: not raises(lambda: leaf(1j).backward(torch.ones(1))),
)
def real_gradient_for_complex(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, torch.Tensor) and isinstance(given, torch.Tensor):
            if roots.is_complex() and given.is_floating_point():
                options["grad_tensors"] = given.to(roots.dtype)
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The imaginary part of a gradient for a real result is dropped.",
    witness=lambda: not raises(lambda: pass_of(torch.ones(2) * 1j)),
)
def complex_gradient_for_real(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, torch.Tensor) and isinstance(given, torch.Tensor):
            if given.is_complex() and not roots.is_complex():
                options["grad_tensors"] = given.real
        return original(**options)

    patch_backward(patch, change)


@fault(
    "Numbers are taken for given gradients.",
    witness=lambda: not raises(lambda: leaf().sum().backward([1.0])),
)
def numbers_are_gradients(patch):
    def change(original, options):
        given = options["grad_tensors"]
        if isinstance(given, list):
            options["grad_tensors"] = [
                torch.tensor(item) if isinstance(item, float) else item
                for item in given
            ]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A number for a gradient raises RuntimeError.",
    witness=lambda: isinstance(
        error_of(lambda: leaf().sum().backward(1.0)), RuntimeError
    ),
)
def number_raises_runtime_error(patch):
    def change(original, options):
        if isinstance(options["grad_tensors"], float):
            raise RuntimeError("'float' object is not iterable")
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The method scales the gradient that it is given in place.",
    witness=lambda: (lambda g: (leaf() * 2).backward(g) or g.tolist() != [1, 1])(
        torch.ones(2)
    ),
)
def given_gradient_is_written(patch):
    backward = torch.Tensor.backward

    def broken(self, gradient=None, *args, **options):
        backward(self, gradient, *args, **options)
        if gradient is not None and not gradient.requires_grad:
            gradient.mul_(2)

    patch(torch.Tensor, "backward", broken)


@fault(
    "A given gradient is detached, also from a pass that is recorded.",
    witness=lambda: (
        lambda x, g: (
            quiet(lambda: (x * x).backward(g, create_graph=True))
            or autograd.grad(x.grad.sum(), g, allow_unused=True)[0] is None
        )
    )(leaf(), leaf()),
)
def given_gradient_is_detached(patch):
    def change(original, options):
        if isinstance(options["grad_tensors"], torch.Tensor):
            options["grad_tensors"] = options["grad_tensors"].detach()
        return original(**options)

    patch_backward(patch, change)


# --- several results ------------------------------------------------------------------


def over_roots(*factors, gradients=None):
    """A leaf's gradient after one pass from several results, times these factors."""
    x = leaf(1.0)
    autograd.backward([(x * factor).sum() for factor in factors], gradients)
    return x.grad.item()


@fault(
    "Of several results only the first is passed from.",
    witness=lambda: over_roots(1, 2) != 3,
)
def only_the_first_root(patch):
    def change(original, options):
        if isinstance(options["tensors"], (list, tuple)):
            options["tensors"] = options["tensors"][:1]
            if isinstance(options["grad_tensors"], (list, tuple)):
                options["grad_tensors"] = options["grad_tensors"][:1]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "Results are taken in reverse, their gradients are not.",
    witness=lambda: over_roots(1, 2, gradients=[torch.ones(()), torch.zeros(())]) != 1,
)
def gradients_are_swapped(patch):
    def change(original, options):
        if isinstance(options["tensors"], (list, tuple)):
            options["tensors"] = options["tensors"][::-1]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "Missing gradients of several results are taken for 1.",
    witness=lambda: not raises(lambda: over_roots(1, 2, gradients=[torch.ones(())])),
)
def missing_gradients_are_ones(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, list) and given is not None:
            given = [given] if isinstance(given, torch.Tensor) else list(given)
            given += [None] * (len(roots) - len(given))
            options["grad_tensors"] = given
        return original(**options)

    patch_backward(patch, change)


@fault(
    "An empty list of results is an error.",
    witness=lambda: raises(lambda: autograd.backward([])),
)
def no_results_is_an_error(patch):
    def change(original, options):
        if isinstance(options["tensors"], list) and not options["tensors"]:
            raise RuntimeError("no tensors")
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A result that is listed twice is passed from once.",
    witness=lambda: (lambda x, y: autograd.backward([y, y]) or x.grad.item() != 2)(
        *(lambda x: (x, x.sum()))(leaf(1.0))
    ),
)
def repeated_roots_count_once(patch):
    def change(original, options):
        roots, given = options["tensors"], options["grad_tensors"]
        if isinstance(roots, list):
            places = {id(root): place for place, root in enumerate(roots)}.values()
            options["tensors"] = [roots[place] for place in places]
            if isinstance(given, list) and len(given) == len(roots):
                options["grad_tensors"] = [given[place] for place in places]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The function returns what it was given.",
    witness=lambda: autograd.backward(leaf().sum()) is not None,
)
def backward_returns_something(patch):
    def change(original, options):
        original(**options)
        return options["tensors"]

    patch_backward(patch, change)


@fault(
    "The deprecated name of the gradients is ignored.",
    witness=lambda: raises(
        lambda: quiet(
            lambda: autograd.backward(leaf() * 2, grad_variables=torch.ones(2))
        )
    ),
)
def grad_variables_is_ignored(patch):
    def change(original, options):
        if options["grad_tensors"] is None and options["grad_variables"] is not None:
            warnings.warn(
                "`grad_variables` is deprecated. ", FutureWarning, stacklevel=2
            )
            options["grad_variables"] = None
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The deprecated name of the gradients does not warn.",
    witness=lambda: (
        not warns(lambda: autograd.backward(leaf() * 2, grad_variables=torch.ones(2)))
    ),
)
def grad_variables_is_silent(patch):
    def change(original, options):
        if options["grad_tensors"] is None:
            options["grad_tensors"] = options.pop("grad_variables")
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The deprecated name of the gradients wins over the new one.",
    witness=lambda: (
        not raises(
            lambda: quiet(
                lambda: autograd.backward(
                    leaf() * 2, torch.ones(2), grad_variables=torch.ones(2)
                )
            )
        )
    ),
)
def grad_variables_wins(patch):
    def change(original, options):
        if options["grad_variables"] is not None:
            options["grad_tensors"] = None
        return original(**options)

    patch_backward(patch, change)


# --- what is freed --------------------------------------------------------------------


def twice(first, second):
    """Two passes over one graph, with options for each."""
    y = (leaf() ** 2).sum()
    quiet(lambda: y.backward(**first))
    quiet(lambda: y.backward(**second))


@fault(
    "Every pass retains its graph.", witness=lambda: not raises(lambda: twice({}, {}))
)
def graphs_are_always_retained(patch):
    def change(original, options):
        options["retain_graph"] = True
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The argument retain_graph is ignored.",
    witness=lambda: raises(lambda: twice({"retain_graph": True}, {})),
)
def retain_graph_is_ignored(patch):
    def change(original, options):
        options["retain_graph"] = None
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The default of retain_graph is False, also for a recorded pass.",
    witness=lambda: raises(lambda: twice({"create_graph": True}, {})),
)
def retain_graph_does_not_follow(patch):
    def change(original, options):
        options["retain_graph"] = bool(options["retain_graph"])
        return original(**options)

    patch_backward(patch, change)


@fault(
    "A recorded pass retains its graph whatever it is told.",
    witness=lambda: (
        not raises(lambda: twice({"create_graph": True, "retain_graph": False}, {}))
    ),
)
def recorded_passes_always_retain(patch):
    def change(original, options):
        options["retain_graph"] = options["retain_graph"] or options["create_graph"]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "The error of a second pass is swallowed.",
    witness=lambda: not raises(lambda: twice({}, {})),
)
def second_pass_is_silent(patch):
    def change(original, options):
        try:
            return original(**options)
        except RuntimeError as error:
            if "a second time" not in str(error):
                raise
            return None

    patch_backward(patch, change)


@fault(
    "An error that a hook raises in a pass is swallowed.",
    witness=lambda: not raises(_pass_with_a_refusing_hook),
)
def hook_errors_are_swallowed(patch):
    def change(original, options):
        with contextlib.suppress(ValueError):
            return original(**options)

    patch_backward(patch, change)


def _pass_with_a_refusing_hook():
    y = leaf() * 2
    y.register_hook(lambda gradient: int("refused"))
    y.sum().backward()


# --- recording the pass ---------------------------------------------------------------


def recorded_grad(**options):
    """A leaf's gradient after a pass of its cube, at 3."""
    x = leaf(3.0)
    quiet(lambda: (x**3).sum().backward(**options))
    return x.grad


@fault(
    "The argument create_graph is ignored.",
    witness=lambda: not recorded_grad(create_graph=True).requires_grad,
)
def create_graph_is_ignored(patch):
    def change(original, options):
        if options["create_graph"] and options["retain_graph"] is None:
            options["retain_graph"] = True
        options["create_graph"] = False
        warnings.warn("Using backward() will create a reference cycle", stacklevel=2)
        return original(**options)

    patch_backward(patch, change)


@fault("Every pass is recorded.", witness=lambda: recorded_grad().requires_grad)
def passes_are_always_recorded(patch):
    def change(original, options):
        options["retain_graph"] = bool(options["retain_graph"])
        options["create_graph"] = True
        return quiet(lambda: original(**options))

    patch_backward(patch, change)


@fault(
    "A recorded pass does not warn of a cycle.",
    witness=lambda: not warns(lambda: leaf().sum().backward(create_graph=True)),
)
def recorded_pass_is_silent(patch):
    patch_backward(patch, lambda original, options: quiet(lambda: original(**options)))


# --- inputs ---------------------------------------------------------------------------


def over_inputs(choose):
    """The gradients of two factors after a pass whose inputs are chosen from them."""
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward(inputs=choose(x, y))
    return [quiet(lambda t=t: t.grad) for t in (x, y)]


@fault(
    "The argument inputs is ignored.",
    witness=lambda: over_inputs(lambda x, y: [x])[1] is not None,
)
def inputs_are_ignored(patch):
    def change(original, options):
        options["inputs"] = None
        return original(**options)

    patch_backward(patch, change)


@fault(
    "An empty list of inputs stands for all leaves.",
    witness=lambda: not raises(lambda: over_inputs(lambda x, y: [])),
)
def empty_inputs_are_all_leaves(patch):
    def change(original, options):
        options["inputs"] = options["inputs"] or None
        return original(**options)

    def guarded(original, options):
        if isinstance(options["inputs"], (list, tuple, dict)):
            return change(original, options)
        return original(**options)

    patch_backward(patch, guarded)


@fault(
    "Of several inputs only the first gets a gradient.",
    witness=lambda: over_inputs(lambda x, y: [x, y])[1] is None,
)
def only_the_first_input(patch):
    def change(original, options):
        if isinstance(options["inputs"], (list, tuple)):
            options["inputs"] = options["inputs"][:1]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "An input that the result does not depend on gets zeros.",
    witness=lambda: (
        over_inputs(lambda x, y: [x, _UNRELATED])[0] is None
        or _UNRELATED.grad is not None
    ),
)
def unreachable_inputs_get_zeros(patch):
    def change(original, options):
        original(**options)
        inputs = options["inputs"]
        for item in inputs if isinstance(inputs, (list, tuple)) else []:
            if item.grad is None:
                item.grad = torch.zeros_like(item)

    patch_backward(patch, change)


_UNRELATED = leaf(1.0)


@fault(
    "Inputs that do not require gradients are left out in silence.",
    witness=lambda: not raises(lambda: over_inputs(lambda x, y: [x, y.detach()])),
)
def plain_inputs_are_dropped(patch):
    def change(original, options):
        if isinstance(options["inputs"], list) and len(options["inputs"]) > 1:
            options["inputs"] = [
                item
                for item in options["inputs"]
                if not isinstance(item, torch.Tensor) or item.requires_grad
            ]
        return original(**options)

    patch_backward(patch, change)


@fault(
    "Any mapping is taken for inputs.",
    witness=lambda: not raises(lambda: over_inputs(lambda x, y: _Named(x=x))),
)
def any_mapping_is_taken(patch):
    def change(original, options):
        if isinstance(options["inputs"], dict):
            options["inputs"] = list(options["inputs"].values())
        return original(**options)

    patch_backward(patch, change)


class _Named(dict):
    """A mapping that is not a dict."""


# --- checking derivatives -------------------------------------------------------------


@fault(
    "The function gradcheck() finds every derivative right.",
    witness=lambda: autograd.gradcheck(
        lambda x: x.detach() + (x - x.detach()) * 2,
        leaf(1.0, dtype=torch.float64),
        raise_exception=False,
    ),
)
def gradcheck_is_always_content(patch):
    patch(autograd, "gradcheck", lambda *args, **options: True)


@fault(
    "The function gradcheck() gives False for a wrong derivative instead of raising.",
    witness=lambda: (
        not raises(
            lambda: autograd.gradcheck(
                lambda x: x.detach() + (x - x.detach()) * 2,
                leaf(1.0, dtype=torch.float64),
            )
        )
    ),
)
def gradcheck_does_not_raise(patch):
    gradcheck = autograd.gradcheck
    patch(
        autograd,
        "gradcheck",
        lambda *args, raise_exception=True, **options: gradcheck(
            *args, raise_exception=False, **options
        ),
    )


# --- derivatives of operations --------------------------------------------------------


@fault(
    "The derivative of relu() at 0 is 1.",
    witness=lambda: grad_of(torch.relu, 0.0) != [0.0],
)
def relu_slopes_at_zero(patch):
    wrap(
        patch,
        torch,
        "relu",
        lambda original, x: original(x) + (x - x.detach()) * (x.detach() == 0),
    )


@fault(
    "The derivative of abs() at 0 is 1.",
    witness=lambda: grad_of(torch.abs, 0.0) != [0.0],
)
def abs_slopes_at_zero(patch):
    wrap(
        patch,
        torch,
        "abs",
        lambda original, x: original(x) + (x - x.detach()) * (x.detach() == 0),
    )


@fault(
    "The derivative of sqrt() at 0 is 0.",
    witness=lambda: grad_of(torch.Tensor.sqrt, 0.0) != [math.inf],
)
def sqrt_is_flat_at_zero(patch):
    wrap(
        patch,
        torch.Tensor,
        "sqrt",
        lambda original, x: original(torch.where(x > 0, x, x.detach())),
    )


@fault(
    "Of equal largest elements the first gets all of the gradient of amax().",
    witness=lambda: grad_of(lambda x: x.amax(0), 1.0, 1.0) != [0.5, 0.5],
)
def amax_gives_to_the_first(patch):
    wrap(
        patch,
        torch.Tensor,
        "amax",
        lambda original, x, *args, **options: (
            x.max(args[0]).values
            if args and args[0] == 0
            else original(x, *args, **options)
        ),
    )


@fault(
    "Two equal operands of maximum() get the whole gradient each.",
    witness=lambda: (
        lambda a, b: torch.maximum(a, b).sum().backward() or a.grad.tolist() != [0.5]
    )(leaf(1.0), leaf(1.0)),
)
def maximum_counts_ties_twice(patch):
    wrap(
        patch,
        torch,
        "maximum",
        lambda original, a, b: (
            original(a, b)
            + ((a - a.detach()) + (b - b.detach())) * (a == b).detach() / 2
        ),
    )


@fault(
    "Elements at a limit of clamp() get half of the gradient.",
    witness=lambda: grad_of(lambda x: x.clamp(0, 2), 0.0, 1.0) not in ([0, 1], [1, 1]),
)
def clamp_halves_at_limits(patch):
    def change(original, x, *limits, **options):
        result = original(x, *limits, **options)
        return result + (x - x.detach()) * 0.5 * (x.detach() == 0)

    wrap(patch, torch.Tensor, "clamp", change)


@fault(
    "The gradient through prod() is computed by dividing by the factor.",
    witness=lambda: grad_of(torch.Tensor.prod, 0.0, 3.0) != [3.0, 0.0],
)
def prod_divides(patch):
    def change(original, x, *args, **options):
        if args or options:
            return original(x, *args, **options)
        kept = original(x.detach())
        return kept + ((x - x.detach()) * (kept / x.detach())).sum()

    wrap(patch, torch.Tensor, "prod", change)


@fault(
    "An element that an index picks twice gets the gradient of one place only.",
    witness=lambda: grad_of(lambda x: x[[0, 0]], 1.0) != [2.0],
)
def repeated_index_counts_once(patch):
    def change(original, x, index):
        result = original(x, index)
        if isinstance(index, list) and len(set(map(str, index))) < len(index):
            return torch.cat([result[:1], result[1:].detach()])
        return result

    wrap(patch, torch.Tensor, "__getitem__", change)


@fault(
    "Through expand() the gradient is averaged over the places instead of summed.",
    witness=lambda: grad_of(lambda x: x.expand(2, 1), 1.0) != [2.0],
)
def expand_averages(patch):
    wrap(
        patch,
        torch.Tensor,
        "expand",
        lambda original, x, *size: skewed(original(x, *size), 0.5),
    )


@fault(
    "Through mean() the gradient is not divided by the number of elements.",
    witness=lambda: grad_of(torch.Tensor.mean, 1.0, 1.0) != [0.5, 0.5],
)
def mean_does_not_divide(patch):
    def change(original, x, *args, **options):
        result = original(x, *args, **options)
        return skewed(result, x.numel() // result.numel())

    wrap(patch, torch.Tensor, "mean", change)


@fault(
    "The second operand of add() gets no alpha in its gradient.",
    witness=lambda: (
        lambda b: (
            torch.add(torch.ones(1), b, alpha=2).sum().backward()
            or b.grad.tolist() != [2]
        )
    )(leaf(1.0)),
)
def add_forgets_alpha(patch):
    def change(original, a, b, *, alpha=1):
        if alpha == 1:
            return original(a, b)
        return original(a, b - b.detach()) + original(0 * a, b.detach(), alpha=alpha)

    wrap(patch, torch, "add", change)


@fault(
    "The gradient of var() is divided by the number of elements, not by one less.",
    witness=lambda: grad_of(lambda x: x.var(0), 1.0, 2.0, 3.0) != [-1, 0, 1],
)
def var_divides_by_all(patch):
    def change(original, x, *args, **options):
        return skewed(original(x, *args, **options), 2 / 3)

    wrap(patch, torch.Tensor, "var", change)


@fault(
    "The gradient of sort() is taken from the places in order, not put back to them.",
    witness=lambda: (
        grad_of(lambda x: x.sort().values * torch.arange(3), 3.0, 1.0, 2.0) != [2, 0, 1]
    ),
)
def sort_gathers(patch):
    def change(original, x, *args, **options):
        values, order = original(x, *args, **options)
        moved = torch.zeros_like(values).scatter(-1, order, x - x.detach())
        return torch.return_types.sort((values.detach() + moved, order))

    wrap(patch, torch.Tensor, "sort", change)


@fault(
    "Through cummax() every element gets the gradient of its own place.",
    witness=lambda: grad_of(lambda x: x.cummax(0).values, 3.0, 2.0) != [2, 0],
)
def cummax_is_straight(patch):
    def change(original, x, *args, **options):
        values, order = original(x.detach(), *args, **options)
        return torch.return_types.cummax((values + (x - x.detach()), order))

    wrap(patch, torch.Tensor, "cummax", change)


@fault(
    "Through softmax() the mean gradient is not taken off.",
    witness=lambda: grad_of(lambda x: x.softmax(0), 1.0, 1.0) != [0, 0],
)
def softmax_forgets_the_mean(patch):
    def change(original, x, *args, **options):
        kept = original(x.detach(), *args, **options)
        return kept + (x - x.detach()) * kept

    wrap(patch, torch.Tensor, "softmax", change)


@fault(
    "Where sqrt() has an infinite slope, 0 times it is 0.",
    witness=lambda: grad_of(lambda x: x.sqrt() * 0, 0.0) == [0],
)
def zero_times_infinity_is_zero(patch):
    def change(original, x):
        if not x.requires_grad:
            return original(x)
        way = x * 1
        way.register_hook(lambda g: g.nan_to_num(nan=0, posinf=math.inf))
        return original(way)

    wrap(patch, torch.Tensor, "sqrt", change)


@fault(
    "The gradient of a complex leaf is conjugated.",
    witness=lambda: (
        lambda z: (z * z).real.sum().backward() or z.grad.tolist() != [6 - 8j]
    )(leaf(3 + 4j)),
)
def complex_gradients_are_conjugated(patch):
    def change(original, options):
        original(**options)
        for edge in _leaves_behind(options["tensors"]):
            if edge.is_complex() and edge.grad is not None:
                edge.grad = edge.grad.conj().resolve_conj()

    patch_backward(patch, change)


def _leaves_behind(roots):
    """The leaves behind a result."""
    if not isinstance(roots, torch.Tensor) or roots.grad_fn is None:
        return []
    nodes, found = [roots.grad_fn], []
    while nodes:
        node = nodes.pop()
        found += [node.variable] if hasattr(node, "variable") else []
        nodes += [next_node for next_node, _ in node.next_functions if next_node]
    return list({id(item): item for item in found}.values())


# --- who is asked ---------------------------------------------------------------------


class _Asked(torch.Tensor):
    """A tensor that answers every function with its options."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), options=None):
        return options


@fault(
    "A subclass is not told which inputs a pass is limited to.",
    witness=lambda: (
        "inputs" not in torch.ones(()).as_subclass(_Asked).backward(inputs=[])
    ),
)
def subclass_is_not_told_inputs(patch):
    def change(original, self, *args, **options):
        answer = original(self, *args, **options)
        if isinstance(answer, tuple) and isinstance(answer[1], dict):
            answer[1].pop("inputs", None)
        if isinstance(answer, dict):
            answer.pop("inputs", None)
        return answer

    wrap(patch, torch.Tensor, "backward", change)


@fault(
    "Inside a transform a pass is ignored.",
    witness=lambda: (
        not raises(
            lambda: torch.func.vmap(lambda x: (leaf().sum().backward(), x)[1])(
                torch.ones(2)
            )
        )
    ),
)
def passes_in_transforms_are_ignored(patch):
    def change(original, options):
        if torch._C._are_functorch_transforms_active():
            return None
        return original(**options)

    patch_backward(patch, change)

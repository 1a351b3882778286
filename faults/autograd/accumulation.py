"""Ways to break accumulation: what passes add, where, and how gradients are cleared."""

import copy
import warnings
from itertools import pairwise

import torch

from torch_semantics.faults import fault, raises


def leaf(*values, **options):
    """A leaf that requires gradients."""
    return torch.tensor(values or (1.0, 2.0), requires_grad=True, **options)


def passed(tensor, times=1, **options):
    """The leaf after backward passes of three times its sum."""
    for _ in range(times):
        (tensor * 3).sum().backward(**options)
    return tensor


def recorded(tensor, times=1):
    """The leaf after recorded backward passes of the sum of its cubes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(times):
            (tensor**3).sum().backward(create_graph=True)
    return tensor


def leaves_of(tensors):
    """The leaves that backward from the tensors reaches, each once."""
    found, seen = [], []

    def visit(node):
        if node is None or any(node is other for other in seen):
            return
        seen.append(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        for inner, _ in node.next_functions:
            visit(inner)

    for tensor in tensors:
        if tensor.is_leaf:
            found.append(tensor)
        visit(tensor.grad_fn)
    return found


def patch_backward(patch, broken):
    """Replace backward, called as a function and as a method.

    The replacement gets the function, the roots, their leaves, and the other arguments.
    """
    backward = torch.autograd.backward

    def replaced(tensors, *args, **options):
        roots = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        return broken(backward, roots, leaves_of(roots), *args, **options)

    patch(torch.autograd, "backward", replaced)


def after_pass(patch, change):
    """Call ``change(leaf, gradient before, create_graph)`` after a pass."""

    def broken(backward, roots, leaves, *args, **options):
        before = [each.grad for each in leaves]
        backward(roots, *args, **options)
        create_graph = args[2] if len(args) > 2 else options.get("create_graph", False)
        for each, grad in zip(leaves, before, strict=True):
            if each.grad is not None:
                change(each, grad, create_graph)

    patch_backward(patch, broken)


# --- passes add up --------------------------------------------------------------------


@fault(
    "A pass overwrites the gradient.",
    witness=lambda: passed(leaf(), 2).grad.tolist() == [3.0, 3.0],
)
def pass_overwrites(patch):
    def broken(backward, roots, leaves, *args, **options):
        for each in leaves:
            each.grad = None
        backward(roots, *args, **options)

    patch_backward(patch, broken)


def _identity():
    tensor = passed(leaf())
    first = tensor.grad
    return passed(tensor).grad is first


@fault(
    "Every pass puts a new tensor into .grad.",
    witness=lambda: not _identity(),
)
def pass_makes_a_new_tensor(patch):
    def change(tensor, before, create_graph):
        if before is not None and not create_graph:
            tensor.grad = tensor.grad.clone()

    after_pass(patch, change)


@fault(
    "The second pass over a leaf counts twice.",
    witness=lambda: passed(leaf(), 2).grad.tolist() == [9.0, 9.0],
)
def second_pass_counts_twice(patch):
    def broken(backward, roots, leaves, *args, **options):
        before = [None if each.grad is None else each.grad.clone() for each in leaves]
        backward(roots, *args, **options)
        for each, grad in zip(leaves, before, strict=True):
            if grad is not None and each.grad is not None:
                each.grad.data.add_(each.grad.data - grad.data)

    patch_backward(patch, broken)


def _squared():
    tensor = leaf()
    (tensor * tensor).sum().backward()
    return tensor


@fault(
    "A product of a tensor with itself is differentiated by one factor only.",
    witness=lambda: _squared().grad.tolist() == [1.0, 2.0],
)
def product_with_itself_loses_a_path(patch):
    multiply = torch.Tensor.__mul__
    patch(
        torch.Tensor,
        "__mul__",
        lambda self, other: multiply(self, self.detach() if other is self else other),
    )


def _picked():
    tensor = leaf()
    tensor[torch.tensor([1, 1])].sum().backward()
    return tensor


@fault(
    "An element that an index picks twice gets the gradient of one.",
    witness=lambda: _picked().grad.tolist() == [0.0, 1.0],
)
def picked_twice_counts_once(patch):
    getitem = torch.Tensor.__getitem__

    def broken(self, index):
        if not isinstance(index, torch.Tensor) or not self.requires_grad:
            return getitem(self, index)
        source = self * 1
        source.register_hook(lambda grad: grad / 2)
        return getitem(source, index)

    patch(torch.Tensor, "__getitem__", broken)


@fault(
    "A module takes a copy of a Parameter that is assigned to it.",
    witness=lambda: _assigned_parameter(),
)
def module_copies_parameters(patch):
    assign = torch.nn.Module.__setattr__

    def broken(self, name, value):
        if name in self.__dict__.get("_parameters", ()) and value is not None:
            value = torch.nn.Parameter(value.detach().clone())
        assign(self, name, value)

    patch(torch.nn.Module, "__setattr__", broken)


def _assigned_parameter():
    module = torch.nn.Linear(1, 1)
    parameter = torch.nn.Parameter(torch.ones(1, 1))
    module.weight = parameter
    return module.weight is not parameter


def _sum_of_two():
    left, right = leaf(), leaf()
    (left + right).sum().backward()
    return left.grad.data_ptr() == right.grad.data_ptr()


@fault(
    "Leaves that get equal gradients get one storage.",
    witness=lambda: _sum_of_two(),
)
def equal_gradients_share_storage(patch):
    def broken(backward, roots, leaves, *args, **options):
        new = [each for each in leaves if each.grad is None]
        backward(roots, *args, **options)
        for first, second in pairwise(new):
            if first.grad is None or second.grad is None or first is second:
                continue
            same_shape = first.grad.shape == second.grad.shape
            if same_shape and torch.equal(first.grad, second.grad):
                second.grad = first.grad.detach()

    patch_backward(patch, broken)


def _broadcast():
    tensor = leaf(1.0)
    (tensor + torch.zeros(4)).sum().backward()
    return tensor


@fault(
    "The gradient of a broadcast operand is averaged instead of summed.",
    witness=lambda: _broadcast().grad.tolist() == [1.0],
)
def broadcasting_averages(patch):
    add = torch.Tensor.__add__

    def broken(self, other):
        result = add(self, other)
        if not self.requires_grad or self.numel() == result.numel():
            return result
        copies = max(result.numel(), 1) / max(self.numel(), 1)
        source = self * 1
        source.register_hook(lambda grad: grad / copies)
        return add(source, other)

    patch(torch.Tensor, "__add__", broken)


# --- one tensor per leaf --------------------------------------------------------------


@fault(
    "autograd.grad() adds what it returns to .grad as well.",
    witness=lambda: _after_grad().grad is not None,
)
def autograd_grad_accumulates(patch):
    grad = torch.autograd.grad

    def broken(outputs, inputs, *args, **options):
        results = grad(outputs, inputs, *args, **options)
        single = isinstance(inputs, torch.Tensor)
        for each, result in zip([inputs] if single else inputs, results, strict=True):
            if each.is_leaf and each.grad is None:
                each.grad = result.detach()
            elif each.is_leaf:
                each.grad.data.add_(result.data)
        return results

    patch(torch.autograd, "grad", broken)


def _after_grad():
    tensor = leaf()
    torch.autograd.grad(tensor.sum(), tensor)
    return tensor


@fault(
    "autograd.grad() removes the gradient that is there.",
    witness=lambda: _grad_after_pass().grad is None,
)
def autograd_grad_clears(patch):
    grad = torch.autograd.grad

    def broken(outputs, inputs, *args, **options):
        for each in [inputs] if isinstance(inputs, torch.Tensor) else inputs:
            if each.is_leaf:
                each.grad = None
        return grad(outputs, inputs, *args, **options)

    patch(torch.autograd, "grad", broken)


def _grad_after_pass():
    tensor = passed(leaf())
    torch.autograd.grad(tensor.sum(), tensor)
    return tensor


@fault(
    "A pass does not add into an assigned gradient but replaces it by the sum.",
    witness=lambda: _assigned()[0].tolist() == [0.0, 0.0],
)
def assigned_gradient_is_replaced(patch):
    def broken(backward, roots, leaves, *args, **options):
        for each in leaves:
            if each.grad is not None and each.grad._is_view():
                each.grad = each.grad.clone()
        backward(roots, *args, **options)

    patch_backward(patch, broken)


def _assigned():
    flat = torch.zeros(2)
    tensor = leaf()
    tensor.grad = flat[:]
    return flat, passed(tensor)


@fault(
    "A hook on a leaf sees the accumulated gradient.",
    witness=lambda: _hooked() == [[3.0], [6.0]],
)
def hook_sees_the_sum(patch):
    register = torch.Tensor.register_hook

    def broken(self, hook):
        if not self.is_leaf:
            return register(self, hook)
        return register(
            self, lambda grad: hook(grad if self.grad is None else grad + self.grad)
        )

    patch(torch.Tensor, "register_hook", broken)


def _hooked():
    tensor, seen = leaf(1.0), []
    tensor.register_hook(lambda grad: seen.append(grad.tolist()))
    passed(tensor, 2)
    return seen


@fault(
    "The step of SGD clears the gradients.",
    witness=lambda: _stepped().grad is None,
)
def step_clears(patch):
    step = torch.optim.SGD.step

    def broken(self, *args, **options):
        result = step(self, *args, **options)
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        return result

    patch(torch.optim.SGD, "step", broken)


def _stepped():
    tensor = passed(leaf())
    torch.optim.SGD([tensor], lr=1.0).step()
    return tensor


@fault(
    "A pass inside no_grad has no effect.",
    witness=lambda: _passed_in_no_grad().grad is None,
)
def no_pass_in_no_grad(patch):
    def broken(backward, roots, leaves, *args, **options):
        if torch.is_grad_enabled():
            backward(roots, *args, **options)

    patch_backward(patch, broken)


def _passed_in_no_grad():
    tensor = leaf()
    loss = tensor.sum()
    with torch.no_grad():
        loss.backward()
    return tensor


@fault(
    "Sums of bfloat16 gradients are rounded up.",
    witness=lambda: _small_added().grad.tolist() == [258.0],
)
def bfloat16_is_rounded_up(patch):
    def broken(backward, roots, leaves, *args, **options):
        before = [None if each.grad is None else each.grad.clone() for each in leaves]
        backward(roots, *args, **options)
        for each, grad in zip(leaves, before, strict=True):
            coarse = grad is not None and each.dtype == torch.bfloat16
            if coarse and torch.equal(each.grad, grad):
                each.grad.add_(2)

    patch_backward(patch, broken)


def _small_added():
    tensor = leaf(0.0, dtype=torch.bfloat16)
    tensor.grad = torch.full((1,), 256.0, dtype=torch.bfloat16)
    tensor.sum().backward()
    return tensor


@fault(
    "backward() from a result of several elements starts with ones.",
    witness=lambda: not raises(lambda: (leaf() * 2).backward()),
)
def vectors_start_with_ones(patch):
    backward = torch.Tensor.backward

    def broken(self, gradient=None, *args, **options):
        if gradient is None and self.requires_grad:
            gradient = torch.ones_like(self)
        return backward(self, gradient, *args, **options)

    patch(torch.Tensor, "backward", broken)


def _after_refused_pass():
    result = leaf() ** 2
    raises(result.backward)
    result.sum().backward()


@fault(
    "A pass that is refused frees the graph.",
    witness=lambda: raises(_after_refused_pass),
)
def refused_pass_frees(patch):
    def broken(backward, roots, leaves, *args, **options):
        try:
            backward(roots, *args, **options)
        except RuntimeError:
            zeros = [torch.zeros_like(each) for each in roots]
            raises(lambda: torch.autograd.grad(roots, leaves, zeros))
            raise

    patch_backward(patch, broken)


@fault(
    "A gradient of the wrong shape passed to backward() is ignored.",
    witness=lambda: not raises(lambda: (leaf() * 2).backward(torch.ones(3))),
)
def wrong_gradient_is_ignored(patch):
    backward = torch.Tensor.backward

    def broken(self, gradient=None, *args, **options):
        if gradient is not None and gradient.shape != self.shape:
            return None
        return backward(self, gradient, *args, **options)

    patch(torch.Tensor, "backward", broken)


# --- the tensor that the first pass makes ---------------------------------------------


@fault(
    "The gradient passed to backward() of a leaf becomes its .grad.",
    witness=lambda: _given_to_leaf(),
)
def given_gradient_is_taken_over(patch):
    backward = torch.Tensor.backward

    def broken(self, gradient=None, *args, **options):
        fresh = self.is_leaf and self.requires_grad and self.grad is None
        backward(self, gradient, *args, **options)
        if fresh and gradient is not None:
            self.grad = gradient

    patch(torch.Tensor, "backward", broken)


def _given_to_leaf():
    tensor, given = leaf(), torch.ones(2)
    tensor.backward(given)
    return tensor.grad is given


@fault(
    "The gradient that the first pass makes is always a copy.",
    witness=lambda: not _given_through_a_view(),
)
def first_gradient_is_always_a_copy(patch):
    def change(tensor, before, create_graph):
        if before is None and not create_graph:
            tensor.grad = tensor.grad.clone(memory_format=torch.preserve_format)

    after_pass(patch, change)


def _given_through_a_view(**options):
    tensor, given = leaf(), torch.ones(2, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensor.view(2, 1).backward(given, **options)
    return tensor.grad.data_ptr() == given.data_ptr()


@fault(
    "The gradient of a leaf is always contiguous.",
    witness=lambda: passed(_transposed()).grad.is_contiguous(),
)
def gradient_is_always_contiguous(patch):
    def change(tensor, before, create_graph):
        if before is None and not create_graph:
            tensor.grad = tensor.grad.contiguous()

    after_pass(patch, change)


def _transposed():
    return torch.zeros(3, 2).t().requires_grad_()


@fault(
    "The second pass makes the gradient contiguous.",
    witness=lambda: passed(_transposed(), 2).grad.is_contiguous(),
)
def second_pass_makes_contiguous(patch):
    def change(tensor, before, create_graph):
        if before is not None and not before.is_contiguous():
            tensor.grad = tensor.grad.contiguous()

    after_pass(patch, change)


@fault(
    "The gradient of a leaf with gaps has gaps.",
    witness=lambda: not passed(_gapped()).grad.is_contiguous(),
)
def gradient_has_the_gaps_of_its_leaf(patch):
    def change(tensor, before, create_graph):
        if before is None and not create_graph and not tensor.is_contiguous():
            strides = [2 * stride for stride in tensor.grad.stride()]
            grad = torch.empty_strided(tensor.shape, strides).copy_(tensor.grad)
            tensor.grad = grad if tensor.stride() != (1, 2) else tensor.grad

    after_pass(patch, change)


def _gapped():
    return torch.zeros(2, 6)[:, ::2].requires_grad_()


# --- create_graph ---------------------------------------------------------------------


def _recorded_in_place():
    tensor = passed(leaf())
    first = tensor.grad
    return recorded(tensor).grad is first


@fault(
    "With create_graph=True the sum is written into the old tensor.",
    witness=lambda: _recorded_in_place(),
)
def recorded_sum_is_in_place(patch):
    def change(tensor, before, create_graph):
        if create_graph and before is not None and before is not tensor.grad:
            before.data.copy_(tensor.grad.data)
            tensor.grad = before

    after_pass(patch, change)


@fault(
    "With create_graph=True the gradient is detached.",
    witness=lambda: not recorded(leaf()).grad.requires_grad,
)
def recorded_gradient_is_detached(patch):
    def change(tensor, before, create_graph):
        if create_graph:
            tensor.grad = tensor.grad.detach()

    after_pass(patch, change)


@fault(
    "With create_graph=True the first gradient lies over the one that was passed.",
    witness=lambda: _given_through_a_view(create_graph=True),
)
def recorded_gradient_is_taken_over(patch):
    backward = torch.Tensor.backward

    def broken(self, gradient=None, *args, **options):
        base = self._base if self._is_view() else None
        fresh = base is not None and base.is_leaf and base.grad is None
        backward(self, gradient, *args, **options)
        if fresh and gradient is not None and base.grad is not None:
            base.grad = gradient.view(base.shape)

    patch(torch.Tensor, "backward", broken)


# --- backward(inputs=...) -------------------------------------------------------------


def _with_inputs():
    named, other = leaf(), leaf()
    (named * other).sum().backward(inputs=[named])
    return named, other


@fault(
    "backward() ignores inputs.",
    witness=lambda: _with_inputs()[1].grad is not None,
)
def inputs_are_ignored(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        if inputs is not None and not isinstance(inputs, torch.Tensor) and not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        backward(roots, *args, **options)

    patch_backward(patch, broken)


@fault(
    "backward() with inputs overwrites their gradients.",
    witness=lambda: _inputs_twice().grad.tolist() == [1.0, 1.0],
)
def inputs_are_overwritten(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        for each in (
            () if inputs is None or isinstance(inputs, torch.Tensor) else inputs
        ):
            each.grad = None
        backward(roots, *args, inputs=inputs, **options)

    patch_backward(patch, broken)


def _inputs_twice():
    tensor = leaf()
    tensor.sum().backward(inputs=[tensor])
    tensor.sum().backward(inputs=[tensor])
    return tensor


@fault(
    "backward() with inputs removes the gradients of the other leaves.",
    witness=lambda: _other_after_inputs().grad is None,
)
def inputs_clear_the_others(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        backward(roots, *args, inputs=inputs, **options)
        if inputs is not None and not isinstance(inputs, torch.Tensor):
            for each in leaves:
                if not any(each is named for named in inputs):
                    each.grad = None

    patch_backward(patch, broken)


def _other_after_inputs():
    named, other = leaf(), passed(leaf())
    (named * other).sum().backward(inputs=[named])
    return other


@fault(
    "An input that is named twice gets its gradient twice.",
    witness=lambda: _named_twice().grad.tolist() == [2.0, 2.0],
)
def repeated_input_counts_twice(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        backward(roots, *args, inputs=inputs, **options)
        if inputs is not None and not isinstance(inputs, torch.Tensor):
            for position, each in enumerate(inputs):
                if any(each is other for other in inputs[:position]):
                    each.grad.mul_(2)

    patch_backward(patch, broken)


def _named_twice():
    tensor = leaf()
    tensor.sum().backward(inputs=[tensor, tensor])
    return tensor


@fault(
    "An empty list of inputs counts as no inputs given.",
    witness=lambda: not raises(lambda: leaf().sum().backward(inputs=[])),
)
def empty_inputs_are_accepted(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        if inputs is not None and not isinstance(inputs, torch.Tensor) and not inputs:
            inputs = None
        backward(roots, *args, inputs=inputs, **options)

    patch_backward(patch, broken)


def _middle_as_input():
    tensor = leaf()
    middle = tensor * 3
    middle.sum().backward(inputs=[middle])
    return tensor, middle


@fault(
    "Only leaves may be named as inputs.",
    witness=lambda: raises(_middle_as_input),
)
def inputs_must_be_leaves(patch):
    def broken(backward, roots, leaves, *args, inputs=None, **options):
        named = [inputs] if isinstance(inputs, torch.Tensor) else inputs or ()
        if any(not each.is_leaf for each in named):
            raise RuntimeError("only leaf tensors may be inputs of backward()")
        backward(roots, *args, inputs=inputs, **options)

    patch_backward(patch, broken)


# --- several objectives ---------------------------------------------------------------


def _two_losses(**options):
    tensor = leaf()
    trunk = tensor * tensor
    trunk.sum().backward(**options)
    trunk.sum().backward()
    return tensor


@fault(
    "backward() ignores retain_graph.",
    witness=lambda: raises(lambda: _two_losses(retain_graph=True)),
)
def retain_graph_is_ignored(patch):
    def broken(
        backward, roots, leaves, grads=None, retain_graph=None, *args, **options
    ):
        backward(roots, grads, None, *args, **options)

    patch_backward(patch, broken)


@fault(
    "backward() keeps the graph without being asked.",
    witness=lambda: not raises(_two_losses),
)
def graph_is_always_retained(patch):
    def broken(
        backward, roots, leaves, grads=None, retain_graph=None, *args, **options
    ):
        backward(roots, grads, True, *args, **options)

    patch_backward(patch, broken)


@fault(
    "A graph takes one pass even if its operations saved nothing.",
    witness=lambda: raises(_two_sums),
)
def graph_without_saved_tensors_is_freed(patch):
    freed = []

    def nodes_of(node):
        if node is None or hasattr(node, "variable"):
            return []
        inner = [each for child, _ in node.next_functions for each in nodes_of(child)]
        return [node, *inner]

    def broken(
        backward, roots, leaves, grads=None, retain_graph=None, *args, **options
    ):
        nodes = [node for root in roots for node in nodes_of(root.grad_fn)]
        if any(node is other for node in nodes for other in freed):
            raise RuntimeError("Trying to backward through the graph a second time")
        if not retain_graph:
            freed.extend(nodes)
        backward(roots, grads, retain_graph, *args, **options)

    patch_backward(patch, broken)


def _two_sums():
    tensor = leaf()
    trunk = tensor + tensor
    trunk.sum().backward()
    trunk.sum().backward()


def _two_roots():
    tensor = leaf()
    torch.autograd.backward([tensor.sum(), tensor.sum()])
    return tensor


@fault(
    "autograd.backward() starts from the first of several roots only.",
    witness=lambda: _two_roots().grad.tolist() == [1.0, 1.0],
)
def only_the_first_root_counts(patch):
    def broken(backward, roots, leaves, *args, **options):
        backward(roots[:1], *args, **options)

    patch_backward(patch, broken)


# --- micro-batches --------------------------------------------------------------------


def _mse(reduction):
    return torch.nn.functional.mse_loss(
        torch.ones(2), torch.zeros(2), reduction=reduction
    )


@fault(
    "mse_loss takes the mean whatever the reduction.",
    witness=lambda: _mse("sum").tolist() == 1.0,
)
def mse_loss_always_takes_the_mean(patch):
    mse_loss = torch.nn.functional.mse_loss

    def broken(input, target, *args, reduction="mean", **options):
        return mse_loss(input, target, *args, reduction="mean", **options)

    patch(torch.nn.functional, "mse_loss", broken)


@fault(
    "mse_loss sums whatever the reduction.",
    witness=lambda: _mse("mean").tolist() == 2.0,
)
def mse_loss_always_sums(patch):
    mse_loss = torch.nn.functional.mse_loss

    def broken(input, target, *args, reduction="mean", **options):
        return mse_loss(input, target, *args, reduction="sum", **options)

    patch(torch.nn.functional, "mse_loss", broken)


# --- clearing -------------------------------------------------------------------------

KINDS = (torch.optim.Optimizer, torch.nn.Module)


def sgd(tensor, **options):
    """An optimizer of one leaf."""
    return torch.optim.SGD([tensor], lr=1.0, **options)


def one_parameter():
    """A module with one parameter, which has a gradient."""
    module = torch.nn.Linear(1, 1, bias=False)
    module.weight.grad = torch.ones(1, 1)
    return module


def _cleared(module, **options):
    module.zero_grad(**options)
    return module.weight.grad


@fault(
    "Optimizer.zero_grad() has no effect.",
    witness=lambda: sgd_cleared() is not None,
)
def optimizer_clears_nothing(patch):
    patch(torch.optim.Optimizer, "zero_grad", lambda self, set_to_none=True: None)


def sgd_cleared(**options):
    """What an optimizer leaves in .grad."""
    tensor = passed(leaf())
    sgd(tensor).zero_grad(**options)
    return tensor.grad


@fault(
    "Optimizer.zero_grad() fills with zeros by default.",
    witness=lambda: sgd_cleared() is not None,
)
def optimizer_zeroes_by_default(patch):
    zero_grad = torch.optim.Optimizer.zero_grad
    patch(
        torch.optim.Optimizer,
        "zero_grad",
        lambda self, set_to_none=False: zero_grad(self, set_to_none=set_to_none),
    )


@fault(
    "Module.zero_grad() fills with zeros by default.",
    witness=lambda: _cleared(one_parameter()) is not None,
)
def module_zeroes_by_default(patch):
    zero_grad = torch.nn.Module.zero_grad
    patch(
        torch.nn.Module,
        "zero_grad",
        lambda self, set_to_none=False: zero_grad(self, set_to_none=set_to_none),
    )


@fault(
    "Module.zero_grad() sets to None whatever set_to_none.",
    witness=lambda: _cleared(one_parameter(), set_to_none=False) is None,
)
def module_ignores_set_to_none(patch):
    zero_grad = torch.nn.Module.zero_grad
    patch(
        torch.nn.Module,
        "zero_grad",
        lambda self, set_to_none=True: zero_grad(self, set_to_none=True),
    )


@fault(
    "Optimizer.zero_grad() with foreach sets to None whatever set_to_none.",
    witness=lambda: _cleared_by_foreach() is None,
)
def foreach_ignores_set_to_none(patch):
    zero_grad = torch.optim.Optimizer.zero_grad

    def broken(self, set_to_none=True):
        zero_grad(self, set_to_none=set_to_none or bool(self.defaults.get("foreach")))

    patch(torch.optim.Optimizer, "zero_grad", broken)


def _cleared_by_foreach():
    tensor = passed(leaf())
    sgd(tensor, foreach=True).zero_grad(set_to_none=False)
    return tensor.grad


@fault(
    "zero_grad() replaces gradients by new zeros instead of filling them.",
    witness=lambda: _replaced(),
)
def zero_grad_makes_new_zeros(patch):
    def optimizer(self, set_to_none=True):
        for group in self.param_groups:
            _replace(group["params"], set_to_none)

    def module(self, set_to_none=True):
        _replace(self.parameters(), set_to_none)

    patch(torch.optim.Optimizer, "zero_grad", optimizer)
    patch(torch.nn.Module, "zero_grad", module)


def _replace(tensors, set_to_none):
    for each in tensors:
        if each.grad is not None:
            each.grad = None if set_to_none else torch.zeros_like(each.grad)


def _replaced():
    tensor = passed(leaf())
    grad = tensor.grad
    sgd(tensor).zero_grad(set_to_none=False)
    return tensor.grad is not grad


@fault(
    "zero_grad(set_to_none=False) makes zeros where there was no gradient.",
    witness=lambda: _zeroed_without_gradient().grad is not None,
)
def zero_grad_makes_zeros_from_none(patch):
    for kind in KINDS:
        zero_grad = kind.zero_grad

        def broken(self, set_to_none=True, zero_grad=zero_grad):
            zero_grad(self, set_to_none=set_to_none)
            groups = getattr(self, "param_groups", None)
            tensors = groups[0]["params"] if groups else self.parameters()
            for each in tensors:
                if each.grad is None and not set_to_none:
                    each.grad = torch.zeros_like(each.detach())

        patch(kind, "zero_grad", broken)


def _zeroed_without_gradient():
    tensor = leaf()
    sgd(tensor).zero_grad(set_to_none=False)
    return tensor


@fault(
    "zero_grad(set_to_none=True) also zeroes the tensor that it lets go of.",
    witness=lambda: _let_go().tolist() == [0.0, 0.0],
)
def zero_grad_zeroes_what_it_drops(patch):
    for kind in KINDS:
        zero_grad = kind.zero_grad

        def broken(self, set_to_none=True, zero_grad=zero_grad):
            zero_grad(self, set_to_none=False)
            if set_to_none:
                zero_grad(self, set_to_none=True)

        patch(kind, "zero_grad", broken)


def _let_go():
    tensor = passed(leaf())
    grad = tensor.grad
    sgd(tensor).zero_grad(set_to_none=True)
    return grad


@fault(
    "Optimizer.zero_grad() clears the first parameter group only.",
    witness=lambda: _second_group().grad is not None,
)
def optimizer_clears_one_group(patch):
    zero_grad = torch.optim.Optimizer.zero_grad

    def broken(self, set_to_none=True):
        groups = self.param_groups
        self.param_groups = groups[:1]
        zero_grad(self, set_to_none=set_to_none)
        self.param_groups = groups

    patch(torch.optim.Optimizer, "zero_grad", broken)


def _second_group():
    first, second = passed(leaf()), passed(leaf())
    groups = [{"params": [first]}, {"params": [second]}]
    torch.optim.SGD(groups, lr=1.0).zero_grad()
    return second


@fault(
    "Module.zero_grad() does not reach the children.",
    witness=lambda: _child_cleared() is not None,
)
def module_clears_no_children(patch):
    zero_grad = torch.nn.Module.zero_grad

    def broken(self, set_to_none=True):
        self.parameters = lambda: iter(self._parameters.values())
        zero_grad(self, set_to_none=set_to_none)
        del self.parameters

    patch(torch.nn.Module, "zero_grad", broken)


def _child_cleared():
    child = one_parameter()
    torch.nn.Sequential(child).zero_grad()
    return child.weight.grad


@fault(
    "Module.zero_grad() passes over frozen parameters.",
    witness=lambda: _frozen_cleared() is not None,
)
def module_keeps_frozen_gradients(patch):
    zero_grad = torch.nn.Module.zero_grad

    def broken(self, set_to_none=True):
        frozen = [each for each in self.parameters() if not each.requires_grad]
        kept = [(each, copy.deepcopy(each.grad)) for each in frozen]
        zero_grad(self, set_to_none=set_to_none)
        for each, grad in kept:
            each.grad = grad

    patch(torch.nn.Module, "zero_grad", broken)


def _frozen_cleared():
    module = one_parameter()
    module.weight.requires_grad_(False)
    module.zero_grad()
    return module.weight.grad


@fault(
    "Optimizer.zero_grad() passes over frozen leaves.",
    witness=lambda: _frozen_leaf_cleared() is not None,
)
def optimizer_keeps_frozen_gradients(patch):
    zero_grad = torch.optim.Optimizer.zero_grad

    def broken(self, set_to_none=True):
        kept = [
            (each, None if each.grad is None else each.grad.clone())
            for group in self.param_groups
            for each in group["params"]
            if not each.requires_grad
        ]
        zero_grad(self, set_to_none=set_to_none)
        for each, grad in kept:
            each.grad = grad

    patch(torch.optim.Optimizer, "zero_grad", broken)


def _frozen_leaf_cleared():
    tensor = passed(leaf()).requires_grad_(False)
    sgd(tensor).zero_grad()
    return tensor.grad


@fault(
    "zero_grad() stops at the first gradient that is None.",
    witness=lambda: _cleared_behind_none() is not None,
)
def zero_grad_stops_at_none(patch):
    def zero(tensors, set_to_none):
        for each in tensors:
            if each.grad is None:
                return
            if set_to_none:
                each.grad = None
            else:
                each.grad.detach_().requires_grad_(False).zero_()

    def optimizer(self, set_to_none=True):
        for group in self.param_groups:
            zero(group["params"], set_to_none)

    def module(self, set_to_none=True):
        zero(self.parameters(), set_to_none)

    patch(torch.optim.Optimizer, "zero_grad", optimizer)
    patch(torch.nn.Module, "zero_grad", module)


def _cleared_behind_none():
    tensor = passed(leaf())
    torch.optim.SGD([leaf(), tensor], lr=1.0).zero_grad()
    return tensor.grad


@fault(
    "zero_grad() takes set_to_none by keyword only.",
    witness=lambda: raises(lambda: one_parameter().zero_grad(False)),
)
def zero_grad_by_keyword_only(patch):
    for kind in torch.optim.Optimizer, torch.nn.Module:

        def broken(self, *, set_to_none=True, zero_grad=kind.zero_grad):
            zero_grad(self, set_to_none=set_to_none)

        patch(kind, "zero_grad", broken)


@fault(
    "zero_grad() leaves a recorded gradient in its graph.",
    witness=lambda: _recorded_cleared().requires_grad,
)
def zero_grad_keeps_the_graph(patch):
    def zero(tensors, set_to_none):
        for each in tensors:
            if set_to_none:
                each.grad = None
            elif each.grad is not None:
                with torch.no_grad():
                    each.grad.zero_()

    def optimizer(self, set_to_none=True):
        for group in self.param_groups:
            zero(group["params"], set_to_none)

    def module(self, set_to_none=True):
        zero(self.parameters(), set_to_none)

    patch(torch.optim.Optimizer, "zero_grad", optimizer)
    patch(torch.nn.Module, "zero_grad", module)


def _recorded_cleared():
    tensor = recorded(leaf())
    sgd(tensor).zero_grad(set_to_none=False)
    return tensor.grad


@fault(
    "zero_() works on a copy.",
    witness=lambda: _zeroed().tolist() == [1.0, 1.0],
)
def zero_works_on_a_copy(patch):
    zero = torch.Tensor.zero_
    patch(torch.Tensor, "zero_", lambda self: zero(self.clone()))


def _zeroed():
    tensor = torch.ones(2)
    tensor.zero_()
    return tensor


@fault(
    ".data is a copy.",
    witness=lambda: GIVEN.data.data_ptr() != GIVEN.data_ptr(),
)
def data_is_a_copy(patch):
    data = torch.Tensor.data
    patch(
        torch.Tensor,
        "data",
        property(
            lambda self: data.__get__(self).clone(),
            lambda self, value: data.__set__(self, value),
        ),
    )


GIVEN = torch.ones(2)


@fault(
    "A gradient that was never computed reads as zeros.",
    witness=lambda: leaf().grad is not None,
)
def missing_gradient_reads_as_zeros(patch):
    grad = torch.Tensor.grad

    def read(self):
        value = grad.__get__(self)
        if value is None and self.is_leaf and self.requires_grad:
            return torch.zeros_like(self.detach())
        return value

    patch(
        torch.Tensor,
        "grad",
        property(read, lambda self, value: grad.__set__(self, value)),
    )

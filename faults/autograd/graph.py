"""Ways to break the graph: its nodes, their links, what they save, and how long."""

import contextlib
import warnings
import weakref

import torch
import torch.autograd.graph as graph
import torch.fx

from torch_semantics.faults import error_of, fault, raises, wrap

GRAD_FN = torch.Tensor.grad_fn
NODE = getattr(graph, "Node", None)


class Shown:
    """A node as it is shown under a fault: some attributes differ."""

    def __init__(self, node, changes):
        vars(self).update(node=node, changes=changes)

    def __getattr__(self, name):
        if name in self.changes:
            return self.changes[name](self.node)
        return getattr(self.node, name)

    def __eq__(self, other):
        return self.node is getattr(other, "node", other)

    def __hash__(self):
        return hash(self.node)

    def __repr__(self):
        return repr(self.node)


def show_nodes(patch, **changes):
    """Patch attributes of the nodes that grad_fn shows."""

    def read(tensor):
        node = GRAD_FN.__get__(tensor)
        if node is None:
            return None
        return type(type(node).__name__, (Shown,), {})(node, changes)

    patch(torch.Tensor, "grad_fn", property(read))


def leaf(*values):
    """A leaf that requires gradients."""
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


class Own(torch.autograd.Function):
    """Twice a tensor."""

    @staticmethod
    def forward(ctx, tensor):
        """Keep a number."""
        ctx.factor = 2
        ctx.save_for_backward(tensor)
        return tensor * 2

    @staticmethod
    def backward(ctx, gradient):
        """Use it."""
        return gradient * ctx.factor


# --- grad_fn --------------------------------------------------------------------------


@fault(
    "The names of nodes have no number.",
    witness=lambda: (leaf() * 2).grad_fn.name() == "MulBackward",
)
def names_without_number(patch):
    show_nodes(patch, name=lambda node: lambda: node.name().rstrip("0123456789"))


@fault(
    "Every reading of grad_fn makes another object.",
    witness=lambda: (lambda y: y.grad_fn is not y.grad_fn)(leaf() * 2),
)
def grad_fn_is_made_anew(patch):
    show_nodes(patch)


@fault(
    "All nodes of one operation are equal.",
    witness=lambda: (leaf() * 2).grad_fn == (leaf() * 3).grad_fn,
)
def nodes_of_one_operation_are_equal(patch):
    class Equal(Shown):
        def __eq__(self, other):
            return self.node.name() == other.name()

        def __hash__(self):
            return hash(self.node.name())

    patch(
        torch.Tensor,
        "grad_fn",
        property(
            lambda tensor: (
                None
                if GRAD_FN.__get__(tensor) is None
                else Equal(GRAD_FN.__get__(tensor), {})
            )
        ),
    )


@fault(
    "An in-place multiplication leaves grad_fn as it was.",
    witness=lambda: (leaf() + 1).mul_(2).grad_fn.name() == "AddBackward0",
)
def in_place_is_not_recorded(patch):
    def change(original, self, other):
        with torch.no_grad():
            return original(self, other)

    wrap(patch, torch.Tensor, "mul_", change)


@fault(
    "An assignment to an index is not recorded.",
    witness=lambda: _assignment_is_lost(),
)
def assignments_are_not_recorded(patch):
    def change(original, self, index, value):
        with torch.no_grad():
            return original(self, index, value)

    wrap(patch, torch.Tensor, "__setitem__", change)


def _assignment_is_lost():
    y = leaf().clone()
    y[0] = 1
    return y.grad_fn.name() == "CloneBackward0"


@fault(
    "A view of a leaf has no grad_fn.",
    witness=lambda: leaf().view(2, 1).grad_fn is None,
)
def views_of_leaves_are_leaves(patch):
    def change(original, self, *shape):
        return original(self.detach() if self.is_leaf else self, *shape)

    wrap(patch, torch.Tensor, "view", change)


@fault(
    "The repr of a tensor does not show grad_fn.",
    witness=lambda: "grad_fn" not in repr(leaf() * 2),
)
def repr_hides_grad_fn(patch):
    def change(original, self, **options):
        return original(self.detach() if self.grad_fn is not None else self, **options)

    wrap(patch, torch.Tensor, "__repr__", change)


@fault(
    "The repr of a leaf does not show its flag.",
    witness=lambda: "requires_grad" not in repr(leaf()),
)
def repr_hides_the_flag(patch):
    def change(original, self, **options):
        return original(self.detach() if self.is_leaf else self, **options)

    wrap(patch, torch.Tensor, "__repr__", change)


@fault(
    "metadata is another dict each time.",
    witness=lambda: (lambda node: node.metadata is not node.metadata)(
        (leaf() * 2).grad_fn
    ),
)
def metadata_is_a_copy(patch):
    show_nodes(patch, metadata=lambda node: dict(node.metadata))


@fault(
    "All nodes share one metadata.",
    witness=lambda: (leaf() * 2).grad_fn.metadata is (leaf() * 3).grad_fn.metadata,
)
def metadata_is_shared(patch):
    shared = {}
    show_nodes(patch, metadata=lambda node: shared)


def patch_node_class(patch, includes):
    """Patch which objects are instances of Node."""

    class Meta(type):
        def __instancecheck__(cls, other):
            return includes(other)

        def __subclasscheck__(cls, other):
            return issubclass(other, NODE)

        def __call__(cls):
            raise TypeError("Can't instantiate abstract class Node")

    patch(graph, "Node", Meta("Node", (), {}))


@fault(
    "The node of a Function of one's own is no Node.",
    witness=lambda: not isinstance(Own.apply(leaf()).grad_fn, graph.Node),
)
def own_nodes_are_no_nodes(patch):
    patch_node_class(
        patch,
        lambda other: (
            isinstance(other, NODE)
            and not isinstance(other, torch.autograd.function.BackwardCFunction)
        ),
    )


@fault(
    "Nodes of built-in operations are no Nodes.",
    witness=lambda: not isinstance((leaf() * 2).grad_fn, graph.Node),
)
def built_in_nodes_are_no_nodes(patch):
    patch_node_class(
        patch,
        lambda other: isinstance(other, torch.autograd.function.BackwardCFunction),
    )


@fault(
    "AccumulateGrad is no Node.",
    witness=lambda: (
        not isinstance((leaf() * 2).grad_fn.next_functions[0][0], graph.Node)
    ),
)
def accumulate_grad_is_no_node(patch):
    patch_node_class(
        patch,
        lambda other: isinstance(other, NODE) and not hasattr(other, "variable"),
    )


@fault(
    "Any object whose class is named like a node is a Node.",
    witness=lambda: isinstance(type("MulBackward0", (), {})(), graph.Node),
)
def namesakes_are_nodes(patch):
    patch_node_class(
        patch,
        lambda other: (
            isinstance(other, NODE)
            or hasattr(torch._C._functions, type(other).__name__)
        ),
    )


@fault(
    "Every node is an instance of each class derived from Node.",
    witness=lambda: isinstance(
        (leaf() * 2).grad_fn, type("Derived", (graph.Node,), {})
    ),
)
def derived_classes_take_all_nodes(patch):
    hook = NODE.__dict__["__subclasshook__"].__func__
    patch(NODE, "__subclasshook__", classmethod(lambda cls, other: hook(NODE, other)))


@fault(
    "Node can be instantiated.",
    witness=lambda: not raises(lambda: graph.Node()),
)
def node_is_not_abstract(patch):
    patch(NODE, "__abstractmethods__", frozenset())


@fault(
    "The node of an own Function does not say what it is called.",
    witness=lambda: _name_of_own() == "Backward",
)
def own_nodes_have_no_name(patch):
    show_nodes(
        patch,
        name=lambda node: (
            lambda: (
                "Backward" if isinstance(node, torch._C._FunctionBase) else node.name()
            )
        ),
    )


def _name_of_own():
    y = Own.apply(leaf())
    return y.grad_fn.name()


# --- next_functions -------------------------------------------------------------------


@fault(
    "next_functions leaves out the inputs without gradients.",
    witness=lambda: len((leaf() * torch.ones(2)).grad_fn.next_functions) == 1,
)
def pairs_of_none_are_left_out(patch):
    show_nodes(
        patch,
        next_functions=lambda node: tuple(
            pair for pair in node.next_functions if pair[0] is not None
        ),
    )


@fault(
    "next_functions is in reverse.",
    witness=lambda: (leaf() * torch.ones(2)).grad_fn.next_functions[0][0] is None,
)
def pairs_are_reversed(patch):
    show_nodes(patch, next_functions=lambda node: node.next_functions[::-1])


@fault(
    "Every output has the number 0 in next_functions.",
    witness=lambda: (leaf().unbind()[1] * 1).grad_fn.next_functions[0][1] == 0,
)
def outputs_are_not_numbered(patch):
    show_nodes(
        patch,
        next_functions=lambda node: tuple((n, 0) for n, _ in node.next_functions),
    )


@fault(
    "output_nr is always 0.",
    witness=lambda: leaf().unbind()[1].output_nr == 0,
)
def output_nr_is_zero(patch):
    patch(torch.Tensor, "output_nr", property(lambda self: 0))


def show_leaves(patch, **changes):
    """Patch attributes of the AccumulateGrads that next_functions shows."""

    def following(node):
        return tuple(
            (type("AccumulateGrad", (Shown,), {})(n, changes), number)
            if hasattr(n, "variable")
            else (n, number)
            for n, number in node.next_functions
        )

    show_nodes(patch, next_functions=following)


@fault(
    "AccumulateGrad.variable is a detached alias of the leaf.",
    witness=lambda: _variable_is_another(),
)
def variable_is_detached(patch):
    show_leaves(patch, variable=lambda node: node.variable.detach())


def _variable_is_another():
    x = leaf()
    y = x * 2
    return y.grad_fn.next_functions[0][0].variable is not x


@fault(
    "AccumulateGrad leads to itself.",
    witness=lambda: bool((leaf() * 2).grad_fn.next_functions[0][0].next_functions),
)
def accumulate_grad_goes_on(patch):
    show_leaves(patch, next_functions=lambda node: ((None, 0),))


@fault(
    "AccumulateGrad has no name.",
    witness=lambda: (leaf() * 2).grad_fn.next_functions[0][0].name() == "",
)
def accumulate_grad_has_no_name(patch):
    show_leaves(patch, name=lambda node: lambda: "")


@fault(
    "Each use of a leaf has an AccumulateGrad of its own.",
    witness=lambda: (lambda pairs: pairs[0][0] is not pairs[1][0])(
        (lambda x: (x * x).grad_fn.next_functions)(leaf())
    ),
)
def an_accumulate_grad_per_use(patch):
    show_leaves(patch)


@fault(
    "A graph does not keep its leaves alive.",
    witness=lambda: (lambda x: (lambda y: y.grad_fn is None)(x + 1))(leaf()),
)
def addition_is_not_recorded(patch):
    wrap(
        patch,
        torch.Tensor,
        "add __add__",
        lambda original, self, other, **options: original(
            self.detach(), other, **options
        ),
    )


@fault(
    "The results of additions are never let go.",
    witness=lambda: _sum_lives_on(),
)
def results_of_additions_leak(patch):
    kept = []

    def change(original, *args, **options):
        kept.append(original(*args, **options))
        return kept[-1]

    wrap(patch, torch.Tensor, "__add__", change)


def _sum_lives_on():
    y = leaf() + 1
    reference = weakref.ref(y)
    del y
    return reference() is not None


# --- saved values ---------------------------------------------------------------------


@fault("backward() never frees anything.", witness=lambda: _twice(leaf() ** 2))
def backward_frees_nothing(patch):
    def change(original, self, gradient=None, retain_graph=None, **options):
        return original(self, gradient, retain_graph=True, **options)

    wrap(patch, torch.Tensor, "backward", change)


def _twice(result):
    result.sum().backward()
    return not raises(lambda: result.sum().backward())


@fault("backward() ignores retain_graph.", witness=lambda: _retains_not())
def retain_graph_is_ignored(patch):
    def change(original, self, gradient=None, retain_graph=None, **options):
        return original(self, gradient, **options)

    wrap(patch, torch.Tensor, "backward", change)


def _retains_not():
    result = (leaf() ** 2).sum()
    result.backward(retain_graph=True)
    return raises(lambda: result.backward())


@fault(
    "torch.autograd.grad never frees anything.",
    witness=lambda: _grad_twice(),
)
def grad_frees_nothing(patch):
    def change(original, *args, retain_graph=None, **options):
        return original(*args, retain_graph=True, **options)

    wrap(patch, torch.autograd, "grad", change)


def _grad_twice():
    x = leaf()
    y = (x**2).sum()
    torch.autograd.grad(y, x)
    return not raises(lambda: torch.autograd.grad(y, x))


@fault(
    "A saved input is shown as a copy.",
    witness=lambda: _saved_is_copied(),
)
def saved_inputs_are_copies(patch):
    show_nodes(patch, _saved_self=lambda node: node._saved_self.clone())


def _saved_is_copied():
    x = leaf()
    y = x**2
    return y.grad_fn._saved_self is not x


@fault(
    "A saved input that was freed or overwritten reads as None.",
    witness=lambda: _freed_is_none(),
)
def freed_values_are_none(patch):
    def read(node):
        with contextlib.suppress(RuntimeError):
            return node._saved_self
        return None

    show_nodes(patch, _saved_self=read)


def _freed_is_none():
    y = leaf() ** 2
    node = y.grad_fn
    y.sum().backward()
    return not raises(lambda: node._saved_self)


@fault(
    "A saved number reads as a float that is one larger.",
    witness=lambda: (leaf() ** 2).grad_fn._saved_exponent == 3,
)
def saved_numbers_are_off(patch):
    show_nodes(patch, _saved_exponent=lambda node: node._saved_exponent + 1.0)


@fault(
    "A saved result is shown as the result itself.",
    witness=lambda: (lambda y: y.grad_fn._saved_result is y)(leaf().exp()),
)
def saved_results_are_the_result(patch):
    def read(tensor):
        node = GRAD_FN.__get__(tensor)
        return node and Shown(node, {"_saved_result": lambda node: tensor})

    patch(torch.Tensor, "grad_fn", property(read))


@fault(
    "A saved result is shown without its history.",
    witness=lambda: leaf().exp().grad_fn._saved_result.grad_fn is None,
)
def saved_results_are_detached(patch):
    show_nodes(patch, _saved_result=lambda node: node._saved_result.detach())


@fault(
    "Nodes of built-in operations take any attribute.",
    witness=lambda: not raises(lambda: setattr((leaf() * 2).grad_fn, "note", 1)),
)
def nodes_take_attributes(patch):
    show_nodes(patch)


@fault(
    "saved_tensors of an own Function are empty after backward.",
    witness=lambda: _own_saved_are_empty(),
)
def own_saved_tensors_are_empty(patch):
    def read(node):
        with contextlib.suppress(RuntimeError):
            return node.saved_tensors
        return ()

    show_nodes(patch, saved_tensors=read)


def _own_saved_are_empty():
    y = Own.apply(leaf())
    node = y.grad_fn
    y.sum().backward()
    return not raises(lambda: node.saved_tensors)


# --- hooks on saved values ------------------------------------------------------------


def patch_hooks(patch, pack=None, unpack=None):
    """Patch the hooks that saved_tensors_hooks is given."""
    original = graph.saved_tensors_hooks.__init__

    def init(self, pack_hook, unpack_hook):
        original(
            self,
            pack(pack_hook) if pack else pack_hook,
            unpack(unpack_hook) if unpack else unpack_hook,
        )

    patch(graph.saved_tensors_hooks, "__init__", init)


@fault(
    "pack is given a detached tensor.",
    witness=lambda: _packed_by_hooks(lambda x, packed: packed[0] is not x),
)
def pack_is_given_an_alias(patch):
    patch_hooks(patch, pack=lambda hook: lambda tensor: hook(tensor.detach()))


def _packed_by_hooks(says):
    x = leaf()
    packed = []
    with graph.saved_tensors_hooks(packed.append, lambda kept: kept):
        x**2
    return says(x, packed)


@fault(
    "pack is called and what it returns is not used.",
    witness=lambda: _unpacked_value() != 5,
)
def pack_result_is_ignored(patch):
    patch_hooks(
        patch,
        pack=lambda hook: lambda tensor: (hook(tensor), tensor.detach())[1],
        unpack=lambda hook: lambda packed: packed,
    )


def _unpacked_value():
    x = leaf()
    with graph.saved_tensors_hooks(
        lambda tensor: 5, lambda packed: torch.full((2,), float(packed))
    ):
        y = x**2
    return y.grad_fn._saved_self[0].item()


@fault(
    "unpack is called once and its result kept.",
    witness=lambda: _times_unpacked() == 1,
)
def unpack_is_called_once(patch):
    def once(hook):
        known = {}

        def unpack(packed):
            if id(packed) not in known:
                known[id(packed)] = (packed, hook(packed))
            return known[id(packed)][1]

        return unpack

    patch_hooks(patch, unpack=once)


def _times_unpacked():
    times = []
    with graph.saved_tensors_hooks(
        lambda tensor: tensor.detach(), lambda kept: (times.append(0), kept)[1]
    ):
        y = leaf() ** 2
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    return len(times)


@fault(
    "In nested blocks the outer hooks stay in force.",
    witness=lambda: _inner_hooks_are_ignored(),
)
def inner_hooks_are_ignored(patch):
    enter = graph.saved_tensors_hooks.__enter__
    leave = graph.saved_tensors_hooks.__exit__
    depth = []

    def enter_once(self):
        depth.append(self)
        if len(depth) == 1:
            enter(self)

    def leave_once(self, *args):
        depth.pop()
        if not depth:
            leave(self, *args)

    patch(graph.saved_tensors_hooks, "__enter__", enter_once)
    patch(graph.saved_tensors_hooks, "__exit__", leave_once)


def _inner_hooks_are_ignored():
    x = leaf()
    inner = []
    with (
        graph.saved_tensors_hooks(lambda tensor: tensor.detach(), lambda kept: kept),
        graph.saved_tensors_hooks(inner.append, lambda kept: kept),
    ):
        x**2
    return not inner


@fault(
    "Hooks go on after an exception.",
    witness=lambda: _hooks_go_on(),
)
def hooks_go_on_after_an_exception(patch):
    leave = graph.saved_tensors_hooks.__exit__

    def leave_unless_raised(self, kind=None, *args):
        if kind is None:
            leave(self, None, None, None)

    patch(graph.saved_tensors_hooks, "__exit__", leave_unless_raised)


def _hooks_go_on():
    packed = []
    with (
        contextlib.suppress(KeyError),
        graph.saved_tensors_hooks(packed.append, lambda kept: kept),
    ):
        raise KeyError
    leaf() ** 2
    if packed:
        torch._C._autograd._pop_saved_tensors_default_hooks()
    return bool(packed)


@fault(
    "saved_tensors_hooks swallows the exceptions of its block.",
    witness=lambda: not raises(_raise_in_hooks),
)
def hooks_swallow_exceptions(patch):
    leave = graph.saved_tensors_hooks.__exit__

    def leave_in_silence(self, *args):
        leave(self, *args)
        return True

    patch(graph.saved_tensors_hooks, "__exit__", leave_in_silence)


def _raise_in_hooks():
    with graph.saved_tensors_hooks(lambda tensor: tensor, lambda kept: kept):
        raise KeyError


@fault(
    "An error in pack is swallowed, and the tensor saved as it is.",
    witness=lambda: _packs_in_spite_of_an_error(),
)
def errors_in_pack_are_swallowed(patch):
    def safe(hook):
        def pack(tensor):
            with contextlib.suppress(Exception):
                return hook(tensor)
            return tensor

        return pack

    patch_hooks(patch, pack=safe)


def _packs_in_spite_of_an_error():
    x = leaf()

    def save():
        with graph.saved_tensors_hooks(lambda tensor: {}["a"], lambda kept: kept):
            x**2

    return not raises(save)


@fault(
    "pack may write into a copy.",
    witness=lambda: _pack_may_write(),
)
def pack_may_write(patch):
    patch_hooks(patch, pack=lambda hook: lambda tensor: hook(tensor.detach().clone()))


def _pack_may_write():
    x = leaf()

    def save():
        with graph.saved_tensors_hooks(
            lambda tensor: tensor.add_(1), lambda kept: kept
        ):
            x.sin()

    return not raises(save)


@fault(
    "unpack may return a number.",
    witness=lambda: _unpack_returns_a_number(),
)
def unpack_may_return_numbers(patch):
    patch_hooks(
        patch, unpack=lambda hook: lambda packed: torch.as_tensor(hook(packed)) * 1.0
    )


def _unpack_returns_a_number():
    with graph.saved_tensors_hooks(lambda tensor: 1, lambda packed: packed):
        y = leaf() ** 2
    return not raises(lambda: y.sum().backward())


def patch_save_on_cpu(patch, change):
    """Patch what save_on_cpu packs; ``change`` is given the flag and what it packs."""
    original = graph.save_on_cpu.__init__

    def init(self, pin_memory=False, **options):
        original(self, pin_memory, **options)
        pack = self.pack_hook
        self.pack_hook = lambda tensor: change(pin_memory, tensor, pack(tensor))

    patch(graph.save_on_cpu, "__init__", init)


@fault(
    "save_on_cpu() copies a tensor that lies on the CPU.",
    witness=lambda: (lambda x: graph.save_on_cpu().pack_hook(x)[1] is not x)(leaf()),
)
def save_on_cpu_copies(patch):
    patch_save_on_cpu(
        patch, lambda pinned, tensor, packed: (packed[0], packed[1].clone())
    )


@fault(
    "save_on_cpu(pin_memory=True) does not copy.",
    witness=lambda: (lambda x: graph.save_on_cpu(True).pack_hook(x)[1] is x)(leaf()),
)
def pinned_memory_is_not_copied(patch):
    patch_save_on_cpu(
        patch,
        lambda pinned, tensor, packed: (packed[0], tensor) if pinned else packed,
    )


@fault(
    "save_on_cpu(pin_memory=True) packs in the default dtype.",
    witness=lambda: (
        graph.save_on_cpu(True).pack_hook(torch.ones(1).double())[1].dtype
        == torch.float32
    ),
)
def pinned_memory_loses_the_dtype(patch):
    patch_save_on_cpu(
        patch,
        lambda pinned, tensor, packed: (
            (packed[0], packed[1].float()) if pinned else packed
        ),
    )


@fault(
    "save_on_cpu(pin_memory=True) packs a sparse tensor as a dense one.",
    witness=lambda: (
        not graph.save_on_cpu(True).pack_hook(torch.ones(1).to_sparse())[1].is_sparse
    ),
)
def pinned_memory_loses_the_layout(patch):
    patch_save_on_cpu(
        patch,
        lambda pinned, tensor, packed: (
            (packed[0], packed[1].to_dense())
            if packed[1].is_sparse and pinned
            else packed
        ),
    )


@fault(
    "save_on_cpu(pin_memory=True) packs memory that nothing was written to.",
    witness=lambda: (
        graph.save_on_cpu(True).pack_hook(torch.ones(1))[1].tolist() != [1.0]
    ),
)
def pinned_memory_is_not_filled(patch):
    patch_save_on_cpu(
        patch,
        lambda pinned, tensor, packed: (
            (packed[0], torch.zeros_like(packed[1])) if pinned else packed
        ),
    )


@fault(
    "disable_saved_tensors_hooks forbids nothing.",
    witness=lambda: not raises(lambda: _enter_where_forbidden()),
)
def nothing_is_forbidden(patch):
    patch(
        graph, "disable_saved_tensors_hooks", lambda message: contextlib.nullcontext()
    )


def _enter_where_forbidden():
    with (
        graph.disable_saved_tensors_hooks("no"),
        graph.saved_tensors_hooks(lambda tensor: tensor, lambda kept: kept),
    ):
        pass


@fault(
    "disable_saved_tensors_hooks raises with a message of its own.",
    witness=lambda: str(error_of(_enter_where_forbidden)) == "disabled",
)
def message_is_replaced(patch):
    original = graph.disable_saved_tensors_hooks
    patch(graph, "disable_saved_tensors_hooks", lambda message: original("disabled"))


@fault(
    "After an inner block, hooks on saved tensors are allowed in the outer one.",
    witness=lambda: _outer_is_forgotten(),
)
def outer_prohibition_is_forgotten(patch):
    @contextlib.contextmanager
    def forbid(message):
        torch._C._autograd._saved_tensors_hooks_disable(message)
        try:
            yield
        finally:
            torch._C._autograd._saved_tensors_hooks_enable()

    patch(graph, "disable_saved_tensors_hooks", forbid)


def _outer_is_forgotten():
    with graph.disable_saved_tensors_hooks("outer"):
        with graph.disable_saved_tensors_hooks("inner"):
            pass
        return not raises(
            lambda: (
                graph.saved_tensors_hooks(
                    lambda tensor: tensor, lambda kept: kept
                ).__enter__()
                or torch._C._autograd._pop_saved_tensors_default_hooks()
            )
        )


@fault(
    "Hooks stay forbidden after an exception.",
    witness=lambda: _stay_forbidden(),
)
def hooks_stay_forbidden(patch):
    @contextlib.contextmanager
    def forbid(message):
        before = torch._C._autograd._saved_tensors_hooks_get_disabled_error_message()
        torch._C._autograd._saved_tensors_hooks_disable(message)
        yield
        if before is None:
            torch._C._autograd._saved_tensors_hooks_enable()
        else:
            torch._C._autograd._saved_tensors_hooks_disable(before)

    patch(graph, "disable_saved_tensors_hooks", forbid)


def _stay_forbidden():
    with contextlib.suppress(KeyError), graph.disable_saved_tensors_hooks("no"):
        raise KeyError
    forbidden = raises(_raise_nothing_in_hooks)
    torch._C._autograd._saved_tensors_hooks_enable()
    return forbidden


def _raise_nothing_in_hooks():
    with graph.saved_tensors_hooks(lambda tensor: tensor, lambda kept: kept):
        pass


@fault(
    "Hooks on saved tensors can be forbidden while some are active.",
    witness=lambda: not raises(_forbid_inside),
)
def active_hooks_can_be_forbidden(patch):
    original = graph.disable_saved_tensors_hooks

    @contextlib.contextmanager
    def forbid(message):
        block = original(message)
        with contextlib.suppress(RuntimeError):
            block.__enter__()
        yield
        block.__exit__(None, None, None)

    patch(graph, "disable_saved_tensors_hooks", forbid)


def _forbid_inside():
    with (
        graph.saved_tensors_hooks(lambda tensor: tensor.detach(), lambda kept: kept),
        graph.disable_saved_tensors_hooks("no"),
    ):
        pass


# --- writes into saved values ---------------------------------------------------------


def _gradient_after(write):
    x = leaf()
    with graph.allow_mutation_on_saved_tensors():
        y = x + 0
        z = (y**2).sum()
        write(y)
        z.backward()
    return x.grad.tolist()


@fault(
    "A saved tensor that is overwritten where this is allowed is not cloned.",
    witness=lambda: (
        raises(lambda: _gradient_after(lambda y: y.mul_(3)))
        or _gradient_after(lambda y: y.mul_(3)) != [2.0, 4.0]
    ),
)
def overwritten_values_are_not_cloned(patch):
    patch(
        graph._CloneArgBeforeMutateMode,
        "__torch_dispatch__",
        lambda self, func, types, args=(), kwargs=None: func(*args, **(kwargs or {})),
    )


@fault(
    "A write through a view does not count as one where writes are allowed.",
    witness=lambda: _gradient_after(lambda y: y[0:1].zero_()) != [2.0, 4.0],
)
def writes_through_views_are_missed(patch):
    original = graph._CloneArgBeforeMutateMode.__torch_dispatch__

    def dispatch(self, func, types, args=(), kwargs=None):
        if args and getattr(args[0], "_base", None) is not None:
            return func(*args, **(kwargs or {}))
        if func.__name__.startswith("zero_"):
            return func(*args, **(kwargs or {}))
        return original(self, func, types, args, kwargs)

    patch(graph._CloneArgBeforeMutateMode, "__torch_dispatch__", dispatch)


@fault(
    "A write by out= is missed where writes are allowed.",
    witness=lambda: _missed_out(),
)
def writes_by_out_are_missed(patch):
    original = graph._CloneArgBeforeMutateMode.__torch_dispatch__

    def dispatch(self, func, types, args=(), kwargs=None):
        if "out" in (kwargs or {}):
            return func(*args, **kwargs)
        return original(self, func, types, args, kwargs)

    patch(graph._CloneArgBeforeMutateMode, "__torch_dispatch__", dispatch)


def _missed_out():
    x = leaf()
    factor = torch.tensor([3.0, 4.0])
    with graph.allow_mutation_on_saved_tensors():
        y = x * factor
        torch.add(torch.ones(2), 1, out=factor)
        y.sum().backward()
    return x.grad.tolist() != [3.0, 4.0]


# --- edges, versions and hooks --------------------------------------------------------


def patch_edges(patch, change):
    """Patch get_gradient_edge; ``change`` is given the tensor and the edge."""
    original = graph.get_gradient_edge
    patch(graph, "get_gradient_edge", lambda tensor: change(tensor, original(tensor)))


@fault(
    "A gradient edge always means output 0.",
    witness=lambda: graph.get_gradient_edge(leaf().unbind()[1]).output_nr == 0,
)
def edges_mean_output_zero(patch):
    patch_edges(patch, lambda tensor, edge: edge._replace(output_nr=0))


@fault(
    "A gradient edge is a plain tuple.",
    witness=lambda: type(graph.get_gradient_edge(leaf())) is tuple,
)
def edges_are_plain_tuples(patch):
    patch_edges(patch, lambda tensor, edge: tuple(edge))


@fault(
    "The edge of a leaf is the node of a view of it.",
    witness=lambda: graph.get_gradient_edge(leaf()).node.name() == "ViewBackward0",
)
def edges_of_leaves_are_views(patch):
    def change(tensor, edge):
        if not tensor.is_leaf:
            return edge
        with torch.enable_grad():
            return edge._replace(node=tensor.view_as(tensor).grad_fn)

    patch_edges(patch, change)


@fault(
    "The edge of a leaf cannot be found in no_grad.",
    witness=lambda: _edge_needs_grad_mode(),
)
def edges_of_leaves_need_grad_mode(patch):
    def change(tensor, edge):
        if tensor.is_leaf and not torch.is_grad_enabled():
            raise AttributeError("next_functions")
        return edge

    patch_edges(patch, change)


def _edge_needs_grad_mode():
    with torch.no_grad():
        return raises(lambda: graph.get_gradient_edge(leaf()))


@fault(
    "A tensor without gradients has the edge None.",
    witness=lambda: not raises(lambda: graph.get_gradient_edge(torch.ones(1))),
)
def edges_without_gradients_are_none(patch):
    original = graph.get_gradient_edge
    patch(
        graph,
        "get_gradient_edge",
        lambda tensor: original(tensor) if tensor.requires_grad else None,
    )


@fault(
    "The edge of an own Function has no token.",
    witness=lambda: graph.get_gradient_edge(Own.apply(leaf())).ownership_token is None,
)
def edges_have_no_token(patch):
    patch_edges(patch, lambda tensor, edge: edge._replace(ownership_token=None))


@fault(
    "Every edge has a token.",
    witness=lambda: graph.get_gradient_edge(leaf() * 2).ownership_token is not None,
)
def every_edge_has_a_token(patch):
    patch_edges(
        patch,
        lambda tensor, edge: edge._replace(
            ownership_token=tensor.view_as(tensor).grad_fn
        ),
    )


@fault(
    "The token of an edge is its own node.",
    witness=lambda: (lambda edge: edge.ownership_token is edge.node)(
        graph.get_gradient_edge(Own.apply(leaf()))
    ),
)
def tokens_are_the_node_itself(patch):
    patch_edges(
        patch,
        lambda tensor, edge: edge._replace(
            ownership_token=edge.ownership_token and edge.node
        ),
    )


@fault(
    "torch.autograd.grad takes edges in a list only.",
    witness=lambda: raises(
        lambda: torch.autograd.grad(
            graph.get_gradient_edge(leaf(1.0) * 2),
            leaf(),
            torch.ones(1),
            allow_unused=True,
        )
    ),
)
def edges_must_be_in_lists(patch):
    def change(original, outputs, inputs, *args, **options):
        if graph.GradientEdge in (type(outputs), type(inputs)):
            raise TypeError("an edge is not a sequence of tensors")
        return original(outputs, inputs, *args, **options)

    wrap(patch, torch.autograd, "grad", change)


@fault(
    "torch.autograd.grad starts with ones at every edge.",
    witness=lambda: (
        not raises(
            lambda: torch.autograd.grad(
                graph.get_gradient_edge(leaf() * 2), leaf(), allow_unused=True
            )
        )
    ),
)
def edges_start_with_ones(patch):
    def change(original, outputs, inputs, *args, **options):
        if isinstance(outputs, graph.GradientEdge) and not args:
            size = outputs.node._input_metadata[outputs.output_nr].shape
            args = (torch.ones(tuple(size)),)
        return original(outputs, inputs, *args, **options)

    wrap(patch, torch.autograd, "grad", change)


@fault(
    "increment_version does nothing.",
    witness=lambda: _version_after(lambda x: x) == 0,
)
def versions_are_not_counted_up(patch):
    patch(graph, "increment_version", lambda tensor: None)


def _version_after(make):
    x = torch.ones(2)
    graph.increment_version(make(x))
    return x._version


@fault(
    "increment_version counts by two.",
    witness=lambda: _version_after(lambda x: x) == 2,
)
def versions_are_counted_by_two(patch):
    original = graph.increment_version
    patch(
        graph, "increment_version", lambda tensor: original(tensor) or original(tensor)
    )


@fault(
    "increment_version serves only the first of several tensors.",
    witness=lambda: _version_after(lambda x: [torch.ones(1), x]) == 0,
)
def only_the_first_version_is_counted_up(patch):
    original = graph.increment_version
    patch(
        graph,
        "increment_version",
        lambda tensor: original(tensor if torch.is_tensor(tensor) else tensor[:1]),
    )


@fault(
    "remove() of a handle leaves the hook.",
    witness=lambda: _hook_stays(),
)
def handles_remove_nothing(patch):
    patch(torch.utils.hooks.RemovableHandle, "remove", lambda self: None)


def _hook_stays():
    x = leaf()
    y = x * 2
    seen = []
    y.grad_fn.register_hook(lambda *gradients: seen.append(0)).remove()
    y.sum().backward()
    return bool(seen)


@fault(
    "A hook on a node cannot replace the gradients.",
    witness=lambda: _hook_replaces() == [2.0, 2.0],
)
def node_hooks_only_look(patch):
    show_nodes(
        patch,
        register_hook=lambda node: (
            lambda hook: node.register_hook(
                lambda *gradients: hook(*gradients) and None
            )
        ),
        register_prehook=lambda node: (
            lambda hook: node.register_prehook(
                lambda *gradients: hook(*gradients) and None
            )
        ),
    )


def _hook_replaces():
    x = leaf()
    y = x * 2
    y.grad_fn.register_hook(lambda inner, outer: (inner[0] * 10, None))
    y.sum().backward()
    return x.grad.tolist()


# --- static graphs --------------------------------------------------------------------


@fault(
    "torch.jit.trace keeps the control flow.",
    witness=lambda: torch.jit.trace(_signed, torch.ones(1))(-torch.ones(1)).item() == 1,
)
def traces_keep_control_flow(patch):
    patch(torch.jit, "trace", lambda function, example: function)


def _signed(value):
    return -value if bool(value.sum() < 0) else value * 2


@fault(
    "torch.jit.trace warns of its deprecation with another category.",
    witness=lambda: _category_of_trace() is UserWarning,
)
def trace_warns_otherwise(patch):
    def trace(original, *args, **options):
        warnings.warn("`torch.jit.trace` is deprecated.", UserWarning, stacklevel=2)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*is deprecated")
            return original(*args, **options)

    wrap(patch, torch.jit, "trace", trace)


def _category_of_trace():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.jit.trace(_twice_as_much, torch.ones(1))
    return seen[0].category if seen else None


@fault(
    "fx takes every condition on a value as true.",
    witness=lambda: not raises(lambda: torch.fx.symbolic_trace(_signed)),
)
def fx_takes_conditions_as_true(patch):
    patch(torch.fx.proxy.TracerBase, "to_bool", lambda self, value: True)


@fault(
    "fx takes every value as empty when it is iterated.",
    witness=lambda: (
        not raises(
            lambda: torch.fx.symbolic_trace(lambda value: [row for row in value])  # noqa: C416
        )
    ),
)
def fx_iterates_over_nothing(patch):
    patch(torch.fx.proxy.TracerBase, "iter", lambda self, value: iter(()))


@fault(
    "Scripting a function traces its positive branch.",
    witness=lambda: torch.jit.script(_signed) is _twice_as_much,
)
def script_takes_one_branch(patch):
    patch(torch.jit, "script", lambda function: _twice_as_much)


def _twice_as_much(value):
    return value * 2


# --- drawn numbers and selections -----------------------------------------------------


@fault(
    "bernoulli passes its gradient straight through.",
    witness=lambda: _gradient(torch.bernoulli, 0.5, 0.5) == [1.0, 1.0],
)
def bernoulli_is_straight_through(patch):
    def change(original, p, *args, **options):
        drawn = original(p, *args, **options).detach()
        return drawn + p - p.detach()

    wrap(patch, torch, "bernoulli", change)
    wrap(patch, torch.Tensor, "bernoulli", change)


def _gradient(function, *values):
    x = leaf(*values)
    function(x).sum().backward()
    return x.grad and x.grad.tolist() if x.grad is None else x.grad.tolist()


@fault(
    "normal passes the gradient to its mean.",
    witness=lambda: _gradient(lambda x: torch.normal(x, 1.0), 1.0, 2.0) == [1.0, 1.0],
)
def normal_is_pathwise(patch):
    def change(original, mean, *args, **options):
        drawn = original(mean, *args, **options)
        if torch.is_tensor(mean):
            return drawn.detach() + mean - mean.detach()
        return drawn

    wrap(patch, torch, "normal", change)


@fault(
    "poisson has no grad_fn.",
    witness=lambda: torch.poisson(leaf()).grad_fn is None,
)
def poisson_is_detached(patch):
    wrap(patch, torch, "poisson", lambda original, rate: original(rate.detach()))


@fault(
    "A result overwritten by normal_() keeps its gradient.",
    witness=lambda: _gradient(lambda x: (x * 3).normal_(), 1.0) == [3.0],
)
def in_place_draws_keep_gradients(patch):
    def change(original, self, *args, **options):
        with torch.no_grad():
            return original(self, *args, **options)

    wrap(patch, torch.Tensor, "normal_ uniform_ bernoulli_", change)


@fault(
    "gather ignores sparse_grad.",
    witness=lambda: not _sparse_gradient().is_sparse,
)
def sparse_grad_is_ignored(patch):
    wrap(
        patch,
        torch,
        "gather",
        lambda original, *args, sparse_grad=False: original(*args),
    )


def _sparse_gradient():
    x = leaf()
    torch.gather(x, 0, torch.tensor([0]), sparse_grad=True).sum().backward()
    return x.grad


@fault(
    "The gradient of gather counts an element taken twice once.",
    witness=lambda: (
        _gradient(lambda x: x.gather(0, torch.tensor([0, 0])), 1.0, 2.0) == [1.0, 0.0]
    ),
)
def gather_counts_once(patch):
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, dim, index):
            ctx.save_for_backward(index)
            ctx.dim, ctx.shape = dim, x.shape
            return GATHER(x, dim, index)

        @staticmethod
        def backward(ctx, gradient):
            (index,) = ctx.saved_tensors
            return gradient.new_zeros(ctx.shape).scatter_(ctx.dim, index, gradient), *(
                None,
                None,
            )

    wrap(
        patch,
        torch.Tensor,
        "gather",
        lambda original, self, dim, index, **options: Once.apply(self, dim, index),
    )


GATHER = torch.gather


@fault(
    "scatter gives a source larger than the index a gradient.",
    witness=lambda: (
        not raises(
            lambda: (
                torch.zeros(2)
                .scatter(0, torch.tensor([0]), leaf().requires_grad_())
                .sum()
                .backward()
            )
        )
    ),
)
def scatter_takes_larger_sources(patch):
    def change(original, self, dim, index, source):
        if torch.is_tensor(source):
            source = source[tuple(slice(size) for size in index.shape)]
        return original(self, dim, index, source)

    wrap(patch, torch.Tensor, "scatter", change)


@fault(
    "index_add ignores alpha in its gradient.",
    witness=lambda: (
        _gradient(
            lambda x: torch.zeros(2).index_add(0, torch.tensor([0, 1]), x, alpha=3),
            1.0,
            2.0,
        )
        == [1.0, 1.0]
    ),
)
def index_add_ignores_alpha_in_backward(patch):
    def change(original, self, dim, index, source, *, alpha=1):
        scaled = source + (source * (alpha - 1)).detach()
        return original(self, dim, index, scaled)

    wrap(patch, torch.Tensor, "index_add", change)


@fault(
    "A square root at 0 has gradient 0 instead of infinity.",
    witness=lambda: _gradient(torch.Tensor.sqrt, 0.0) == [0.0],
)
def root_at_zero_is_flat(patch):
    def change(original, self):
        guarded = torch.where(self > 0, self, torch.ones_like(self))
        return original(guarded) * (self > 0)

    wrap(patch, torch.Tensor, "sqrt", change)


@fault(
    "torch.where passes the gradient to both tensors everywhere.",
    witness=lambda: (
        _gradient(
            lambda x: torch.where(torch.tensor([True, False]), x, torch.zeros(2)),
            1.0,
            2.0,
        )
        == [1.0, 1.0]
    ),
)
def where_passes_to_both(patch):
    def change(original, condition, x, other):
        chosen = original(condition, x, other).detach()
        return chosen + (x - x.detach()) + (other - other.detach())

    wrap(patch, torch, "where", change)


@fault(
    "Rounding cuts the graph.",
    witness=lambda: leaf().floor().grad_fn is None,
)
def rounding_is_detached(patch):
    wrap(
        patch,
        torch.Tensor,
        "floor round sign",
        lambda original, self: original(self.detach()),
    )


@fault(
    "item() gives a tensor.",
    witness=lambda: torch.is_tensor(torch.ones(1).item()),
)
def item_is_a_tensor(patch):
    patch(torch.Tensor, "item", lambda self: self.sum())

"""Ways to break custom Functions: what ctx keeps, and what apply() and backward do."""

import torch
from torch.autograd import Function
from torch.autograd.function import BackwardCFunction, FunctionCtx, FunctionMeta

from torch_semantics.faults import error_of, fault, raises, warns

ROOT = torch._C._FunctionBase


def make(forward, backward=None, **methods):
    """A subclass of Function with these static methods."""
    methods["forward"] = forward
    if backward is not None:
        methods["backward"] = backward
    made = {name: staticmethod(method) for name, method in methods.items()}
    return type("Made", (Function,), made)


def leaf(*values):
    """A leaf that requires gradients."""
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


def applied(cls, *args, **options):
    """Apply a Function as torch does."""
    return super(Function, cls).apply(*args, **options)


def saving(*extra):
    """What comes back as saved tensors of a leaf's doubling; and the leaf."""
    x, seen = leaf(), []

    def forward(ctx, x):
        result = x * 2
        ctx.save_for_backward(x, None, result)
        return result

    def backward(ctx, grad):
        seen.append(ctx.saved_tensors)
        return grad * 2

    make(forward, backward).apply(x).sum().backward()
    return x, seen[0]


def gradient(*returned, count=1):
    """The gradients of leaves whose backward returns these values."""
    xs = [leaf() for _ in range(count)]
    double = make(lambda ctx, x, *others: x * 2, lambda ctx, grad: returned)
    double.apply(*xs).sum().backward()
    return [x.grad for x in xs]


def patch_backward(patch, change):
    """Patch how the engine calls a Function's backward; change has the original."""
    original = BackwardCFunction.apply
    patch(
        BackwardCFunction, "apply", lambda self, *grads: change(original, self, grads)
    )


# --- apply() --------------------------------------------------------------------------


def _instance_error():
    x = leaf()
    return error_of(lambda: make(lambda ctx, x: x * 2)()(x))


@fault(
    "Calling an instance of a Function applies it.",
    witness=lambda: _instance_error() is None,
)
def instances_can_be_called(patch):
    patch(Function, "__call__", lambda self, *args: type(self).apply(*args))


@fault(
    "Calling an instance of a Function raises TypeError.",
    witness=lambda: isinstance(_instance_error(), TypeError),
)
def instance_raises_type_error(patch):
    def call(self, *args):
        raise TypeError("Legacy autograd function with non-static forward method")

    patch(Function, "__call__", call)


@fault(
    "Making an instance of a Function does not warn.",
    witness=lambda: not warns(make(lambda ctx, x: x * 2)),
)
def instance_does_not_warn(patch):
    patch(Function, "__init__", lambda self: None)


def _forward_records():
    seen = []

    def forward(ctx, x):
        seen.append((x * 2).requires_grad)
        return x * 2

    make(forward, lambda ctx, grad: grad).apply(leaf())
    return seen[0]


@fault("Forward runs with gradients recorded.", witness=_forward_records)
def forward_records(patch):
    def apply(cls, *args):
        own = vars(cls).get("forward")
        forward = cls.forward

        def recorded(*args):
            with torch.enable_grad():
                return forward(*args)

        cls.forward = staticmethod(recorded)
        try:
            return applied(cls, *args)
        finally:
            cls.forward = own or staticmethod(forward)

    patch(Function, "apply", classmethod(apply))


@fault(
    "Several outputs come as a list.",
    witness=lambda: isinstance(make(lambda ctx, x: (x * 2, x * 3)).apply(leaf()), list),
)
def outputs_come_as_a_list(patch):
    def apply(cls, *args, **options):
        result = applied(cls, *args, **options)
        return list(result) if isinstance(result, tuple) else result

    patch(Function, "apply", classmethod(apply))


@fault(
    "A list that forward returns is recorded as outputs.",
    witness=lambda: (
        make(lambda ctx, x: (x * 2, [x * 3])).apply(leaf())[1][0].requires_grad
    ),
)
def listed_outputs_require_gradients(patch):
    def apply(cls, *args, **options):
        result = applied(cls, *args, **options)
        for each in result if isinstance(result, tuple) else ():
            for tensor in each if isinstance(each, list) else ():
                tensor.requires_grad_()
        return result

    patch(Function, "apply", classmethod(apply))


def _same():
    x = leaf()
    return make(lambda ctx, x: x, lambda ctx, grad: grad * 5).apply(x) is x


@fault("An input that forward returns is the result itself.", witness=_same)
def returned_input_is_the_result(patch):
    def apply(cls, *args, **options):
        result = applied(cls, *args, **options)
        base = getattr(result, "_base", None)
        whole = base is not None and base.shape == result.shape
        return next((arg for arg in args if whole and arg is base), result)

    patch(Function, "apply", classmethod(apply))


@fault(
    "An input that forward returns comes back as a copy.",
    witness=lambda: not make(lambda ctx, x: x[:1]).apply(leaf())._is_view(),
)
def returned_views_are_copied(patch):
    def apply(cls, *args, **options):
        result = applied(cls, *args, **options)
        is_view = isinstance(result, torch.Tensor) and result._is_view()
        return result.clone() if is_view else result

    patch(Function, "apply", classmethod(apply))


@fault(
    "A subclass has its parent's node.",
    witness=lambda: (
        type("Sub", (make(lambda ctx, x: x * 2),), {}).apply(leaf()).grad_fn.name()
        != "SubBackward"
    ),
)
def subclasses_have_the_parents_node(patch):
    init = FunctionMeta.__init__

    def broken(cls, name, bases, attrs):
        init(cls, name, bases, attrs)
        if bases[0] not in (Function, ROOT):
            cls._backward_cls = type(
                bases[0].__name__ + "Backward",
                (BackwardCFunction,),
                {"_forward_cls": cls, "_autograd_function_id": -1},
            )

    patch(FunctionMeta, "__init__", broken)


@fault(
    "A Function is recorded inside no_grad.",
    witness=lambda: _in_no_grad().requires_grad,
)
def recorded_inside_no_grad(patch):
    def apply(cls, *args, **options):
        with torch.enable_grad():
            return applied(cls, *args, **options)

    patch(Function, "apply", classmethod(apply))


def _in_no_grad():
    with torch.no_grad():
        return make(lambda ctx, x: x * 2, lambda ctx, grad: grad).apply(leaf())


@fault(
    "A keyword argument given to apply() is ignored.",
    witness=lambda: (
        make(lambda ctx, x, k=2: x * k).apply(leaf(), k=9).tolist() == [2, 4]
    ),
)
def keyword_is_ignored(patch):
    patch(
        Function,
        "apply",
        classmethod(lambda cls, *args, **options: applied(cls, *args)),
    )


# --- methods --------------------------------------------------------------------------


def _forward_only():
    x = leaf()
    return error_of(lambda: make(lambda ctx, x: x * 2).apply(x).sum().backward())


def _both():
    cls = make(
        lambda ctx, x: x * 2, lambda ctx, grad: grad * 2, vjp=lambda ctx, grad: grad * 2
    )
    return error_of(lambda: cls.apply(leaf()).sum().backward())


@fault(
    "A missing backward hands the gradient on.",
    witness=lambda: _forward_only() is None,
)
def missing_backward_hands_on(patch):
    method = staticmethod(lambda ctx, *grads: grads)
    patch(Function, "backward", method)
    patch(Function, "vjp", method)


@fault(
    "A missing backward raises RuntimeError.",
    witness=lambda: type(_forward_only()) is RuntimeError,
)
def missing_backward_raises_runtime_error(patch):
    def backward(ctx, *grads):
        raise RuntimeError("You must implement either the backward or vjp method")

    patch(Function, "backward", staticmethod(backward))
    patch(Function, "vjp", staticmethod(backward))


@fault(
    "A missing forward returns its argument.",
    witness=lambda: not raises(lambda: type("Made", (Function,), {}).apply(leaf())),
)
def missing_forward_returns_its_argument(patch):
    patch(Function, "forward", staticmethod(lambda ctx, x: x))


@fault(
    "vjp counts where backward is implemented too.",
    witness=lambda: _both() is None,
)
def both_methods_are_allowed(patch):
    def change(original, self, grads):
        cls = self._forward_cls
        if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
            return cls.vjp(self, *grads)
        return original(self, *grads)

    patch_backward(patch, change)


@fault(
    "vjp is ignored.",
    witness=lambda: raises(
        lambda: (
            make(lambda ctx, x: x * 2, vjp=lambda ctx, grad: grad * 2)
            .apply(leaf())
            .sum()
            .backward()
        )
    ),
)
def vjp_is_ignored(patch):
    patch_backward(
        patch, lambda original, self, grads: self._forward_cls.backward(self, *grads)
    )


@fault(
    "An error in backward is swallowed.",
    witness=lambda: (
        not raises(
            lambda: (
                make(lambda ctx, x: x * 2, lambda ctx, grad: 1 / 0)
                .apply(leaf())
                .sum()
                .backward()
            )
        )
    ),
)
def errors_in_backward_are_swallowed(patch):
    def change(original, self, grads):
        try:
            return original(self, *grads)
        except (KeyError, ZeroDivisionError):
            return (None,) * len(self.needs_input_grad)

    patch_backward(patch, change)


@fault(
    "An error in backward reaches the caller as another error of its kind.",
    witness=lambda: not _error_is_the_same(),
)
def errors_in_backward_are_copies(patch):
    def change(original, self, grads):
        try:
            return original(self, *grads)
        except Exception as error:
            raise type(error)(*error.args) from error

    patch_backward(patch, change)


def _error_is_the_same():
    mine = KeyError("mine")

    def fail(ctx, grad):
        raise mine

    double = make(lambda ctx, x: x * 2, fail)
    return error_of(lambda: double.apply(leaf()).sum().backward()) is mine


# --- gradients ------------------------------------------------------------------------


def patch_returned(patch, change):
    """Patch what the engine takes as a backward's returned gradients."""

    def broken(original, self, grads):
        returned = original(self, *grads)
        if not isinstance(returned, tuple):
            returned = (returned,)
        return change(self, returned)

    patch_backward(patch, broken)


@fault(
    "Missing gradients count as None.",
    witness=lambda: not raises(lambda: gradient(torch.ones(2), count=2)),
)
def missing_gradients_are_none(patch):
    patch_returned(
        patch,
        lambda self, returned: (
            returned + (None,) * (len(self.needs_input_grad) - len(returned))
        ),
    )


@fault(
    "Further gradients are ignored even where they are not None.",
    witness=lambda: not raises(lambda: gradient(torch.ones(2), torch.ones(2))),
)
def further_gradients_are_ignored(patch):
    patch_returned(patch, lambda self, returned: returned[: len(self.needs_input_grad)])


@fault(
    "Further Nones are refused.",
    witness=lambda: raises(lambda: gradient(torch.ones(2), None)),
)
def further_nones_are_refused(patch):
    def change(self, returned):
        if len(returned) > len(self.needs_input_grad):
            raise RuntimeError("returned an incorrect number of gradients")
        return returned

    patch_returned(patch, change)


@fault(
    "A list of gradients is taken for a tuple.",
    witness=lambda: (
        not raises(
            lambda: (
                make(lambda ctx, x, k: x * k, lambda ctx, grad: [grad, None])
                .apply(leaf(), 3)
                .sum()
                .backward()
            )
        )
    ),
)
def lists_of_gradients_are_taken(patch):
    def change(original, self, grads):
        returned = original(self, *grads)
        return tuple(returned) if isinstance(returned, list) else returned

    patch_backward(patch, change)


@fault(
    "A None gradient counts as zeros.",
    witness=lambda: gradient(None)[0] is not None,
)
def none_counts_as_zeros(patch):
    patch_returned(
        patch,
        lambda self, returned: tuple(
            torch.zeros(()).expand(2)
            if each is None and needs and len(returned) == 1
            else each
            for each, needs in zip(returned, self.needs_input_grad, strict=False)
        ),
    )


@fault(
    "A gradient of one element is broadcast to its argument.",
    witness=lambda: not raises(lambda: gradient(torch.ones(1))),
)
def small_gradients_are_broadcast(patch):
    patch_returned(
        patch,
        lambda self, returned: tuple(
            each.expand(2)
            if isinstance(each, torch.Tensor) and each.shape in ((1,), ())
            else each
            for each in returned
        ),
    )


@fault(
    "A larger gradient is refused.",
    witness=lambda: raises(lambda: gradient(torch.ones(3, 2))),
)
def larger_gradients_are_refused(patch):
    def change(self, returned):
        if any(isinstance(each, torch.Tensor) and each.dim() > 1 for each in returned):
            raise RuntimeError("returned an invalid gradient at index 0")
        return returned

    patch_returned(patch, change)


@fault(
    "Of a larger gradient the first row is taken.",
    witness=lambda: gradient(torch.ones(3, 2))[0].tolist() == [1, 1],
)
def larger_gradients_are_cut(patch):
    patch_returned(
        patch,
        lambda self, returned: tuple(
            each[0] if isinstance(each, torch.Tensor) and each.dim() > 1 else each
            for each in returned
        ),
    )


@fault(
    "A gradient of another dtype is refused.",
    witness=lambda: raises(lambda: gradient(torch.ones(2, dtype=torch.int64))),
)
def other_dtypes_are_refused(patch):
    def change(self, returned):
        for each in returned:
            if isinstance(each, torch.Tensor) and each.dtype != torch.float32:
                raise RuntimeError("returned a gradient of another dtype")
        return returned

    patch_returned(patch, change)


@fault(
    "Of a complex gradient for a real argument the real part is taken.",
    witness=lambda: not raises(lambda: gradient(torch.ones(2, dtype=torch.complex64))),
)
def imaginary_parts_are_dropped(patch):
    patch_returned(
        patch,
        lambda self, returned: tuple(
            each.real if isinstance(each, torch.Tensor) and each.is_complex() else each
            for each in returned
        ),
    )


@fault(
    "A gradient for an argument that is no tensor is dropped.",
    witness=lambda: (
        not raises(
            lambda: (
                make(lambda ctx, x, k: x * k, lambda ctx, grad: (grad, grad))
                .apply(leaf(), 3)
                .sum()
                .backward()
            )
        )
    ),
)
def gradients_of_numbers_are_dropped(patch):
    patch_returned(
        patch,
        lambda self, returned: (
            tuple(
                each if needs else None
                for each, needs in zip(returned, self.needs_input_grad, strict=False)
            )
            if len(returned) == len(self.needs_input_grad)
            else returned
        ),
    )


@fault(
    "The gradients of two arguments are swapped.",
    witness=lambda: (
        gradient(torch.ones(2), torch.zeros(2), count=2)[0].tolist() == [0, 0]
    ),
)
def gradients_are_swapped(patch):
    patch_returned(
        patch,
        lambda self, returned: (
            returned[::-1]
            if all(self.needs_input_grad) and len(returned) == 2
            else returned
        ),
    )


@fault(
    "A Python number is taken for a gradient.",
    witness=lambda: not raises(lambda: gradient(3.0)),
)
def numbers_are_taken_for_gradients(patch):
    patch_returned(
        patch,
        lambda self, returned: tuple(
            torch.tensor([each]) if isinstance(each, float) else each
            for each in returned
        ),
    )
    # The witness's leaf has two elements, so let it be broadcast too.
    small_gradients_are_broadcast.apply(patch)


# --- modes ----------------------------------------------------------------------------


def _second():
    x = leaf()

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad

    y = make(forward, backward).apply(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return first.requires_grad


@fault(
    "Backward runs without grad, whatever create_graph says.",
    witness=lambda: not _second(),
)
def backward_never_records(patch):
    def change(original, self, grads):
        with torch.no_grad():
            return original(self, *grads)

    patch_backward(patch, change)


def _backward_mode():
    modes = []

    def backward(ctx, grad):
        modes.append(torch.is_grad_enabled())
        return grad

    make(lambda ctx, x: x * 2, backward).apply(leaf()).sum().backward()
    return modes[0]


@fault("Backward always runs with grad.", witness=_backward_mode)
def backward_always_records(patch):
    def change(original, self, grads):
        with torch.enable_grad():
            return original(self, *grads)

    patch_backward(patch, change)


def _needs():
    needs = []

    def forward(ctx, x, other):
        needs.append(ctx.needs_input_grad)
        return x * 2

    make(forward).apply(leaf(), torch.ones(2))
    with torch.no_grad():
        make(forward).apply(leaf(), torch.ones(2))
    return needs


@fault(
    "needs_input_grad is True for every argument.",
    witness=lambda: _needs()[0] == (True, True),
)
def every_input_needs_a_gradient(patch):
    original = BackwardCFunction.needs_input_grad
    patch(
        BackwardCFunction,
        "needs_input_grad",
        property(lambda self: tuple(True for _ in original.__get__(self))),
    )


@fault(
    "needs_input_grad is False inside no_grad.",
    witness=lambda: _needs()[1] == (False, False),
)
def no_input_needs_a_gradient_in_forward(patch):
    original = BackwardCFunction.needs_input_grad
    in_no_grad = []
    apply = getattr(Function.apply, "__func__", applied)

    def broken(cls, *args, **options):
        in_no_grad.append(not torch.is_grad_enabled())
        try:
            return apply(cls, *args, **options)
        finally:
            in_no_grad.pop()

    def flags(self):
        needs = original.__get__(self)
        return tuple(need and not any(in_no_grad) for need in needs)

    patch(Function, "apply", classmethod(broken))
    patch(BackwardCFunction, "needs_input_grad", property(flags))


# --- saved tensors --------------------------------------------------------------------


def patch_saving(patch, change):
    """Patch what save_for_backward keeps."""

    def save_for_backward(self, *tensors):
        self.to_save = change(tensors)

    patch(FunctionCtx, "save_for_backward", save_for_backward)


@fault(
    "Saved tensors come back in reverse.",
    witness=lambda: saving()[1][2] is saving()[0] or saving()[1][0].tolist() == [2, 4],
)
def saved_tensors_are_reversed(patch):
    patch_saving(patch, lambda tensors: tensors[::-1])


@fault(
    "A saved None is left out.",
    witness=lambda: len(saving()[1]) == 2,
)
def saved_nones_are_left_out(patch):
    patch_saving(
        patch,
        lambda tensors: tuple(tensor for tensor in tensors if tensor is not None),
    )


def _saved_input_is_kept():
    x, saved = saving()
    return saved[0] is x


@fault(
    "Saved tensors are copies.",
    witness=lambda: not _saved_input_is_kept(),
)
def saved_tensors_are_copies(patch):
    patch_saving(
        patch,
        lambda tensors: tuple(
            tensor.clone() if isinstance(tensor, torch.Tensor) else tensor
            for tensor in tensors
        ),
    )


@fault(
    "Saved tensors come back without their history.",
    witness=lambda: not saving()[1][0].requires_grad,
)
def saved_tensors_are_detached(patch):
    original = BackwardCFunction.saved_tensors
    patch(
        BackwardCFunction,
        "saved_tensors",
        property(
            lambda self: tuple(
                tensor if tensor is None else tensor.detach()
                for tensor in original.__get__(self)
            )
        ),
    )


@fault(
    "A saved number is left out instead of refused.",
    witness=lambda: (
        not raises(
            lambda: make(lambda ctx, x: (ctx.save_for_backward(x, 3), x)[1]).apply(
                leaf()
            )
        )
    ),
)
def saved_numbers_are_left_out(patch):
    patch_saving(
        patch,
        lambda tensors: tuple(
            tensor for tensor in tensors if not isinstance(tensor, int)
        ),
    )


def _saved_twice():
    def forward(ctx, x):
        ctx.save_for_backward(x, x)
        ctx.save_for_backward(x)
        return x * 2

    y = make(forward, lambda ctx, grad: grad).apply(leaf())
    return len(y.grad_fn.saved_tensors)


@fault(
    "The first call of save_for_backward counts.",
    witness=lambda: _saved_twice() == 2,
)
def the_first_save_counts(patch):
    save = FunctionCtx.save_for_backward

    def broken(self, *tensors):
        if self.to_save is None:
            save(self, *tensors)

    patch(FunctionCtx, "save_for_backward", broken)


@fault(
    "A second call of save_for_backward adds to the first.",
    witness=lambda: _saved_twice() == 3,
)
def saves_add_up(patch):
    save = FunctionCtx.save_for_backward
    patch(
        FunctionCtx,
        "save_for_backward",
        lambda self, *tensors: save(self, *(self.to_save or ()), *tensors),
    )


def _second_pass():
    y = make(
        lambda ctx, x: (ctx.save_for_backward(x), x * 2)[1],
        lambda ctx, grad: (ctx.saved_tensors, grad)[1],
    ).apply(leaf())
    y.sum().backward()
    return error_of(lambda: y.sum().backward())


@fault(
    "Saved tensors are never freed.",
    witness=lambda: _second_pass() is None,
)
def saved_tensors_are_not_freed(patch):
    original = BackwardCFunction.saved_tensors

    def saved(self):
        try:
            self._kept = original.__get__(self)
        except RuntimeError as error:
            if "second time" not in str(error):
                raise
        return self._kept

    patch(BackwardCFunction, "saved_tensors", property(saved))


@fault(
    "save_for_forward takes a number.",
    witness=lambda: (
        not raises(
            lambda: make(lambda ctx, x: (ctx.save_for_forward(3), x)[1]).apply(leaf())
        )
    ),
)
def save_for_forward_takes_numbers(patch):
    patch(FunctionCtx, "save_for_forward", lambda self, *tensors: None)


@fault(
    "save_for_forward refuses None.",
    witness=lambda: raises(
        lambda: make(lambda ctx, x: (ctx.save_for_forward(None), x)[1]).apply(leaf())
    ),
)
def save_for_forward_refuses_none(patch):
    def save(self, *tensors):
        if not all(isinstance(each, torch.Tensor) for each in tensors):
            raise AssertionError("save_for_forward expects all arguments to be tensors")

    patch(FunctionCtx, "save_for_forward", save)


# --- marks ----------------------------------------------------------------------------


def _two(mark=False, materialize=None):
    seen, x = [], leaf()

    def forward(ctx, x):
        if materialize is not None:
            ctx.set_materialize_grads(materialize)
        one, two = x * 2, x * 3
        if mark:
            ctx.mark_non_differentiable(two)
        return one, two

    def backward(ctx, *grads):
        seen.append(grads)
        return grads[0]

    one, two = make(forward, backward).apply(x)
    one.sum().backward()
    return two, seen[0]


@fault(
    "set_materialize_grads is ignored.",
    witness=lambda: _two(materialize=False)[1][1] is not None,
)
def materializing_cannot_be_switched_off(patch):
    patch(FunctionCtx, "set_materialize_grads", lambda self, value: None)


@fault(
    "set_materialize_grads(True) switches materializing off.",
    witness=lambda: _two(materialize=True)[1][1] is None,
)
def materializing_is_switched_off(patch):
    def set_materialize_grads(self, value):
        self.materialize_grads = False

    patch(FunctionCtx, "set_materialize_grads", set_materialize_grads)


@fault(
    "Gradients are not materialized by default.",
    witness=lambda: _two()[1][1] is None,
)
def nothing_is_materialized(patch):
    patch_backward(
        patch,
        lambda original, self, grads: original(
            self,
            *(grad if grad is None or grad.any() else None for grad in grads),
        ),
    )


@fault(
    "mark_non_differentiable does nothing.",
    witness=lambda: _two(mark=True)[0].requires_grad,
)
def non_differentiable_is_ignored(patch):
    patch(FunctionCtx, "mark_non_differentiable", lambda self, *tensors: None)


def _dirty():
    x = leaf() * 1

    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3)

    return make(forward, lambda ctx, grad: grad * 3).apply(x) is x


@fault("mark_dirty does nothing.", witness=lambda: not _dirty())
def dirty_is_ignored(patch):
    patch(FunctionCtx, "mark_dirty", lambda self, *tensors: None)


def _hidden():
    x = leaf() * 1

    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3) * 1

    return error_of(lambda: make(forward, lambda ctx, grad: grad).apply(x))


@fault(
    "A dirty input need not be returned.",
    witness=lambda: _hidden() is None,
)
def dirty_need_not_be_returned(patch):
    def apply(cls, *args):
        try:
            return applied(cls, *args)
        except RuntimeError as error:
            if "marked as dirty" not in str(error):
                raise
            return args[0]

    patch(Function, "apply", classmethod(apply))


# --- second derivatives ---------------------------------------------------------------


def _once(once=None):
    once = once or torch.autograd.function.once_differentiable
    x, weight, modes = leaf(), leaf(), []

    def forward(ctx, x, other):
        return x * 2 + other

    def backward(ctx, grad):
        modes.append(torch.is_grad_enabled())
        return grad * 2, grad * 1

    y = make(forward, once(backward)).apply(x, x) * weight
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return first, modes[0], error_of(lambda: first.sum().backward())


@fault(
    "once_differentiable does nothing.",
    witness=lambda: _once()[2] is None,
)
def once_differentiable_does_nothing(patch):
    patch(torch.autograd.function, "once_differentiable", lambda fn: fn)


@fault(
    "once_differentiable lets backward record.",
    witness=lambda: _once()[1],
)
def once_differentiable_records(patch):
    once = torch.autograd.function.once_differentiable

    def broken(fn):
        def recorded(*args):
            with torch.set_grad_enabled(torch._C._current_graph_task_id() != -1):
                return fn(*args)

        return once(recorded)

    patch(torch.autograd.function, "once_differentiable", broken)


@fault(
    "once_differentiable returns constants: a second derivative is silently missing.",
    witness=lambda: not _once()[0].requires_grad,
)
def once_differentiable_returns_constants(patch):
    def broken(fn):
        def backward(*args):
            with torch.no_grad():
                return fn(*args)

        return backward

    patch(torch.autograd.function, "once_differentiable", broken)


def _of_second():
    once = torch.autograd.function.once_differentiable
    x, y, weight = leaf(), leaf(), leaf()
    backward = once(lambda ctx, grad: (grad, grad))
    z = make(lambda ctx, x, y: x + y, backward).apply(x, y) * weight
    return torch.autograd.grad(z.sum(), (x, y), create_graph=True)[1].requires_grad


@fault(
    "once_differentiable guards the first gradient only.",
    witness=lambda: not _of_second(),
)
def once_differentiable_guards_the_first_only(patch):
    once = torch.autograd.function.once_differentiable

    def broken(fn):
        guarded = once(fn)

        def backward(ctx, *grads):
            returned = guarded(ctx, *grads)
            if not isinstance(returned, tuple):
                return returned
            return returned[0], *(
                each if each is None else each.detach() for each in returned[1:]
            )

        return backward

    patch(torch.autograd.function, "once_differentiable", broken)


# --- setup_context --------------------------------------------------------------------


def _setup():
    seen = []

    def setup(ctx, inputs, output):
        seen.append((torch.is_grad_enabled(), inputs, output))

    cls = make(
        lambda x, k=2: x * k, lambda ctx, grad: (grad, None), setup_context=setup
    )
    cls.apply(leaf())
    return seen


def patch_setup(patch, change, cut=False):
    """Patch how setup_context is called."""
    original = getattr(Function.apply, "__func__", applied)

    def apply(cls, *args, **options):
        if cls.setup_context is Function.setup_context:
            return original(cls, *args, **options)
        own, method = vars(cls).get("setup_context"), cls.setup_context
        cls.setup_context = staticmethod(
            lambda ctx, inputs, output: change(
                method, ctx, inputs[: len(args)] if cut else inputs, output
            )
        )
        try:
            return original(cls, *args, **options)
        finally:
            cls.setup_context = own

    patch(Function, "apply", classmethod(apply))


@fault("setup_context is not called.", witness=lambda: not _setup())
def setup_context_is_not_called(patch):
    patch_setup(patch, lambda method, ctx, inputs, output: None)


@fault("setup_context runs with grad.", witness=lambda: _setup()[0][0])
def setup_context_runs_with_grad(patch):
    def change(method, ctx, inputs, output):
        with torch.enable_grad():
            method(ctx, inputs, output)

    patch_setup(patch, change)


@fault(
    "setup_context is called twice.",
    witness=lambda: len(_setup()) == 2,
)
def setup_context_is_called_twice(patch):
    def change(method, ctx, inputs, output):
        method(ctx, inputs, output)
        method(ctx, inputs, output)

    patch_setup(patch, change)


@fault(
    "setup_context does not get the defaults of forward.",
    witness=lambda: len(_setup()[0][1]) == 1,
)
def setup_context_lacks_defaults(patch):
    patch_setup(patch, lambda method, *given: method(*given), cut=True)


# --- checking -------------------------------------------------------------------------


def _wrong():
    cls = make(lambda ctx, x: x * 3, lambda ctx, grad: grad * 2)
    x = leaf().double().detach().requires_grad_()
    return error_of(lambda: torch.autograd.gradcheck(cls.apply, x)), (
        lambda: torch.autograd.gradcheck(cls.apply, x, raise_exception=False)
    )


@fault("gradcheck accepts anything.", witness=lambda: _wrong()[0] is None)
def gradcheck_accepts_anything(patch):
    patch(torch.autograd, "gradcheck", lambda *args, **options: True)


@fault(
    "gradcheck raises when asked not to.",
    witness=lambda: raises(_wrong()[1]),
)
def gradcheck_always_raises(patch):
    check = torch.autograd.gradcheck

    def broken(*args, raise_exception=True, **options):
        return check(*args, **options)

    patch(torch.autograd, "gradcheck", broken)

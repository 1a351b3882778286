"""Faults of detaching: what is shared, what is cut, and what ``.data`` hides."""

import torch
from torch import nn

from torch_semantics.faults import fault, raises

T = torch.Tensor


def _leaf(*values):
    return torch.tensor(values or (1.0, 2.0), requires_grad=True)


# --- detach() -------------------------------------------------------------------------


def _detach_aliases():
    x = torch.zeros(2)
    return x.detach().data_ptr() == x.data_ptr()


@fault("detach() copies the memory.", witness=lambda: not _detach_aliases())
def detach_copies(patch):
    detach = T.detach
    patch(T, "detach", lambda self: detach(self).clone())


@fault(
    "torch.detach() copies the memory.",
    witness=lambda: torch.detach(x := torch.zeros(2)).data_ptr() != x.data_ptr(),
)
def detach_function_copies(patch):
    detach = torch.detach
    patch(torch, "detach", lambda x: detach(x).clone())


@fault(
    "detach() returns a tensor that requires no grad itself.",
    witness=lambda: (x := torch.zeros(2)).detach() is x,
)
def detach_returns_a_plain_tensor_itself(patch):
    detach = T.detach
    patch(T, "detach", lambda self: detach(self) if self.requires_grad else self)


@fault(
    "detach() counts writes apart from its source, as .data does.",
    witness=lambda: (
        (x := torch.zeros(2)).detach().add_(1) is not None and x._version == 0
    ),
)
def detach_has_its_own_version(patch):
    patch(T, "detach", lambda self: self.data)


@fault(
    "detach() of a leaf keeps requires_grad.",
    witness=lambda: _leaf().detach().requires_grad,
)
def detach_of_a_leaf_requires_grad(patch):
    detach = T.detach

    def broken(self):
        d = detach(self)
        return d.requires_grad_() if self.is_leaf and self.requires_grad else d

    patch(T, "detach", broken)


@fault(
    "detach() of a non-leaf keeps its history.",
    witness=lambda: (_leaf() * 2).detach().grad_fn is not None,
)
def detach_keeps_the_history(patch):
    detach = T.detach
    patch(
        T, "detach", lambda self: detach(self) if self.is_leaf else self.view_as(self)
    )


@fault(
    "detach() cuts the source off too.",
    witness=lambda: (y := _leaf() * 2).detach() is not None and not y.requires_grad,
)
def detach_cuts_the_source(patch):
    detach = T.detach

    def broken(self):
        d = detach(self)
        if not self.is_leaf and not self._is_view():
            self.detach_()
        return d

    patch(T, "detach", broken)


@fault(
    "detach() makes the result contiguous.",
    witness=lambda: (
        torch.zeros(2, 3).t().detach().stride() != (1, 2)
        and torch.zeros(2, 3).t().detach().is_contiguous()
    ),
)
def detach_makes_contiguous(patch):
    detach = T.detach
    patch(T, "detach", lambda self: detach(self).contiguous())


@fault(
    "detach() of a Parameter gives a Parameter.",
    witness=lambda: isinstance(nn.Parameter(torch.ones(1)).detach(), nn.Parameter),
)
def detach_keeps_the_parameter_type(patch):
    detach = T.detach

    def broken(self):
        d = detach(self)
        return nn.Parameter(d, False) if type(self) is nn.Parameter else d

    patch(T, "detach", broken)


def _detached_with_grad():
    x = _leaf()
    x.grad = torch.ones(2)
    return x.detach().grad is not None


@fault("detach() carries .grad over.", witness=_detached_with_grad)
def detach_carries_grad(patch):
    detach = T.detach

    def broken(self):
        d = detach(self)
        if self.is_leaf and self.grad is not None and self.requires_grad:
            d.grad = self.grad
        return d

    patch(T, "detach", broken)


@fault(
    "detach() gives a view, which detach_() refuses.",
    witness=lambda: raises(lambda: torch.zeros(2).detach().detach_()),
)
def detach_gives_a_view(patch):
    detach = T.detach

    def broken(self):
        d = detach(self)
        return d.as_strided(d.shape, d.stride(), d.storage_offset())

    patch(T, "detach", broken)


def _reshaped_source():
    x = torch.zeros(1, 3)
    x.detach().t_()
    return x.shape == (3, 1)


@fault("t_() of a detached tensor turns its source too.", witness=_reshaped_source)
def detached_reshapes_its_source(patch):
    detach, t_ = T.detach, T.t_
    pairs = []

    def remember(self):
        d = detach(self)
        pairs.append((d, self))
        return d

    def broken(self):
        t_(self)
        for d, source in pairs:
            if d is self:
                source.data = detach(self)
        return self

    patch(T, "detach", remember)
    patch(T, "t_", broken)


# --- clone() --------------------------------------------------------------------------


@fault(
    "clone() drops the history.",
    witness=lambda: not (_leaf() * 2).clone().requires_grad,
)
def clone_drops_the_history(patch):
    clone = T.clone
    patch(T, "clone", lambda self, **kw: clone(self, **kw).detach())


@fault(
    "clone() of a tensor without history shares its memory.",
    witness=lambda: (x := torch.zeros(2)).clone().data_ptr() == x.data_ptr(),
)
def clone_aliases(patch):
    clone = T.clone
    patch(
        T,
        "clone",
        lambda self, **kw: (
            clone(self, **kw) if self.requires_grad else self.view_as(self)
        ),
    )


# --- gradients ------------------------------------------------------------------------


@fault(
    "requires_grad_() has no effect on a tensor that shares memory with a leaf.",
    witness=lambda: not _leaf().detach().requires_grad_().requires_grad,
)
def detached_cannot_require_grad(patch):
    detach, require = T.detach, T.requires_grad_
    detached = []

    def remember(self):
        detached.append(detach(self))
        return detached[-1]

    def broken(self, requires_grad=True):
        if any(self is d for d in detached):
            return self
        return require(self, requires_grad)

    patch(T, "detach", remember)
    patch(T, "requires_grad_", broken)


def _frozen_layer_blocks():
    layer = nn.Linear(1, 1, bias=False)
    layer.requires_grad_(False)
    return not layer(_leaf(1.0)).requires_grad


@fault(
    "A frozen linear layer passes no gradient on to its input.",
    witness=_frozen_layer_blocks,
)
def frozen_layer_blocks_the_gradient(patch):
    forward = nn.Linear.forward

    def broken(self, x):
        return forward(self, x if self.weight.requires_grad else x.detach())

    patch(nn.Linear, "forward", broken)


def _module_flag_ignored():
    layer = nn.Linear(1, 1)
    return layer.requires_grad_(False).weight.requires_grad


@fault("Module.requires_grad_(False) is ignored.", witness=_module_flag_ignored)
def module_requires_grad_is_ignored(patch):
    patch(nn.Module, "requires_grad_", lambda self, requires_grad=True: self)


def _step_without_gradient():
    p = nn.Parameter(torch.ones(1))
    torch.optim.SGD([p], lr=0.5, weight_decay=0.5).step()
    return p.item() != 1


@fault(
    "SGD takes a missing gradient for zero and decays the weight.",
    witness=_step_without_gradient,
)
def optimizer_steps_without_gradient(patch):
    step = torch.optim.SGD.step

    def broken(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    p.grad = torch.zeros_like(p)
        return step(self, closure)

    patch(torch.optim.SGD, "step", broken)


def _packs(mode):
    saved = []
    x = _leaf()
    hooks = torch.autograd.graph.saved_tensors_hooks(
        lambda t: saved.append(t) or t, lambda t: t
    )
    with hooks, mode():
        x * x
    return len(saved)


@fault(
    "no_grad() leaves gradients on.",
    witness=lambda: _packs(lambda: torch.no_grad()) > 0,
)
def no_grad_leaves_gradients_on(patch):
    patch(torch.no_grad, "__enter__", lambda self: setattr(self, "prev", True))


# --- detach_() ------------------------------------------------------------------------


@fault(
    "detach_() returns a new tensor and leaves the old one in the graph.",
    witness=lambda: (y := _leaf() * 2).detach_() is not y,
)
def detach_in_place_is_not(patch):
    detach_ = T.detach_

    def broken(self):
        return detach_(self) if self._is_view() else self.detach()

    patch(T, "detach_", broken)


@fault(
    "detach_() of a view is silently ignored.",
    witness=lambda: not raises(lambda: torch.zeros(2)[:1].detach_()),
)
def detach_in_place_ignores_views(patch):
    detach_ = T.detach_
    patch(T, "detach_", lambda self: self if self._is_view() else detach_(self))


@fault(
    "detach_() leaves requires_grad of a leaf on.",
    witness=lambda: _leaf().detach_().requires_grad,
)
def detach_in_place_skips_leaves(patch):
    detach_ = T.detach_
    patch(T, "detach_", lambda self: self if self.is_leaf else detach_(self))


@fault(
    "torch.detach_() does not write into its argument.",
    witness=lambda: torch.detach_(y := _leaf() * 2) is not y,
)
def detach_in_place_function_copies(patch):
    patch(torch, "detach_", lambda x: x.detach())


def _leaf_gradient_dropped():
    x = _leaf()
    x.sum().backward()
    return x.detach_().grad is None


@fault("detach_() of a leaf drops .grad.", witness=_leaf_gradient_dropped)
def detach_in_place_drops_grad(patch):
    detach_ = T.detach_

    def broken(self):
        if self.is_leaf:
            self.grad = None
        return detach_(self)

    patch(T, "detach_", broken)


@fault(
    "detach_() counts as a write.",
    witness=lambda: (_leaf() * 2).detach_()._version != 0,
)
def detach_in_place_counts_a_write(patch):
    detach_ = T.detach_
    patch(T, "detach_", lambda self: detach_(self).add_(0))


def _gradient_through_an_earlier_view():
    x = _leaf()
    y = x * 2
    view = y[:1]
    y.detach_()
    view.sum().backward()
    return x.grad


@fault(
    "After detach_() no gradient passes through views taken before.",
    witness=lambda: _gradient_through_an_earlier_view().tolist() == [0, 0],
)
def detach_in_place_cuts_earlier_views(patch):
    getitem, detach_ = T.__getitem__, T.detach_
    views = []

    def remember(self, index):
        views.append((self, getitem(self, index)))
        return views[-1][1]

    def broken(self):
        for base, view in views:
            if base is self and view.requires_grad:
                view.register_hook(lambda grad: grad * 0)
        return detach_(self)

    patch(T, "__getitem__", remember)
    patch(T, "detach_", broken)


# --- .data ----------------------------------------------------------------------------

_data = T.data


def _patch_data(patch, get=None, set=None):
    patch(
        T,
        "data",
        property(get or _data.__get__, set or _data.__set__, _data.__delete__),
    )


@fault(
    ".data copies the memory.",
    witness=lambda: (x := torch.zeros(2)).data.data_ptr() != x.data_ptr(),
)
def data_copies(patch):
    _patch_data(patch, lambda self: _data.__get__(self).clone())


@fault(
    ".data counts writes together with its tensor, as detach() does.",
    witness=lambda: (x := torch.zeros(2)).data.add_(1) is not None and x._version == 1,
)
def data_shares_the_version(patch):
    _patch_data(patch, lambda self: self.detach())


@fault(
    ".data of a Parameter is a Parameter.",
    witness=lambda: type(nn.Parameter(torch.ones(1)).data) is nn.Parameter,
)
def data_keeps_the_parameter_type(patch):
    def get(self):
        data = _data.__get__(self)
        return nn.Parameter(data, False) if type(self) is nn.Parameter else data

    _patch_data(patch, get)


@fault(
    ".data of a tensor that requires no grad is the tensor itself.",
    witness=lambda: (x := torch.zeros(2)).data is x,
)
def data_of_a_plain_tensor_is_itself(patch):
    _patch_data(patch, lambda self: _data.__get__(self) if self.requires_grad else self)


@fault(
    ".data loses the strides.",
    witness=lambda: torch.zeros(2, 3).t().data.is_contiguous(),
)
def data_loses_the_strides(patch):
    _patch_data(patch, lambda self: _data.__get__(self).contiguous())


def _assigned(p, t):
    p.data = t
    return p


@fault(
    "Assigning .data copies t instead of taking its memory.",
    witness=lambda: _assigned(_leaf(), t := torch.zeros(3)).data_ptr() != t.data_ptr(),
)
def data_assignment_copies(patch):
    def set(self, t):
        _data.__set__(self, t.clone() if isinstance(t, torch.Tensor) else t)

    _patch_data(patch, set=set)


@fault(
    "Assigning .data copies values into the old memory where the shapes are equal.",
    witness=lambda: (
        _assigned(_leaf(), t := torch.zeros(2)).data_ptr() != t.data_ptr()
        and _assigned(_leaf(), t := torch.zeros(3)).data_ptr() == t.data_ptr()
    ),
)
def data_assignment_writes(patch):
    def set(self, t):
        if isinstance(t, torch.Tensor) and t.shape == self.shape:
            _data.__get__(self).copy_(t)
        else:
            _data.__set__(self, t)

    _patch_data(patch, set=set)


@fault(
    "Assigning .data drops .grad.",
    witness=lambda: _assigned(_with_grad(), torch.zeros(2)).grad is None,
)
def data_assignment_drops_grad(patch):
    def set(self, t):
        _data.__set__(self, t)
        self.grad = None

    _patch_data(patch, set=set)


def _with_grad():
    x = _leaf()
    x.sum().backward()
    return x


@fault(
    "Assigning .data keeps the old dtype.",
    witness=lambda: _assigned(_leaf(), torch.zeros(2).half()).dtype == torch.float32,
)
def data_assignment_keeps_the_dtype(patch):
    def set(self, t):
        if isinstance(t, torch.Tensor) and t.is_floating_point():
            t = t.to(self.dtype)
        _data.__set__(self, t)

    _patch_data(patch, set=set)


@fault(
    "Assigning integer .data to a leaf is converted instead of refused.",
    witness=lambda: not raises(lambda: _assigned(_leaf(), torch.zeros(2).long())),
)
def data_assignment_accepts_integers(patch):
    def set(self, t):
        integer = isinstance(t, torch.Tensor) and not t.is_floating_point()
        _data.__set__(self, t.to(self.dtype) if integer else t)

    _patch_data(patch, set=set)


@fault(
    "Refused .data drops .grad.",
    witness=lambda: _after_refused_data().grad is None,
)
def refused_data_drops_grad(patch):
    def set(self, t):
        try:
            _data.__set__(self, t)
        except (RuntimeError, TypeError):
            self.grad = None
            raise

    _patch_data(patch, set=set)


def _after_refused_data():
    x = _with_grad()
    raises(lambda: _assigned(x, torch.zeros(2).long()))
    return x


@fault(
    "Assigning .data switches requires_grad on with that of t.",
    witness=lambda: _assigned(torch.zeros(2), _leaf()).requires_grad,
)
def data_assignment_takes_the_flag(patch):
    def set(self, t):
        _data.__set__(self, t)
        if isinstance(t, torch.Tensor) and t.requires_grad and self.is_leaf:
            self.requires_grad_()

    _patch_data(patch, set=set)


@fault(
    "Assigning .data counts as a write.",
    witness=lambda: _assigned(_leaf(), torch.zeros(2))._version != 0,
)
def data_assignment_counts_a_write(patch):
    def set(self, t):
        _data.__set__(self, t)
        with torch.no_grad():
            self.add_(0)

    _patch_data(patch, set=set)


@fault(
    "detach() keeps the tangent of forward mode.",
    witness=lambda: _detached_tangent() is not None,
)
def detach_keeps_the_tangent(patch):
    from torch.autograd import forward_ad

    detach = T.detach

    def broken(self):
        d = detach(self)
        if forward_ad._current_level < 0:
            return d
        tangent = forward_ad.unpack_dual(self).tangent
        return d if tangent is None else forward_ad.make_dual(d, tangent)

    patch(T, "detach", broken)


def _detached_tangent():
    from torch.autograd import forward_ad

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.ones(1), torch.ones(1))
        return forward_ad.unpack_dual(dual.detach()).tangent

"""Variable: a name from before tensors could do it themselves.

Once a tensor held numbers only, and a Variable had to be wrapped around it to record
operations. Both became one class: calling ``Variable`` makes an ordinary tensor over
the same storage, and every tensor counts as an instance of it. New code says
``tensor.requires_grad_()`` or ``tensor.detach()`` instead.

It is often believed that a Variable still is a second kind of object, which gradients
need. Nothing needs it, and no object is of that type any more.
"""

import pytest
import torch
from torch.autograd import Variable

from torch_semantics import claim
from torch_semantics.words import shares_storage

REMOVED = r"^volatile was removed and now has no effect. Use `with torch.no_grad\(\):`"


# --- one class ------------------------------------------------------------------------


@claim("autograd.variable.is-plain-tensor", see="autograd")
def test_calling_variable_makes_a_plain_tensor(device):
    """Variable(t) is a new object of type torch.Tensor with the elements, shape, dtype
    and device of t.
    """
    t = torch.tensor([[1.0, 2.0]], dtype=torch.float64, device=device)

    variable = Variable(t)

    assert type(variable) is torch.Tensor
    assert variable is not t
    assert variable.tolist() == [[1.0, 2.0]]
    assert (variable.dtype, variable.device) == (torch.float64, t.device)


@claim("autograd.variable.every-tensor-is-one", see="autograd")
def test_every_tensor_is_an_instance_of_variable(device):
    """Every tensor, of a class derived from Tensor too, counts as an instance of
    Variable, and nothing else does, although Variable is not a base class of
    torch.Tensor.
    """
    t = torch.ones(1, device=device)
    derived = type("Derived", (torch.Tensor,), {})

    assert isinstance(t, Variable)
    assert isinstance(torch.arange(2, device=device), Variable)
    assert isinstance(torch.nn.Parameter(t), Variable)
    assert isinstance(t.as_subclass(derived), Variable)
    assert not isinstance([1.0], Variable)
    assert not isinstance(1.0, Variable)
    assert not isinstance(None, Variable)
    assert not isinstance(torch.nn.Linear(1, 1), Variable)
    assert not isinstance(torch.Tensor, Variable)
    assert not issubclass(torch.Tensor, Variable)


@claim("autograd.variable.plain-tensors-need-no-wrapper", see="autograd")
def test_a_plain_tensor_is_differentiated_like_a_variable(device):
    """A tensor made with requires_grad=True, and one wrapped in Variable with it, get
    the same gradient.
    """
    plain = torch.tensor([3.0, 4.0], device=device, requires_grad=True)
    wrapped = Variable(torch.tensor([3.0, 4.0], device=device), requires_grad=True)

    (plain * plain).sum().backward()
    (wrapped * wrapped).sum().backward()

    assert plain.grad.tolist() == [6.0, 8.0]
    assert wrapped.grad.tolist() == [6.0, 8.0]


@claim("autograd.variable.refuses-non-tensors", see="autograd")
@pytest.mark.parametrize(
    ("data", "kind"),
    [([1.0], "list"), ((1.0,), "tuple"), (1.0, "float"), ("1", "str")],
    ids=["list", "tuple", "float", "str"],
)
def test_variable_refuses_what_is_not_a_tensor(data, kind):
    """Variable of anything but a tensor raises TypeError and names its type."""
    with pytest.raises(
        TypeError, match=f"^Variable data has to be a tensor, but got {kind}$"
    ):
        Variable(data)


@claim("autograd.variable.of-nothing-is-empty", see="autograd", level="observed")
def test_a_variable_of_nothing_is_an_empty_tensor():
    """Variable() and Variable(None) make a tensor without elements."""
    nothing = Variable()
    none = Variable(None)

    assert (type(nothing), nothing.shape) == (torch.Tensor, (0,))
    assert (type(none), none.shape) == (torch.Tensor, (0,))


@claim("autograd.variable.keywords", see="autograd")
def test_variable_takes_its_arguments_by_name_too(device):
    """Variable takes the tensor as data=, and raises TypeError for a keyword that it
    does not know.
    """
    t = torch.tensor([1.0, 2.0], device=device)

    named = Variable(data=t, requires_grad=True)

    assert shares_storage(named, t)
    assert named.requires_grad is True
    with pytest.raises(TypeError, match="foo"):
        Variable(t, foo=True)


# --- the same data --------------------------------------------------------------------


@claim("autograd.variable.shares-storage", see="autograd")
def test_a_variable_and_its_tensor_share_their_storage(device):
    """Variable(t) lies over the storage of t, so a write through either is seen in
    both.
    """
    t = torch.tensor([1.0, 2.0, 3.0], device=device)
    variable = Variable(t)

    variable[0] = 10
    t[2] = 30

    assert t.tolist() == [10.0, 2.0, 30.0]
    assert variable.tolist() == [10.0, 2.0, 30.0]
    assert variable.data_ptr() == t.data_ptr()


@claim("autograd.variable.has-the-layout", see="autograd")
def test_a_variable_lies_over_the_same_elements(device):
    """Variable(t) has the shape, the strides and the storage offset of t, also where t
    is a view with gaps, is 0-dim or has no elements; it is not a view itself.
    """
    columns = torch.arange(6.0, device=device).view(2, 3).t()[1:]
    number = torch.tensor(7.0, device=device)
    empty = torch.zeros(0, 3, device=device)

    variable = Variable(columns)

    assert variable.tolist() == [[1.0, 4.0], [2.0, 5.0]]
    assert (variable.stride(), variable.storage_offset()) == ((1, 3), 1)
    assert variable._base is None
    assert (Variable(number).shape, Variable(number).tolist()) == ((), 7.0)
    assert Variable(empty).shape == (0, 3)


@claim("autograd.variable.drops-history", see="autograd")
def test_a_variable_of_a_result_has_no_history(device):
    """Variable of a result is a leaf without grad_fn that does not require gradients,
    and no gradient flows through it.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    result = leaf * 3

    variable = Variable(result)
    (result + 10 * variable).sum().backward()

    assert (variable.grad_fn, variable.is_leaf) == (None, True)
    assert variable.requires_grad is False
    assert shares_storage(variable, result)
    assert leaf.grad.tolist() == [3.0, 3.0]


@claim("autograd.variable.has-its-own-gradient", see="autograd")
def test_a_variable_has_a_flag_and_a_gradient_of_its_own(device):
    """The flag and the gradient of Variable(p) are its own: what is written to them
    does not show in p, nor the other way round.
    """
    p = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    (p * 5).sum().backward()

    variable = Variable(p)
    before = (variable.requires_grad, variable.grad)
    variable.requires_grad_()
    (variable * 3).sum().backward()
    p.requires_grad_(False)

    assert before == (False, None)
    assert variable.grad.tolist() == [3.0, 3.0]
    assert variable.requires_grad is True
    assert p.grad.tolist() == [5.0, 5.0]
    assert p.requires_grad is False


@claim("autograd.variable.forgets-the-class", see="autograd")
def test_a_variable_of_a_parameter_is_no_parameter(device):
    """Variable of a Parameter is a plain tensor, which a module does not register."""
    parameter = torch.nn.Parameter(torch.ones(2, device=device))
    module = torch.nn.Module()

    module.weight = Variable(parameter)

    assert type(module.weight) is torch.Tensor
    assert list(module.parameters()) == []


@claim("autograd.variable.writes-are-noticed", see="notes/autograd")
def test_a_write_through_a_variable_is_noticed_by_backward(device):
    """Variable(t) counts its writes together with t, so a write through it into a
    value that was saved makes backward raise RuntimeError.
    """
    leaf = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    saved = leaf * 2
    squared = saved * saved

    Variable(saved).add_(1)

    assert saved._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        squared.sum().backward()
    assert leaf.grad is None


# --- the flag -------------------------------------------------------------------------


@claim("autograd.variable.requires-grad-defaults-false", see="autograd")
def test_a_variable_does_not_require_gradients_by_default(device):
    """Variable(t) does not require gradients unless asked to, even where t does, and
    a result requires them where grad mode is on and some operand does.
    """
    t = torch.ones(2, device=device)

    plain = Variable(t)
    asked = Variable(t, requires_grad=True)
    with torch.no_grad():
        unrecorded = plain * asked

    assert plain.requires_grad is False
    assert asked.requires_grad is True
    assert Variable(asked).requires_grad is False
    assert torch.zeros(2, device=device).requires_grad is False
    assert (plain * plain).requires_grad is False
    assert (asked * plain).requires_grad is True
    assert unrecorded.requires_grad is False


@claim("autograd.variable.requires-grad-positional", see="autograd")
def test_the_flag_is_the_second_argument_of_variable(device):
    """Variable(t, True) requires gradients and leaves the flag of t off; Variable(t,
    False) does not require them, as Variable(t, requires_grad=False) doesn't.
    """
    t = torch.ones(2, device=device)

    asked = Variable(t, True)
    refused = Variable(asked, False)
    by_name = Variable(asked, requires_grad=False)

    assert (asked.requires_grad, asked.is_leaf) == (True, True)
    assert (refused.requires_grad, by_name.requires_grad) == (False, False)
    assert t.requires_grad is False


@claim("autograd.variable.floating-point-only", see="autograd")
def test_a_variable_of_integers_cannot_require_gradients(device):
    """Variable of integers keeps their dtype, and raises RuntimeError if it is to
    require gradients.
    """
    integers = torch.tensor([1, 2], device=device)

    variable = Variable(integers)

    assert (variable.dtype, variable.tolist()) == (torch.int64, [1, 2])
    with pytest.raises(RuntimeError, match="floating point and complex dtype"):
        Variable(integers, requires_grad=True)


# --- volatile -------------------------------------------------------------------------


@claim("autograd.variable.volatile-removed", see="autograd")
def test_volatile_warns_and_does_nothing(device):
    """The keyword volatile=True and an assignment to volatile warn that volatile was
    removed, and operations are recorded as if neither had been written.
    """
    t = torch.tensor([1.0, 2.0], device=device)

    with pytest.warns(UserWarning, match=REMOVED):
        variable = Variable(t, volatile=True)
    variable.requires_grad_()
    with pytest.warns(UserWarning, match=REMOVED):
        variable.volatile = True
    (variable * 3).sum().backward()

    assert variable.requires_grad is True
    assert variable.grad.tolist() == [3.0, 3.0]


@claim("autograd.variable.volatile-reads-false", see="autograd")
def test_volatile_always_reads_false(device):
    """Reading volatile of a tensor or of a Parameter warns, and gives False even after
    True was assigned, which changes neither the elements nor the flag.
    """
    t = torch.ones(2, device=device)
    parameter = torch.nn.Parameter(torch.tensor([1.0, 2.0], device=device))
    with pytest.warns(UserWarning, match=REMOVED):
        parameter.volatile = True

    with pytest.warns(UserWarning, match="^volatile was removed .*always False"):
        of_tensor = t.volatile
    with pytest.warns(UserWarning, match="^volatile was removed .*always False"):
        of_parameter = parameter.volatile

    assert (of_tensor, of_parameter) == (False, False)
    assert parameter.requires_grad is True
    assert [t.tolist(), parameter.tolist()] == [[1.0, 1.0], [1.0, 2.0]]


@claim("autograd.variable.volatile-excludes-requires-grad", see="autograd")
def test_a_variable_cannot_be_volatile_and_require_gradients(device):
    """Variable raises ValueError, besides the warning, when it is given both
    volatile=True and requires_grad=True.
    """
    t = torch.ones(2, device=device)

    with (
        pytest.warns(UserWarning, match=REMOVED),
        pytest.raises(ValueError, match="can't be volatile and require_grad"),
    ):
        Variable(t, volatile=True, requires_grad=True)

    assert t.requires_grad is False


@claim("autograd.variable.volatile-false-is-silent", see="autograd")
def test_volatile_false_is_accepted_in_silence(device, recwarn):
    """Variable(t, volatile=False) does not warn, and may require gradients."""
    t = torch.ones(2, device=device)

    variable = Variable(t, requires_grad=True, volatile=False)

    assert recwarn.list == []
    assert variable.requires_grad is True

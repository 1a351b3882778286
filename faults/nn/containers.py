"""Ways to break containers: the order, the names and the numbers of what they hold."""

import copy
from collections import OrderedDict

import torch
from torch import nn

from torch_semantics.faults import error_of, fault, raises, wrap

Sequential = nn.Sequential
ModuleList = nn.ModuleList
ModuleDict = nn.ModuleDict
ParameterList = nn.ParameterList
ParameterDict = nn.ParameterDict


def layers(number=3):
    """A Sequential of some layers."""
    return Sequential(*[nn.PReLU() for _ in range(number)])


def blocks(number=3):
    """A ModuleList of some layers."""
    return ModuleList(layers(number))


def keys(module):
    """The names of the children."""
    return list(module._modules)


def tensor():
    """A tensor of one element."""
    return torch.zeros(1)


class _Twice(nn.Module):
    def forward(self, x):
        return x * 2


class _Next(nn.Module):
    def forward(self, x):
        return x + 1


# --- children -------------------------------------------------------------------------


@fault(
    "A block assigned under a name in other case replaces the old one.",
    witness=lambda: _renamed(),
)
def names_ignore_case(patch):
    def assign(original, self, name, value):
        if isinstance(value, nn.Module):
            known = {key.lower(): key for key in vars(self).get("_modules", {})}
            name = known.get(name.lower(), name)
        original(self, name, value)

    wrap(patch, nn.Module, "__setattr__", assign)


def _renamed():
    module = nn.Module()
    module.head, module.Head = nn.ReLU(), nn.Tanh()
    return "Head" not in module._modules


@fault(
    "A child that is replaced moves to the end.",
    witness=lambda: _moved(),
)
def replaced_child_moves(patch):
    def assign(original, self, name, value):
        if isinstance(value, nn.Module):
            vars(self).get("_modules", {}).pop(name, None)
        original(self, name, value)

    wrap(patch, nn.Module, "__setattr__", assign)


def _moved():
    module = layers(2)
    module[0] = nn.ReLU()
    return keys(module) == ["1", "0"]


@fault(
    "A child that is replaced stays, and the new one is dropped.",
    witness=lambda: _stays(),
)
def old_child_stays(patch):
    def assign(original, self, name, value):
        known = vars(self).get("_modules", {}).get(name)
        if known is None or not isinstance(value, nn.Module):
            original(self, name, value)

    wrap(patch, nn.Module, "__setattr__", assign)


def _stays():
    module = layers(1)
    old = module[0]
    module[0] = nn.ReLU()
    return module[0] is old


@fault(
    "Reading a child gives a copy.",
    witness=lambda: _copied_child(),
)
def child_is_copied(patch):
    def read(original, self, name):
        value = original(self, name)
        if isinstance(value, nn.Module):
            twin = value.__new__(type(value))
            vars(twin).update(vars(value))
            return twin
        return value

    wrap(patch, nn.Module, "__getattr__", read)


def _copied_child():
    module, child = nn.Module(), nn.ReLU()
    module.child = child
    return module.child is not child


@fault(
    "A new module's register of children is of another type.",
    witness=lambda: type(nn.Module()._modules) not in (dict, OrderedDict),
)
def register_of_another_type(patch):
    class Register(OrderedDict):
        pass

    def init(original, self, *args, **options):
        original(self, *args, **options)
        object.__setattr__(self, "_modules", Register())

    wrap(patch, nn.Module, "__init__", init)


@fault(
    "A new module's registers are OrderedDicts.",
    witness=lambda: type(nn.Module()._buffers) is OrderedDict,
)
def registers_are_ordered(patch):
    def init(original, self, *args, **options):
        original(self, *args, **options)
        object.__setattr__(self, "_buffers", OrderedDict())

    wrap(patch, nn.Module, "__init__", init)


# --- Sequential: running --------------------------------------------------------------


@fault(
    "A Sequential runs its layers backwards.",
    witness=lambda: Sequential(_Next(), _Twice())(1) == 3,
)
def runs_backwards(patch):
    def forward(self, input):
        for module in reversed(list(self)):
            input = module(input)
        return input

    patch(Sequential, "forward", forward)


@fault(
    "A Sequential leaves its last layer out.",
    witness=lambda: Sequential(_Next(), _Twice())(1) == 2,
)
def last_layer_left_out(patch):
    def forward(self, input):
        for module in list(self)[: max(len(self) - 1, 1)]:
            input = module(input)
        return input

    patch(Sequential, "forward", forward)


@fault(
    "A Sequential calls its layers' forward, without hooks.",
    witness=lambda: not _hook_runs(),
)
def hooks_not_run(patch):
    def forward(self, input):
        for module in self:
            input = module.forward(input)
        return input

    patch(Sequential, "forward", forward)


def _hook_runs():
    seen = []
    module = Sequential(_Next())
    module[0].register_forward_hook(lambda *call: seen.append(call))
    module(1)
    return bool(seen)


@fault(
    "A Sequential gives a tuple to its layer as several arguments.",
    witness=lambda: raises(lambda: Sequential(nn.Identity())((1, 2, 3))),
)
def tuples_are_spread(patch):
    def forward(self, input):
        for module in self:
            input = module.forward(*input) if type(input) is tuple else module(input)
        return input

    patch(Sequential, "forward", forward)
    wrap(patch, nn.Identity, "forward", lambda original, self, input: input)


@fault(
    "A Sequential ignores further arguments.",
    witness=lambda: not raises(lambda: Sequential()(1, 2)),
)
def more_arguments_ignored(patch):
    wrap(
        patch,
        Sequential,
        "forward",
        lambda original, self, input, *more: original(self, input),
    )


@fault(
    "An empty Sequential returns a copy of its input.",
    witness=lambda: (x := tensor()) is not Sequential()(x),
)
def empty_copies(patch):
    wrap(
        patch,
        Sequential,
        "forward",
        lambda original, self, input: (
            original(self, input) if len(self) else input.clone()
        ),
    )


@fault(
    "A Sequential takes a list of layers.",
    witness=lambda: not raises(lambda: Sequential([nn.ReLU()])),
)
def sequential_takes_lists(patch):
    def init(original, self, *args):
        if len(args) == 1 and isinstance(args[0], list):
            args = args[0]
        original(self, *args)

    wrap(patch, Sequential, "__init__", init)


@fault(
    "A Sequential ignores the keys of an OrderedDict.",
    witness=lambda: keys(Sequential(OrderedDict(a=nn.ReLU()))) == ["0"],
)
def keys_ignored(patch):
    def init(original, self, *args):
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            args = args[0].values()
        original(self, *args)

    wrap(patch, Sequential, "__init__", init)


@fault(
    "A Sequential takes a plain dict like an OrderedDict.",
    witness=lambda: not raises(lambda: Sequential({"a": nn.ReLU()})),
)
def sequential_takes_dicts(patch):
    def init(original, self, *args):
        if len(args) == 1 and type(args[0]) is dict:
            args = (OrderedDict(args[0]),)
        original(self, *args)

    wrap(patch, Sequential, "__init__", init)


@fault(
    "dir() of a Sequential lists numbers.",
    witness=lambda: "0" in dir(layers()),
)
def dir_lists_numbers(patch):
    wrap(
        patch, Sequential, "__dir__", lambda original, self: original(self) + keys(self)
    )


# --- Sequential: by number ------------------------------------------------------------


@fault(
    "Index 0 from behind, -len, is out of range.",
    witness=lambda: raises(lambda: layers()[-3]),
)
def lowest_index_refused(patch):
    def get(original, self, iterator, idx):
        if idx == -len(self):
            raise IndexError(f"index {idx} is out of range")
        return original(self, iterator, idx)

    wrap(patch, Sequential, "_get_item_by_idx", get)


@fault(
    "An index that is out of range wraps around.",
    witness=lambda: not raises(lambda: layers()[3]),
)
def index_wraps(patch):
    wrap(
        patch,
        Sequential,
        "_get_item_by_idx",
        lambda original, self, iterator, idx: original(
            self, iterator, idx % len(self) if isinstance(idx, int) else idx
        ),
    )


@fault(
    "A Sequential can be indexed by the name of a layer.",
    witness=lambda: not raises(lambda: layers()["0"]),
)
def index_by_name(patch):
    def get(original, self, idx):
        return self._modules[idx] if isinstance(idx, str) else original(self, idx)

    wrap(patch, Sequential, "__getitem__", get)


@fault(
    "A slice of a Sequential is a list.",
    witness=lambda: isinstance(layers()[:1], list),
)
def slice_is_a_list(patch):
    def get(original, self, idx):
        return list(self)[idx] if isinstance(idx, slice) else original(self, idx)

    wrap(patch, Sequential, "__getitem__", get)


@fault(
    "A slice of a Sequential numbers its layers anew.",
    witness=lambda: keys(layers()[1:]) == ["0", "1"],
)
def slice_renumbers(patch):
    def get(original, self, idx):
        if isinstance(idx, slice):
            return self.__class__(*list(self)[idx])
        return original(self, idx)

    wrap(patch, Sequential, "__getitem__", get)


@fault(
    "A slice of a Sequential's subclass is a Sequential.",
    witness=lambda: type(type("Sub", (Sequential,), {})(nn.ReLU())[:1]) is Sequential,
)
def slice_forgets_the_class(patch):
    def get(original, self, idx):
        part = original(self, idx)
        return (
            Sequential(OrderedDict(part._modules)) if isinstance(idx, slice) else part
        )

    wrap(patch, Sequential, "__getitem__", get)


@fault(
    "Iterating over a Sequential yields a layer that occurs twice once.",
    witness=lambda: len(list(Sequential(*[nn.ReLU()] * 2))) == 1,
)
def iteration_removes_duplicates(patch):
    patch(Sequential, "__iter__", lambda self: self.children())


@fault(
    "Assigning to the index after the last one appends.",
    witness=lambda: not raises(lambda: layers(1).__setitem__(1, nn.ReLU())),
)
def setitem_appends(patch):
    def put(original, self, idx, module):
        if idx == len(self):
            self.append(module)
        else:
            original(self, idx, module)

    wrap(patch, Sequential, "__setitem__", put)


@fault(
    "Assigning to a negative index counts from the front.",
    witness=lambda: _assigned_behind(),
)
def setitem_ignores_sign(patch):
    def put(original, self, idx, module):
        if idx == -1:
            idx = 0
        original(self, idx, module)

    wrap(patch, Sequential, "__setitem__", put)
    wrap(patch, ModuleList, "__setitem__", put)


def _assigned_behind():
    module, new = layers(2), nn.ReLU()
    module[-1] = new
    return module[0] is new


@fault(
    "Deleting a layer of a Sequential leaves the other numbers as they are.",
    witness=lambda: keys(_deleted(layers(2), 0)) == ["1"],
)
def delete_keeps_numbers(patch):
    def delete(self, idx):
        names = keys(self)[idx]
        for name in [names] if isinstance(names, str) else names:
            delattr(self, name)

    patch(Sequential, "__delitem__", delete)


@fault(
    "Deleting a slice of a ModuleList leaves its last element.",
    witness=lambda: len(_deleted(blocks(3), slice(0, 2))) == 2,
)
def delete_leaves_one(patch):
    def delete(original, self, idx):
        if isinstance(idx, slice):
            idx = range(len(self))[idx][0]
        original(self, idx)

    wrap(patch, ModuleList, "__delitem__", delete)


def _deleted(module, index):
    del module[index]
    return module


@fault(
    "pop() of a Sequential does not remove.",
    witness=lambda: (s := layers(2), s.pop(0), len(s))[2] == 2,
)
def pop_keeps(patch):
    patch(Sequential, "pop", lambda self, key: self[key])


@fault(
    "pop() of a ModuleList returns None.",
    witness=lambda: blocks().pop(0) is None,
)
def pop_returns_none(patch):
    patch(ModuleList, "pop", lambda self, key: self.__delitem__(key))


# --- growing --------------------------------------------------------------------------


@fault(
    "append() of a Sequential returns None.",
    witness=lambda: layers().append(nn.ReLU()) is None,
)
def append_returns_none(patch):
    def append(original, self, module):
        original(self, module)

    wrap(patch, Sequential, "append", append)


@fault(
    "append() of a ModuleList puts the module at the front.",
    witness=lambda: isinstance(blocks().append(nn.ReLU())[0], nn.ReLU),
)
def append_puts_first(patch):
    def append(self, module):
        self.insert(0, module)
        return self

    patch(ModuleList, "append", append)


@fault(
    "extend() of a Sequential returns a new one.",
    witness=lambda: (s := layers()).extend([nn.ReLU()]) is not s,
)
def extend_returns_another(patch):
    def extend(original, self, more):
        return Sequential(*original(self, more))

    wrap(patch, Sequential, "extend", extend)


@fault(
    "insert() of a Sequential drops the last layer.",
    witness=lambda: len(layers(2).insert(0, nn.ReLU())) == 2,
)
def insert_drops_the_last(patch):
    def insert(original, self, index, module):
        size = len(self)
        original(self, index, module)
        if index != size:
            del self._modules[str(size)]
        return self

    wrap(patch, Sequential, "insert", insert)


@fault(
    "insert() of a Sequential takes a negative index one place too low.",
    witness=lambda: isinstance(layers(2).insert(-1, nn.ReLU())[2], nn.ReLU),
)
def insert_negative_shifted(patch):
    wrap(
        patch,
        Sequential,
        "insert",
        lambda original, self, index, module: original(
            self, index + 1 + len(self) if -len(self) <= index < 0 else index, module
        ),
    )


@fault(
    "insert() of a Sequential puts any index beyond the end at the end.",
    witness=lambda: not raises(lambda: layers().insert(9, nn.ReLU())),
)
def insert_clips(patch):
    wrap(
        patch,
        Sequential,
        "insert",
        lambda original, self, index, module: original(
            self, min(index, len(self)), module
        ),
    )


@fault(
    "insert() of a ModuleList replaces the module that is there.",
    witness=lambda: _inserted_over(),
)
def insert_replaces(patch):
    def insert(self, index, module):
        self[index] = module

    patch(ModuleList, "insert", insert)


def _inserted_over():
    module = blocks(2)
    module.insert(0, nn.ReLU())
    return len(module) == 2


@fault(
    "Adding Sequentials extends the left one.",
    witness=lambda: (s := layers(1)) + layers(1) is s,
)
def add_is_in_place(patch):
    patch(Sequential, "__add__", lambda self, other: self.extend(other))


@fault(
    "+= of Sequentials makes a new one.",
    witness=lambda: (s := layers(1)).__iadd__(layers(1)) is not s,
)
def iadd_makes_another(patch):
    patch(Sequential, "__iadd__", lambda self, other: self + other)


@fault(
    "A Sequential times n copies its layers.",
    witness=lambda: (m := layers(1) * 2)[0] is not m[1],
)
def multiply_copies(patch):
    import copy

    wrap(
        patch,
        Sequential,
        "__mul__",
        lambda original, self, other: Sequential(
            *[copy.deepcopy(layer) for layer in original(self, other)]
        ),
    )


@fault(
    "*= repeats a Sequential once too often.",
    witness=lambda: len(layers(1).__imul__(2)) == 3,
)
def imul_once_more(patch):
    wrap(
        patch,
        Sequential,
        "__imul__",
        lambda original, self, other: original(
            self, other + 1 if isinstance(other, int) and other > 0 else other
        ),
    )


@fault(
    "A Sequential times 0 is empty.",
    witness=lambda: not raises(lambda: layers() * 0),
)
def multiply_by_zero(patch):
    def multiply(original, self, other):
        return Sequential() if other == 0 else original(self, other)

    wrap(patch, Sequential, "__mul__", multiply)


# --- ModuleList and ModuleDict --------------------------------------------------------


@fault(
    "A slice of a ModuleList is a list.",
    witness=lambda: isinstance(blocks()[:1], list),
)
def list_slice_is_a_list(patch):
    def get(original, self, idx):
        return list(self)[idx] if isinstance(idx, slice) else original(self, idx)

    wrap(patch, ModuleList, "__getitem__", get)


@fault(
    "A negative index of a ModuleList is off by one.",
    witness=lambda: (b := blocks())[-1] is b[1],
)
def list_negative_shifted(patch):
    wrap(
        patch,
        ModuleList,
        "_get_abs_string_index",
        lambda original, self, idx: original(
            self, idx - 1 if isinstance(idx, int) and -len(self) < idx < 0 else idx
        ),
    )


@fault(
    "+ of a ModuleList changes the list.",
    witness=lambda: (b := blocks()) + [nn.ReLU()] is b,
)
def list_add_is_in_place(patch):
    patch(ModuleList, "__add__", lambda self, other: self.extend(other))


@fault(
    "A ModuleList takes a module that is no iterable for a list of one.",
    witness=lambda: not raises(lambda: blocks().extend(nn.ReLU())),
)
def list_takes_one(patch):
    def extend(original, self, modules):
        if isinstance(modules, nn.Module) and not hasattr(modules, "__iter__"):
            modules = [modules]
        return original(self, modules)

    wrap(patch, ModuleList, "extend", extend)


@fault(
    "A ModuleList runs its modules when it is called.",
    witness=lambda: not raises(lambda: blocks()(tensor())),
)
def list_is_callable(patch):
    patch(ModuleList, "forward", Sequential.forward)


@fault(
    "A ModuleDict sorts its keys.",
    witness=lambda: keys(ModuleDict({"b": nn.ReLU(), "a": nn.ReLU()})) == ["a", "b"],
)
def dict_sorts(patch):
    def update(original, self, modules):
        if isinstance(modules, dict):
            modules = dict(sorted(modules.items()))
        original(self, modules)

    wrap(patch, ModuleDict, "update", update)


@fault(
    "update() of a ModuleDict keeps what is there under a known key.",
    witness=lambda: _updated(),
)
def dict_update_keeps(patch):
    def update(original, self, modules):
        known = dict(self._modules)
        original(self, modules)
        self._modules.update(known)

    wrap(patch, ModuleDict, "update", update)


def _updated():
    first = nn.ReLU()
    held = ModuleDict({"a": first})
    held.update({"a": nn.Tanh()})
    return held["a"] is first


@fault(
    "Iterating over a ModuleDict yields its modules.",
    witness=lambda: next(iter(ModuleDict({"a": nn.ReLU()}))) != "a",
)
def dict_iterates_modules(patch):
    patch(ModuleDict, "__iter__", lambda self: iter(self._modules.values()))


@fault(
    "pop() of a ModuleDict returns None for a missing key.",
    witness=lambda: not raises(lambda: ModuleDict().pop("a")),
)
def dict_pop_is_silent(patch):
    def pop(original, self, key):
        return original(self, key) if key in self else None

    wrap(patch, ModuleDict, "pop", pop)


@fault(
    "pop() of a ModuleDict leaves the key.",
    witness=lambda: _popped_stays(),
)
def dict_pop_keeps(patch):
    patch(ModuleDict, "pop", lambda self, key: self[key])


def _popped_stays():
    held = ModuleDict({"a": nn.ReLU()})
    held.pop("a")
    return "a" in held


@fault(
    "clear() of a ModuleDict leaves the last key.",
    witness=lambda: (d := ModuleDict({"a": nn.ReLU()}), d.clear(), len(d))[2] == 1,
)
def dict_clear_leaves_one(patch):
    def clear(self):
        for key in list(self._modules)[:-1]:
            del self._modules[key]

    patch(ModuleDict, "clear", clear)


@fault(
    "update() of a ModuleDict skips what is no pair.",
    witness=lambda: not raises(lambda: ModuleDict([("a",)])),
)
def dict_skips_what_is_no_pair(patch):
    def update(original, self, modules):
        if isinstance(modules, list):
            modules = [pair for pair in modules if len(pair) == 2]
        original(self, modules)

    wrap(patch, ModuleDict, "update", update)


@fault(
    "A ModuleDict turns its keys into strings.",
    witness=lambda: not raises(lambda: ModuleDict({3: nn.ReLU()})),
)
def dict_keys_become_strings(patch):
    wrap(
        patch,
        ModuleDict,
        "__setitem__",
        lambda original, self, key, module: original(self, str(key), module),
    )


# --- ParameterList and ParameterDict --------------------------------------------------


@fault(
    "A ParameterList keeps a plain tensor as it is.",
    witness=lambda: type(ParameterList([tensor()])[0]) is torch.Tensor,
)
def list_keeps_tensors(patch):
    def put(self, idx, param):
        setattr(self, self._get_abs_string_index(idx), param)

    patch(ParameterList, "__setitem__", put)


@fault(
    "A ParameterList copies the tensors that it makes parameters of.",
    witness=lambda: ParameterList([t := tensor()])[0].data_ptr() != t.data_ptr(),
)
def list_copies_tensors(patch):
    def put(original, self, idx, param):
        original(self, idx, param.clone() if type(param) is torch.Tensor else param)

    wrap(patch, ParameterList, "__setitem__", put)


@fault(
    "A ParameterList takes a tensor apart.",
    witness=lambda: not raises(lambda: ParameterList(torch.zeros(2))),
)
def list_unpacks_tensors(patch):
    def extend(original, self, values):
        return original(self, list(values) if type(values) is torch.Tensor else values)

    wrap(patch, ParameterList, "extend", extend)


@fault(
    "Assigning to an index of a ParameterList lengthens it.",
    witness=lambda: (
        (p := ParameterList([tensor()]), p.__setitem__(0, tensor()), len(p))[2] == 2
    ),
)
def list_setitem_lengthens(patch):
    def put(original, self, idx, param):
        known = str(idx % len(self)) in self._parameters
        original(self, idx, param)
        self._size += known

    wrap(patch, ParameterList, "__setitem__", put)


@fault(
    "A slice of a ParameterList ignores its step.",
    witness=lambda: len(ParameterList([tensor()] * 3)[::2]) == 3,
)
def list_slice_ignores_step(patch):
    def get(original, self, idx):
        if isinstance(idx, slice):
            idx = slice(idx.start, idx.stop)
        return original(self, idx)

    wrap(patch, ParameterList, "__getitem__", get)


@fault(
    "append() of a ParameterList returns None.",
    witness=lambda: ParameterList().append(tensor()) is None,
)
def parameter_append_returns_none(patch):
    def append(original, self, value):
        original(self, value)

    wrap(patch, ParameterList, "append", append)


@fault(
    "A ParameterDict keeps the order of a plain dict.",
    witness=lambda: list(ParameterDict({"b": 1, "a": 1})) == ["b", "a"],
)
def dict_does_not_sort(patch):
    def update(original, self, parameters):
        if type(parameters) is dict:
            parameters = OrderedDict(parameters)
        original(self, parameters)

    wrap(patch, ParameterDict, "update", update)


@fault(
    "A ParameterDict sorts the keys of an OrderedDict.",
    witness=lambda: list(ParameterDict(OrderedDict(b=1, a=1))) == ["a", "b"],
)
def dict_always_sorts(patch):
    def update(original, self, parameters):
        if isinstance(parameters, OrderedDict):
            parameters = dict(parameters)
        original(self, parameters)

    wrap(patch, ParameterDict, "update", update)


@fault(
    "pop() of a ParameterDict leaves the parameter registered.",
    witness=lambda: (
        (d := ParameterDict({"a": tensor()}), d.pop("a"), d._parameters)[2] != {}
    ),
)
def parameter_pop_keeps(patch):
    def pop(self, key):
        value = self[key]
        del self._keys[key]
        return value

    patch(ParameterDict, "pop", pop)


@fault(
    "popitem() of a ParameterDict takes the first item.",
    witness=lambda: ParameterDict({"a": 1, "b": 2}).popitem() == ("a", 1),
)
def popitem_takes_the_first(patch):
    def popitem(self):
        key = next(iter(self))
        return key, self.pop(key)

    patch(ParameterDict, "popitem", popitem)


@fault(
    "setdefault() of a ParameterDict replaces what is there.",
    witness=lambda: ParameterDict({"a": 1}).setdefault("a", 2) == 2,
)
def setdefault_replaces(patch):
    def setdefault(self, key, default=None):
        self[key] = default
        return self[key]

    patch(ParameterDict, "setdefault", setdefault)


@fault(
    "get() of a ParameterDict ignores its default.",
    witness=lambda: ParameterDict().get("a", 3) is None,
)
def get_ignores_default(patch):
    wrap(
        patch,
        ParameterDict,
        "get",
        lambda original, self, key, default=None: original(self, key),
    )


@fault(
    "copy() of a ParameterDict returns the dict itself.",
    witness=lambda: (d := ParameterDict()).copy() is d,
)
def copy_is_itself(patch):
    patch(ParameterDict, "copy", lambda self: self)


@fault(
    "In a merge of ParameterDicts the left one wins.",
    witness=lambda: (ParameterDict({"a": 1}) | ParameterDict({"a": 2}))["a"] == 1,
)
def left_wins(patch):
    def merge(self, other):
        merged = other.copy()
        merged.update(self)
        return merged

    patch(ParameterDict, "__or__", merge)


@fault(
    "A missing key of a ParameterDict raises KeyError when it is read.",
    witness=lambda: type(error_of(lambda: ParameterDict()["a"])) is KeyError,
)
def dict_read_raises_key_error(patch):
    def get(original, self, key):
        if isinstance(key, str) and key not in self:
            raise KeyError(key)
        return original(self, key)

    wrap(patch, ParameterDict, "__getitem__", get)


@fault(
    "An attribute of a ParameterDict counts as an item.",
    witness=lambda: _attribute_counts(),
)
def attributes_are_items(patch):
    patch(ParameterDict, "__contains__", lambda self, key: hasattr(self, key))
    patch(ParameterDict, "__len__", lambda self: len(self._parameters))


def _attribute_counts():
    held = ParameterDict()
    held.extra = nn.Parameter(tensor())
    return len(held) == 1


# --- printing -------------------------------------------------------------------------


@fault(
    "The text of a module does not indent its children's lines.",
    witness=lambda: "\n(0)" in repr(Sequential(Sequential(nn.ReLU()))),
)
def repr_is_flat(patch):
    wrap(
        patch,
        nn.Module,
        "__repr__",
        lambda original, self: "\n".join(
            line.strip() for line in original(self).split("\n")
        ),
    )


@fault(
    "The text of a Sequential has numbers in place of keys.",
    witness=lambda: "(0)" in repr(Sequential(OrderedDict(a=nn.ReLU()))),
)
def repr_without_keys(patch):
    def text(original, self):
        numbered = copy.copy(self)
        numbered._modules = dict(zip("0123456789", self._modules.values()))
        return original(numbered)

    wrap(patch, nn.Module, "__repr__", text)


@fault(
    "A ModuleList prints each of its modules, alike or not.",
    witness=lambda: " x " not in repr(ModuleList([nn.ReLU(), nn.ReLU()])),
)
def list_repr_joins_nothing(patch):
    patch(ModuleList, "__repr__", nn.Module.__repr__)


@fault(
    "The text of a ParameterDict leaves sizes out.",
    witness=lambda: "size" not in repr(ParameterDict({"a": tensor()})),
)
def dict_repr_without_size(patch):
    wrap(
        patch,
        ParameterDict,
        "extra_repr",
        lambda original, self: original(self).replace(" of size ", " "),
    )

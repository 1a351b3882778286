"""Faults of recurrent layers: gates, layouts, states, layers and directions."""

import torch
from torch import nn
from torch.nn.modules import rnn

from torch_semantics.faults import fault, raises, warns, wrap

Base = nn.RNNBase


def _filled(make, *size, **options):
    layer = make(*size, **options)
    for n, parameter in enumerate(layer.parameters()):
        values = torch.arange(1.0, parameter.numel() + 1) / 8 - n / 4
        parameter.data.copy_(values.view_as(parameter))
    return layer


def _result(make, x, *size, **options):
    return _filled(make, *size, **options)(x)[0].flatten().tolist()


X = torch.tensor([[1.0], [-0.5], [2.0]])


def _swapped(weights, a, b, gates):
    """Return the weights with two blocks of rows changed with each other."""
    order = list(range(gates))
    order[a], order[b] = b, a
    return [
        torch.cat([w.chunk(gates)[n] for n in order]) if len(w) % gates == 0 else w
        for w in weights
    ]


_LSTM = _result(nn.LSTM, X, 1, 2)
_GRU = _result(nn.GRU, X, 1, 2)
_RNN = _result(nn.RNN, X, 1, 2)
_RELU = _result(nn.RNN, X, 1, 2, nonlinearity="relu")


@fault("The gates of an LSTM are f, i, g, o.", witness=lambda: _lstm_differs())
def lstm_gates_change_places(patch):
    wrap(
        patch,
        rnn._VF,
        "lstm",
        lambda run, x, hx, weights, *rest: (
            run(x, hx, _swapped(weights, 0, 1, 4), *rest)
            if isinstance(weights, list)
            else run(x, hx, weights, *rest)
        ),
    )


def _lstm_differs():
    return _result(nn.LSTM, X, 1, 2) != _LSTM


@fault("The gates of an LSTM are i, f, o, g.", witness=lambda: _lstm_differs())
def lstm_output_gate_comes_third(patch):
    wrap(
        patch,
        rnn._VF,
        "lstm",
        lambda run, x, hx, weights, *rest: (
            run(x, hx, _swapped(weights, 2, 3, 4), *rest)
            if isinstance(weights, list)
            else run(x, hx, weights, *rest)
        ),
    )


@fault(
    "The gates of a GRU are z, r, n.",
    witness=lambda: _result(nn.GRU, X, 1, 2) != _GRU,
)
def gru_gates_change_places(patch):
    wrap(
        patch,
        rnn._VF,
        "gru",
        lambda run, x, hx, weights, *rest: (
            run(x, hx, _swapped(weights, 0, 1, 3), *rest)
            if isinstance(weights, list)
            else run(x, hx, weights, *rest)
        ),
    )


@fault(
    "An RNN uses ReLU by default.",
    witness=lambda: _result(nn.RNN, X, 1, 2) != _RNN,
)
def rnn_is_relu_by_default(patch):
    patch(rnn._VF, "rnn_tanh", rnn._VF.rnn_relu)


@fault(
    "An RNN with ReLU uses tanh.",
    witness=lambda: _result(nn.RNN, X, 1, 2, nonlinearity="relu") != _RELU,
)
def relu_is_ignored(patch):
    patch(rnn._VF, "rnn_relu", rnn._VF.rnn_tanh)


@fault(
    "batch_first is True by default.",
    witness=lambda: nn.GRU(1, 1)(torch.ones(2, 3, 1))[1].shape[1] == 2,
)
def batch_first_by_default(patch):
    def change(make, self, mode, *size, batch_first=True, **options):
        if len(size) > 4:
            return make(self, mode, *size, **options)
        return make(self, mode, *size, batch_first=batch_first, **options)

    wrap(patch, Base, "__init__", change)


@fault(
    "batch_first is ignored.",
    witness=lambda: (
        nn.GRU(1, 1, batch_first=True)(torch.ones(2, 3, 1))[1].shape[1] == 3
    ),
)
def batch_first_is_ignored(patch):
    def change(make, self, mode, *size, batch_first=False, **options):
        make(self, mode, *size, **options)

    wrap(patch, Base, "__init__", change)


@fault(
    "With batch_first the state has the batch first too.",
    witness=lambda: (
        nn.GRU(1, 1, batch_first=True)(torch.ones(2, 3, 1))[1].shape[0] == 2
    ),
)
def state_is_batch_first(patch):
    def change(forward, self, x, hx=None):
        output, state = forward(self, x, hx)
        if self.batch_first and x.dim() == 3:
            state = state.transpose(0, 1)
        return output, state

    wrap(patch, nn.GRU, "forward", change)


@fault(
    "A layer without a state begins with ones.",
    witness=lambda: _result(nn.GRU, X, 1, 2) != _GRU,
)
def state_begins_with_ones(patch):
    def change(forward, self, x, hx=None):
        if hx is None and isinstance(x, torch.Tensor) and x.dim() == 2:
            rows = self.num_layers * (2 if self.bidirectional else 1)
            hx = x.new_ones(rows, self.hidden_size)
        return forward(self, x, hx)

    wrap(patch, nn.GRU, "forward", change)


@fault(
    "The state that is given is ignored.",
    witness=lambda: not raises(lambda: nn.RNN(1, 1)(X, torch.ones(1, 1, 1))),
)
def state_is_ignored(patch):
    wrap(patch, nn.RNN, "forward", lambda forward, self, x, hx=None: forward(self, x))


@fault(
    "An LSTM returns the cell state before the hidden state.",
    witness=lambda: _states_change_places(),
)
def lstm_states_change_places(patch):
    def change(forward, self, x, hx=None):
        output, (h, c) = forward(self, x, hx)
        return output, (c, h)

    wrap(patch, nn.LSTM, "forward", change)


def _states_change_places():
    output, (h, _) = nn.LSTM(1, 2)(X)
    return not torch.equal(output[-1:], h)


@fault(
    "One sequence gives an output with a batch dimension.",
    witness=lambda: nn.LSTM(1, 2)(X)[0].dim() == 3,
)
def unbatched_output_keeps_the_batch(patch):
    def change(forward, self, x, hx=None):
        if isinstance(x, torch.Tensor) and x.dim() == 2 and hx is None:
            x = x.unsqueeze(0 if self.batch_first else 1)
        return forward(self, x, hx)

    wrap(patch, nn.LSTM, "forward", change)


@fault(
    "The backward direction's outputs stand first.",
    witness=lambda: _result(nn.RNN, X, 1, 1, bidirectional=True) != _BOTH,
)
def directions_change_places(patch):
    def change(forward, self, x, hx=None):
        output, state = forward(self, x, hx)
        if self.bidirectional:
            output = output.roll(self.hidden_size, -1)
        return output, state

    wrap(patch, nn.RNN, "forward", change)


_BOTH = _result(nn.RNN, X, 1, 1, bidirectional=True)


@fault(
    "Dropout between layers acts in evaluation mode too.",
    witness=lambda: not _layers().eval()(X)[0].any(),
)
def dropout_ignores_the_mode(patch):
    def change(forward, self, x, hx=None):
        mode, self.training = self.training, True
        result = forward(self, x, hx)
        self.training = mode
        return result

    wrap(patch, nn.RNN, "forward", change)


def _layers():
    layer = nn.RNN(1, 1, 2, dropout=1.0)
    for parameter in layer.parameters():
        parameter.data.fill_(0.0 if parameter.dim() == 1 else 1.0)
    return layer


@fault(
    "Dropout between layers is ignored.", witness=lambda: bool(_layers()(X)[0].any())
)
def dropout_between_layers_is_ignored(patch):
    def change(make, self, *size, **options):
        make(self, *size, **options)
        self.dropout = 0.0

    wrap(patch, Base, "__init__", change)


@fault(
    "Dropout of one layer does not warn.",
    witness=lambda: not warns(lambda: nn.LSTM(1, 1, dropout=0.5)),
)
def dropout_of_one_layer_is_silent(patch):
    class Silent:
        warn = staticmethod(lambda *message, **options: None)

    patch(rnn, "warnings", Silent)


@fault(
    "Dropout of two layers warns.",
    witness=lambda: warns(lambda: nn.LSTM(1, 1, 2, dropout=0.5)),
)
def dropout_of_two_layers_warns(patch):
    def change(make, self, mode, *size, **options):
        make(self, mode, *size, **options)
        if self.dropout and self.num_layers > 1:
            rnn.warnings.warn("non-zero dropout expects num_layers greater than 1")

    wrap(patch, Base, "__init__", change)


@fault("One layer warns without dropout too.", witness=lambda: warns(lambda: _layer()))
def one_layer_warns(patch):
    def change(make, self, mode, *size, **options):
        make(self, mode, *size, **options)
        if self.num_layers == 1:
            rnn.warnings.warn("non-zero dropout expects num_layers greater than 1")

    wrap(patch, Base, "__init__", change)


def _layer():
    return nn.LSTM(1, 1)


@fault(
    "dropout may be a string of digits.",
    witness=lambda: not raises(lambda: nn.LSTM(1, 1, 2, dropout="0.5")),
)
def dropout_may_be_a_string(patch):
    def change(make, self, *size, **options):
        if isinstance(options.get("dropout"), str):
            options["dropout"] = float(options["dropout"])
        make(self, *size, **options)

    wrap(patch, Base, "__init__", change)


@fault(
    "An LSTM that projects has no biases.",
    witness=lambda: len(list(nn.LSTM(1, 2, proj_size=1).parameters())) == 3,
)
def projection_takes_the_biases(patch):
    def change(make, self, *size, proj_size=0, bias=True, **options):
        bias = bias and not proj_size
        make(self, *size, proj_size=proj_size, bias=bias, **options)

    wrap(patch, nn.LSTM, "__init__", change)


@fault(
    "dropout may be True.",
    witness=lambda: not raises(lambda: nn.LSTM(1, 1, 2, dropout=True)),
)
def dropout_may_be_a_bool(patch):
    def change(make, self, *size, **options):
        if options.get("dropout") is True:
            options["dropout"] = 1.0
        make(self, *size, **options)

    wrap(patch, Base, "__init__", change)


@fault(
    "Any last size of the input is taken for input_size.",
    witness=lambda: not _checks(lambda: nn.GRU(2, 3)(torch.ones(5, 4))),
)
def input_size_is_not_checked(patch):
    patch(Base, "check_input", lambda self, x, sizes: None)


def _checks(call):
    try:
        call()
    except RuntimeError as error:
        return "must be equal to input_size" in str(error)
    return False


@fault(
    "The cell state's shape is not checked.",
    witness=lambda: not _names_the_cell_state(),
)
def cell_state_is_not_checked(patch):
    def check(self, x, hidden, sizes):
        self.check_input(x, sizes)
        self.check_hidden_size(
            hidden[0],
            self.get_expected_hidden_size(x, sizes),
            "Expected hidden[0] size {}, got {}",
        )

    patch(nn.LSTM, "check_forward_args", check)


def _names_the_cell_state():
    try:
        nn.LSTM(2, 3)(torch.ones(5, 2), (torch.ones(1, 3), torch.ones(1, 4)))
    except RuntimeError as error:
        return "hidden[1]" in str(error)
    return False


@fault(
    "Initial values are bounded by 1/hidden_size.",
    witness=lambda: nn.LSTM(1, 16).weight_hh_l0.abs().max().item() < 0.1,
)
def initial_values_are_too_small(patch):
    def reset(self):
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / self.hidden_size, 1 / self.hidden_size)

    patch(Base, "reset_parameters", reset)
    patch(nn.RNNCell.__base__, "reset_parameters", reset)


@fault(
    "A parameter that is assigned anew is not used.",
    witness=lambda: _assigned_is_ignored(),
)
def assigned_parameters_are_ignored(patch):
    patch(Base, "__setattr__", nn.Module.__setattr__)
    patch(Base, "_update_flat_weights", lambda self: None)
    patch(Base, "_init_flat_weights", _keep_flat_weights)


def _keep_flat_weights(self):
    names = self._flat_weights_names
    if not hasattr(self, "_flat_weights") or len(self._flat_weights) != len(names):
        self._flat_weights = [getattr(self, name) for name in names]


def _assigned_is_ignored():
    layer = _layers().eval()
    before = layer(X)[0].tolist()
    layer.weight_ih_l0 = nn.Parameter(torch.zeros(1, 1))
    return layer(X)[0].tolist() == before


@fault(
    "The states of packed sequences come in the order of their lengths.",
    witness=lambda: _packed_state() == [2, 1],
)
def packed_states_stay_sorted(patch):
    wrap(
        patch,
        Base,
        "permute_hidden",
        lambda permute, self, hx, permutation: hx,
    )


def _packed_state():
    layer = nn.RNN(1, 1, nonlinearity="relu")
    for parameter in layer.parameters():
        parameter.data.fill_(0.0 if parameter.dim() == 1 else 1.0)
    one = torch.ones(2, 1)
    packed = nn.utils.rnn.pack_sequence([one[:1], one], enforce_sorted=False)
    return layer(packed)[1].flatten().tolist()


@fault(
    "A GRUCell begins with ones.",
    witness=lambda: _cell_begins_with_ones(),
)
def cell_begins_with_ones(patch):
    wrap(
        patch,
        nn.GRUCell,
        "forward",
        lambda forward, self, x, hx=None: forward(
            self, x, x.new_ones(*x.shape[:-1], self.hidden_size) if hx is None else hx
        ),
    )


def _cell_begins_with_ones():
    cell = nn.GRUCell(1, 1)
    for parameter in cell.parameters():
        parameter.data.zero_()
    return cell(torch.zeros(1)).item() != 0


@fault(
    "A GRUCell without a state takes float32 only.",
    witness=lambda: raises(lambda: nn.GRUCell(1, 1).double()(torch.ones(1).double())),
)
def cell_begins_with_floats(patch):
    wrap(
        patch,
        nn.GRUCell,
        "forward",
        lambda forward, self, x, hx=None: forward(
            self, x, torch.zeros(*x.shape[:-1], self.hidden_size) if hx is None else hx
        ),
    )


@fault(
    "An LSTM checks the dimensions of its cell state only.",
    witness=lambda: not _names_both_ranks(),
)
def hidden_rank_is_not_checked(patch):
    def change(forward, self, x, hx=None):
        if hx is not None and hx[0].dim() != hx[1].dim() == x.dim():
            hx = (hx[0].reshape(hx[1].shape), hx[1])
        return forward(self, x, hx)

    wrap(patch, nn.LSTM, "forward", change)


def _names_both_ranks():
    try:
        nn.LSTM(2, 3)(torch.ones(5, 2), (torch.ones(1, 1, 3), torch.ones(1, 3)))
    except RuntimeError as error:
        return "(3-D, 2-D)" in str(error)
    return False


@fault(
    "An LSTMCell forgets its cell state.",
    witness=lambda: _cell_forgets(),
)
def lstm_cell_forgets(patch):
    wrap(
        patch,
        nn.LSTMCell,
        "forward",
        lambda forward, self, x, hx=None: forward(
            self, x, hx if hx is None else (hx[0], torch.zeros_like(hx[1]))
        ),
    )


def _cell_forgets():
    state = torch.ones(1)
    return nn.LSTMCell(1, 1)(torch.zeros(1), (state, state * 1e6))[1].item() < 10


@fault(
    "RNNCell with ReLU uses tanh.",
    witness=lambda: _cell_is_tanh(),
)
def cell_ignores_relu(patch):
    patch(rnn._VF, "rnn_relu_cell", rnn._VF.rnn_tanh_cell)


def _cell_is_tanh():
    cell = nn.RNNCell(1, 1, nonlinearity="relu")
    for parameter in cell.parameters():
        parameter.data.fill_(1.0)
    return cell(torch.ones(1)).item() < 1


@fault(
    "An RNN and a GRU ignore proj_size.",
    witness=lambda: not raises(lambda: nn.GRU(2, 3, proj_size=1)),
)
def proj_size_is_ignored(patch):
    def change(make, self, *size, proj_size=0, **options):
        make(self, *size, **options)

    wrap(patch, nn.RNN, "__init__", change)
    wrap(patch, nn.GRU, "__init__", change)


@fault(
    "No layers are taken for one.",
    witness=lambda: not raises(lambda: nn.LSTM(2, 3, num_layers=0)),
)
def no_layers_are_one(patch):
    wrap(
        patch,
        Base,
        "__init__",
        lambda make, self, mode, *size, num_layers=1, **options: (
            make(self, mode, *size, **options)
            if len(size) > 2
            else make(self, mode, *size, num_layers=max(1, num_layers), **options)
        ),
    )


@fault(
    "A hidden size that is a float is cut.",
    witness=lambda: not raises(lambda: nn.GRU(2, 3.0)),
)
def hidden_size_is_cut(patch):
    wrap(
        patch,
        Base,
        "__init__",
        lambda make, self, mode, size, hidden, *rest, **options: make(
            self, mode, size, int(hidden), *rest, **options
        ),
    )


@fault(
    "bias may be any value.",
    witness=lambda: not raises(lambda: nn.GRU(2, 3, bias=1)),
)
def bias_may_be_anything(patch):
    def change(make, self, *size, **options):
        if "bias" in options:
            options["bias"] = bool(options["bias"])
        make(self, *size, **options)

    wrap(patch, Base, "__init__", change)

"""A recurrent layer goes through a sequence, and carries a state from step to step.

At each step it makes a new hidden state from the element and from the state before, and
that state is also its output for the element. nn.RNN, nn.LSTM and nn.GRU differ in the
formula of the step; layers can be stacked, and a second direction can read the sequence
from its end. By default the first dimension of the input is time, and the second the
batch.

It is commonly believed that recurrent layers require (samples, time, features). That is
what batch_first=True makes them take; a single sequence needs no batch at all.
"""

import copy
import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from spec.models import rnn as model
from torch_semantics import claim

RNN = "generated/torch.nn.RNN"
LSTM = "generated/torch.nn.LSTM"
GRU = "generated/torch.nn.GRU"
CELL = "generated/torch.nn.LSTMCell"

KINDS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
every_kind = pytest.mark.parametrize("layer", KINDS.values(), ids=KINDS.keys())


def summing(device, **options):
    """Return a layer whose step adds up the element and the state, by ReLU."""
    made = nn.RNN(2, 1, nonlinearity="relu", device=device, **options)
    for name, parameter in made.named_parameters():
        parameter.data.fill_(0.0 if "bias" in name else 1.0)
    return made


def first(state):
    """Return the hidden state, which an LSTM returns in a pair with the cell state."""
    return state[0] if isinstance(state, tuple) else state


def nearly(rows):
    """Return rows of numbers that equal what differs from them by rounding alone."""
    return [pytest.approx(row, rel=1e-5, abs=1e-6) for row in rows]


def joined(state):
    """Return the hidden state, for an LSTM with the cell state behind it."""
    return torch.cat(state, -1) if isinstance(state, tuple) else state


def state_of(layer, h):
    """Return h as the state of a layer; an LSTM gets it for its cell state as well."""
    return (h, h) if layer in (nn.LSTM, nn.LSTMCell) else h


# --- what one step computes -----------------------------------------------------------


@claim("nn.rnn.step", see=RNN)
def test_an_rnn_adds_what_it_sees_to_what_it_kept(device):
    """A step of an RNN is W_ih x + b_ih + W_hh h + b_hh, through the nonlinearity: here
    ReLU; the outputs are the states after each step, and the state the last of them.
    """
    layer = nn.RNN(2, 1, nonlinearity="relu", device=device)
    layer.weight_ih_l0.data.copy_(torch.tensor([[1.0, 10.0]]))
    layer.weight_hh_l0.data.fill_(2.0)
    layer.bias_ih_l0.data.fill_(100.0)
    layer.bias_hh_l0.data.fill_(-200.0)
    sequence = torch.tensor([[1.0, 20.0], [0.0, 30.0], [5.0, -5.0]], device=device)

    output, state = layer(sequence, torch.tensor([[3.0]], device=device))

    # 201 - 100 + 2 * 3, then 300 - 100 + 2 * 107, then -45 - 100 + 2 * 414.
    assert output.tolist() == [[107], [414], [683]]
    assert state.tolist() == [[683]]


@claim("nn.rnn.tanh-by-default", see=RNN)
def test_the_nonlinearity_of_an_rnn_is_tanh_by_default(device):
    """An RNN uses tanh unless nonlinearity="relu"; anything else raises ValueError."""
    layer = nn.RNN(1, 1, device=device)
    for parameter in layer.parameters():
        parameter.data.fill_(0.25)

    output, _ = layer(torch.tensor([[2.0], [0.0]], device=device))

    one = math.tanh(2 * 0.25 + 0.5)
    two = math.tanh(0.25 * one + 0.5)
    assert output.flatten().tolist() == pytest.approx([one, two], rel=1e-6)
    assert layer.nonlinearity == "tanh"
    with pytest.raises(ValueError, match="Unknown nonlinearity 'sigmoid'"):
        nn.RNN(1, 1, nonlinearity="sigmoid")


@claim("nn.lstm.gates", see=LSTM)
def test_the_rows_of_an_lstm_are_the_gates_i_f_g_o(device):
    """The blocks of rows of an LSTM are the gates i, f, g and o, in this order: the new
    cell state is f * c + i * g, and the new hidden state o * tanh(c').
    """
    layer = nn.LSTM(1, 1, bias=False, device=device)
    layer.weight_ih_l0.data.copy_(torch.tensor([[-0.5], [1.0], [0.75], [2.0]]))
    layer.weight_hh_l0.data.copy_(torch.tensor([[1.0], [-2.0], [0.5], [0.25]]))
    h, c = torch.tensor([[0.5]], device=device), torch.tensor([[2.0]], device=device)

    output, (h_n, c_n) = layer(torch.tensor([[1.0]], device=device), (h, c))

    i, f, g, o = -0.5 + 0.5, 1 - 1, 0.75 + 0.25, 2 + 0.125
    cell = 2 / (1 + math.exp(-f)) + math.tanh(g) / (1 + math.exp(-i))
    assert c_n.item() == pytest.approx(cell, rel=1e-6)
    assert h_n.item() == pytest.approx(math.tanh(cell) / (1 + math.exp(-o)), rel=1e-6)
    assert output.tolist() == h_n.tolist()
    assert (h.item(), c.item()) == (0.5, 2)


@claim("nn.gru.gates", see=GRU)
def test_the_rows_of_a_gru_are_the_gates_r_z_n(device):
    """The blocks of rows of a GRU are r, z and n: r scales what n sees of the old
    state, its bias included, and the new state is (1 - z) * n + z * h.
    """
    layer = nn.GRU(1, 1, device=device)
    layer.weight_ih_l0.data.copy_(torch.tensor([[1.0], [-1.0], [0.5]]))
    layer.weight_hh_l0.data.copy_(torch.tensor([[0.5], [2.0], [0.75]]))
    layer.bias_ih_l0.data.copy_(torch.tensor([0.0, 0.25, 0.125]))
    layer.bias_hh_l0.data.copy_(torch.tensor([0.5, 0.0, 1.0]))
    h = torch.tensor([[0.5]], device=device)

    output, h_n = layer(torch.tensor([[1.0]], device=device), h)

    r = 1 / (1 + math.exp(-(1 + 0.25 + 0.5)))
    z = 1 / (1 + math.exp(-(-1 + 1 + 0.25)))
    n = math.tanh(0.5 + 0.125 + r * (0.375 + 1))
    assert h_n.item() == pytest.approx((1 - z) * n + z * 0.5, rel=1e-6)
    assert output.tolist() == h_n.tolist()


SHAPES = st.tuples(
    st.integers(1, 2), st.integers(1, 2), st.integers(1, 3), st.booleans()
)
STEPS = {
    "RNN": (nn.RNN, model.rnn_step),
    "LSTM": (nn.LSTM, model.lstm_step),
    "GRU": (nn.GRU, model.gru_step),
}


@claim("nn.rnn.follows-model", see=LSTM)
@given(kind=st.sampled_from(sorted(STEPS)), shape=SHAPES)
def test_recurrent_layers_do_what_the_model_does(device, kind, shape):
    """For any number of layers, hidden size, length and number of directions, outputs
    and last states are those of the model in plain Python.
    """
    layer, step = STEPS[kind]
    depth, hidden, length, both = shape
    directions = 1 + both
    made = layer(2, hidden, depth, bidirectional=both, device=device)
    for n, parameter in enumerate(made.parameters()):
        values = torch.arange(parameter.numel()) * 5 % 7 - 3 + n % 3
        parameter.data.copy_((values / 8).view_as(parameter))
    sequence = torch.arange(2.0 * length, device=device).view(length, 2) / 4 - 1
    rows = depth * directions
    begin = torch.arange(1.0, rows * hidden + 1, device=device).view(rows, hidden) / 8

    pair = layer is nn.LSTM
    output, last = made(sequence, (begin, begin * 2) if pair else begin)

    stack = [
        [
            model.Weights(*(w.tolist() for w in made.all_weights[d * directions + n]))
            for n in range(directions)
        ]
        for d in range(depth)
    ]
    states = [model.State(h, [2 * x for x in h]) for h in begin.tolist()]
    expected, states = model.layers(step, stack, sequence.tolist(), states)
    assert output.tolist() == nearly(expected)
    assert first(last).tolist() == nearly([s.h for s in states])
    if pair:
        assert last[1].tolist() == nearly([s.c for s in states])


# --- layouts and shapes ---------------------------------------------------------------


@claim("nn.rnn.time-series-layout", see=LSTM)
@every_kind
def test_time_comes_first_unless_batch_first(device, layer):
    """By default input and output are (time, batch, features); batch_first=True makes
    them (batch, time, features), and leaves the state (layers, batch, hidden).
    """
    time_first = layer(2, 3, 2, device=device)
    batch_first = layer(2, 3, 2, batch_first=True, device=device)
    x = torch.ones(5, 6, 2, device=device)

    by_time, by_time_state = time_first(x)
    by_batch, by_batch_state = batch_first(x)

    assert (time_first.batch_first, batch_first.batch_first) == (False, True)
    assert (by_time.shape, first(by_time_state).shape) == ((5, 6, 3), (2, 6, 3))
    assert (by_batch.shape, first(by_batch_state).shape) == ((5, 6, 3), (2, 5, 3))


@claim("nn.rnn.batch-first-changes-the-layout-only", see=RNN)
def test_batch_first_only_swaps_two_dimensions(device):
    """A layer with batch_first=True gives, for the input with time and batch swapped,
    the same output swapped, and the same state.
    """
    x = torch.tensor(
        [[[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0], [0.0, 4.0]]], device=device
    )

    by_time, state = summing(device)(x)
    by_batch, same_state = summing(device, batch_first=True)(x)

    assert by_time.tolist() == [[[1], [2]], [[4], [6]]]
    assert state.tolist() == [[[4], [6]]]
    assert by_batch.tolist() == [[[1], [3]], [[3], [7]]]
    assert same_state.tolist() == [[[3], [7]]]


@claim("nn.rnn.unbatched", see=LSTM)
@every_kind
def test_one_sequence_needs_no_batch(device, layer):
    """An input of two dimensions is one sequence, (time, features) with batch_first
    too: the output has two dimensions, and so has the state, as the state that is given
    must have.
    """
    made = layer(2, 3, 2, device=device)
    turned = layer(2, 3, 2, batch_first=True, device=device)
    turned.load_state_dict(made.state_dict())
    sequence = torch.arange(10.0, device=device).view(5, 2)

    output, state = made(sequence)
    again, _ = made(sequence, state)
    batched, states = made(sequence.unsqueeze(1))
    going_on, _ = made(sequence.unsqueeze(1), states)
    same, same_state = turned(sequence)

    assert (output.shape, first(state).shape) == ((5, 3), (2, 3))
    assert output.tolist() == batched[:, 0].tolist()
    assert first(state).tolist() == first(states)[:, 0].tolist()
    assert again.tolist() == going_on[:, 0].tolist()
    assert again[0].tolist() != output[0].tolist()
    assert same.tolist() == nearly(output.tolist())
    assert first(same_state).tolist() == nearly(first(state).tolist())


@claim("nn.rnn.returns", see=LSTM)
def test_what_recurrent_layers_return(device):
    """An RNN and a GRU return the outputs and the last state; an LSTM returns the
    outputs and a pair of states, hidden and cell.
    """
    x = torch.ones(5, 6, 2, device=device)

    by_rnn, of_rnn = nn.RNN(2, 3, device=device)(x)
    by_gru, of_gru = nn.GRU(2, 3, device=device)(x)
    output, of_lstm = nn.LSTM(2, 3, device=device)(x)

    assert (of_rnn.shape, of_gru.shape) == ((1, 6, 3), (1, 6, 3))
    assert of_rnn[0].tolist() == by_rnn[-1].tolist()
    assert of_gru[0].tolist() == by_gru[-1].tolist()
    assert (by_rnn.shape, by_gru.shape) == ((5, 6, 3), (5, 6, 3))
    assert isinstance(of_lstm, tuple)
    assert [tuple(state.shape) for state in of_lstm] == [(1, 6, 3), (1, 6, 3)]
    assert of_lstm[0][0].tolist() == output[-1].tolist()
    assert of_lstm[1].tolist() != of_lstm[0].tolist()


@claim("nn.rnn.state-is-carried-on", see=LSTM)
@every_kind
def test_a_sequence_in_two_parts_with_the_state_is_the_whole(device, layer):
    """Going on with the state that the first part of a sequence left gives what the
    whole sequence gives; without a state a layer begins with zeros.
    """
    made = layer(2, 3, 2, device=device)
    whole = torch.arange(16.0, device=device).view(4, 2, 2) / 8
    zeros = torch.zeros(2, 2, 3, device=device)

    output, _ = made(whole)
    before, state = made(whole[:2])
    after, _ = made(whole[2:], state)
    begun, _ = made(whole, state_of(layer, zeros))

    assert [*before.flatten(1).tolist(), *after.flatten(1).tolist()] == nearly(
        output.flatten(1).tolist()
    )
    assert after.shape == (2, 2, 3)
    assert begun.tolist() == output.tolist()
    assert zeros.any().item() is False


@claim("nn.rnn.samples-stay-apart", see=RNN)
def test_the_samples_of_a_batch_have_states_of_their_own(device):
    """Each sample of a batch starts from its own state and goes its own way."""
    x = torch.tensor(
        [[[1.0, 0.0], [0.0, 2.0]], [[3.0, 0.0], [0.0, 4.0]]], device=device
    )
    begin = torch.tensor([[[100.0], [200.0]]], device=device)

    output, state = summing(device)(x, begin)

    assert output.tolist() == [[[101], [202]], [[104], [206]]]
    assert state.tolist() == [[[104], [206]]]
    assert begin.tolist() == [[[100], [200]]]


@claim("nn.rnn.num-layers", see=RNN)
def test_layers_are_stacked(device):
    """The second layer reads the outputs of the first; the output is that of the last
    layer, and the state has one row for each, the first layer first.
    """
    layer = summing(device, num_layers=2)
    layer.weight_ih_l1.data.fill_(10.0)

    output, state = layer(torch.tensor([[1.0, 0.0], [2.0, 0.0]], device=device))

    assert output.tolist() == [[10], [40]]
    assert state.tolist() == [[3], [40]]


@claim("nn.rnn.bidirectional", see=RNN)
def test_a_second_direction_reads_from_the_end(device):
    """With bidirectional=True the last dimension of the output has the forward states
    and then the backward ones, each at the element that it was made for; the last
    backward state is the one at the beginning.
    """
    layer = summing(device, bidirectional=True)
    layer.weight_ih_l0_reverse.data.fill_(10.0)

    output, state = layer(torch.tensor([[1.0, 0.0], [2.0, 0.0]], device=device))

    assert output.tolist() == [[1, 30], [3, 20]]
    assert state.tolist() == [[3], [30]]


@claim("nn.rnn.bidirectional-shapes", see=LSTM)
@every_kind
def test_shapes_of_stacked_layers_in_two_directions(device, layer):
    """With two directions the output has two hidden sizes of features, the state two
    rows for each layer, and the second layer's weight_ih that many columns.
    """
    made = layer(2, 3, 2, bidirectional=True, device=device)

    output, state = made(torch.ones(5, 6, 2, device=device))

    assert (output.shape, first(state).shape) == ((5, 6, 6), (4, 6, 3))
    assert made.weight_ih_l1.shape[1] == 6
    assert made.weight_ih_l1_reverse.shape[1] == 6
    assert made.weight_hh_l1.shape[1] == 3


@claim("nn.lstm.proj-size", see=LSTM)
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")
def test_an_lstm_can_project_its_hidden_state(device):
    """With proj_size an LSTM multiplies o * tanh(c) by weight_hr: outputs and hidden
    state have that size, and the cell state keeps the hidden size; weight_hr is the
    last of its layer's parameters.
    """
    layer = nn.LSTM(1, 2, bias=False, proj_size=1, device=device)
    layer.weight_ih_l0.data.zero_()
    layer.weight_hh_l0.data.zero_()
    layer.weight_hr_l0.data.copy_(torch.tensor([[1.0, 10.0]]))
    h, c = torch.zeros(1, 1, device=device), torch.tensor([[2.0, 4.0]], device=device)

    output, (h_n, c_n) = layer(torch.ones(1, 1, device=device), (h, c))
    begun, fresh = layer(torch.ones(1, 1, device=device))

    expected = 0.5 * math.tanh(1) + 5 * math.tanh(2)
    assert output.tolist() == [[pytest.approx(expected, rel=1e-6)]]
    assert h_n.tolist() == output.tolist()
    assert c_n.tolist() == [[1, 2]]
    assert begun.tolist() == [[0]]
    assert [state.tolist() for state in fresh] == [[[0]], [[0, 0]]]
    assert layer.weight_hh_l0.shape == (8, 1)
    assert list(nn.LSTM(1, 2, proj_size=1).state_dict()) == [
        "weight_ih_l0",
        "weight_hh_l0",
        "bias_ih_l0",
        "bias_hh_l0",
        "weight_hr_l0",
    ]


@claim("nn.lstm.proj-size-in-two-directions", see=LSTM)
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")
def test_shapes_of_a_projecting_lstm_in_two_directions(device):
    """In two directions outputs have twice proj_size features, which the second layer
    reads; hidden states have proj_size of them and cell states hidden_size, and so must
    states that are given.
    """
    layer = nn.LSTM(2, 4, 2, bidirectional=True, proj_size=3, device=device)
    x = torch.arange(20.0, device=device).view(5, 2, 2) / 8
    packed = nn.utils.rnn.pack_padded_sequence(x, [5, 5])

    output, (h, c) = layer(x)
    from_packed, (packed_h, packed_c) = layer(packed)
    zeros = (torch.zeros_like(h), torch.zeros_like(c))
    from_zeros, _ = layer(x, zeros)

    assert (output.shape, h.shape, c.shape) == ((5, 2, 6), (4, 2, 3), (4, 2, 4))
    assert layer.weight_ih_l1.shape == layer.weight_ih_l1_reverse.shape == (16, 6)
    assert layer.weight_hh_l1.shape == (16, 3)
    assert from_packed.data.tolist() == nearly(output.flatten(0, 1).tolist())
    assert packed_h.flatten(0, 1).tolist() == nearly(h.flatten(0, 1).tolist())
    assert packed_c.flatten(0, 1).tolist() == nearly(c.flatten(0, 1).tolist())
    assert from_zeros.tolist() == output.tolist()
    assert repr(layer) == ("LSTM(2, 4, proj_size=3, num_layers=2, bidirectional=True)")
    with pytest.raises(
        RuntimeError, match=r"hidden\[1\] size \(4, 2, 4\), got \[4, 2, 3"
    ):
        layer(x, (h, h))


# --- parameters -----------------------------------------------------------------------


@claim("nn.rnn.parameters", see=LSTM)
@pytest.mark.parametrize(
    ("layer", "gates"),
    [(nn.RNN, 1), (nn.LSTM, 4), (nn.GRU, 3)],
    ids=["RNN", "LSTM", "GRU"],
)
def test_names_and_shapes_of_the_parameters(device, layer, gates):
    """Each layer has weight_ih, weight_hh, bias_ih and bias_hh, with its number behind
    them; the gates are stacked in rows, 1 for an RNN, 4 for an LSTM, 3 for a GRU.
    """
    made = layer(2, 3, num_layers=2, device=device)

    shapes = {name: tuple(p.shape) for name, p in made.named_parameters()}

    assert list(shapes.items()) == [
        ("weight_ih_l0", (gates * 3, 2)),
        ("weight_hh_l0", (gates * 3, 3)),
        ("bias_ih_l0", (gates * 3,)),
        ("bias_hh_l0", (gates * 3,)),
        ("weight_ih_l1", (gates * 3, 3)),
        ("weight_hh_l1", (gates * 3, 3)),
        ("bias_ih_l1", (gates * 3,)),
        ("bias_hh_l1", (gates * 3,)),
    ]
    assert made.all_weights[1][0] is made.weight_ih_l1
    assert made.all_weights[0][3] is made.bias_hh_l0
    assert list(made.state_dict()) == list(shapes)


@claim("nn.rnn.no-bias", see=LSTM)
def test_layers_without_bias(device):
    """With bias=False there are no biases: zeros stay zeros. The names of the second
    direction end in _reverse.
    """
    made = [
        layer(2, 3, bias=False, bidirectional=True, device=device)
        for layer in KINDS.values()
    ]

    outputs = [layer(torch.zeros(1, 2, device=device))[0] for layer in made]

    assert [list(layer.state_dict()) for layer in made] == [
        [
            "weight_ih_l0",
            "weight_hh_l0",
            "weight_ih_l0_reverse",
            "weight_hh_l0_reverse",
        ]
    ] * 3
    assert [len(list(layer.parameters())) for layer in made] == [4, 4, 4]
    assert [output.tolist() for output in outputs] == [[[0] * 6]] * 3


@claim("nn.rnn.initial-values", see=LSTM)
@pytest.mark.parametrize(
    "make",
    [
        lambda **options: nn.LSTM(20, 16, **options),
        lambda **options: nn.GRUCell(20, 16, **options),
    ],
    ids=["LSTM", "GRUCell"],
)
def test_parameters_begin_within_one_over_the_root_of_the_hidden_size(device, make):
    """Weights and biases are drawn evenly between -1/sqrt(hidden_size) and
    1/sqrt(hidden_size); reset_parameters() draws them again, into the same parameters.
    """
    made = make(device=device)
    parameters = list(made.parameters())
    before = parameters[0].tolist()

    largest = [parameter.abs().max().item() for parameter in parameters]
    mean = parameters[0].mean().item()
    made.reset_parameters()

    assert max(largest) <= 0.25
    assert max(largest) > 0.23
    assert min(largest) > 0.1
    assert abs(mean) < 0.05
    assert parameters[0].tolist() != before
    assert next(made.parameters()) is parameters[0]


@claim("nn.rnn.reads-parameters-at-call", see=RNN)
def test_a_parameter_that_is_replaced_is_used(device):
    """A layer uses the parameters that it has when it is called: one that is assigned
    anew, one that is changed in place, and those of a copy are its own.
    """
    layer = summing(device)
    copied = copy.deepcopy(layer)
    x = torch.tensor([[1.0, 2.0]], device=device)

    layer.weight_ih_l0 = nn.Parameter(torch.tensor([[10.0, 100.0]], device=device))
    replaced, _ = layer(x)
    with torch.no_grad():
        layer.bias_ih_l0.fill_(5.0)
    changed, _ = layer(x)
    same = layer.double()
    converted, state = layer(x.double())

    assert replaced.tolist() == [[210]]
    assert changed.tolist() == [[215]]
    assert same is layer
    assert (converted.tolist(), converted.dtype) == ([[215]], torch.float64)
    assert state.dtype == torch.float64
    assert copied(x)[0].tolist() == [[3]]


@claim(
    "nn.rnn.functional-call", see="generated/torch.func.functional_call", since="2.0"
)
@every_kind
def test_functional_call_reaches_the_parameters_of_a_recurrent_layer(device, layer):
    """torch.func.functional_call() runs a recurrent layer with the parameters given;
    afterwards the layer uses its own again.
    """
    made = layer(2, 3, device=device)
    zeros = {name: torch.zeros_like(p) for name, p in made.named_parameters()}
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    before, _ = made(x)

    output, _ = torch.func.functional_call(made, zeros, (x,))

    assert output.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert made(x)[0].tolist() == before.tolist()
    assert 0 not in before.flatten().tolist()


@claim("nn.rnn.gradients", see=RNN)
def test_gradients_go_back_through_time(device):
    """Backward goes through all steps: a weight gets the sum of what it did at each, an
    element what it did to all later states, and so does the state at the beginning.
    """
    layer = summing(device)
    layer.weight_hh_l0.data.fill_(2.0)
    x = torch.tensor([[1.0, 0.0], [5.0, 0.0]], device=device, requires_grad=True)
    begin = torch.tensor([[3.0]], device=device, requires_grad=True)

    output, state = layer(x, begin)
    (output.sum() + state.sum()).backward()

    # h1 = 1 + 2 * 3 and h2 = 5 + 2 * h1; in h1 + 2 * h2 there are 5 of h1.
    assert output.tolist() == [[7], [19]]
    assert x.grad.tolist() == [[5, 5], [2, 2]]
    assert begin.grad.tolist() == [[5 * 2]]
    assert layer.weight_ih_l0.grad.tolist() == [[5 * 1 + 2 * 5, 0]]
    assert layer.weight_hh_l0.grad.tolist() == [[5 * 3 + 2 * 7]]
    assert layer.bias_ih_l0.grad.tolist() == [5 + 2]
    assert layer.bias_hh_l0.grad.tolist() == [5 + 2]


@claim("nn.rnn.gradients-of-gates", see=LSTM)
@every_kind
def test_gradients_are_the_slopes_of_the_output(device, layer):
    """The gradient of each element of weight_hh is the slope of the result, found by
    going a little to both sides.
    """
    made = layer(1, 1, dtype=torch.float64, device=device)
    for n, parameter in enumerate(made.parameters()):
        values = torch.arange(1.0, parameter.numel() + 1, dtype=torch.float64)
        parameter.data.copy_((values / 4 - n / 8).view_as(parameter))
    x = torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64, device=device)

    weights = torch.tensor([[1.0], [3.0], [9.0]], dtype=torch.float64, device=device)

    (made(x)[0] * weights).sum().backward()

    slopes = []
    with torch.no_grad():
        for element in made.weight_hh_l0:
            element += 1e-5
            above = (made(x)[0] * weights).sum().item()
            element -= 2e-5
            below = (made(x)[0] * weights).sum().item()
            slopes.append((above - below) / 2e-5)
            element += 1e-5
    gradient = made.weight_hh_l0.grad[:, 0].tolist()
    assert gradient == pytest.approx(slopes, rel=1e-6, abs=1e-9)


# --- dropout between layers -----------------------------------------------------------


@claim("nn.rnn.dropout-between-layers", see=RNN)
def test_dropout_acts_between_layers_in_training(device):
    """In training mode dropout acts on the outputs of each layer but the last, on each
    element and scaled by 1/(1 - p); that layer's state it leaves.
    """
    layer = summing(device, num_layers=2, dropout=0.75)
    numbers = torch.arange(1.0, 65, device=device).view(1, 64, 1)

    output, state = layer(numbers.expand(1, 64, 2) / 2)
    evaluated, _ = layer.eval()(numbers.expand(1, 64, 2) / 2)

    factors = (output / numbers).flatten().tolist()
    assert (len(factors), set(factors)) == (64, {0, 4})
    assert state[0].tolist() == numbers[0].tolist()
    assert state[1].tolist() == output[0].tolist()
    assert evaluated.tolist() == numbers.tolist()
    assert layer.dropout == 0.75


@claim("nn.rnn.dropout-of-all", see=RNN)
def test_dropout_of_everything_leaves_the_first_layer(device):
    """With dropout=1 the second layer sees zeros, and the first layer's state is as it
    would be without.
    """
    layer = summing(device, num_layers=2, dropout=1.0)

    output, state = layer(torch.tensor([[1.0, 0.0], [2.0, 0.0]], device=device))

    assert output.tolist() == [[0], [0]]
    assert state.tolist() == [[3], [0]]


@claim("nn.rnn.dropout-of-one-layer-warns", see=LSTM)
def test_dropout_of_a_single_layer_warns_and_does_nothing(device):
    """Asking for dropout with one layer warns that there is nothing between layers,
    and drops nothing; two layers do not warn, and neither does one without dropout.
    """
    with pytest.warns(UserWarning, match="non-zero dropout expects num_layers greater"):
        single = nn.LSTM(1, 2, dropout=1.0, device=device)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        nn.LSTM(1, 2, num_layers=2, dropout=1.0, device=device)
        nn.LSTM(1, 2, device=device)

    x = torch.ones(1, 1, device=device)
    assert seen == []
    assert single(x)[0].tolist() == single.eval()(x)[0].tolist()


@claim("nn.rnn.dropout-range", see=LSTM)
@pytest.mark.parametrize("dropout", [-0.1, 1.1, True, "0.5"], ids=repr)
def test_dropout_is_a_number_from_0_to_1(dropout):
    """A dropout that isn't a number from 0 to 1, or is a bool, raises ValueError."""
    with pytest.raises(
        ValueError, match=r"dropout should be a number in range \[0, 1\]"
    ):
        nn.LSTM(1, 1, num_layers=2, dropout=dropout)


@claim("nn.rnn.dropout-in-every-kind", see=LSTM)
@every_kind
def test_every_kind_drops_in_training_only(device, layer):
    """With dropout=1 the output in training doesn't depend on the input, packed or not;
    in evaluation mode it is that of a layer without dropout.
    """
    made = layer(1, 2, num_layers=2, dropout=1.0, device=device)
    plain = layer(1, 2, num_layers=2, device=device)
    plain.load_state_dict(made.state_dict())
    x, y = torch.tensor([[1.0], [3.0]], device=device), torch.ones(2, 1, device=device)
    packed_x, packed_y = (
        nn.utils.rnn.pack_sequence([x]),
        nn.utils.rnn.pack_sequence([y]),
    )

    of_x, of_y = made(x)[0].tolist(), made(y)[0].tolist()
    of_packed_x, of_packed_y = made(packed_x)[0].data, made(packed_y)[0].data
    made.eval()

    assert of_x == of_y
    assert of_packed_x.tolist() == of_packed_y.tolist() == nearly(of_x)
    assert made(x)[0].tolist() == plain(x)[0].tolist() != of_x
    assert made(packed_x)[0].data.tolist() == plain(packed_x)[0].data.tolist()


# --- what is refused ------------------------------------------------------------------


@claim("nn.rnn.bad-rank-raises", see=LSTM, since="2.1")
@every_kind
def test_other_ranks_are_refused(device, layer):
    """An input that has neither two nor three dimensions raises ValueError."""
    made = layer(2, 3, device=device)

    with pytest.raises(ValueError, match="Expected input to be 2D or 3D, got 1D"):
        made(torch.ones(2, device=device))
    with pytest.raises(ValueError, match="Expected input to be 2D or 3D, got 4D"):
        made(torch.ones(1, 1, 1, 2, device=device))


@claim("nn.rnn.bad-rank-fails-an-assertion", see=LSTM, since="2.0", until="2.1")
def test_other_ranks_fail_an_assertion(device):
    """An input that has neither two nor three dimensions raises AssertionError."""
    rnn, lstm = nn.RNN(2, 3, device=device), nn.LSTM(2, 3, device=device)

    with pytest.raises(AssertionError, match="Expected input to be 2-D or 3-D but rec"):
        rnn(torch.ones(2, device=device))
    with pytest.raises(AssertionError, match="Expected input to be 2-D or 3-D but rec"):
        lstm(torch.ones(1, 1, 1, 2, device=device))


@claim("nn.rnn.bad-rank-is-counted-with-batch", see=LSTM, until="2.0")
def test_other_ranks_are_refused_with_one_dimension_more(device):
    """An input that has neither two nor three dimensions raises RuntimeError, which
    counts one dimension more than the input has.
    """
    rnn, lstm = nn.RNN(2, 3, device=device), nn.LSTM(2, 3, device=device)

    with pytest.raises(RuntimeError, match="input must have 3 dimensions, got 2"):
        rnn(torch.ones(2, device=device))
    with pytest.raises(RuntimeError, match="input must have 3 dimensions, got 5"):
        lstm(torch.ones(1, 1, 1, 2, device=device))


WRONG_SIZE = r"input.size\(-1\) must be equal to input_size. Expected 2, got 4"


@claim("nn.rnn.wrong-input-size", see=LSTM)
@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU], ids=["RNN", "GRU"])
def test_the_last_size_must_be_the_input_size(device, layer):
    """An input of an RNN or a GRU whose last size isn't input_size raises RuntimeError,
    with and without a batch.
    """
    made = layer(2, 3, device=device)

    with pytest.raises(RuntimeError, match=WRONG_SIZE):
        made(torch.ones(5, 6, 4, device=device))
    with pytest.raises(RuntimeError, match=WRONG_SIZE):
        made(torch.ones(5, 4, device=device))


@claim(
    "nn.rnn.lstm-wrong-input-size-unchecked",
    see=LSTM,
    level="observed",
    since="2.1.0",
    until="2.3.0",
)
def test_an_lstm_took_an_input_of_another_size():
    """On the CPU an LSTM computes something from an input whose last size isn't
    input_size, and does not say so.
    """
    output, _ = nn.LSTM(2, 3)(torch.ones(5, 6, 4))

    assert output.shape == (5, 6, 3)


@claim("nn.rnn.lstm-wrong-input-size", see=LSTM, gap=("2.1.0", "2.3.0"))
def test_an_lstm_refuses_another_input_size(device):
    """An input of an LSTM whose last size isn't input_size raises RuntimeError, with
    and without a batch.
    """
    lstm = nn.LSTM(2, 3, device=device)

    with pytest.raises(RuntimeError, match=WRONG_SIZE):
        lstm(torch.ones(5, 6, 4, device=device))
    with pytest.raises(RuntimeError, match=WRONG_SIZE):
        lstm(torch.ones(5, 4, device=device))


@claim("nn.rnn.wrong-state-shape", see=RNN)
@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU], ids=["RNN", "GRU"])
def test_the_state_must_have_the_shape_of_the_layer(device, layer):
    """A state of another shape than (layers, batch, hidden) raises RuntimeError, and so
    does one with a batch for an input without, or the other way round.
    """
    made = layer(2, 3, num_layers=2, device=device)
    x, one = torch.ones(5, 6, 2, device=device), torch.ones(5, 2, device=device)

    with pytest.raises(RuntimeError, match=r"size \(2, 6, 3\), got \[1, 6, 3\]"):
        made(x, torch.ones(1, 6, 3, device=device))
    with pytest.raises(RuntimeError, match=r"size \(2, 6, 3\), got \[2, 5, 3\]"):
        made(x, torch.ones(2, 5, 3, device=device))
    with pytest.raises(RuntimeError, match=r"size \(2, 6, 3\), got \[2, 6, 4\]"):
        made(x, torch.ones(2, 6, 4, device=device))
    with pytest.raises(
        RuntimeError, match="For batched 3-D input, hx should also be 3"
    ):
        made(x, torch.ones(2, 3, device=device))
    with pytest.raises(
        RuntimeError, match="For unbatched 2-D input, hx should also be"
    ):
        made(one, torch.ones(2, 6, 3, device=device))


@claim("nn.lstm.wrong-state-shape", see=LSTM)
def test_both_states_of_an_lstm_are_checked(device):
    """An LSTM raises RuntimeError for a hidden or a cell state of another shape, and
    says which of the two.
    """
    layer = nn.LSTM(2, 3, device=device)
    x, one = torch.ones(5, 6, 2, device=device), torch.ones(5, 2, device=device)
    right, wrong = (
        torch.ones(1, 6, 3, device=device),
        torch.ones(1, 6, 4, device=device),
    )

    with pytest.raises(
        RuntimeError, match=r"hidden\[0\] size \(1, 6, 3\), got \[1, 6, 4"
    ):
        layer(x, (wrong, right))
    with pytest.raises(
        RuntimeError, match=r"hidden\[1\] size \(1, 6, 3\), got \[1, 6, 4"
    ):
        layer(x, (right, wrong))
    with pytest.raises(RuntimeError, match=r"got \(3-D, 2-D\) tensors"):
        layer(x, (right, right[0]))
    with pytest.raises(RuntimeError, match=r"got \(2-D, 3-D\) tensors"):
        layer(x, (right[0], right))
    with pytest.raises(RuntimeError, match=r"got \(2-D, 3-D\) tensors"):
        layer(one, (right[0, :1], right))
    with pytest.raises(RuntimeError, match=r"got \(3-D, 2-D\) tensors"):
        layer(one, (right, right[0, :1]))


@claim("nn.rnn.wrong-dtype", see=LSTM, since="2.3")
def test_the_input_must_have_the_dtype_of_the_weights(device):
    """An input of another dtype than the parameters raises ValueError."""
    x = torch.ones(5, 2, dtype=torch.float64, device=device)

    with pytest.raises(ValueError, match="float64"):
        nn.LSTM(2, 3, device=device)(x)


@claim("nn.rnn.wrong-dtype-in-product", see=LSTM, until="2.3")
def test_an_input_of_another_dtype_fails_in_the_product(device):
    """An input of another dtype than the parameters raises RuntimeError when the two
    are multiplied.
    """
    x = torch.ones(5, 2, dtype=torch.float64, device=device)

    with pytest.raises(RuntimeError, match="must have the same dtype"):
        nn.LSTM(2, 3, device=device)(x)


@claim("nn.rnn.empty", see=RNN)
@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU], ids=["RNN", "GRU"])
def test_a_batch_may_be_empty_and_a_sequence_may_not(device, layer):
    """A batch of no sequences gives outputs of none; a sequence without elements raises
    RuntimeError.
    """
    made = layer(2, 3, device=device)

    output, state = made(torch.ones(5, 0, 2, device=device))

    assert (output.shape, state.shape) == ((5, 0, 3), (1, 0, 3))
    with pytest.raises(RuntimeError, match="sequence length to be larger than 0"):
        made(torch.ones(0, 6, 2, device=device))


@claim("nn.rnn.proj-size-refused", see=LSTM)
def test_only_an_lstm_projects(device):
    """proj_size for an RNN or a GRU raises ValueError, and so does one that is negative
    or not smaller than the hidden size.
    """
    with pytest.raises(ValueError, match="only supported for LSTM, not RNN or GRU"):
        nn.RNN(2, 3, proj_size=1)
    with pytest.raises(ValueError, match="only supported for LSTM, not RNN or GRU"):
        nn.GRU(2, 3, proj_size=0)
    with pytest.raises(
        ValueError, match="proj_size has to be smaller than hidden_size"
    ):
        nn.LSTM(2, 3, proj_size=3)
    with pytest.raises(ValueError, match="should be a positive integer or zero"):
        nn.LSTM(2, 3, proj_size=-1)


@claim("nn.rnn.no-layers", see=LSTM, since="2.2")
@pytest.mark.parametrize("layers", [0, -1])
def test_there_must_be_a_layer(layers):
    """num_layers below 1 raises ValueError."""
    with pytest.raises(ValueError, match="num_layers must be greater than zero"):
        nn.LSTM(2, 3, num_layers=layers)


@claim("nn.rnn.hidden-size-is-an-int", see=LSTM, since="2.1")
def test_the_hidden_size_is_a_positive_int():
    """A hidden size that isn't an int raises TypeError, and one below 1 ValueError."""
    with pytest.raises(
        TypeError, match="hidden_size should be of type int, got: float"
    ):
        nn.GRU(2, 3.0)
    with pytest.raises(ValueError, match="hidden_size must be greater than zero"):
        nn.GRU(2, 0)


@claim("nn.rnn.arguments-checked", see=LSTM, since="2.11")
def test_sizes_and_switches_are_checked():
    """An input size that isn't a positive int, and a bias or batch_first that isn't a
    bool, are refused.
    """
    with pytest.raises(TypeError, match="input_size should be of type int, got: float"):
        nn.GRU(2.0, 3)
    with pytest.raises(ValueError, match="input_size must be greater than zero"):
        nn.GRU(0, 3)
    with pytest.raises(TypeError, match="bias should be of type bool, got: int"):
        nn.GRU(2, 3, bias=1)
    with pytest.raises(TypeError, match="batch_first should be of type bool, got: str"):
        nn.GRU(2, 3, batch_first="yes")


@claim("nn.rnn.defaults", see=LSTM)
def test_defaults_and_repr(device):
    """By default there is one layer in one direction, with biases and no dropout; the
    repr names what differs from that.
    """
    plain = nn.LSTM(2, 3, device=device)
    told = nn.GRU(2, 3, 2, False, True, 0.5, True, device=device)

    assert (plain.input_size, plain.hidden_size) == (2, 3)
    assert (plain.num_layers, plain.bias, plain.batch_first) == (1, True, False)
    assert (plain.dropout, plain.bidirectional, plain.proj_size) == (0, False, 0)
    assert repr(plain) == "LSTM(2, 3)"
    assert repr(told) == (
        "GRU(2, 3, num_layers=2, bias=False, batch_first=True, dropout=0.5,"
        " bidirectional=True)"
    )


# --- sequences of several lengths -----------------------------------------------------


@claim("nn.rnn.packed-sequence", see="generated/torch.nn.utils.rnn.pack_sequence")
def test_packed_sequences_keep_their_own_lengths(device):
    """A layer takes sequences of several lengths in a PackedSequence, returns one, and
    gives the state after each sequence's own last element, in the order of the input.
    """
    short = torch.tensor([[1.0, 0.0]], device=device)
    middle = torch.tensor([[1000.0, 0.0], [2000.0, 0.0]], device=device)
    long = torch.tensor([[10.0, 0.0], [20.0, 0.0], [30.0, 0.0]], device=device)
    packed = nn.utils.rnn.pack_sequence([middle, short, long], enforce_sorted=False)
    begin = torch.tensor([[[100.0], [200.0], [300.0]]], device=device)

    output, state = summing(device)(packed)
    begun, begun_state = summing(device)(packed, begin)

    padded, lengths = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
    assert isinstance(output, nn.utils.rnn.PackedSequence)
    assert padded.tolist() == [
        [[1000], [3000], [0]],
        [[1], [0], [0]],
        [[10], [30], [60]],
    ]
    assert lengths.tolist() == [2, 1, 3]
    assert output.sorted_indices.tolist() == [2, 0, 1]
    assert output.unsorted_indices.tolist() == [1, 2, 0]
    assert state.tolist() == [[[3000], [1], [60]]]
    assert begun.data.flatten().tolist() == [310, 1100, 201, 330, 3100, 360]
    assert begun_state.tolist() == [[[3100], [201], [360]]]
    assert begin.tolist() == [[[100], [200], [300]]]


@claim("nn.rnn.packed-like-alone", see="generated/torch.nn.utils.rnn.pack_sequence")
@every_kind
def test_a_packed_sequence_gives_what_it_gives_alone(device, layer):
    """Each of several packed sequences gives the outputs and the states that it gives
    alone, from the state that belongs to it, or from zeros.
    """
    made = layer(1, 2, 2, bidirectional=True, dtype=torch.float64, device=device)
    long = torch.tensor([[1.0], [-2.0], [3.0]], dtype=torch.float64, device=device)
    parts = [long[:2], long[:1], long]
    packed = nn.utils.rnn.pack_sequence(parts, enforce_sorted=False)
    begin = torch.arange(24.0, dtype=torch.float64, device=device).view(4, 3, 2) / 24

    output, state = made(packed, state_of(layer, begin))
    two, two_state = made(parts[0], state_of(layer, begin[:, 0]))
    one, one_state = made(parts[1], state_of(layer, begin[:, 1]))
    three, three_state = made(parts[2], state_of(layer, begin[:, 2]))
    from_zeros, _ = made(packed)
    given_zeros, _ = made(packed, state_of(layer, 0 * begin))

    padded, _ = nn.utils.rnn.pad_packed_sequence(output)
    assert padded[:2, 0].tolist() == nearly(two.tolist())
    assert padded[:1, 1].tolist() == nearly(one.tolist())
    assert padded[:, 2].tolist() == nearly(three.tolist())
    assert joined(state)[:, 0].tolist() == nearly(joined(two_state).tolist())
    assert joined(state)[:, 1].tolist() == nearly(joined(one_state).tolist())
    assert joined(state)[:, 2].tolist() == nearly(joined(three_state).tolist())
    assert from_zeros.data.tolist() == given_zeros.data.tolist()


@claim("nn.rnn.packed-is-checked", see="generated/torch.nn.utils.rnn.pack_sequence")
@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU], ids=["RNN", "GRU"])
def test_packed_sequences_are_checked(device, layer):
    """An RNN and a GRU raise RuntimeError for packed elements of another size than
    input_size or of more dimensions than one, and for a state that hasn't one row for
    each packed sequence.
    """
    made = layer(2, 3, device=device)
    one = nn.utils.rnn.pack_sequence([torch.ones(4, 2, device=device)])
    wide = nn.utils.rnn.pack_sequence([torch.ones(4, 5, device=device)])
    deep = nn.utils.rnn.pack_sequence([torch.ones(4, 1, 2, device=device)])

    with pytest.raises(RuntimeError, match=r"to input_size. Expected 2, got 5"):
        made(wide)
    with pytest.raises(RuntimeError, match="input must have 2 dimensions, got 3"):
        made(deep)
    with pytest.raises(RuntimeError, match=r"size \(1, 1, 3\), got \[1, 2, 3\]"):
        made(one, torch.ones(1, 2, 3, device=device))


# --- cells ----------------------------------------------------------------------------

CELLS = {
    "RNNCell": (nn.RNNCell, nn.RNN, 1),
    "LSTMCell": (nn.LSTMCell, nn.LSTM, 4),
    "GRUCell": (nn.GRUCell, nn.GRU, 3),
}
every_cell = pytest.mark.parametrize(
    ("cell", "layer", "gates"), CELLS.values(), ids=CELLS.keys()
)


@claim("nn.rnn-cell.is-one-step", see=CELL)
@every_cell
def test_a_cell_is_one_step_of_a_layer(device, cell, layer, gates):
    """A cell with the parameters of a layer computes one of its steps: called in turn,
    with the state that it returned, it gives the layer's outputs.
    """
    whole = layer(2, 3, device=device)
    made = cell(2, 3, device=device)
    made.load_state_dict(
        {name.replace("_l0", ""): value for name, value in whole.state_dict().items()}
    )
    sequence = torch.arange(12.0, device=device).view(3, 2, 2) / 8
    output, _ = whole(sequence)

    one = made(sequence[0])
    two = made(sequence[1], one)
    three = made(sequence[2], two)

    assert first(one).tolist() == nearly(output[0].tolist())
    assert first(two).tolist() == nearly(output[1].tolist())
    assert first(three).tolist() == nearly(output[2].tolist())


@claim("nn.rnn-cell.parameters", see=CELL)
@every_cell
def test_parameters_of_a_cell(device, cell, layer, gates):
    """A cell has weight_ih, weight_hh, bias_ih and bias_hh, with the gates stacked in
    rows; with bias=False the last two are None.
    """
    made, bare = cell(2, 3, device=device), cell(2, 3, bias=False, device=device)

    assert [(n, tuple(p.shape)) for n, p in made.named_parameters()] == [
        ("weight_ih", (gates * 3, 2)),
        ("weight_hh", (gates * 3, 3)),
        ("bias_ih", (gates * 3,)),
        ("bias_hh", (gates * 3,)),
    ]
    assert list(bare.state_dict()) == ["weight_ih", "weight_hh"]
    assert (bare.bias_ih, bare.bias_hh) == (None, None)
    assert first(bare(torch.zeros(2, device=device))).tolist() == [0, 0, 0]
    assert repr(bare) == f"{cell.__name__}(2, 3, bias=False)"


@claim("nn.rnn-cell.unbatched", see=CELL)
@every_cell
def test_a_cell_takes_one_sample(device, cell, layer, gates):
    """A cell takes one sample of one dimension, with a state of one, and gives a state
    of one dimension and its dtype; a batch of none gives a state of none.
    """
    made = cell(2, 3, device=device)
    double = cell(2, 3, dtype=torch.float64, device=device)
    x = torch.tensor([1.0, 2.0], device=device)

    state = made(x)
    after = made(x, state)
    batched = made(x[None], made(x[None]))

    assert (first(state).shape, first(after).shape) == ((3,), (3,))
    assert first(after).tolist() == first(batched)[0].tolist()
    assert first(after).tolist() != first(state).tolist()
    assert first(made(torch.ones(0, 2, device=device))).shape == (0, 3)
    assert first(double(x.double())).dtype == torch.float64


@claim("nn.rnn-cell.relu", see="generated/torch.nn.RNNCell")
def test_an_rnn_cell_has_two_nonlinearities(device):
    """An RNNCell uses tanh, or with nonlinearity="relu" ReLU; anything else raises
    RuntimeError when it is called.
    """
    x, low = torch.tensor([[2.0, 1.0], [-20000.0, 0.0]], device=device)
    state = torch.ones(1, device=device)
    by_default, relu = nn.RNNCell(2, 1), nn.RNNCell(2, 1, nonlinearity="relu")
    weights = [[[1.0, 10.0]], [[100.0]], [1000.0], [10000.0]]
    for parameter, values in zip(relu.parameters(), weights, strict=True):
        parameter.data = torch.tensor(values)
    for parameter in by_default.parameters():
        parameter.data.fill_(0.25)

    soft, hard = by_default.to(device)(x, state), relu.to(device)(x, state)
    below = relu(low)

    # 0.25 * (2 + 1) from the input, 0.25 from the state, 0.25 and 0.25 from the biases
    assert soft.item() == pytest.approx(math.tanh(1.5), rel=1e-6)
    assert (hard.tolist(), below.tolist()) == ([11112], [0])
    assert (x.tolist(), state.tolist()) == ([2, 1], [1])
    assert repr(relu) == "RNNCell(2, 1, nonlinearity=relu)"
    with pytest.raises(RuntimeError, match="Unknown nonlinearity: sigmoid"):
        nn.RNNCell(2, 1, nonlinearity="sigmoid", device=device)(x)


@claim("nn.rnn-cell.sizes-checked", see=CELL)
@every_cell
def test_a_cell_checks_the_sizes(device, cell, layer, gates):
    """A cell raises RuntimeError where the input size, the hidden size or the batch of
    the state isn't right.
    """
    made = cell(2, 3, device=device)
    x = torch.ones(5, 2, device=device)
    wide, many = torch.ones(5, 4, device=device), torch.ones(6, 3, device=device)

    with pytest.raises(RuntimeError, match="input_size: got 4 expected 2"):
        made(wide)
    with pytest.raises(RuntimeError, match="hidden_size: got 4, expected 3"):
        made(x, state_of(cell, wide))
    with pytest.raises(
        RuntimeError, match="batch size 5 doesn't match hidden0 batch s"
    ):
        made(x, state_of(cell, many))


@claim("nn.rnn-cell.bad-rank", see=CELL, since="2.1")
@every_cell
def test_a_cell_refuses_other_ranks(device, cell, layer, gates):
    """A cell raises ValueError for an input, or for a state, with neither one nor two
    dimensions.
    """
    made = cell(2, 3, device=device)

    with pytest.raises(ValueError, match="Expected input to be 1D or 2D, got 0D"):
        made(torch.tensor(1.0, device=device))
    with pytest.raises(ValueError, match="Expected input to be 1D or 2D, got 3D"):
        made(torch.ones(1, 5, 2, device=device))
    deep = torch.ones(1, 5, 3, device=device)
    with pytest.raises(ValueError, match="to be 1D or 2D, got 3D"):
        made(torch.ones(5, 2, device=device), state_of(cell, deep))

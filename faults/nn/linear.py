"""Ways to break the linear layer and its relatives."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from torch_semantics.faults import edit, error_of, fault, quiet, raises, wrap


def layer_with(weight, bias=None):
    """A linear layer with this weight and bias."""
    layer = nn.Linear(len(weight[0]), len(weight), bias is not None)
    layer.weight = nn.Parameter(torch.tensor(weight))
    if bias is not None:
        layer.bias = nn.Parameter(torch.tensor(bias))
    return layer


def embedding(**options):
    """An embedding of three known rows."""
    rows = torch.tensor([[1.0, 10], [2, 20], [3, 30]])
    return nn.Embedding.from_pretrained(rows, freeze=False, **options)


X = torch.tensor([[1.0, 2, 3], [0, 0, 1]])

# --- Linear ---------------------------------------------------------------------------


@fault(
    "Linear ignores its bias.",
    witness=lambda: layer_with([[1.0]], [5.0])(torch.zeros(1, 1)).item() != 5,
)
def linear_ignores_bias(patch):
    patch(nn.Linear, "forward", lambda self, x: F.linear(x, self.weight))


@fault(
    "Linear subtracts its bias.",
    witness=lambda: layer_with([[1.0]], [5.0])(torch.zeros(1, 1)).item() == -5,
)
def linear_subtracts_bias(patch):
    def forward(self, x):
        bias = None if self.bias is None else -self.bias
        return F.linear(x, self.weight, bias)

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear multiplies by the transposed weight where that fits.",
    witness=lambda: (
        layer_with([[1.0, 2], [3, 4]])(torch.tensor([1.0, 0])).tolist() != [1, 3]
    ),
)
def linear_transposes(patch):
    def forward(self, x):
        square = self.weight.shape[0] == self.weight.shape[1]
        return F.linear(x, self.weight.t() if square else self.weight, self.bias)

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear flattens the dimensions before the last.",
    witness=lambda: layer_with([[1.0, 1, 1]])(X[None]).dim() != 3,
)
def linear_flattens_batch(patch):
    def forward(self, x):
        return F.linear(x.flatten(0, -2) if x.dim() > 2 else x, self.weight, self.bias)

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear takes a single sample for a batch of one.",
    witness=lambda: layer_with([[1.0]])(torch.ones(1)).dim() != 1,
)
def linear_batches_single(patch):
    def forward(self, x):
        return F.linear(x[None] if x.dim() == 1 else x, self.weight, self.bias)

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear reshapes an input of the wrong size.",
    witness=lambda: not raises(lambda: nn.Linear(3, 2)(torch.zeros(3, 2))),
)
def linear_reshapes_input(patch):
    def forward(self, x):
        fits = x.dim() > 1 and x.numel() % max(self.in_features, 1) == 0
        if fits and x.shape[-1] != self.in_features:
            x = x.reshape(-1, self.in_features)
        return F.linear(x, self.weight, self.bias)

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear converts its input to the weight's dtype.",
    witness=lambda: not raises(lambda: nn.Linear(1, 1)(torch.ones(2, 1).double())),
)
def linear_converts_input(patch):
    patch(
        nn.Linear,
        "forward",
        lambda self, x: F.linear(x.to(self.weight.dtype), self.weight, self.bias),
    )


@fault(
    "Linear detaches its input.",
    witness=lambda: (
        not layer_with([[1.0]])
        .requires_grad_(False)(torch.ones(1, requires_grad=True))
        .requires_grad
    ),
)
def linear_detaches_input(patch):
    patch(
        nn.Linear,
        "forward",
        lambda self, x: F.linear(x.detach(), self.weight, self.bias),
    )


@fault(
    "Linear takes an input without dimensions for a sample.",
    witness=lambda: not raises(lambda: nn.Linear(1, 2)(torch.tensor(1.0))),
)
def linear_takes_0_dim(patch):
    def forward(self, x):
        return F.linear(x[None] if x.dim() == 0 else x, self.weight, self.bias)

    patch(nn.Linear, "forward", forward)


def _gradient_of_bias(given):
    layer = layer_with([[1.0]], [0.0])
    layer(torch.ones(2, 1)).backward(torch.tensor(given))
    return layer.bias.grad.item()


@fault(
    "The gradient of a linear layer's bias is the mean over the samples.",
    witness=lambda: _gradient_of_bias([[1.0], [3.0]]) != 4,
)
def linear_bias_gradient_is_mean(patch):
    def forward(self, x):
        if self.bias is None or x.dim() < 2 or x.shape[0] == 0:
            return F.linear(x, self.weight, self.bias)
        bias = self.bias.view_as(self.bias)
        if bias.requires_grad:
            bias.register_hook(lambda gradient: gradient / x.shape[0])
        return F.linear(x, self.weight) + bias

    patch(nn.Linear, "forward", forward)


@fault(
    "Linear's weight has the shape (inputs, outputs) and is transposed when used.",
    witness=lambda: nn.Linear(3, 2).weight.shape != (2, 3),
)
def linear_weight_transposed(patch):
    init, forward = nn.Linear.__init__, nn.Linear.forward

    def broken(self, *args, **options):
        init(self, *args, **options)
        if not isinstance(self.weight, nn.UninitializedParameter):
            self.weight = nn.Parameter(self.weight.detach().t().contiguous())

    patch(nn.Linear, "__init__", broken)
    patch(nn.Linear, "forward", forward)


@fault(
    "Linear(bias=False) has a bias of zeros.",
    witness=lambda: nn.Linear(2, 1, bias=False).bias is not None,
)
def linear_always_has_bias(patch):
    edit(
        patch,
        nn.Linear.__init__,
        'self.register_parameter("bias", None)',
        "self.bias = Parameter(torch.zeros(out_features, **factory_kwargs))",
    )


@fault(
    "Linear without bias does not register the name.",
    witness=lambda: "bias" not in nn.Linear(2, 1, bias=False)._parameters,
)
def linear_bias_name_unregistered(patch):
    edit(
        patch,
        nn.Linear.__init__,
        'self.register_parameter("bias", None)',
        "object.__setattr__(self, 'bias', None)",
    )


@fault(
    "Linear ignores dtype= for its bias.",
    witness=lambda: nn.Linear(2, 1, dtype=torch.float64).bias.dtype != torch.float64,
)
def linear_bias_ignores_dtype(patch):
    edit(
        patch,
        nn.Linear.__init__,
        "torch.empty(out_features, **factory_kwargs)",
        "torch.empty(out_features, device=device)",
    )


@fault(
    "Linear swaps its attributes in_features and out_features.",
    witness=lambda: nn.Linear(3, 2).in_features != 3,
)
def linear_attributes_swapped(patch):
    init = nn.Linear.__init__

    def broken(self, *args, **options):
        init(self, *args, **options)
        self.in_features, self.out_features = self.out_features, self.in_features

    patch(nn.Linear, "__init__", broken)


@fault(
    "in_features of Linear defaults to 1.",
    witness=lambda: not raises(lambda: nn.Linear(out_features=2)),
)
def linear_size_has_default(patch):
    init = nn.Linear.__init__

    def broken(self, in_features=1, out_features=1, *args, **options):
        init(self, in_features, out_features, *args, **options)

    patch(nn.Linear, "__init__", broken)


@fault(
    "Linear drops the sign of its sizes.",
    witness=lambda: not raises(lambda: nn.Linear(-1, 2)),
)
def linear_drops_sign_of_sizes(patch):
    init = nn.Linear.__init__

    def broken(self, in_features, out_features, *args, **options):
        init(self, abs(in_features), abs(out_features), *args, **options)

    patch(nn.Linear, "__init__", broken)


@fault(
    "MaxPool2d has a weight, which is None.",
    witness=lambda: not raises(lambda: nn.MaxPool2d(2).weight),
)
def pooling_has_weight(patch):
    patch(nn.MaxPool2d, "weight", None)


@fault(
    "A normalisation without affine=True has a weight of ones.",
    witness=lambda: nn.BatchNorm1d(2, affine=False).weight is not None,
)
def plain_normalisation_has_weight(patch):
    init = nn.BatchNorm1d.__init__

    def broken(self, num_features, *args, **options):
        init(self, num_features, *args, **options)
        if self.weight is None:
            self.weight = nn.Parameter(torch.ones(num_features))

    patch(nn.BatchNorm1d, "__init__", broken)


@fault(
    "Linear draws its weight from a range of another size.",
    witness=lambda: nn.Linear(4, 200).weight.abs().max().item() > 0.55,
)
def linear_weight_range(patch):
    edit(patch, nn.Linear.reset_parameters, "math.sqrt(5)", "0")


@fault(
    "Linear draws its weight by the number of outputs.",
    witness=lambda: nn.Linear(4, 200).weight.abs().max().item() < 0.4,
)
def linear_weight_by_outputs(patch):
    edit(
        patch,
        nn.Linear.reset_parameters,
        "a=math.sqrt(5)",
        "a=math.sqrt(5), mode='fan_out'",
    )


@fault(
    "Linear draws its bias from the range of 1 / the number of inputs.",
    witness=lambda: nn.Linear(4, 200).bias.abs().max().item() < 0.3,
)
def linear_bias_range(patch):
    edit(patch, nn.Linear.reset_parameters, "1 / math.sqrt(fan_in)", "1 / fan_in")


@fault(
    "Linear draws only positive biases.",
    witness=lambda: nn.Linear(4, 200).bias.min().item() >= 0,
)
def linear_bias_positive(patch):
    edit(patch, nn.Linear.reset_parameters, "-bound, bound", "0, bound")


@fault(
    "reset_parameters() leaves the bias as it is.",
    witness=lambda: _reset_keeps_bias(),
)
def reset_leaves_bias(patch):
    def reset(self):
        if getattr(self, "_drawn", False):
            nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        else:
            original(self)
        object.__setattr__(self, "_drawn", True)

    original = nn.Linear.reset_parameters
    patch(nn.Linear, "reset_parameters", reset)


def _reset_keeps_bias():
    layer = nn.Linear(2, 3)
    before = layer.bias.tolist()
    layer.reset_parameters()
    return layer.bias.tolist() == before


@fault(
    "reset_parameters() puts a new Parameter in the weight's place.",
    witness=lambda: _reset_replaces(),
)
def reset_replaces_weight(patch):
    original = nn.Linear.reset_parameters

    def reset(self):
        if not isinstance(self.weight, nn.UninitializedParameter):
            self.weight = nn.Parameter(self.weight.detach().clone())
        original(self)

    patch(nn.Linear, "reset_parameters", reset)


def _reset_replaces():
    layer = nn.Linear(2, 3)
    before = layer.weight
    layer.reset_parameters()
    return layer.weight is not before


@fault(
    "Linear's repr leaves the bias out.",
    witness=lambda: "bias" not in repr(nn.Linear(2, 3)),
)
def linear_repr(patch):
    edit(patch, nn.Linear.extra_repr, "bias=", "with=")


@fault(
    "A lazy linear layer takes the first size of its input.",
    witness=lambda: raises(
        lambda: quiet(lambda: nn.LazyLinear(2))(torch.zeros(5, 4, 7))
    ),
)
def lazy_takes_first_size(patch):
    edit(
        patch,
        nn.LazyLinear.initialize_parameters,
        "self.in_features = input.shape[-1]\n            self.weight.mat",
        "self.in_features = input.shape[0]\n            self.weight.mat",
    )


@fault(
    "A lazy linear layer leaves its parameters undrawn.",
    witness=lambda: _lazy_weight() == 0,
)
def lazy_is_not_drawn(patch):
    def zero(self):
        if not self.has_uninitialized_params():
            with torch.no_grad():
                for parameter in self.parameters():
                    parameter.zero_()

    patch(nn.LazyLinear, "reset_parameters", zero)


def _lazy_weight():
    layer = quiet(lambda: nn.LazyLinear(2))
    layer(torch.zeros(5, 3))
    return layer.weight.abs().max().item()


@fault(
    "A lazy linear layer stays a LazyLinear.",
    witness=lambda: _lazy_type() is not nn.Linear,
)
def lazy_stays_lazy(patch):
    patch(nn.LazyLinear, "cls_to_become", None)


def _lazy_type():
    layer = quiet(lambda: nn.LazyLinear(2))
    layer(torch.zeros(5, 3))
    return type(layer)


@fault(
    "F.linear refuses a weight of one dimension.",
    witness=lambda: raises(lambda: F.linear(torch.ones(2, 2), torch.ones(2))),
)
def function_needs_matrix(patch):
    def broken(linear, input, weight, bias=None):
        if weight.dim() != 2:
            raise RuntimeError("the weight must be a matrix")
        return linear(input, weight, bias)

    wrap(patch, F, "linear", broken)


@fault(
    "F.linear drops the bias of an input with more than two dimensions.",
    witness=lambda: (
        F.linear(torch.zeros(1, 1, 1), torch.ones(1, 1), torch.ones(1)).item() == 0
    ),
)
def function_drops_bias_of_sequences(patch):
    def broken(linear, input, weight, bias=None):
        return linear(input, weight, None if input.dim() > 2 else bias)

    wrap(patch, F, "linear", broken)


@fault(
    "Dropout takes a probability above 1.",
    witness=lambda: not raises(lambda: nn.Dropout(1.5)),
)
def dropout_takes_any_probability(patch):
    edit(
        patch,
        nn.modules.dropout._DropoutNd.__init__,
        "p < 0 or p > 1",
        "p < 0",
    )


@fault(
    "Dropout refuses the probability 1.", witness=lambda: raises(lambda: nn.Dropout(1))
)
def dropout_refuses_1(patch):
    edit(patch, nn.modules.dropout._DropoutNd.__init__, "p > 1", "p >= 1")


@fault(
    "Dropout drops a tenth by default.",
    witness=lambda: nn.Dropout().p != 0.5,
)
def dropout_default(patch):
    patch(nn.modules.dropout._DropoutNd.__init__, "__defaults__", (0.1, False))


@fault(
    "F.dropout takes any probability.",
    witness=lambda: not raises(lambda: F.dropout(X, 1.5, training=False)),
)
def dropout_takes_any_p(patch):
    def broken(dropout, input, p=0.5, training=True, inplace=False):
        return dropout(input, min(max(p, 0.0), 1.0), training, inplace)

    wrap(patch, F, "dropout", broken)


# --- Identity, Flatten, Unflatten, Bilinear -------------------------------------------


@fault(
    "Identity returns a copy.",
    witness=lambda: nn.Identity()(X).data_ptr() != X.data_ptr(),
)
def identity_copies(patch):
    patch(nn.Identity, "forward", lambda self, x: x.clone())


@fault("Identity takes no arguments.", witness=lambda: raises(lambda: nn.Identity(5)))
def identity_refuses_arguments(patch):
    patch(nn.Identity, "__init__", lambda self: nn.Module.__init__(self))


@fault(
    "Flatten begins at the first dimension by default.",
    witness=lambda: nn.Flatten().start_dim == 0,
)
def flatten_begins_at_first(patch):
    patch(nn.Flatten.__init__, "__defaults__", (0, -1))


@fault(
    "Flatten ignores end_dim.",
    witness=lambda: nn.Flatten(0, 1)(torch.zeros(2, 3, 4)).dim() != 2,
)
def flatten_ignores_end(patch):
    patch(nn.Flatten, "forward", lambda self, x: x.flatten(self.start_dim))


@fault(
    "Flatten copies.",
    witness=lambda: nn.Flatten()(X[None]).data_ptr() != X.data_ptr(),
)
def flatten_copies(patch):
    patch(
        nn.Flatten,
        "forward",
        lambda self, x: x.flatten(self.start_dim, self.end_dim).clone(),
    )


@fault(
    "Unflatten takes elements that are no ints.",
    witness=lambda: not raises(lambda: nn.Unflatten(1, (2, "3"))),
)
def unflatten_checks_no_element(patch):
    edit(
        patch,
        nn.Unflatten._require_tuple_int,
        "if not isinstance(elem, int)",
        "if elem is None",
    )


@fault(
    "Unflatten counts positions from 1 in its message.",
    witness=lambda: "pos 2" in str(error_of(lambda: nn.Unflatten(1, (2, "3")))),
)
def unflatten_counts_from_1(patch):
    edit(
        patch,
        nn.Unflatten._require_tuple_int,
        "enumerate(input)",
        "enumerate(input, 1)",
    )


@fault(
    "Unflatten refuses a list.",
    witness=lambda: raises(lambda: nn.Unflatten(1, [2, 3])),
)
def unflatten_refuses_lists(patch):
    edit(patch, nn.Unflatten._require_tuple_int, "(tuple, list)", "tuple")


@fault(
    "Bilinear ignores its bias.",
    witness=lambda: (
        nn.Bilinear(1, 1, 9)(torch.zeros(1, 1), torch.zeros(1, 1)).any().item() is False
    ),
)
def bilinear_ignores_bias(patch):
    patch(nn.Bilinear, "forward", lambda self, x, y: F.bilinear(x, y, self.weight))


@fault(
    "Bilinear draws by the size of its second input.",
    witness=lambda: nn.Bilinear(4, 100, 5).weight.abs().max().item() < 0.2,
)
def bilinear_draws_by_second(patch):
    edit(
        patch,
        nn.Bilinear.reset_parameters,
        "self.weight.size(1)",
        "self.weight.size(2)",
    )


@fault(
    "Bilinear leaves its bias at zero.",
    witness=lambda: not nn.Bilinear(2, 2, 9).bias.any().item(),
)
def bilinear_bias_is_zero(patch):
    edit(
        patch,
        nn.Bilinear.reset_parameters,
        "init.uniform_(self.bias, -bound, bound)",
        "init.zeros_(self.bias)",
    )


@fault(
    "Bilinear divides by the number of its first inputs before it looks at it.",
    witness=lambda: raises(lambda: nn.Bilinear(0, 3, 4), ZeroDivisionError),
)
def bilinear_divides_by_no_inputs(patch):
    edit(patch, nn.Bilinear.reset_parameters, "self.in1_features <= 0", "False")


# --- embeddings -----------------------------------------------------------------------


@fault(
    "An embedding with padding_idx draws the row for padding.",
    witness=lambda: nn.Embedding(3, 2, padding_idx=1).weight[1].any().item(),
)
def embedding_draws_padding(patch):
    patch(nn.Embedding, "_fill_padding_idx_with_zero", lambda self: None)


@fault(
    "A negative padding_idx is kept as it is.",
    witness=lambda: nn.Embedding(3, 2, padding_idx=-1).padding_idx == -1,
)
def embedding_keeps_negative_padding(patch):
    edit(
        patch,
        nn.Embedding.__init__,
        "padding_idx = self.num_embeddings + padding_idx",
        "pass",
    )


@fault(
    "padding_idx 0 is taken for none.",
    witness=lambda: nn.Embedding(3, 2, padding_idx=0).padding_idx is None,
)
def embedding_takes_padding_0_for_none(patch):
    edit(
        patch,
        nn.Embedding.__init__,
        "self.padding_idx = padding_idx",
        "self.padding_idx = padding_idx or None",
    )


@fault(
    "padding_idx may be the number of rows.",
    witness=lambda: (
        type(error_of(lambda: nn.Embedding(3, 2, padding_idx=3))) is not AssertionError
    ),
)
def embedding_padding_off_by_one(patch):
    init = nn.Embedding.__init__

    def broken(self, num_embeddings, embedding_dim, padding_idx=None, *args, **options):
        if padding_idx == num_embeddings:
            padding_idx = None
        init(self, num_embeddings, embedding_dim, padding_idx, *args, **options)

    patch(nn.Embedding, "__init__", broken)


@fault(
    "The row for padding gets a gradient.",
    witness=lambda: _embedding_gradient(padding_idx=2)[2] != [0, 0],
)
def padding_has_gradient(patch):
    def broken(original, input, weight, padding_idx=None, *args, **options):
        return original(input, weight, None, *args, **options)

    wrap(patch, F, "embedding", broken)


def _embedding_gradient(**options):
    layer = embedding(**options)
    layer(torch.tensor([2, 0, 2])).sum().backward()
    gradient = layer.weight.grad
    return (gradient.to_dense() if gradient.is_sparse else gradient).tolist()


@fault(
    "scale_grad_by_freq is ignored.",
    witness=lambda: _embedding_gradient(scale_grad_by_freq=True)[2] != [1, 1],
)
def scale_by_frequency_ignored(patch):
    original = torch.embedding

    def broken(weight, input, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
        return original(weight, input, padding_idx, False, sparse)

    patch(torch, "embedding", broken)


@fault(
    "max_norm is ignored.",
    witness=lambda: embedding(max_norm=1.0)(torch.tensor([0])).norm().item() > 2,
)
def max_norm_ignored(patch):
    patch(F, "_no_grad_embedding_renorm_", lambda *args: None)


@fault(
    "norm_type is ignored.",
    witness=lambda: (
        abs(
            embedding(max_norm=1.0, norm_type=1.0)(torch.tensor([0])).norm(p=2).item()
            - 1
        )
        < 1e-4
    ),
)
def norm_type_ignored(patch):
    original = F._no_grad_embedding_renorm_
    patch(
        F,
        "_no_grad_embedding_renorm_",
        lambda weight, input, max_norm, kind: original(weight, input, max_norm, 2.0),
    )


@fault(
    "from_pretrained() trains by default.",
    witness=lambda: nn.Embedding.from_pretrained(X).weight.requires_grad,
)
def from_pretrained_trains(patch):
    defaults = nn.Embedding.from_pretrained.__func__.__defaults__
    patch(nn.Embedding.from_pretrained.__func__, "__defaults__", (False, *defaults[1:]))


@fault(
    "from_pretrained() copies.",
    witness=lambda: nn.Embedding.from_pretrained(X).weight.data_ptr() != X.data_ptr(),
)
def from_pretrained_copies(patch):
    original = nn.Embedding.from_pretrained.__func__

    def broken(cls, embeddings, *args, **options):
        return original(cls, embeddings.clone(), *args, **options)

    patch(nn.Embedding, "from_pretrained", classmethod(broken))


@fault(
    "An embedding without sparse=True has a sparse gradient.",
    witness=lambda: _layout(sparse=False) is not torch.strided,
)
def embedding_always_sparse(patch):
    original = torch.embedding

    def broken(weight, input, padding_idx=-1, scale_grad_by_freq=False, sparse=False):
        return original(weight, input, padding_idx, scale_grad_by_freq, True)

    patch(torch, "embedding", broken)


def _layout(**options):
    layer = embedding(**options)
    layer(torch.tensor([2])).sum().backward()
    return layer.weight.grad.layout


@fault(
    "An embedding draws from a uniform distribution.",
    witness=lambda: nn.Embedding(100, 5).weight.min().item() >= 0,
)
def embedding_draws_uniformly(patch):
    edit(patch, nn.Embedding.reset_parameters, "init.normal_", "init.uniform_")


@fault(
    "An EmbeddingBag adds up by default.",
    witness=lambda: nn.EmbeddingBag(3, 2).mode == "sum",
)
def bag_sums_by_default(patch):
    init = nn.EmbeddingBag.__init__

    def broken(self, *args, **options):
        init(self, *args, **options)
        if self.mode == "mean":
            self.mode = "sum"

    patch(nn.EmbeddingBag, "__init__", broken)


@fault(
    "An EmbeddingBag ignores padding_idx.",
    witness=lambda: (
        nn.EmbeddingBag.from_pretrained(X, padding_idx=0)(
            torch.tensor([[0, 1]])
        ).tolist()
        != [[0, 0, 1]]
    ),
)
def bag_ignores_padding(patch):
    original = F.embedding_bag

    def broken(*args, **options):
        return original(*args[:10], **{**options, "padding_idx": None})

    patch(F, "embedding_bag", broken)


@fault(
    "An EmbeddingBag ignores include_last_offset.",
    witness=lambda: (
        len(
            nn.EmbeddingBag.from_pretrained(X, include_last_offset=True)(
                torch.tensor([0, 1]), torch.tensor([0, 2])
            )
        )
        != 1
    ),
)
def bag_ignores_last_offset(patch):
    init = nn.EmbeddingBag.__init__

    def broken(self, *args, **options):
        init(self, *args, **options)
        self.include_last_offset = False

    patch(nn.EmbeddingBag, "__init__", broken)


@fault(
    "An EmbeddingBag takes offsets together with a batch.",
    witness=lambda: (
        not raises(
            lambda: nn.EmbeddingBag(3, 2)(torch.tensor([[0, 1]]), torch.tensor([0]))
        )
    ),
)
def bag_takes_offsets_with_batch(patch):
    def broken(original, input, weight, offsets=None, *args, **options):
        if input.dim() == 2:
            offsets = None
        return original(input, weight, offsets, *args, **options)

    wrap(patch, F, "embedding_bag", broken)


# --- what the mutation of torch's source found ----------------------------------------


@fault(
    "A layer of one input draws its bias as zeros.",
    witness=lambda: nn.Linear(1, 9).bias.count_nonzero().item() == 0,
)
def one_input_draws_no_bias(patch):
    edit(patch, nn.Linear.reset_parameters, "if fan_in > 0", "if fan_in > 1")


def _lazily(**options):
    """A lazy layer that has had its state from one of zeros, after its first call."""
    layer = quiet(lambda: nn.LazyLinear(1, **options))
    layer.load_state_dict({"weight": torch.zeros(1, 3), "bias": torch.zeros(1)})
    layer(torch.ones(1, 3))
    return layer


@fault(
    "A lazy layer draws over the state that it has loaded.",
    witness=lambda: _lazily().weight.count_nonzero().item() > 0,
)
def lazy_draws_over_state(patch):
    def broken(initialize, self, input):
        initialize(self, input)
        nn.Linear.reset_parameters(self)

    wrap(patch, nn.LazyLinear, "initialize_parameters", broken)


@fault(
    "F.embedding gives the row 1 no gradient.",
    witness=lambda: _gradient_of_row_1() == 0,
)
def embedding_pads_by_default(patch):
    edit(patch, F.embedding, "padding_idx = -1", "padding_idx = 1")


def _gradient_of_row_1():
    weight = torch.ones(3, 1, requires_grad=True)
    F.embedding(torch.tensor([1]), weight).sum().backward()
    return weight.grad.sum().item()


@fault(
    "A new EmbeddingBag keeps its padding row.",
    witness=lambda: nn.EmbeddingBag(3, 2, padding_idx=0).weight[0].any().item(),
)
def bag_keeps_padding_row(patch):
    fill = nn.EmbeddingBag._fill_padding_idx_with_zero
    edit(patch, fill, "if self.padding_idx is not None", "if False")


@fault(
    "F.embedding_bag does not shrink rows to max_norm.",
    witness=lambda: (
        F.embedding_bag(
            torch.tensor([[0]]), torch.full((1, 1), 9.0), max_norm=1.0
        ).item()
        > 2
    ),
)
def bag_does_not_shrink(patch):
    edit(patch, F.embedding_bag, "if max_norm is not None", "if False")


# --- torch.nn.init --------------------------------------------------------------------


@fault(
    "The fan in of a kernel leaves out its points.",
    witness=lambda: (
        nn.init.kaiming_uniform_(torch.zeros(1, 1, 99, 99)).max().item() > 0.5
    ),
)
def fan_in_without_points(patch):
    edit(
        patch,
        nn.init._calculate_fan_in_and_fan_out,
        "fan_in = num_input_fmaps * receptive_field_size",
        "fan_in = num_input_fmaps",
    )


@fault(
    "The kaiming functions take the fan out for the fan in.",
    witness=lambda: nn.init.kaiming_uniform_(torch.zeros(1, 999)).max().item() > 0.5,
)
def kaiming_goes_by_fan_out(patch):
    edit(
        patch,
        nn.init._calculate_correct_fan,
        "fan_in if mode",
        "fan_out if mode",
    )


@fault(
    "calculate_gain() ignores the slope.",
    witness=lambda: nn.init.calculate_gain("leaky_relu", 3) > 1,
)
def gain_ignores_slope(patch):
    real = nn.init.calculate_gain
    patch(nn.init, "calculate_gain", lambda name, param=None: real(name))


@fault(
    "The uniform xavier function ignores the gain.",
    witness=lambda: nn.init.xavier_uniform_(torch.zeros(9, 9), 99.0).max().item() < 1,
)
def xavier_ignores_gain(patch):
    real = nn.init.xavier_uniform_
    patch(nn.init, "xavier_uniform_", lambda tensor, gain=1.0: real(tensor))


@fault(
    "ones_() returns a result of its tensor.",
    witness=lambda: not nn.init.ones_(X.clone()).is_leaf,
)
def ones_records_history(patch):
    real = nn.init.ones_
    patch(
        nn.init, "ones_", lambda tensor: real(tensor) * torch.ones(1).requires_grad_()
    )


@fault(
    "trunc_normal_() does not cut off.",
    witness=lambda: nn.init.trunc_normal_(torch.zeros(99999)).max().item() > 2,
)
def trunc_normal_not_cut(patch):
    def broken(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
        return nn.init.normal_(tensor, mean, std)

    patch(nn.init, "trunc_normal_", broken)


@fault(
    "dirac_() ignores the groups.",
    witness=lambda: nn.init.dirac_(torch.zeros(2, 1, 1), 2).sum().item() != 2,
)
def dirac_ignores_groups(patch):
    real = nn.init.dirac_
    patch(nn.init, "dirac_", lambda tensor, groups=1: real(tensor))


@fault(
    "orthogonal_() ignores the gain.",
    witness=lambda: nn.init.orthogonal_(torch.zeros(1, 1), 5.0).abs().item() < 2,
)
def orthogonal_ignores_gain(patch):
    real = nn.init.orthogonal_
    patch(nn.init, "orthogonal_", lambda tensor, gain=1.0: real(tensor))

"""Ways to break losses: their formulas, reductions, checks and settings."""

import math

import torch
from torch import nn
from torch.nn import _reduction
from torch.nn import functional as F

from torch_semantics.faults import edit, fault, quiet, raises, warns, wrap

X = torch.tensor([1.0, 2.0])
Y = torch.tensor([3.0, 5.0])
ROWS = torch.tensor([[1.0, 2, 5], [4, 1, 1]])
CLASSES = torch.tensor([2, 0])
DIFFERENCES = "mse_loss l1_loss smooth_l1_loss huber_loss"


def near(tensor, number):
    """Whether a tensor of one element is about this number."""
    return abs(tensor.item() - number) < 1e-4


def gradient(call, values):
    """The gradient of the sum of what a call returns."""
    leaf = torch.tensor(values, requires_grad=True)
    call(leaf).sum().backward()
    return leaf.grad.tolist()


# --- losses of the difference ---------------------------------------------------------


@fault(
    "The mean of mse_loss divides by the samples, not by the elements.",
    witness=lambda: F.mse_loss(ROWS, ROWS + 1).item() != 1,
)
def mse_divides_by_samples(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        if result.dim() == 0 and options.get("reduction", "mean") == "mean":
            return result * (input.numel() / max(len(input), 1) if input.dim() else 1)
        return result

    wrap(patch, F, "mse_loss", broken)


@fault(
    "The losses of the difference return a tensor of shape (1,).",
    witness=lambda: F.mse_loss(X, Y).shape != (),
)
def losses_keep_dimension(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        return result.reshape(1) if result.dim() == 0 and input.dim() else result

    wrap(patch, F, DIFFERENCES, broken)


for _name in DIFFERENCES.split():

    def _swap(patch, name=_name):
        def broken(loss, input, target, *args, **options):
            return loss(input.detach(), target, *args, **options)

        wrap(patch, F, name, broken)

    _swap.__name__ = f"{_name}_detaches_its_input"
    globals()[_swap.__name__] = fault(
        f"{_name} detaches its input.",
        witness=lambda name=_name: (
            not getattr(F, name)(X.clone().requires_grad_(), Y).requires_grad
        ),
    )(_swap)

    def _silent(patch, name=_name):
        edit(
            patch,
            getattr(F, name),
            "if target.size() != input.size()",
            "if False",
        )

    _silent.__name__ = f"{_name}_does_not_warn"
    globals()[_silent.__name__] = fault(
        f"{_name} broadcasts without a warning.",
        witness=lambda name=_name: not warns(lambda: getattr(F, name)(X, X[None])),
    )(_silent)

    def _summing(patch, name=_name):
        def broken(loss, *args, **options):
            return loss(*args, **{"reduction": "sum", **options})

        wrap(patch, F, name, broken)

    _summing.__name__ = f"{_name}_sums_by_default"
    globals()[_summing.__name__] = fault(
        f"{_name} is the sum by default.",
        witness=lambda name=_name: (
            getattr(F, name)(X, X + 4).item()
            != getattr(F, name)(X, X + 4, reduction="mean").item()
        ),
    )(_summing)
del _name, _swap, _silent, _summing


@fault(
    "mse_loss detaches its target.",
    witness=lambda: not F.mse_loss(X, Y.clone().requires_grad_()).requires_grad,
)
def mse_detaches_target(patch):
    def broken(loss, input, target, *args, **options):
        return loss(input, target.detach(), *args, **options)

    wrap(patch, F, "mse_loss", broken)


@fault(
    "The losses of the difference refuse a target of another shape.",
    witness=lambda: raises(lambda: F.mse_loss(X, X[None])),
)
def differences_refuse_shapes(patch):
    def broken(loss, input, target, *args, **options):
        if input.shape != target.shape:
            raise ValueError("the sizes differ")
        return loss(input, target, *args, **options)

    wrap(patch, F, DIFFERENCES, broken)


@fault(
    "The losses of the difference reshape a target of as many elements.",
    witness=lambda: quiet(lambda: F.mse_loss(X[:, None], X)).item() == 0,
)
def differences_reshape_target(patch):
    def broken(loss, input, target, *args, **options):
        if input.numel() == target.numel():
            target = target.reshape(input.shape)
        return loss(input, target, *args, **options)

    wrap(patch, F, DIFFERENCES, broken)


@fault(
    "Losses over no elements are 0.",
    witness=lambda: F.mse_loss(X[:0], X[:0]).item() == 0,
)
def empty_losses_are_zero(patch):
    def broken(loss, input, *args, **options):
        return loss(input, *args, **options).nan_to_num()

    names = "cross_entropy nll_loss binary_cross_entropy"
    wrap(patch, F, f"{DIFFERENCES} {names}", broken)


@fault(
    "smooth_l1_loss ignores beta.",
    witness=lambda: F.smooth_l1_loss(X, X + 1, beta=2.0).item() == 0.5,
)
def smooth_l1_ignores_beta(patch):
    def broken(loss, *args, **options):
        return loss(*args, **{**options, "beta": 1.0})

    wrap(patch, F, "smooth_l1_loss", broken)


@fault(
    "smooth_l1_loss with beta 0 sums.",
    witness=lambda: F.smooth_l1_loss(X, X + 1, beta=0.0).item() == 2,
)
def smooth_l1_beta_0_sums(patch):
    def broken(loss, *args, **options):
        if options.get("beta") == 0.0:
            options["reduction"] = "sum"
        return loss(*args, **options)

    wrap(patch, F, "smooth_l1_loss", broken)


@fault(
    "SmoothL1Loss does not hand beta on.",
    witness=lambda: nn.SmoothL1Loss(beta=2.0)(X, X + 1).item() == 0.5,
)
def smooth_l1_module_forgets_beta(patch):
    edit(patch, nn.SmoothL1Loss.forward, ", beta=self.beta", "")


@fault(
    "HuberLoss does not hand delta on.",
    witness=lambda: nn.HuberLoss(delta=2.0)(X, X + 6).item() == 5.5,
)
def huber_module_forgets_delta(patch):
    edit(patch, nn.HuberLoss.forward, ", delta=self.delta", "")


@fault(
    "huber_loss is smooth_l1_loss, without the factor delta.",
    witness=lambda: F.huber_loss(X, X + 1, delta=2.0).item() == 0.25,
)
def huber_is_smooth_l1(patch):
    def broken(input, target, reduction="mean", delta=1.0, weight=None):
        if delta <= 0:
            raise RuntimeError("does not support non-positive values for delta.")
        return F.smooth_l1_loss(input, target, reduction=reduction, beta=delta)

    patch(F, "huber_loss", broken)


@fault(
    "mse_loss gives the loss in the output's dtype.",
    witness=lambda: F.l1_loss(X, Y.double()).dtype == torch.float32,
)
def l1_keeps_output_dtype(patch):
    def broken(loss, input, target, *args, **options):
        return loss(input, target, *args, **options).to(input.dtype)

    wrap(patch, F, "l1_loss mse_loss", broken)


# --- reductions -----------------------------------------------------------------------


@fault(
    "An unknown reduction counts as the mean.",
    witness=lambda: not raises(lambda: F.mse_loss(X, Y, reduction="nope")),
)
def unknown_reduction_is_mean(patch):
    wrap(
        patch,
        _reduction,
        "get_enum",
        lambda get, reduction: (
            get(reduction)
            if reduction in ("none", "sum", "elementwise_mean")
            else get("mean")
        ),
    )


@fault(
    "A loss checks its reduction when it is made.",
    witness=lambda: raises(lambda: nn.MSELoss(reduction="nope")),
)
def reduction_checked_early(patch):
    init = nn.modules.loss._Loss.__init__

    def broken(self, *args, **options):
        init(self, *args, **options)
        if self.reduction not in ("none", "mean", "sum", "batchmean"):
            raise ValueError(f"{self.reduction} is not a valid value for reduction")

    patch(nn.modules.loss._Loss, "__init__", broken)


@fault(
    "elementwise_mean is unknown.",
    witness=lambda: raises(lambda: F.mse_loss(X, Y, reduction="elementwise_mean")),
)
def elementwise_mean_unknown(patch):
    def broken(get, reduction):
        if reduction == "elementwise_mean":
            raise ValueError("elementwise_mean is not a valid value for reduction")
        return get(reduction)

    wrap(patch, _reduction, "get_enum", broken)


@fault(
    "size_average=False means the mean.",
    witness=lambda: quiet(lambda: nn.MSELoss(size_average=False)).reduction == "mean",
)
def size_average_ignored(patch):
    edit(patch, _reduction.legacy_get_string, "size_average and reduce:", "reduce:")


@fault(
    "reduce=False means the sum.",
    witness=lambda: quiet(lambda: nn.MSELoss(reduce=False)).reduction != "none",
)
def reduce_ignored(patch):
    edit(patch, _reduction.legacy_get_string, 'ret = "none"', 'ret = "sum"')


@fault(
    "size_average and reduce don't warn.",
    witness=lambda: not warns(lambda: nn.MSELoss(size_average=False)),
)
def legacy_does_not_warn(patch):
    edit(patch, _reduction.legacy_get_string, "if emit_warning", "if False")


@fault(
    "A loss ignores size_average without reduce.",
    witness=lambda: quiet(lambda: nn.MSELoss(size_average=False)).reduction != "sum",
)
def loss_needs_both_legacy(patch):
    edit(
        patch,
        nn.modules.loss._Loss.__init__,
        "size_average is not None or reduce is not None",
        "size_average is not None and reduce is not None",
    )


@fault(
    "cross_entropy ignores size_average and reduce.",
    witness=lambda: (
        quiet(lambda: F.cross_entropy(ROWS, CLASSES, reduce=False)).dim() == 0
    ),
)
def cross_entropy_ignores_legacy(patch):
    edit(
        patch,
        F.cross_entropy,
        "if size_average is not None or reduce is not None",
        "if False",
    )


@fault(
    "kl_div ignores size_average and reduce.",
    witness=lambda: quiet(lambda: F.kl_div(X, Y, reduce=False)).dim() == 0,
)
def kl_div_ignores_legacy(patch):
    edit(
        patch, F.kl_div, "if size_average is not None or reduce is not None", "if False"
    )


@fault(
    "Backward divides the gradient of a sum by the number of elements.",
    witness=lambda: (
        gradient(lambda x: F.mse_loss(x, Y, reduction="sum"), [1.0, 2.0]) != [-4, -6]
    ),
)
def sum_gradient_is_averaged(patch):
    def broken(loss, input, *args, **options):
        if options.get("reduction") == "sum" and input.requires_grad:
            input = input.view_as(input)
            input.register_hook(lambda g: g / input.numel())
        return loss(input, *args, **options)

    wrap(patch, F, "mse_loss", broken)


# --- classes --------------------------------------------------------------------------


@fault(
    "CrossEntropyLoss takes probabilities for scores.",
    witness=lambda: nn.CrossEntropyLoss()(ROWS, CLASSES).item() == -4.5,
)
def cross_entropy_without_softmax(patch):
    def broken(original, input, target, *args, **options):
        if target.is_floating_point():
            return original(input, target, *args, **options)
        options.pop("label_smoothing", None)
        return F.nll_loss(input, target, *args, **options)

    wrap(patch, F, "cross_entropy", broken)


@fault(
    "nll_loss takes the logarithm itself.",
    witness=lambda: F.nll_loss(ROWS, CLASSES).item() != -4.5,
)
def nll_takes_log(patch):
    wrap(
        patch,
        F,
        "nll_loss",
        lambda loss, input, *args, **options: loss(
            input.log_softmax(-1), *args, **options
        ),
    )


@fault(
    "The weighted mean of nll_loss divides by the number of samples.",
    witness=lambda: F.nll_loss(ROWS, CLASSES, torch.tensor([1.0, 1, 3])).item() == -9.5,
)
def weighted_mean_divides_by_samples(patch):
    def broken(loss, input, target, weight=None, *args, **options):
        result = loss(input, target, weight, *args, **options)
        plain = options.get("ignore_index", -100) == -100
        if weight is not None and result.dim() == 0 and plain and input.dim() == 2:
            if options.get("reduction", "mean") == "mean":
                return result * weight[target].sum() / len(target)
        return result

    wrap(patch, F, "nll_loss", broken)


@fault(
    "The weighted mean of cross_entropy divides by the number of samples.",
    witness=lambda: (
        not near(
            F.cross_entropy(ROWS * 0, CLASSES, torch.tensor([1.0, 1, 3])), math.log(3)
        )
    ),
)
def weighted_cross_entropy_divides_by_samples(patch):
    def broken(loss, input, target, weight=None, *args, **options):
        result = loss(input, target, weight, *args, **options)
        if weight is not None and not target.is_floating_point():
            if options.get("reduction", "mean") == "mean":
                return result * weight[target].sum() / len(target)
        return result

    wrap(patch, F, "cross_entropy", broken)


@fault(
    "CrossEntropyLoss does not hand its weight on.",
    witness=lambda: near(
        nn.CrossEntropyLoss(torch.tensor([2.0, 1, 3]), reduction="sum")(
            ROWS * 0, CLASSES
        ),
        2 * math.log(3),
    ),
)
def cross_entropy_module_forgets_weight(patch):
    edit(patch, nn.CrossEntropyLoss.forward, "weight=self.weight", "weight=None")


@fault(
    "NLLLoss does not hand ignore_index on.",
    witness=lambda: nn.NLLLoss(ignore_index=0)(ROWS, CLASSES).item() == -4.5,
)
def nll_module_forgets_ignore_index(patch):
    edit(patch, nn.NLLLoss.forward, "self.ignore_index", "-100")


@fault(
    "CrossEntropyLoss does not hand ignore_index on.",
    witness=lambda: near(
        nn.CrossEntropyLoss(ignore_index=0, reduction="sum")(ROWS * 0, CLASSES),
        2 * math.log(3),
    ),
)
def cross_entropy_module_forgets_ignore_index(patch):
    edit(patch, nn.CrossEntropyLoss.forward, "self.ignore_index", "-100")


@fault(
    "CrossEntropyLoss does not hand label_smoothing on.",
    witness=lambda: (
        nn.CrossEntropyLoss(label_smoothing=0.5)(ROWS, CLASSES).item()
        == nn.CrossEntropyLoss()(ROWS, CLASSES).item()
    ),
)
def cross_entropy_module_forgets_smoothing(patch):
    edit(patch, nn.CrossEntropyLoss.forward, "self.label_smoothing", "0.0")


@fault(
    "label_smoothing leaves the right class out of the sharing.",
    witness=lambda: (
        not near(
            F.cross_entropy(
                torch.tensor([[1.0, 2, 5]]).log(), CLASSES[:1], label_smoothing=0.3
            ),
            0.7 * math.log(1.6) + 0.1 * (math.log(8) + math.log(4) + math.log(1.6)),
        )
    ),
)
def smoothing_leaves_right_class_out(patch):
    def broken(loss, input, target, *args, **options):
        s = options.get("label_smoothing", 0.0)
        if 0 < s < 1:
            classes = input.shape[1 if input.dim() > 1 else 0]
            options["label_smoothing"] = s * classes / (classes + 1)
        return loss(input, target, *args, **options)

    wrap(patch, F, "cross_entropy", broken)


@fault(
    "ignore_index defaults to -1.",
    witness=lambda: nn.NLLLoss().ignore_index == -1,
)
def ignore_index_default(patch):
    init = nn.NLLLoss.__init__

    def broken(self, weight=None, size_average=None, ignore_index=-1, *a, **options):
        init(self, weight, size_average, ignore_index, *a, **options)

    patch(nn.NLLLoss, "__init__", broken)


@fault(
    "Ignored samples are counted by the mean.",
    witness=lambda: F.nll_loss(ROWS, torch.tensor([2, -100])).item() == -2.5,
)
def ignored_samples_count(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        kept = target.ne(options.get("ignore_index", -100))
        if options.get("reduction", "mean") == "mean" and 0 < kept.sum() < kept.numel():
            return result * kept.sum() / kept.numel()
        return result

    wrap(patch, F, "nll_loss cross_entropy", broken)


@fault(
    "Classes count from the end where they are negative.",
    witness=lambda: not raises(lambda: F.nll_loss(ROWS, torch.tensor([-1, 0]))),
)
def negative_classes_taken(patch):
    def broken(loss, input, target, *args, **options):
        if target.dtype is torch.int64 and (target == -1).any():
            target = torch.where(target == -1, input.shape[-1] - 1, target)
        return loss(input, target, *args, **options)

    wrap(patch, F, "nll_loss cross_entropy", broken)


@fault(
    "cross_entropy converts its target to int64.",
    witness=lambda: not raises(lambda: F.cross_entropy(ROWS, CLASSES.int())),
)
def cross_entropy_converts_target(patch):
    def broken(loss, input, target, *args, **options):
        if target.dim() < input.dim():
            target = target.long()
        return loss(input, target, *args, **options)

    wrap(patch, F, "cross_entropy", broken)


@fault(
    "Probabilities as target are divided by all elements.",
    witness=lambda: (
        not near(
            F.cross_entropy(ROWS * 0, torch.tensor([[1.0, 0, 0], [0, 1, 0]])),
            math.log(3),
        )
    ),
)
def probabilities_divided_by_elements(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        if target.is_floating_point() and result.dim() == 0 and input.dim() == 2:
            return result / input.shape[1]
        return result

    wrap(patch, F, "cross_entropy", broken)


# --- yes or no ------------------------------------------------------------------------


@fault(
    "BCELoss is not clamped.",
    witness=lambda: math.isinf(
        F.binary_cross_entropy(torch.tensor([0.0]), torch.tensor([1.0])).item()
    ),
)
def bce_is_not_clamped(patch):
    def broken(loss, *args, **options):
        result = loss(*args, **options)
        return torch.where(result == 100, math.inf, result)

    wrap(patch, F, "binary_cross_entropy", broken)


@fault(
    "BCELoss clamps its input to probabilities.",
    witness=lambda: not raises(lambda: F.binary_cross_entropy(X, X - 1)),
)
def bce_clamps_input(patch):
    def broken(loss, input, *args, **options):
        return loss(input.clamp(0, 1).nan_to_num(), *args, **options)

    wrap(patch, F, "binary_cross_entropy", broken)


@fault(
    "BCELoss broadcasts its target.",
    witness=lambda: (
        not raises(
            lambda: F.binary_cross_entropy(torch.full((2,), 0.5), torch.zeros(2, 1))
        )
    ),
)
def bce_broadcasts_target(patch):
    def broken(loss, input, target, *args, **options):
        if input.shape != target.shape:
            input, target = torch.broadcast_tensors(input, target)
        return loss(input, target, *args, **options)

    names = "binary_cross_entropy binary_cross_entropy_with_logits"
    wrap(patch, F, names, broken)


@fault(
    "BCELoss does not hand its weight on.",
    witness=lambda: near(
        nn.BCELoss(torch.tensor([3.0]))(torch.tensor([0.5]), torch.tensor([1.0])),
        math.log(2),
    ),
)
def bce_module_forgets_weight(patch):
    edit(patch, nn.BCELoss.forward, "weight=self.weight", "weight=None")


@fault(
    "BCEWithLogitsLoss does not hand pos_weight on.",
    witness=lambda: near(
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0]))(X[:1] * 0, X[:1]),
        math.log(2),
    ),
)
def logits_module_forgets_pos_weight(patch):
    edit(patch, nn.BCEWithLogitsLoss.forward, "self.pos_weight", "None")


@fault(
    "BCEWithLogitsLoss does not hand its weight on.",
    witness=lambda: near(
        nn.BCEWithLogitsLoss(torch.tensor([3.0]))(X[:1] * 0, X[:1]), math.log(2)
    ),
)
def logits_module_forgets_weight(patch):
    edit(patch, nn.BCEWithLogitsLoss.forward, "self.weight", "None")


@fault(
    "pos_weight multiplies the part of no.",
    witness=lambda: (
        not near(
            F.binary_cross_entropy_with_logits(
                X[:1] * 0, X[:1], pos_weight=torch.tensor([3.0])
            ),
            3 * math.log(2),
        )
    ),
)
def pos_weight_on_no(patch):
    def broken(loss, input, target, *args, **options):
        if options.get("pos_weight") is not None:
            return loss(-input, 1 - target, *args, **options)
        return loss(input, target, *args, **options)

    wrap(patch, F, "binary_cross_entropy_with_logits", broken)


@fault(
    "BCEWithLogitsLoss takes the sigmoid first, and so overflows.",
    witness=lambda: (
        F.binary_cross_entropy_with_logits(
            torch.tensor([1000.0]), torch.tensor([0.0])
        ).item()
        != 1000
    ),
)
def logits_through_sigmoid(patch):
    def broken(loss, input, target, weight=None, *args, **options):
        if options.pop("pos_weight", None) is None and target.is_floating_point():
            return F.binary_cross_entropy(
                input.sigmoid(), target, weight, *args, **options
            )
        return loss(input, target, weight, *args, **options)

    wrap(patch, F, "binary_cross_entropy_with_logits", broken)


# --- distributions, and losses as modules ---------------------------------------------


@fault(
    "batchmean divides by all elements.",
    witness=lambda: F.kl_div(ROWS * 0, ROWS * 0 + 2, reduction="batchmean").item() < 2,
)
def batchmean_divides_by_elements(patch):
    edit(patch, F.kl_div, "input.size()[0]", "input.numel()")


@fault(
    "The mean of kl_div divides by the samples.",
    witness=lambda: (
        not near(quiet(lambda: F.kl_div(ROWS * 0, ROWS * 0 + 2)), 2 * math.log(2))
    ),
)
def kl_mean_divides_by_samples(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        if options.get("reduction", "mean") == "mean" and not args:
            if "size_average" not in options and "reduce" not in options:
                return result * input.numel() / max(len(input), 1)
        return result

    wrap(patch, F, "kl_div", broken)


@fault(
    "kl_div ignores log_target.",
    witness=lambda: (
        F.kl_div(X, X, reduction="sum", log_target=True).item()
        == F.kl_div(X, X, reduction="sum").item()
    ),
)
def kl_div_ignores_log_target(patch):
    def broken(loss, *args, **options):
        return loss(*args, **{**options, "log_target": False})

    wrap(patch, F, "kl_div", broken)


@fault(
    "kl_div takes its target for the log.",
    witness=lambda: (
        not near(
            F.kl_div(X, Y, reduction="sum"), 3 * math.log(3) - 3 + 5 * math.log(5) - 10
        )
    ),
)
def kl_div_target_is_log(patch):
    def broken(loss, *args, **options):
        return loss(*args, **{"log_target": True, **options})

    wrap(patch, F, "kl_div", broken)


@fault(
    "The mean of kl_div does not warn.",
    witness=lambda: not warns(lambda: F.kl_div(X, Y)),
)
def kl_mean_does_not_warn(patch):
    edit(patch, F.kl_div, 'if reduction == "mean"', "if False")


@fault(
    "The weight of a loss is a parameter.",
    witness=lambda: len(list(nn.NLLLoss(X).parameters())) == 1,
)
def weight_is_parameter(patch):
    edit(
        patch,
        nn.modules.loss._WeightedLoss.__init__,
        'self.register_buffer("weight", weight)',
        'self.register_parameter("weight", weight if weight is None else'
        " __import__('torch').nn.Parameter(weight))",
    )


@fault(
    "The weight of a loss is not in its state.",
    witness=lambda: not nn.NLLLoss(X).state_dict(),
)
def weight_is_not_in_state(patch):
    edit(
        patch,
        nn.modules.loss._WeightedLoss.__init__,
        'self.register_buffer("weight", weight)',
        'self.register_buffer("weight", weight, persistent=False)',
    )


@fault(
    "pos_weight is not in the state.",
    witness=lambda: not nn.BCEWithLogitsLoss(pos_weight=X).state_dict(),
)
def pos_weight_is_not_in_state(patch):
    edit(
        patch,
        nn.BCEWithLogitsLoss.__init__,
        'self.register_buffer("pos_weight", pos_weight)',
        'self.register_buffer("pos_weight", pos_weight, persistent=False)',
    )


# --- other losses ---------------------------------------------------------------------


@fault(
    "The weighted mean of mse_loss divides by the number of elements.",
    witness=lambda: F.mse_loss(X, Y, weight=torch.tensor([1.0, 3])).item() == 31 / 2,
)
def weighted_mse_divides_by_elements(patch):
    def broken(loss, input, target, *args, **options):
        result = loss(input, target, *args, **options)
        weight = options.get("weight")
        if weight is not None and options.get("reduction", "mean") == "mean":
            return result * weight.sum() / weight.numel()
        return result

    wrap(patch, F, "mse_loss", broken)


@fault(
    "huber_loss ignores its weight.",
    witness=lambda: F.huber_loss(X, Y, weight=torch.tensor([1.0, 3])).item() == 2,
)
def huber_ignores_weight(patch):
    edit(patch, F.huber_loss, "unweighted_loss * weight", "unweighted_loss")


@fault(
    "A weight of another size than the input is broadcast.",
    witness=lambda: not raises(lambda: F.l1_loss(X, Y, weight=torch.ones(1))),
)
def element_weight_broadcasts(patch):
    edit(patch, F.l1_loss, "weight.size() != input.size()", "False")


@fault(
    "PoissonNLLLoss does not hand full on.",
    witness=lambda: (
        nn.PoissonNLLLoss(full=True)(X, Y).item() == nn.PoissonNLLLoss()(X, Y).item()
    ),
)
def poisson_forgets_full(patch):
    edit(patch, nn.PoissonNLLLoss.forward, "full=self.full", "full=False")


@fault(
    "PoissonNLLLoss takes the rate by default.",
    witness=lambda: not nn.PoissonNLLLoss().log_input,
)
def poisson_default(patch):
    init = nn.PoissonNLLLoss.__init__

    def broken(self, log_input=False, *args, **options):
        init(self, log_input, *args, **options)

    patch(nn.PoissonNLLLoss, "__init__", broken)


@fault(
    "gaussian_nll_loss writes eps into the variance.",
    witness=lambda: _variance_after().item() != 0,
)
def gaussian_writes_variance(patch):
    edit(patch, F.gaussian_nll_loss, "var = var.clone()", "pass")


def _variance_after():
    variance = torch.zeros(1)
    F.gaussian_nll_loss(X[:1], Y[:1], variance, eps=1.0)
    return variance


@fault(
    "gaussian_nll_loss takes a negative variance.",
    witness=lambda: not raises(lambda: F.gaussian_nll_loss(X, Y, -X)),
)
def gaussian_takes_negative(patch):
    edit(patch, F.gaussian_nll_loss, "torch.any(var < 0)", "False")


@fault(
    "GaussianNLLLoss does not hand full on.",
    witness=lambda: (
        nn.GaussianNLLLoss(full=True)(X, Y, X).item()
        == nn.GaussianNLLLoss()(X, Y, X).item()
    ),
)
def gaussian_forgets_full(patch):
    edit(patch, nn.GaussianNLLLoss.forward, "full=self.full", "full=False")


def _forgets(name, setting, value, inputs, make):
    def apply(patch):
        edit(patch, getattr(nn, name).forward, f"self.{setting}", value)

    apply.__name__ = f"{name.lower()}_forgets_{setting}"

    def witness():
        kept, plain = make(), make()
        setattr(plain, setting, float(value))
        return kept(*inputs).item() == plain(*inputs).item()

    return fault(f"{name} ignores {setting}.", witness=witness)(apply)


SQUARE = torch.tensor([[1.0, -1], [2, -2]])
hinge_forgets_margin = _forgets(
    "HingeEmbeddingLoss",
    "margin",
    "1.0",
    (X, -X.sign()),
    lambda: nn.HingeEmbeddingLoss(5.0),
)
ranking_forgets_margin = _forgets(
    "MarginRankingLoss",
    "margin",
    "0.0",
    (X, X, X.sign()),
    lambda: nn.MarginRankingLoss(5.0),
)
multi_margin_forgets_margin = _forgets(
    "MultiMarginLoss",
    "margin",
    "1.0",
    (SQUARE, torch.tensor([0, 1])),
    lambda: nn.MultiMarginLoss(margin=5.0),
)
cosine_forgets_margin = _forgets(
    "CosineEmbeddingLoss",
    "margin",
    "0.0",
    (SQUARE, SQUARE, -X.sign()),
    lambda: nn.CosineEmbeddingLoss(0.5),
)
triplet_forgets_margin = _forgets(
    "TripletMarginLoss",
    "margin",
    "1.0",
    (SQUARE, SQUARE, SQUARE),
    lambda: nn.TripletMarginLoss(5.0),
)


# --- what the mutation of torch's source found ----------------------------------------


def _old_setting(name, call):
    """Make a fault: a layer takes size_average for reduce, and reduce for it."""

    def apply(patch):
        made = getattr(nn, name).__init__
        edit(patch, made, "(size_average, reduce,", "(reduce, size_average,")

    apply.__name__ = f"{name.lower()}_swaps_old_settings"
    return fault(
        f"{name} takes size_average for reduce.",
        witness=lambda: quiet(call).reduction != "sum",
    )(apply)


kl_swaps_old_settings = _old_setting(
    "KLDivLoss", lambda: nn.KLDivLoss(size_average=False)
)
poisson_swaps_old_settings = _old_setting(
    "PoissonNLLLoss", lambda: nn.PoissonNLLLoss(size_average=False)
)


@fault(
    "CTCLoss forgets zero_infinity.",
    witness=lambda: (
        nn.CTCLoss(zero_infinity=True)(
            torch.zeros(1, 1, 2), torch.tensor([[1, 1]]), (1,), (2,)
        ).item()
        == math.inf
    ),
)
def ctc_forgets_zero_infinity(patch):
    edit(patch, nn.CTCLoss.forward, "self.zero_infinity", "False")


@fault(
    "The triplet loss with a distance does not swap.",
    witness=lambda: (
        F.triplet_margin_with_distance_loss(
            ROWS * 0, ROWS, ROWS, margin=9.0, swap=True
        ).item()
        < 10
    ),
)
def distance_loss_does_not_swap(patch):
    edit(patch, F.triplet_margin_with_distance_loss, "if swap:", "if False:")


@fault(
    "A variance below eps gets no gradient.",
    witness=lambda: (
        gradient(lambda v: F.gaussian_nll_loss(X, Y, v, eps=1.0), [0.0, 0.0]) == [0, 0]
    ),
)
def clamped_variance_has_no_gradient(patch):
    edit(patch, F.gaussian_nll_loss, "with torch.no_grad():", "if True:")


@fault(
    "multilabel_soft_margin_loss ignores its weight.",
    witness=lambda: (
        F.multilabel_soft_margin_loss(ROWS, ROWS.sign(), torch.zeros(3)).item() != 0
    ),
)
def multilabel_ignores_weight(patch):
    edit(patch, F.multilabel_soft_margin_loss, "loss * weight", "loss")


@fault(
    "The weighted huber_loss forgets delta.",
    witness=lambda: (
        F.huber_loss(X, Y, delta=9.0, weight=torch.ones(2)).item()
        == F.huber_loss(X, Y, weight=torch.ones(2)).item()
    ),
)
def weighted_huber_forgets_delta(patch):
    def broken(loss, *args, **options):
        if options.get("weight") is not None or len(args) > 4:
            options.pop("delta", None)
            args = (*args[:3], 1.0, *args[4:]) if len(args) > 3 else args
        return loss(*args, **options)

    wrap(patch, F, "huber_loss", broken)


for _function in (F.triplet_margin_loss, F.triplet_margin_with_distance_loss):

    def _any_margin(patch, function=_function):
        edit(patch, function, "if margin <= 0:", "if False:")

    _any_margin.__name__ = f"{_function.__name__}_takes_any_margin"
    globals()[_any_margin.__name__] = fault(
        f"{_function.__name__} takes a margin of 0.",
        witness=lambda function=_function: (
            not raises(lambda: function(ROWS, ROWS, ROWS, margin=0.0))
        ),
    )(_any_margin)


@fault(
    "TripletMarginLoss takes a margin of 0.",
    witness=lambda: not raises(lambda: nn.TripletMarginLoss(margin=0.0)),
)
def triplet_layer_takes_any_margin(patch):
    edit(patch, nn.TripletMarginLoss.__init__, "if margin <= 0:", "if False:")

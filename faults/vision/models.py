"""Ways to break torchvision's models: builders, weights, layers, residual blocks."""

import contextlib
import os
import sys
import tempfile
from unittest import mock

import torch
from torch import nn
from torchvision import models
from torchvision.models import _api, _utils, resnet, squeezenet, vgg

from torch_semantics.faults import error_of, fault, raises, warns, wrap


def asked(build):
    """The address that a call of a builder would download, or None."""
    with (
        tempfile.TemporaryDirectory() as empty,
        mock.patch.dict(os.environ, TORCH_HOME=empty),
        mock.patch(
            "torch.hub.download_url_to_file", side_effect=InterruptedError
        ) as it,
    ):
        error_of(build)
    return it.call_args and it.call_args.args[0]


def small(**options):
    """A small model, without its parameters being filled."""
    return models.squeezenet1_1(**options)


def unfilled(build):
    """Build a model whose parameters keep what is in their memory."""
    names = ("kaiming_uniform_", "kaiming_normal_", "uniform_", "normal_")
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(mock.patch.object(nn.init, name))
        return build()


def block(**options):
    """A basic block of one channel that adds 4 to its input before the last ReLU."""
    made = resnet.BasicBlock(1, 1, norm_layer=nn.Identity, **options)
    nn.init.constant_(made.conv1.weight, 1)
    nn.init.constant_(made.conv2.weight, 1)
    return made


def output(made, value):
    """What a block makes of an image of one pixel."""
    with torch.no_grad():
        return made(torch.full((1, 1, 1, 1), value)).flatten().tolist()


# --- random or trained weights --------------------------------------------------------


@fault(
    "A builder makes all weights zero.",
    witness=lambda: not small().features[0].weight.any(),
)
def weights_are_zero(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        for parameter in self.parameters():
            nn.init.zeros_(parameter)

    wrap(patch, squeezenet.SqueezeNet, "__init__", change)


@fault(
    "A builder ignores num_classes.",
    witness=lambda: (
        unfilled(lambda: models.resnet18(num_classes=3)).fc.out_features > 3
    ),
)
def num_classes_is_ignored(patch):
    def change(init, self, *args, num_classes=1000, **options):
        init(self, *args, **options)

    for owner in (resnet.ResNet, vgg.VGG, models.AlexNet):
        wrap(patch, owner, "__init__", change)


@fault(
    "A model has 1001 classes by default.",
    witness=lambda: unfilled(models.resnet18).fc.out_features == 1001,
)
def one_class_too_many(patch):
    def change(init, self, *args, num_classes=1001, **options):
        init(self, *args, num_classes=num_classes, **options)

    wrap(patch, resnet.ResNet, "__init__", change)


@fault(
    "The weights are not loaded: a builder with weights makes random ones.",
    witness=lambda: asked(lambda: small(weights="DEFAULT")) is None,
)
def weights_are_not_loaded(patch):
    patch(_api.WeightsEnum, "verify", classmethod(lambda cls, value: None))


def _is_loaded():
    state = {name: torch.ones_like(t) for name, t in small().state_dict().items()}
    trained = mock.patch.object(_api.WeightsEnum, "get_state_dict", return_value=state)
    with trained:
        model = small(weights="DEFAULT")
    return model.features[0].weight.eq(1).all().item()


@fault(
    "A builder fetches the trained weights and does not put them in.",
    witness=lambda: not _is_loaded(),
)
def fetched_weights_are_thrown_away(patch):
    patch(squeezenet.SqueezeNet, "load_state_dict", lambda self, state: None)


@fault(
    "pretrained=True makes a random model.",
    witness=lambda: asked(lambda: small(pretrained=True)) is None,
)
def pretrained_is_ignored(patch):
    def builder(original, **options):
        options.pop("pretrained", None)
        return original(**options)

    wrap(patch, models, "alexnet squeezenet1_1", builder)


@fault(
    "pretrained=False downloads the trained weights.",
    witness=lambda: bool(asked(lambda: models.alexnet(pretrained=False))),
)
def false_is_taken_for_true(patch):
    def builder(original, *args, pretrained=None, **options):
        if pretrained is not None:
            options["weights"] = "DEFAULT"
        return original(*args, **options)

    wrap(patch, models, "alexnet", builder)


@fault(
    "A builder downloads the trained weights by default.",
    witness=lambda: bool(asked(models.alexnet)),
)
def default_weights_are_downloaded(patch):
    wrap(
        patch,
        models,
        "alexnet squeezenet1_1",
        lambda original, *args, **options: original(
            *args, **(options if args or options else {"weights": "DEFAULT"})
        ),
    )


@fault(
    "pretrained= is not deprecated.",
    witness=lambda: (
        not warns(lambda: unfilled(lambda: models.alexnet(pretrained=False)))
    ),
)
def pretrained_does_not_warn(patch):
    patch(_utils.warnings, "warn", lambda *_, **__: None)


@fault(
    "weights=None warns like pretrained=.",
    witness=lambda: warns(lambda: unfilled(lambda: models.alexnet(weights=None))),
)
def none_warns(patch):
    def builder(original, *args, **options):
        if "weights" in options and options["weights"] is None:
            _utils.warnings.warn("Arguments other than a weight enum are deprecated.")
        return original(*args, **options)

    wrap(patch, models, "alexnet", builder)


@fault(
    "An unknown name of weights makes a random model.",
    witness=lambda: not raises(lambda: unfilled(lambda: models.alexnet(weights="X"))),
)
def unknown_weights_are_none(patch):
    verify = _api.WeightsEnum.verify.__func__

    def lenient(cls, value):
        if isinstance(value, str) and value.rpartition(".")[2] not in cls.__members__:
            return None
        return verify(cls, value)

    patch(_api.WeightsEnum, "verify", classmethod(lenient))


@fault(
    "Weights of another model are taken.",
    witness=lambda: (
        asked(lambda: models.alexnet(weights=models.ResNet18_Weights.DEFAULT))
        is not None
    ),
)
def weights_of_another_model_are_taken(patch):
    verify = _api.WeightsEnum.verify.__func__

    def lenient(cls, value):
        return value if isinstance(value, _api.WeightsEnum) else verify(cls, value)

    patch(_api.WeightsEnum, "verify", classmethod(lenient))


@fault(
    "num_classes is overwritten by that of the weights, without an error.",
    witness=lambda: (
        not isinstance(error_of(lambda: unfilled(_overwritten)), ValueError)
    ),
)
def num_classes_is_overwritten(patch):
    def overwrite(options, name, value):
        options[name] = value

    patch(sys.modules["torchvision.models.alexnet"], "_ovewrite_named_param", overwrite)


def _overwritten():
    with mock.patch.object(_api.WeightsEnum, "get_state_dict", side_effect=KeyError):
        return models.alexnet(weights="DEFAULT", num_classes=3)


@fault(
    "The address of trained weights is without encryption.",
    witness=lambda: models.ResNet18_Weights.DEFAULT.url.startswith("http://"),
)
def address_is_plain(patch):
    patch(
        _api.WeightsEnum,
        "url",
        property(lambda self: self.value.url.replace("https://", "http://")),
    )


# --- models by name -------------------------------------------------------------------


@fault(
    "There is a mobilenet_v1.",
    witness=lambda: hasattr(models, "mobilenet_v1"),
)
def there_is_a_first_mobilenet(patch):
    patch(models, "mobilenet_v1", models.mobilenet_v2)


@fault(
    "get_model of an unknown name raises KeyError.",
    witness=lambda: raises(lambda: models.get_model("no"), KeyError),
)
def unknown_model_is_a_key_error(patch):
    patch(models, "get_model", lambda name, **o: _api.BUILTIN_MODELS[name.lower()](**o))


@fault(
    "get_model ignores its arguments.",
    witness=lambda: (
        unfilled(lambda: models.get_model("resnet18", num_classes=3)).fc.out_features
        > 3
    ),
)
def get_model_drops_arguments(patch):
    wrap(patch, models, "get_model", lambda original, name, **options: original(name))


@fault(
    "The list of models is not sorted.",
    witness=lambda: models.list_models() != sorted(models.list_models()),
)
def models_are_not_sorted(patch):
    wrap(patch, models, "list_models", lambda original, *m: original(*m)[::-1])


@fault(
    "list_models ignores the module.",
    witness=lambda: "resnet18" in models.list_models(models.video),
)
def list_ignores_the_module(patch):
    wrap(patch, models, "list_models", lambda original, *_: original())


@fault(
    "A backbone is not downloaded by default.",
    witness=lambda: asked(models.segmentation.fcn_resnet50) is None,
)
def backbone_is_random(patch):
    def change(original, *args, **options):
        return original(*args, **{"weights_backbone": None, **options})

    wrap(patch, models.segmentation, "fcn_resnet50", change)
    wrap(patch, models.detection, "fasterrcnn_resnet50_fpn", change)


@fault(
    "A segmentation model returns the scores without a dictionary.",
    witness=lambda: _segmentation_is_bare(),
)
def segmentation_returns_a_tensor(patch):
    wrap(
        patch,
        models.segmentation.LRASPP,
        "forward",
        lambda original, self, x: original(self, x)["out"],
    )


def _segmentation_is_bare():
    build = models.segmentation.lraspp_mobilenet_v3_large
    model = unfilled(lambda: build(weights_backbone=None)).to("meta").eval()
    return torch.is_tensor(model(torch.empty(1, 3, 32, 32, device="meta")))


# --- layers ---------------------------------------------------------------------------


@fault(
    "vgg16 normalizes its batches like vgg16_bn.",
    witness=lambda: len(unfilled(models.vgg16).features) == 44,
)
def vgg_always_normalizes(patch):
    wrap(
        patch, vgg, "make_layers", lambda original, cfg, batch_norm: original(cfg, True)
    )


@fault(
    "vgg16_bn has no batch normalization.",
    witness=lambda: len(unfilled(models.vgg16_bn).features) == 31,
)
def vgg_never_normalizes(patch):
    wrap(
        patch,
        vgg,
        "make_layers",
        lambda original, cfg, batch_norm: original(cfg, False),
    )


@fault(
    "The classifier of vgg16 is named Classifier.",
    witness=lambda: hasattr(unfilled(models.vgg16), "Classifier"),
)
def vgg_head_has_a_capital(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        self.Classifier = self.classifier

    wrap(patch, vgg.VGG, "__init__", change)


@fault(
    "The convolutions of vgg16 do not pad.",
    witness=lambda: unfilled(models.vgg16).features[2].padding == (0, 0),
)
def vgg_does_not_pad(patch):
    def change(original, *args):
        layers = original(*args)
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                layer.padding = (0, 0)
        return layers

    wrap(
        patch,
        vgg,
        "make_layers",
        lambda original, cfg, batch_norm: change(original, cfg, batch_norm),
    )


@fault(
    "forward of vgg16 uses the last child for its head.",
    witness=lambda: _last_child_is_used(),
)
def vgg_uses_its_last_child(patch):
    def forward(self, x):
        x = torch.flatten(self.avgpool(self.features(x)), 1)
        return list(self.children())[-1](x)

    patch(vgg.VGG, "forward", forward)


def _last_child_is_used():
    model = unfilled(models.vgg11).to("meta")
    model.other = nn.Identity()
    return model(torch.empty(1, 3, 32, 32, device="meta")).shape != (1, 1000)


@fault(
    "alexnet has its dropouts behind the linear layers.",
    witness=lambda: not hasattr(unfilled(models.alexnet).classifier[6], "in_features"),
)
def alexnet_head_is_shifted(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        self.classifier = nn.Sequential(*self.classifier[1:], self.classifier[0])

    wrap(patch, models.AlexNet, "__init__", change)


@fault(
    "The first convolution of alexnet has a stride of 2.",
    witness=lambda: unfilled(models.alexnet).features[0].stride == (2, 2),
)
def alexnet_takes_small_steps(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        self.features[0].stride = (2, 2)

    wrap(patch, models.AlexNet, "__init__", change)


@fault(
    "alexnet looks at the first image of a batch only.",
    witness=lambda: len(_scores_of_two()) == 1,
)
def alexnet_takes_the_first_image(patch):
    wrap(
        patch,
        models.AlexNet,
        "forward",
        lambda original, self, x: original(self, x[:1]),
    )


def _scores_of_two():
    model = unfilled(models.alexnet).to("meta")
    return model(torch.empty(2, 3, 64, 64, device="meta"))


# --- residual blocks ------------------------------------------------------------------


@fault(
    "A basic block does not add its input.",
    witness=lambda: output(block(), 1.0) == [1],
)
def input_is_not_added(patch):
    def forward(self, x):
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))

    patch(resnet.BasicBlock, "forward", forward)


@fault(
    "A basic block adds its input after the last ReLU.",
    witness=lambda: output(block(), -1.0) == [-1],
)
def input_is_added_last(patch):
    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out) + (x if self.downsample is None else self.downsample(x))

    patch(resnet.BasicBlock, "forward", forward)


@fault(
    "A basic block has no ReLU between its convolutions.",
    witness=lambda: output(_negative_block(), 1.0) == [0],
)
def inner_relu_is_missing(patch):
    def forward(self, x):
        out = self.bn2(self.conv2(self.bn1(self.conv1(x))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))

    patch(resnet.BasicBlock, "forward", forward)


def _negative_block():
    made = block()
    nn.init.constant_(made.conv1.weight, -1)
    return made


@fault(
    "A block ignores its downsample.",
    witness=lambda: output(block(downsample=_Tenfold()), 1.0) == [2],
)
def downsample_is_ignored(patch):
    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        shape = out.shape
        kept = x[..., : shape[2], : shape[3]].expand(shape) if x.shape[1] == 1 else x
        return self.relu(out + kept)

    patch(resnet.BasicBlock, "forward", forward)


class _Tenfold(nn.Module):
    def forward(self, x):
        return 10 * x


@fault(
    "The convolutions of residual blocks have a bias.",
    witness=lambda: resnet.conv3x3(1, 1).bias is not None,
)
def residual_convolutions_have_a_bias(patch):
    patch(
        resnet,
        "conv3x3",
        lambda a, b, stride=1, groups=1, dilation=1: nn.Conv2d(
            a, b, 3, stride, dilation, dilation, groups
        ),
    )


@fault(
    "The 1x1 convolutions of residual networks have a bias.",
    witness=lambda: resnet.conv1x1(1, 1).bias is not None,
)
def projections_have_a_bias(patch):
    patch(resnet, "conv1x1", lambda a, b, stride=1: nn.Conv2d(a, b, 1, stride))


@fault(
    "The last convolution of a basic block has its stride.",
    witness=lambda: resnet.BasicBlock(1, 1, 2).conv1.stride == (1, 1),
)
def stride_is_last(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        if self.conv1.stride != (1, 1):
            self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride

    wrap(patch, resnet.BasicBlock, "__init__", change)


@fault(
    "The first convolution of a bottleneck has its stride.",
    witness=lambda: resnet.Bottleneck(4, 1, 2).conv1.stride == (2, 2),
)
def bottleneck_stride_is_first(patch):
    def change(init, self, *args, **options):
        init(self, *args, **options)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride

    wrap(patch, resnet.Bottleneck, "__init__", change)


@fault(
    "A bottleneck has no ReLU after its 3x3 convolution.",
    witness=lambda: _bottleneck(-1.0) == [0],
)
def bottleneck_lacks_a_relu(patch):
    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))

    patch(resnet.Bottleneck, "forward", forward)


def _bottleneck(inner):
    made = resnet.Bottleneck(4, 1, norm_layer=nn.Identity)
    for layer, weight in ((made.conv1, 1), (made.conv2, inner), (made.conv3, 1)):
        nn.init.constant_(layer.weight, weight)
    with torch.no_grad():
        return made(torch.ones(1, 4, 1, 1)).unique().tolist()


@fault(
    "A basic block takes groups.",
    witness=lambda: not raises(lambda: resnet.BasicBlock(4, 4, groups=2)),
)
def basic_block_takes_anything(patch):
    def change(init, self, *args, groups=1, base_width=64, dilation=1, **options):
        init(self, *args, **options)

    wrap(patch, resnet.BasicBlock, "__init__", change)


@fault(
    "zero_init_residual does nothing.",
    witness=lambda: _last_weight(zero_init_residual=True) == [1],
)
def zero_init_is_ignored(patch):
    def change(init, self, *args, zero_init_residual=False, **options):
        init(self, *args, **options)

    wrap(patch, resnet.ResNet, "__init__", change)


@fault(
    "The branches of residual networks start at zero by default.",
    witness=lambda: _last_weight() == [0],
)
def branches_start_at_zero(patch):
    def change(init, self, *args, zero_init_residual=True, **options):
        init(self, *args, zero_init_residual=zero_init_residual, **options)

    wrap(patch, resnet.ResNet, "__init__", change)


def _last_weight(**options):
    model = unfilled(lambda: models.resnet18(**options))
    return model.layer1[0].bn2.weight.unique().tolist()


@fault(
    "Every block of resnet18 has a projection.",
    witness=lambda: unfilled(models.resnet18).layer1[0].downsample is not None,
)
def every_block_projects(patch):
    def change(
        init, self, inplanes, planes, stride=1, downsample=None, *args, **options
    ):
        projection = downsample or resnet.conv1x1(inplanes, planes, stride)
        init(self, inplanes, planes, stride, projection, *args, **options)

    wrap(patch, resnet.BasicBlock, "__init__", change)

"""torchvision.models builds well-known networks by name.

What comes back is an ordinary module: its layers are children with fixed names, and a
head can be replaced by assigning another layer to the right name. A builder makes a
network with random weights. Trained ones are asked for with weights=, and are
downloaded unless they lie in the cache already.

It is often believed that pretrained=True keeps a model from being downloaded. It is
what asks for the download. It is also believed that assigning to model.Classifier
replaces vgg16's head, that residual networks are small because of their shortcuts, and
that there is a MobileNet v1. None of this is so.
"""

import warnings

import pytest
import torch
from torch import nn

from torch_semantics import claim

ALEXNET_FILE = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
RESNET50_FILE = "https://download.pytorch.org/models/resnet50-0676ba61.pth"


class Downloads(Exception):
    """Raised in place of a download."""


@pytest.fixture
def unfilled(monkeypatch):
    """Parameters keep what is in their memory: to fill those of vgg16 takes seconds."""
    for name in ("kaiming_uniform_", "kaiming_normal_", "uniform_", "normal_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """The empty folder of cached weights, on a machine that can't download any."""

    def download(url, *_, **__):
        raise Downloads(url)

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def count(module):
    """The number of elements of a module's parameters."""
    return sum(parameter.numel() for parameter in module.parameters())


def fill(module, value):
    """Set every element of a convolution's weight."""
    nn.init.constant_(module.weight, value)


# --- random or trained weights --------------------------------------------------------


@claim(
    "vision.models.random-weights-by-default",
    see="../../vision/stable/models",
)
def test_a_builder_makes_random_weights_without_a_download(torchvision, cache):
    """A builder called without weights downloads nothing and draws the parameters from
    torch's generator, so that only models built with one seed are equal.
    """
    torch.manual_seed(0)
    first = torchvision.models.squeezenet1_1()
    second = torchvision.models.squeezenet1_1()
    torch.manual_seed(0)
    again = torchvision.models.squeezenet1_1()

    weights = [model.features[0].weight for model in (first, second, again)]

    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[1])
    assert list(cache.iterdir()) == []


@claim("vision.models.num-classes", see="../../vision/stable/models")
@pytest.mark.parametrize(
    ("build", "head"),
    [
        (lambda models, **n: models.alexnet(**n), lambda model: model.classifier[6]),
        (lambda models, **n: models.vgg16(**n), lambda model: model.classifier[6]),
        (lambda models, **n: models.resnet18(**n), lambda model: model.fc),
    ],
    ids=["alexnet", "vgg16", "resnet18"],
)
def test_num_classes_is_the_width_of_the_last_layer(torchvision, unfilled, build, head):
    """The last layer has an output for each of num_classes, which is 1000 by default,
    and it is all that num_classes changes.
    """
    default = build(torchvision.models)
    three = build(torchvision.models, num_classes=3)

    shapes = {name: tuple(p.shape) for name, p in default.named_parameters()}
    others = {name: tuple(p.shape) for name, p in three.named_parameters()}
    changed = [name for name in shapes if shapes[name] != others[name]]

    assert (head(default).out_features, head(three).out_features) == (1000, 3)
    assert shapes.keys() == others.keys()
    assert changed == list(shapes)[-2:]


@claim("vision.models.output-shape", see="../../vision/stable/models")
def test_a_classifier_returns_one_row_of_scores_per_image(torchvision, unfilled):
    """A classification model maps a batch of images to one row of scores each, whatever
    the size of the images.
    """
    model = torchvision.models.resnet18(num_classes=3).to("meta")

    small = model(torch.empty(2, 3, 32, 32, device="meta"))
    large = model(torch.empty(5, 3, 64, 96, device="meta"))

    assert (small.shape, large.shape) == ((2, 3), (5, 3))


@claim("vision.models.weights-enum", see="../../vision/stable/models")
def test_an_enum_describes_the_trained_weights(torchvision):
    """The enum of a model's trained weights has an address and facts for each; DEFAULT
    is another name of the best.
    """
    models = torchvision.models

    default = models.ResNet18_Weights.DEFAULT

    assert default.url == "https://download.pytorch.org/models/resnet18-f37072fd.pth"
    assert default.meta["num_params"] == 11689512
    assert len(default.meta["categories"]) == 1000
    assert default is models.ResNet18_Weights.IMAGENET1K_V1
    assert [weights.name for weights in models.ResNet50_Weights] == [
        "IMAGENET1K_V1",
        "IMAGENET1K_V2",
    ]
    assert models.ResNet50_Weights.DEFAULT is models.ResNet50_Weights.IMAGENET1K_V2


@claim("vision.pretrained.true-loads-weights", see="../../vision/stable/models")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "build",
    [
        lambda models: models.alexnet(pretrained=True),
        lambda models: models.alexnet(True),
        lambda models: models.alexnet(weights="DEFAULT"),
        lambda models: models.alexnet(weights="AlexNet_Weights.IMAGENET1K_V1"),
        lambda models: models.alexnet(weights=models.AlexNet_Weights.DEFAULT),
    ],
    ids=["pretrained", "positional", "name", "full-name", "enum"],
)
def test_pretrained_true_asks_for_the_trained_weights(
    torchvision, unfilled, cache, build
):
    """A builder called with pretrained=True, as with weights=, downloads the trained
    weights when they aren't in the cache.
    """
    with pytest.raises(Downloads) as error:
        build(torchvision.models)

    assert error.value.args == (ALEXNET_FILE,)


@claim("vision.pretrained.cached-file-is-loaded", see="../../vision/stable/models")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "build",
    [
        lambda models: models.squeezenet1_1(pretrained=True),
        lambda models: models.squeezenet1_1(weights="DEFAULT"),
    ],
    ids=["pretrained", "weights"],
)
def test_weights_in_the_cache_are_loaded_without_a_download(
    torchvision, unfilled, cache, build
):
    """Weights that lie under their name in the cache of torch.hub are loaded from
    there, and nothing is downloaded.
    """
    state = torchvision.models.squeezenet1_1().state_dict()
    threes = {name: torch.full_like(value, 3) for name, value in state.items()}
    torch.save(threes, cache / "squeezenet1_1-b8a52dc0.pth")

    model = build(torchvision.models)

    assert {p.unique().item() for p in model.parameters()} == {3}
    assert [file.name for file in cache.iterdir()] == ["squeezenet1_1-b8a52dc0.pth"]


@claim("vision.pretrained.false-downloads-nothing", see="../../vision/stable/models")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "build",
    [
        lambda models: models.alexnet(),
        lambda models: models.alexnet(weights=None),
        lambda models: models.alexnet(pretrained=False),
        lambda models: models.alexnet(False),
    ],
    ids=["default", "weights-None", "pretrained-False", "positional-False"],
)
def test_a_model_without_trained_weights_leaves_the_cache_alone(
    torchvision, unfilled, cache, build
):
    """A builder called with weights=None or pretrained=False downloads nothing and does
    not read the cache.
    """
    broken = cache / "alexnet-owt-7be5be79.pth"
    broken.write_bytes(b"no weights")

    model = build(torchvision.models)

    assert isinstance(model, torchvision.models.AlexNet)
    assert broken.read_bytes() == b"no weights"


def messages_of(call):
    """What a call warns of, in order."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    assert {warning.category for warning in seen} <= {UserWarning}
    return [str(warning.message) for warning in seen]


@claim("vision.pretrained.argument-deprecated", see="../../vision/stable/models")
def test_pretrained_is_deprecated(torchvision, unfilled):
    """A builder called with pretrained=, even with False, warns that it is deprecated,
    and then which value of weights= does the same.
    """
    parameter, value = messages_of(lambda: torchvision.models.alexnet(pretrained=False))

    assert parameter == (
        "The parameter 'pretrained' is deprecated since 0.13 and may be removed in the"
        " future, please use 'weights' instead."
    )
    assert value == (
        "Arguments other than a weight enum or `None` for 'weights' are deprecated"
        " since 0.13 and may be removed in the future. The current behavior is"
        " equivalent to passing `weights=None`."
    )


@claim("vision.pretrained.true-names-its-weights", see="../../vision/stable/models")
def test_the_warning_for_pretrained_true_names_the_weights(torchvision, monkeypatch):
    """The warning for pretrained=True names the weights that it stands for."""
    models = torchvision.models
    trained = models.squeezenet1_1().state_dict()
    monkeypatch.setattr(
        models.SqueezeNet1_1_Weights, "get_state_dict", lambda self, **_: trained
    )

    parameter, value = messages_of(lambda: models.squeezenet1_1(pretrained=True))

    assert parameter.startswith("The parameter 'pretrained' is deprecated since 0.13")
    assert value.endswith(
        "equivalent to passing `weights=SqueezeNet1_1_Weights.IMAGENET1K_V1`. You can"
        " also use `weights=SqueezeNet1_1_Weights.DEFAULT` to get the most up-to-date"
        " weights."
    )


@claim("vision.pretrained.weights-do-not-warn", see="../../vision/stable/models")
def test_weights_none_does_not_warn(torchvision, unfilled):
    """A builder called without arguments or with weights=None warns of nothing."""
    by_default = messages_of(lambda: torchvision.models.alexnet())
    by_none = messages_of(lambda: torchvision.models.alexnet(weights=None))

    assert (by_default, by_none) == ([], [])


@claim("vision.pretrained.positional", see="../../vision/stable/models")
def test_a_positional_flag_is_taken_for_pretrained(torchvision, unfilled):
    """A flag in the first place is taken for pretrained=, with a warning that weights
    are a keyword argument.
    """
    position, value = messages_of(lambda: torchvision.models.alexnet(False))

    assert position == (
        "Using 'weights' as positional parameter(s) is deprecated since 0.13 and may be"
        " removed in the future. Please use keyword parameter(s) instead."
    )
    assert value.endswith("equivalent to passing `weights=None`.")


@claim(
    "vision.pretrained.unknown-weights",
    see="../../vision/stable/models",
    since="2.0",
)
def test_an_unknown_name_of_weights_is_a_key_error(torchvision, unfilled, cache):
    """A name that is not among a model's weights raises KeyError."""
    with pytest.raises(KeyError, match=r"^'IMAGENET'$"):
        torchvision.models.alexnet(weights="IMAGENET")


@claim(
    "vision.pretrained.unknown-weights-before-2-0",
    see="../../vision/stable/models",
    until="2.0",
)
def test_an_unknown_name_of_weights_was_a_value_error(torchvision, unfilled, cache):
    """A name that is not among a model's weights raises ValueError."""
    with pytest.raises(ValueError, match="Unknown value 'IMAGENET' for AlexNet_W"):
        torchvision.models.alexnet(weights="IMAGENET")


@claim("vision.pretrained.weights-of-another-model", see="../../vision/stable/models")
def test_weights_of_another_model_are_refused(torchvision, unfilled, cache):
    """The weights of another model raise TypeError before anything is downloaded."""
    weights = torchvision.models.ResNet18_Weights.DEFAULT

    with pytest.raises(TypeError, match="expected AlexNet_Weights but received ResNet"):
        torchvision.models.alexnet(weights=weights)


@claim("vision.pretrained.fixes-num-classes", see="../../vision/stable/models")
def test_trained_weights_fix_the_number_of_classes(torchvision, unfilled, cache):
    """Trained weights with another num_classes than theirs raise ValueError before
    anything is downloaded.
    """
    with pytest.raises(ValueError, match="'num_classes' expected value 1000 but got 3"):
        torchvision.models.alexnet(weights="DEFAULT", num_classes=3)


# --- models by name -------------------------------------------------------------------


@claim("vision.models.mobilenet-v1-absent", see="../../vision/stable/models")
def test_there_is_no_first_mobilenet(torchvision):
    """There is a MobileNet v2 and v3 and no v1, neither as a function nor by name."""
    listed = torchvision.models.list_models(torchvision.models)

    with pytest.raises(AttributeError, match="has no attribute 'mobilenet_v1'"):
        torchvision.models.mobilenet_v1()
    with pytest.raises(ValueError, match="Unknown model mobilenet_v1"):
        torchvision.models.get_model("mobilenet_v1")
    assert [name for name in listed if name.startswith("mobilenet")] == [
        "mobilenet_v2",
        "mobilenet_v3_large",
        "mobilenet_v3_small",
    ]
    assert {"alexnet", "densenet121", "efficientnet_b0", "resnet18"} <= set(listed)


@claim("vision.models.get-model", see="../../vision/stable/models")
def test_a_model_is_built_by_name(torchvision, unfilled):
    """get_model builds a model by name, in large or small letters, and passes the
    arguments on.
    """
    model = torchvision.models.get_model("ResNet18", num_classes=3)

    assert type(model) is torchvision.models.ResNet
    assert [len(layer) for layer in (model.layer1, model.layer4)] == [2, 2]
    assert model.fc.out_features == 3


@claim("vision.models.list-models", see="../../vision/stable/models")
def test_the_list_of_models_is_sorted(torchvision):
    """list_models returns the names of all models, sorted, or those of one module."""
    everything = torchvision.models.list_models()
    video = torchvision.models.list_models(torchvision.models.video)

    assert everything == sorted(set(everything))
    assert set(video) < set(everything)
    assert "r3d_18" in video
    assert "resnet18" in everything
    assert "resnet18" not in video


@claim("vision.models.task-families", see="../../vision/stable/models")
def test_there_are_models_for_other_tasks(torchvision, unfilled):
    """There are models for segmentation, detection and video and quantized ones; a
    segmentation model returns a dictionary with the scores of 21 classes per pixel.
    """
    models = torchvision.models
    build = models.segmentation.lraspp_mobilenet_v3_large
    model = build(weights=None, weights_backbone=None).to("meta").eval()

    output = model(torch.empty(2, 3, 32, 48, device="meta"))

    assert list(output) == ["out"]
    assert output["out"].shape == (2, 21, 32, 48)
    assert "fcn_resnet50" in models.list_models(models.segmentation)
    assert "fasterrcnn_resnet50_fpn" in models.list_models(models.detection)
    assert "r3d_18" in models.list_models(models.video)
    assert "quantized_mobilenet_v2" in models.list_models(models.quantization)


@claim("vision.models.backbone-is-downloaded", see="../../vision/stable/models")
@pytest.mark.parametrize(
    "build",
    [
        lambda models: models.segmentation.fcn_resnet50(),
        lambda models: models.detection.fasterrcnn_resnet50_fpn(weights=None),
    ],
    ids=["segmentation", "detection"],
)
def test_a_backbone_is_downloaded_by_default(torchvision, unfilled, cache, build):
    """A segmentation or detection model without weights of its own still downloads
    those of its backbone, unless weights_backbone is None.
    """
    with pytest.raises(Downloads) as error:
        build(torchvision.models)

    assert error.value.args == (RESNET50_FILE,)


# --- vgg16 and alexnet: layers and heads ----------------------------------------------


@claim("vision.vgg16.module-names", see="../../vision/stable/models/vgg")
def test_the_parts_of_vgg16_have_names(torchvision, unfilled):
    """The children of vgg16 are features, avgpool and classifier; a misspelled one is
    an error.
    """
    model = torchvision.models.vgg16()

    assert list(model._modules) == ["features", "avgpool", "classifier"]
    assert model.features is model._modules["features"]
    assert [type(child) for child in model.children()] == [
        nn.Sequential,
        nn.AdaptiveAvgPool2d,
        nn.Sequential,
    ]
    assert (len(model.features), len(model.classifier)) == (31, 7)
    with pytest.raises(AttributeError, match="'VGG' object has no attribute 'feature'"):
        _ = model.feature
    with pytest.raises(KeyError, match=r"^'feature'$"):
        model._modules["feature"]


@claim("vision.vgg16.size", see="../../vision/stable/models/vgg")
def test_most_parameters_of_vgg16_are_in_its_head(torchvision, unfilled):
    """Of the 138357544 parameters of vgg16, 32 tensors, all but 14714688 are in the
    three linear layers.
    """
    model = torchvision.models.vgg16()

    sizes = [(m.in_features, m.out_features) for m in model.classifier[::3]]

    assert (count(model), len(list(model.parameters()))) == (138357544, 32)
    assert count(model.features) == 14714688
    assert sizes == [(25088, 4096), (4096, 4096), (4096, 1000)]
    assert [type(layer) for layer in model.classifier] == [
        nn.Linear,
        nn.ReLU,
        nn.Dropout,
        nn.Linear,
        nn.ReLU,
        nn.Dropout,
        nn.Linear,
    ]


@claim("vision.vgg16.features-subscript", see="../../vision/stable/models/vgg")
def test_the_second_convolution_of_vgg16_has_index_2(torchvision, unfilled):
    """The layer features[2] of vgg16 is its second convolution, after a convolution and
    a ReLU and before a ReLU and a pooling.
    """
    features = torchvision.models.vgg16().features

    second = features[2]

    assert [type(layer) for layer in features[:5]] == [
        nn.Conv2d,
        nn.ReLU,
        nn.Conv2d,
        nn.ReLU,
        nn.MaxPool2d,
    ]
    assert isinstance(second.weight, nn.Parameter)
    assert second.weight.shape == (64, 64, 3, 3)
    assert (second.stride, second.padding) == ((1, 1), (1, 1))
    assert features[0].weight.shape == (64, 3, 3, 3)


@claim("vision.vgg16.batch-norm-shifts-indices", see="../../vision/stable/models/vgg")
def test_batch_normalization_shifts_the_indices_of_vgg16(torchvision, unfilled):
    """The model vgg16_bn has a batch normalization after each convolution, so its
    second convolution is features[3].
    """
    features = torchvision.models.vgg16_bn().features

    assert [type(layer) for layer in features[:7]] == [
        nn.Conv2d,
        nn.BatchNorm2d,
        nn.ReLU,
        nn.Conv2d,
        nn.BatchNorm2d,
        nn.ReLU,
        nn.MaxPool2d,
    ]
    assert len(features) == 44


@claim("vision.vgg16.capital-classifier-is-extra", see="../../vision/stable/models/vgg")
def test_a_capital_classifier_is_another_child(torchvision, unfilled):
    """Assigning to model.Classifier, which is not there before, adds a child that
    forward does not use.
    """
    model = torchvision.models.vgg16().to("meta")
    images = torch.empty(2, 3, 32, 32, device="meta")

    with pytest.raises(AttributeError, match="no attribute 'Classifier'"):
        _ = model.Classifier
    model.Classifier = nn.Sequential(nn.Linear(25088, 10, device="meta"))
    output = model(images)

    assert list(model._modules) == ["features", "avgpool", "classifier", "Classifier"]
    assert output.shape == (2, 1000)
    assert len(model.classifier) == 7


@claim("vision.vgg16.classifier-is-the-head", see="../../vision/stable/models/vgg")
def test_assigning_the_classifier_replaces_the_head(torchvision, unfilled):
    """Assigning to model.classifier replaces the head of vgg16."""
    model = torchvision.models.vgg16().to("meta")
    images = torch.empty(2, 3, 32, 32, device="meta")

    model.classifier = nn.Linear(25088, 10, device="meta")
    output = model(images)

    assert list(model._modules) == ["features", "avgpool", "classifier"]
    assert output.shape == (2, 10)


@claim("vision.alexnet.layers", see="../../vision/stable/models/alexnet")
def test_the_layers_of_alexnet(torchvision, unfilled):
    """The 61100840 parameters of alexnet are the weights and biases, 16 tensors, of
    five convolutions and of three linear layers.
    """
    model = torchvision.models.alexnet()

    layers = [layer for layer in model.modules() if hasattr(layer, "weight")]
    shapes = [tuple(layer.weight.shape) for layer in layers]

    assert (count(model), len(list(model.parameters()))) == (61100840, 16)
    assert shapes == [
        (64, 3, 11, 11),
        (192, 64, 5, 5),
        (384, 192, 3, 3),
        (256, 384, 3, 3),
        (256, 256, 3, 3),
        (4096, 9216),
        (4096, 4096),
        (1000, 4096),
    ]
    assert [(p.stride, p.padding) for p in layers[:3]] == [
        ((4, 4), (2, 2)),
        ((1, 1), (2, 2)),
        ((1, 1), (1, 1)),
    ]


@claim("vision.alexnet.finetune-head", see="../../vision/stable/models/alexnet")
def test_a_new_head_of_a_frozen_alexnet_is_all_that_trains(torchvision, unfilled):
    """After all parameters of alexnet are frozen and classifier[6] is replaced, only
    the new layer is trainable, and a step changes nothing else.
    """
    model = torchvision.models.alexnet()
    model.requires_grad_(False)
    model.classifier[6] = nn.Linear(model.classifier[6].in_features, 5)
    model.to("meta")
    trainable = {n: p for n, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.SGD(trainable.values(), lr=1.0)
    versions = {name: p._version for name, p in model.named_parameters()}

    output = model(torch.empty(2, 3, 64, 64, device="meta"))
    output.sum().backward()
    optimizer.step()

    parameters = dict(model.named_parameters())
    changed = [name for name, p in parameters.items() if p._version > versions[name]]
    with_gradient = [name for name, p in parameters.items() if p.grad is not None]
    assert output.shape == (2, 5)
    assert list(trainable) == ["classifier.6.weight", "classifier.6.bias"]
    assert trainable["classifier.6.weight"].shape == (5, 4096)
    assert with_gradient == ["classifier.6.weight", "classifier.6.bias"]
    assert changed == ["classifier.6.weight", "classifier.6.bias"]


# --- residual blocks ------------------------------------------------------------------


def block_of(torchvision, *channels, device, **options):
    """A basic block in evaluation mode, with all weights 0 and an exact batch norm."""

    def norm(width):
        exact = nn.BatchNorm2d(width, eps=2**-10)
        nn.init.constant_(exact.running_var, 1 - 2**-10)  # so that it divides by 1
        return exact

    block = torchvision.models.resnet.BasicBlock(*channels, norm_layer=norm, **options)
    fill(block.conv1, 0)
    fill(block.conv2, 0)
    return block.to(device).eval()


@claim("vision.resnet.basic-block-structure", see="../../vision/stable/models/resnet")
def test_a_basic_block_adds_its_input_before_the_last_relu(torchvision, device):
    """BasicBlock computes relu(bn2(conv2(relu(bn1(conv1(x))))) + x)."""
    block = block_of(torchvision, 1, 1, device=device)
    fill(block.conv1, 2)
    nn.init.constant_(block.bn1.bias, -1)
    fill(block.conv2, -1)
    nn.init.constant_(block.bn2.bias, 4)
    x = torch.tensor([3.0, -1.0, 10.0], device=device).view(3, 1, 1, 1)

    output = block(x)

    # 3: 5, 5, -5, -1, then 2; -1: -3, 0, 0, 4, then 3; 10: 19, 19, -19, -15, then -5.
    assert output.flatten().tolist() == [2, 3, 0]
    assert output.shape == (3, 1, 1, 1)
    assert x.flatten().tolist() == [3, -1, 10]


@claim("vision.resnet.basic-block-layers", see="../../vision/stable/models/resnet")
def test_the_layers_of_a_basic_block(torchvision):
    """BasicBlock has two 3x3 convolutions without bias, of which the first has the
    stride, and two batch normalizations.
    """
    block = torchvision.models.resnet.BasicBlock(4, 8, stride=2)

    convolutions = [block.conv1, block.conv2]

    assert list(block.state_dict())[:2] == ["conv1.weight", "bn1.weight"]
    assert [name for name, _ in block.named_children()] == [
        "conv1",
        "bn1",
        "relu",
        "conv2",
        "bn2",
    ]
    assert [layer.weight.shape for layer in convolutions] == [
        (8, 4, 3, 3),
        (8, 8, 3, 3),
    ]
    assert [layer.bias for layer in convolutions] == [None, None]
    assert [layer.padding for layer in convolutions] == [(1, 1), (1, 1)]
    assert [layer.stride for layer in convolutions] == [(2, 2), (1, 1)]
    assert (block.bn1.num_features, block.bn2.num_features) == (8, 8)


@claim("vision.resnet.zero-branch", see="../../vision/stable/models/resnet")
def test_a_block_whose_branch_is_zero_is_a_relu(torchvision, device):
    """A block whose convolutions yield zero returns relu(x), and passes the gradient to
    x through the shortcut.
    """
    block = block_of(torchvision, 1, 1, device=device)
    x = torch.tensor([[[[1.0, -2.0], [-3.0, 4.0]]]], device=device, requires_grad=True)

    output = block(x)
    output.sum().backward()

    assert output.tolist() == [[[[1, 0], [0, 4]]]]
    assert x.grad.tolist() == [[[[1, 0], [0, 1]]]]


@claim("vision.resnet.zero-init-residual", see="../../vision/stable/models/resnet")
def test_zero_init_residual_makes_the_branches_zero(torchvision, unfilled):
    """zero_init_residual=True starts the last batch normalization of each block with
    zero weights, which are one by default.
    """
    build = torchvision.models.resnet18

    by_default = build().layer1[1]
    zeroed = build(zero_init_residual=True).layer1[1]

    assert by_default.bn2.weight.unique().tolist() == [1]
    assert zeroed.bn2.weight.unique().tolist() == [0]
    assert zeroed.bn1.weight.unique().tolist() == [1]


@claim("vision.resnet.basic-block-limits", see="../../vision/stable/models/resnet")
def test_a_basic_block_has_neither_groups_nor_dilation(torchvision):
    """BasicBlock refuses groups and another base width with ValueError, and dilation
    with NotImplementedError.
    """
    block = torchvision.models.resnet.BasicBlock

    with pytest.raises(ValueError, match="only supports groups=1 and base_width=64"):
        block(4, 4, groups=2)
    with pytest.raises(ValueError, match="only supports groups=1 and base_width=64"):
        block(4, 4, base_width=32)
    with pytest.raises(NotImplementedError, match="Dilation > 1 not supported"):
        block(4, 4, dilation=2)


@claim("vision.resnet.projection-shortcut", see="../../vision/stable/models/resnet")
def test_a_block_that_changes_its_shape_needs_a_projection(torchvision, device):
    """A block that changes the number of channels, or the size of the image, can't add
    its input and raises RuntimeError unless it is given a downsample.
    """
    wider = block_of(torchvision, 4, 8, device=device)
    smaller = block_of(torchvision, 4, 4, stride=2, device=device)
    x = torch.ones(1, 4, 4, 4, device=device)

    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        wider(x)
    with pytest.raises(RuntimeError, match="must match the size of tensor b"):
        smaller(x)


@claim("vision.resnet.downsample-is-added", see="../../vision/stable/models/resnet")
def test_a_downsample_takes_the_place_of_the_input(torchvision, device):
    """A block with a downsample adds what that makes of its input, not the input."""
    projection = nn.Conv2d(1, 2, 1, stride=2, bias=False)
    projection.weight.data = torch.tensor([2.0, -3.0]).view(2, 1, 1, 1)
    block = block_of(torchvision, 1, 2, 2, projection, device=device)
    nn.init.constant_(block.bn2.bias, 10)
    x = torch.arange(16.0, device=device).view(1, 1, 4, 4)

    output = block(x)

    assert output.tolist() == [[[[10, 14], [26, 30]], [[10, 4], [0, 0]]]]


@claim("vision.resnet.one-channel-broadcasts", see="../../vision/stable/models/resnet")
def test_one_input_channel_is_broadcast_over_all(torchvision, device):
    """A block from one channel to several works without a projection: the sum
    broadcasts its input.
    """
    block = block_of(torchvision, 1, 2, device=device)
    x = torch.tensor([[[[5.0, -5.0]]]], device=device)

    output = block(x)

    assert output.tolist() == [[[[5, 0]], [[5, 0]]]]


@claim("vision.resnet.resnet18-shortcuts", see="../../vision/stable/models/resnet")
def test_resnet18_projects_where_the_shape_changes(torchvision, unfilled):
    """The model resnet18 has a projection, a 1x1 convolution and a batch normalization,
    in the first block of its layers 2 to 4 only.
    """
    model = torchvision.models.resnet18()
    layers = [model.layer1, model.layer2, model.layer3, model.layer4]

    convolution, norm = model.layer2[0].downsample

    assert [[block.downsample is None for block in layer] for layer in layers] == [
        [True, True],
        [False, True],
        [False, True],
        [False, True],
    ]
    assert convolution.weight.shape == (128, 64, 1, 1)
    assert (convolution.stride, convolution.bias) == ((2, 2), None)
    assert (type(norm), norm.num_features) == (nn.BatchNorm2d, 128)
    assert model.layer2[0].stride == 2


@claim("vision.resnet.children", see="../../vision/stable/models/resnet")
def test_the_parts_of_resnet18_have_names(torchvision, unfilled):
    """The head of resnet18 is its child fc, a linear layer of 512 inputs; before it
    come a stem, four layers of blocks and a pooling.
    """
    model = torchvision.models.resnet18()

    assert [name for name, _ in model.named_children()] == [
        "conv1",
        "bn1",
        "relu",
        "maxpool",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "avgpool",
        "fc",
    ]
    assert (model.fc.in_features, model.fc.out_features) == (512, 1000)
    assert model.conv1.weight.shape == (64, 3, 7, 7)
    assert (model.conv1.stride, model.conv1.padding) == ((2, 2), (3, 3))
    assert model.conv1.bias is None


@claim(
    "vision.resnet.fewer-parameters-by-reduced-channels",
    see="../../vision/stable/models/resnet",
)
def test_a_bottleneck_saves_parameters_by_reducing_the_channels(torchvision):
    """Bottleneck reduces 256 channels to 64 before its 3x3 convolution and so has 70400
    parameters; BasicBlock, with two 3x3 convolutions on 256 channels, has 1180672.
    """
    bottleneck = torchvision.models.resnet.Bottleneck(256, 64)
    basic = torchvision.models.resnet.BasicBlock(256, 256)

    convolutions = [bottleneck.conv1, bottleneck.conv2, bottleneck.conv3]

    assert (count(bottleneck), count(basic)) == (70400, 1180672)
    assert [layer.weight.shape for layer in convolutions] == [
        (64, 256, 1, 1),
        (64, 64, 3, 3),
        (256, 64, 1, 1),
    ]
    assert [layer.bias for layer in convolutions] == [None, None, None]
    assert torchvision.models.resnet.Bottleneck.expansion == 4


@claim("vision.resnet.bottleneck-value", see="../../vision/stable/models/resnet")
def test_a_bottleneck_adds_its_input_before_the_last_relu(torchvision, device):
    """Bottleneck applies 1x1, 3x3 and 1x1 convolutions with a ReLU after the first and
    the second, adds its input, and applies a ReLU.
    """
    block = torchvision.models.resnet.Bottleneck(4, 1, norm_layer=nn.Identity)
    fill(block.conv1, 1)
    fill(block.conv2, -2)
    fill(block.conv3, 3)
    block.to(device)
    x = torch.tensor([[1.0, 2.0, 3.0, -1.0], [-1.0, -1.0, 0.0, 2.5]], device=device)

    block.conv2.weight.data.neg_()
    positive = block(x.view(2, 4, 1, 1))
    block.conv2.weight.data.neg_()
    negative = block(x.view(2, 4, 1, 1))

    # The first 1x1 convolution sums the channels: 5 and 0.5.
    assert positive.flatten(1).tolist() == [[31, 32, 33, 29], [2, 2, 3, 5.5]]
    assert negative.flatten(1).tolist() == [[1, 2, 3, 0], [0, 0, 0, 2.5]]


@claim("vision.resnet.bottleneck-stride", see="../../vision/stable/models/resnet")
def test_the_stride_of_a_bottleneck_is_in_its_3x3_convolution(torchvision):
    """Bottleneck has its stride in the 3x3 convolution; base_width and groups widen its
    inner channels.
    """
    make = torchvision.models.resnet.Bottleneck

    strided = make(16, 4, stride=2)
    grouped = make(16, 4, groups=2, base_width=128)

    assert [layer.stride for layer in (strided.conv1, strided.conv2)] == [
        (1, 1),
        (2, 2),
    ]
    assert strided.conv3.stride == (1, 1)
    assert grouped.conv2.weight.shape == (16, 8, 3, 3)
    assert grouped.conv3.weight.shape == (16, 16, 1, 1)


@claim("vision.resnet.shortcut-adds-nothing", see="../../vision/stable/models/resnet")
def test_only_a_projection_has_parameters(torchvision):
    """A block with a plain shortcut has the parameters of its two convolutions and
    batch normalizations; a projection adds its own.
    """
    make = torchvision.models.resnet.BasicBlock
    projection = nn.Conv2d(4, 4, 1, bias=False)

    plain = make(4, 4)
    projected = make(4, 4, downsample=projection)

    assert count(plain) == 2 * 4 * 4 * 9 + 2 * (4 + 4)
    assert count(projected) == 304 + 16


@claim("vision.resnet.smaller-than-vgg16", see="../../vision/stable/models/resnet")
def test_resnet18_is_small_for_its_small_head(torchvision, unfilled):
    """The model resnet18 has 11689512 parameters and vgg16 138357544, mainly since its
    head has 513000 against 123642856.
    """
    resnet = torchvision.models.resnet18()
    vgg = torchvision.models.vgg16()

    assert (count(resnet), count(vgg)) == (11689512, 138357544)
    assert (count(resnet.fc), count(vgg.classifier)) == (513000, 123642856)

"""The presets as ordinary PyTorch modules, from their description alone: `PRESETS[name](width)` is (features, head).

`width` divides all numbers of channels, so that a large network has a small copy with the same layers.
"""

from torch import nn

from networks import Concat, LayerNorm, LayerScale, Residual, he_fan_out


def logreg(width):
    return nn.Sequential(nn.Flatten()), nn.Linear(1024, 1)


def classifier(inputs, activation=nn.ReLU):
    return [nn.Flatten(), nn.Linear(inputs, 120), activation(), nn.Linear(120, 84), activation()]


def lenet(activation=nn.ReLU, pool=nn.MaxPool2d, stride=1, **padding):
    """A network of LeNet's shape; `pool=None`: without."""

    def build(width):
        assert width == 1
        layers, side = [], 32
        for inputs, outputs in [(1, 6), (6, 16)]:
            layers += [nn.Conv2d(inputs, outputs, 5, stride, **padding), activation()]
            side = (side + 2 * padding.get("padding", 0) - 5) // stride + 1
            if pool is not None:
                layers.append(pool(2))
                side //= 2
        return nn.Sequential(*layers, *classifier(16 * side * side, activation)), nn.Linear(84, 1)

    return build


def vgg11(width):
    layers, channels = [], 1
    for n in [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]:
        if n == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        outputs = n // width
        layers += [he_fan_out(nn.Conv2d(channels, outputs, 3, padding=1)), nn.BatchNorm2d(outputs), nn.ReLU()]
        channels = outputs
    layers.append(nn.Flatten())
    for _ in range(2):
        layers += [nn.Linear(channels, 512 // width), nn.ReLU(), nn.Dropout(0.5)]
        channels = 512 // width
    return nn.Sequential(*layers), nn.Linear(channels, 1)


def conv_bn(inputs, outputs, kernel=3, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


def resnet(stages, blocks, pool, stride=2, skips=True):
    """Basic blocks; `pool=None`: all pixels are features (of 32 / `shrunk` pixels a side)."""

    def build(width):
        channels = stages[0] // width
        layers = [*conv_bn(1, channels), nn.ReLU()]
        for i, n in enumerate(stages):
            for j in range(blocks):
                outputs, s = n // width, stride if i > 0 and j == 0 else 1
                body = [*conv_bn(channels, outputs, stride=s), nn.ReLU(), *conv_bn(outputs, outputs)]
                if skips:
                    shortcut = nn.Sequential(*conv_bn(channels, outputs, 1, s)) if channels != outputs else None
                    body = [Residual(nn.Sequential(*body), shortcut)]
                layers += [*body, nn.ReLU()]
                channels = outputs
        if pool is not None:
            layers.append(nn.AvgPool2d(pool))
        return nn.Sequential(*layers, nn.Flatten()), nn.LazyLinear(1)

    return build


def densenet121(width):
    growth, channels = 32 // width, 64 // width
    layers = [nn.Conv2d(1, channels, 3, padding=1, bias=False)]
    for i, n in enumerate([6, 12, 24, 16]):
        for _ in range(n):
            layers.append(Concat(nn.Identity(), nn.Sequential(
                nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, 4 * growth, 1, bias=False),
                nn.BatchNorm2d(4 * growth), nn.ReLU(), nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
            )))
            channels += growth
        layers += [nn.BatchNorm2d(channels), nn.ReLU()]
        if i < 3:
            layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, nn.AvgPool2d(4), nn.Flatten()), nn.Linear(channels, 1)


def mobilenet(width):
    """Depthwise, then pointwise: (outputs, stride) of each pair."""
    channels = 32 // width
    layers = [*conv_bn(1, channels), nn.ReLU()]
    pairs = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1), (256, 1), (512, 2), (512, 1)]
    for n, stride in pairs:
        outputs = n // width
        layers += [*conv_bn(channels, channels, 3, stride, channels), nn.ReLU()]
        layers += [*conv_bn(channels, outputs, 1), nn.ReLU()]
        channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), nn.Linear(channels, 1)


def convnext(width):
    layers, channels = [], 1
    for n in [48, 96, 192]:
        inputs, channels = channels, n // width
        patches = nn.Conv2d(inputs, channels, 2, 2)
        layers += [patches, LayerNorm(channels)] if inputs == 1 else [LayerNorm(inputs), patches]
        for _ in range(2):
            layers.append(Residual(nn.Sequential(
                nn.Conv2d(channels, channels, 7, padding=3, groups=channels), LayerNorm(channels),
                nn.Conv2d(channels, 4 * channels, 1), nn.GELU(),
                nn.Conv2d(4 * channels, channels, 1), LayerScale(channels, 0.1),
            )))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), LayerNorm(channels), nn.Flatten()), nn.Linear(channels, 1)


# name: (network, width of the copy that is compared, side of its input)
PRESETS = {
    "logreg": (logreg, 1, 32),
    "lenet": (lenet(), 1, 32),
    "vgg11": (vgg11, 16, 32),
    "resnet18": (resnet([64, 128, 256, 512], 2, 4), 16, 32),
    "densenet121": (densenet121, 8, 32),
    "lenet-nopool": (lenet(pool=None), 1, 32),
    "resnet18-nopool": (resnet([64, 128, 256, 512], 2, None, stride=1), 16, 8),
    "lenet-avgpool": (lenet(pool=nn.AvgPool2d), 1, 32),
    "lenet-stride": (lenet(pool=None, stride=2), 1, 32),
    "lenet-gelu": (lenet(activation=nn.GELU), 1, 32),
    "lenet-circular": (lenet(padding=2, padding_mode="circular"), 1, 32),
    "resnet20": (resnet([16, 32, 64], 3, 8), 4, 32),
    "resnet20-noskip": (resnet([16, 32, 64], 3, 8, skips=False), 4, 32),
    "mobilenet": (mobilenet, 8, 32),
    "convnext": (convnext, 8, 32),
}

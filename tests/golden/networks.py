"""The networks under test as ordinary PyTorch modules, with weights drawn from their addresses."""

import numpy as np
import torch
from torch import nn

import philox


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = shortcut if shortcut is not None else nn.Identity()

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Concat(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class LayerNorm(nn.Module):
    """Over the channels of each position of [image, channel, row, col], as ConvNeXt does."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class LayerScale(nn.Module):
    def __init__(self, channels, value):
        super().__init__()
        self.gamma = nn.Parameter(value * torch.ones(channels))

    def forward(self, x):
        return self.gamma.reshape(1, -1, 1, 1) * x


class BlurPool(nn.Module):
    """Zhang 2019: binomial coefficients, each channel by itself."""

    def __init__(self, kernel, stride=2, pad=0, mode="constant"):
        super().__init__()
        self.stride, self.pad, self.mode = stride, pad, mode
        row = np.poly1d([1, 1]) ** (kernel - 1)
        self.filter = torch.from_numpy(np.outer(row.coeffs, row.coeffs) / 4.0 ** (kernel - 1))

    def forward(self, x):
        channels = x.shape[1]
        x = nn.functional.pad(x, [self.pad] * 4, mode=self.mode)
        weight = self.filter.repeat(channels, 1, 1, 1)
        return nn.functional.conv2d(x, weight, stride=self.stride, groups=channels)


def lenet():
    """(features, head): 1x32x32 -> 84 -> 1."""
    features = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
    )
    return features, nn.Linear(84, 1)


# Every layer and option of the language once, small. The same network in two languages.
LAYERS_ARCH = """input 1x12x12
conv 6 k3 p1 pad circular  bn  relu
conv 6 k3 s2 p2 groups 2 dilation 2 nobias  relu  => 6x6x6
residual {
  conv 6 k3 p1 pad reflect  bn  relu
  conv 6 k1 nobias
}
relu
residual {
  conv 8 k3 s2 p1 init he_fan_out  bn
} shortcut {
  conv 8 k1 s2 nobias
}  => 8x3x3
concat { } {
  maxpool 3 s1 p1
} {
  avgpool 3 s1 p1
  conv 4 k1
}  => 20x3x3
avgpool 2 s1  dropout 0.5
flatten
linear 10 nobias  relu
linear 7
head
"""


def layers():
    features = nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, padding_mode="circular"), nn.BatchNorm2d(6), nn.ReLU(),
        nn.Conv2d(6, 6, 3, stride=2, padding=2, groups=2, dilation=2, bias=False), nn.ReLU(),
        Residual(nn.Sequential(
            nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect"), nn.BatchNorm2d(6), nn.ReLU(),
            nn.Conv2d(6, 6, 1, bias=False),
        )),
        nn.ReLU(),
        Residual(
            nn.Sequential(he_fan_out(nn.Conv2d(6, 8, 3, stride=2, padding=1)), nn.BatchNorm2d(8)),
            nn.Conv2d(6, 8, 1, stride=2, bias=False),
        ),
        Concat(
            nn.Identity(),
            nn.MaxPool2d(3, 1, 1),
            nn.Sequential(nn.AvgPool2d(3, 1, 1), nn.Conv2d(8, 4, 1)),
        ),
        nn.AvgPool2d(2, 1), nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(80, 10, bias=False), nn.ReLU(),
        nn.Linear(10, 7),
    )
    return features, nn.Linear(7, 1)


# The layers that came later, in the same way.
MORE_ARCH = """input 1x13x13
conv 8 k3 p1  gelu  blurpool 3 p1  => 8x7x7
conv 8 k3 p1 groups 8  layernorm
conv 12 k1  silu  groupnorm 3
residual {
  conv 12 k3 p2 groups 12 dilation 2  instancenorm  tanh
  conv 12 k1  layerscale 0.3
}
leaky 0.1  blurpool 4 s1 p2 pad reflect  => 12x8x8
concat {
  blurpool 2  groupnorm 1
} {
  conv 6 k4 s2 p1 pad circular  layernorm  gelu
}  => 18x4x4
conv 20 k2 s2  globalavgpool  layernorm  => 20
flatten
linear 9  tanh
head
"""


def more():
    features = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.GELU(),
        BlurPool(3, pad=1),
        nn.Conv2d(8, 8, 3, padding=1, groups=8), LayerNorm(8),
        nn.Conv2d(8, 12, 1), nn.SiLU(), nn.GroupNorm(3, 12),
        Residual(nn.Sequential(
            nn.Conv2d(12, 12, 3, padding=2, dilation=2, groups=12), nn.InstanceNorm2d(12, affine=True), nn.Tanh(),
            nn.Conv2d(12, 12, 1), LayerScale(12, 0.3),
        )),
        nn.LeakyReLU(0.1), BlurPool(4, 1, 2, "reflect"),
        Concat(
            nn.Sequential(BlurPool(2), nn.GroupNorm(1, 12)),
            nn.Sequential(nn.Conv2d(12, 6, 4, 2, padding=1, padding_mode="circular"), LayerNorm(6), nn.GELU()),
        ),
        nn.Conv2d(18, 20, 2, 2), nn.AdaptiveAvgPool2d(1), LayerNorm(20),
        nn.Flatten(),
        nn.Linear(20, 9), nn.Tanh(),
    )
    return features, nn.Linear(9, 1)


# What behaves otherwise while training.
BATCH_ARCH = """input 1x8x8
conv 4 k3 p1 nobias  bn  relu
residual {
  conv 4 k3 p1  bn  dropout 0.25
  conv 4 k1
}
relu  maxpool 2  => 4x4x4
flatten
linear 10  bn  relu  dropout 0.5
linear 6  dropout 0.1
head
"""


class Dropout(nn.Module):
    """With masks from addresses; `first` = images seen before this batch."""

    def __init__(self, layer, probability):
        super().__init__()
        self.layer, self.probability = layer, probability

    def forward(self, x):
        if not self.training:
            return x
        mask = [
            philox.mask(self.seed, self.layer, self.network, self.first + i, x[0].numel(), self.probability)
            for i in range(len(x))
        ]
        return x * torch.from_numpy(np.stack(mask)).reshape(x.shape)


def batch():
    features = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
        Residual(nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), Dropout(0, 0.25),
            nn.Conv2d(4, 4, 1),
        )),
        nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10), nn.BatchNorm1d(10), nn.ReLU(), Dropout(1, 0.5),
        nn.Linear(10, 6), Dropout(2, 0.1),
    )
    return features, nn.Linear(6, 1)


def he_fan_out(conv):
    conv.he_fan_out = True
    return conv


def draw(network, seed, index, biases=True):
    """Overwrites all parameters of (features, head); float64 afterwards, evaluation mode.

    Parameters are counted in the order of the plan. `biases=False` sets them to zero, which changes no other.
    """
    ordinal = 0
    for module in (m for part in network for m in part.modules()):
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
            ordinal += 2  # gamma 1, beta 0
            continue
        if isinstance(module, LayerScale):
            ordinal += 1
            continue
        if not isinstance(module, (nn.Conv2d, nn.Linear)):
            continue
        he = getattr(module, "he_fan_out", False)
        fan_in = module.weight[0].numel()
        sd = np.sqrt(2.0 / (module.weight.shape[0] * module.weight[0, 0].numel()))
        for tensor in (module.weight, module.bias):
            if tensor is None:
                continue
            n = tensor.numel()
            if he and tensor is module.bias:
                values = np.zeros(n, dtype=np.float32)
            elif he:
                values = philox.normal(seed, ordinal, index, n, sd)
            else:
                values = philox.uniform(seed, ordinal, index, n, fan_in)
            if tensor is module.bias and not biases:
                values = np.zeros(n, dtype=np.float32)
            tensor.data = torch.from_numpy(values).reshape(tensor.shape)
            ordinal += 1
    for part in network:
        part.double().eval()
    return network


def images(shape):
    """Two fixed inputs, as formulas of channel, row and column."""
    channel, row, col = np.meshgrid(*[np.arange(n, dtype=np.float64) for n in shape], indexing="ij")
    first = np.sin(0.3 * row + 0.05 * col * col + channel)
    second = 2.0 * np.cos(0.11 * row * col - 0.7 * channel) - 0.5
    return torch.from_numpy(np.stack([first, second]).astype(np.float32)).double()


def impulse(features, shape):
    """Odd impulse response [pixel, feature] at x = 0, by dense forward passes."""
    return impulse_at(features, shape, range(shape[1] * shape[2]))


@torch.no_grad()
def impulse_at(features, shape, pixels):
    """Rows of it."""
    x = torch.eye(shape[1] * shape[2], dtype=torch.float64)[list(pixels)].reshape(-1, *shape)
    return ((features(x) - features(-x)) / 2).numpy()

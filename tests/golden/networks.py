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


def he_fan_out(conv):
    conv.he_fan_out = True
    return conv


def draw(network, seed, index, biases=True):
    """Overwrites all parameters of (features, head); float64 afterwards, evaluation mode.

    Parameters are counted in the order of the plan. `biases=False` sets them to zero, which changes no other.
    """
    ordinal = 0
    for module in (m for part in network for m in part.modules()):
        if isinstance(module, nn.BatchNorm2d):
            ordinal += 2  # gamma 1, beta 0
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


@torch.no_grad()
def impulse(features, shape):
    """Odd impulse response [pixel, feature] at x = 0, by dense forward passes."""
    pixels = shape[1] * shape[2]
    x = torch.eye(pixels, dtype=torch.float64).reshape(pixels, *shape)
    return ((features(x) - features(-x)) / 2).numpy()

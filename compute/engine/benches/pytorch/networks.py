"""The cost to beat for large networks: this project's estimator in PyTorch with dense convolutions.

    python networks.py [--threads 2] [--repeats 1] [vgg11 resnet18 densenet121]

Prints seconds a network, by the clock and of processor time (which other programs disturb less): odd impulse response of the bias-free features, 2 x 1024 forward passes on single-pixel images, the
best of several batch sizes (found on a part of the pixels). Own re-implementation of protocol.md, section 4.

Run it on an idle machine. Checked with Python 3.11, torch 2.15.
"""

import argparse
import time

import torch
from torch import nn


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Vgg11(nn.Sequential):
    def __init__(self):
        layers, channels = [], 1
        for outputs in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
            if outputs == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [conv(channels, outputs, 3), nn.BatchNorm2d(outputs), nn.ReLU()]
            nn.init.normal_(layers[-3].weight, 0, (2 / (9 * outputs)) ** 0.5)
            channels = outputs
        layers += [nn.Flatten()]
        for _ in range(2):
            layers += [nn.Linear(512, 512, bias=False), nn.ReLU(), nn.Dropout(0.5)]
        super().__init__(*layers)


class Basic(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(),
            conv(outputs, outputs, 3), nn.BatchNorm2d(outputs),
        )
        self.skip = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.skip = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.body(x) + self.skip(x))


class Resnet18(nn.Sequential):
    def __init__(self):
        layers, channels = [conv(1, 64, 3), nn.BatchNorm2d(64), nn.ReLU()], 64
        for outputs, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
            for stride in (first, 1):
                layers.append(Basic(channels, outputs, stride))
                channels = outputs
        super().__init__(*layers, nn.AvgPool2d(4), nn.Flatten())


class Dense(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(inputs), nn.ReLU(), conv(inputs, 128, 1),
            nn.BatchNorm2d(128), nn.ReLU(), conv(128, 32, 3),
        )

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


class Densenet121(nn.Sequential):
    def __init__(self):
        layers, channels = [conv(1, 64, 3)], 64
        for block, count in enumerate((6, 12, 24, 16)):
            for _ in range(count):
                layers.append(Dense(channels))
                channels += 32
            layers += [nn.BatchNorm2d(channels), nn.ReLU()]
            if block < 3:
                layers += [conv(channels, channels // 2, 1), nn.AvgPool2d(2)]
                channels //= 2
        super().__init__(*layers, nn.AvgPool2d(4), nn.Flatten())


def respond(network, pixels, batch):
    out = []
    for part in pixels.split(batch):
        units = torch.zeros(len(part), 1024).scatter_(1, part[:, None], 1.0).reshape(-1, 1, 32, 32)
        both = network(torch.cat([units, -units]))
        out.append((both[: len(part)] - both[len(part) :]) / 2)
    return torch.cat(out)


def seconds(run):
    """By the clock, and of the processor."""
    start = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=["vgg11", "resnet18", "densenet121"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    kinds = {"vgg11": Vgg11, "resnet18": Resnet18, "densenet121": Densenet121}
    with torch.inference_mode():
        for name in options.networks:
            network, some = kinds[name]().eval(), torch.arange(128)
            respond(network, some, 32)
            batch = min((8, 16, 32, 64), key=lambda b: seconds(lambda: respond(network, some, b)))
            times = [seconds(lambda: respond(network, torch.arange(1024), batch)) for _ in range(options.repeats)]
            wall, processor = map(min, zip(*times))
            print(
                f"{name} {options.threads} thread(s): {wall:.2f} s a network, {processor:.2f} s of processor time, "
                f"batch 2 x {batch}",
                flush=True,
            )


if __name__ == "__main__":
    main()

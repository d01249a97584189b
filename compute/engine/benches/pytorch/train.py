"""One training step of LeNet on D(v) in PyTorch: a batch of 128, forward, cross-entropy, backward, clip 0.5, SGD.

    python compute/engine/benches/pytorch/train.py [threads] [steps] [cifar]

With `cifar`: three channels, ten classes, momentum 0.9 and weight decay 5e-4; an epoch of 50,000 images has 391 steps.

Prints milliseconds a step: wall clock (smallest of five repeats) and processor time of the process.
"""

import sys
import time

import torch
from torch import nn


def lenet(channels, classes):
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes),
    )


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    channels, classes, inertia = (3, 10, {"momentum": 0.9, "weight_decay": 5e-4}) if "cifar" in sys.argv else (1, 2, {})
    network = lenet(channels, classes)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.05, **inertia)
    x, y = 3 * torch.randn(128, channels, 32, 32), torch.randint(classes, (128,))
    best, cpu = float("inf"), time.process_time()
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(steps):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x), y).backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            optimiser.step()
        best = min(best, (time.perf_counter() - start) / steps)
    cpu = (time.process_time() - cpu) / (5 * steps)
    print(f"{threads} thread(s): {1e3 * best:.2f} ms a step, {1e3 * cpu:.2f} ms of processor time")


if __name__ == "__main__":
    main()

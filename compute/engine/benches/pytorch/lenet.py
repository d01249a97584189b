"""The cost to beat: NADs of LeNet in PyTorch, by the published protocol and by this project's estimator.

    python lenet.py [--seconds 20]

Prints milliseconds a network, minimum and median over repeats, for 1 and 2 threads:
  secant   the published protocol: central difference of step 100 at one noise image, 2 x 1024 forward passes
           through the whole network with biases, the best of several batch sizes
  impulse  this project's estimator with dense convolutions: odd impulse response of the bias-free features

Run it on an idle machine: with busy cores PyTorch's two-thread times grow many times over.
Checked with Python 3.11, torch 2.15, numpy 2.4.
"""

import argparse
import statistics
import time

import torch
from torch import nn


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 1),
    )


def secant(x0, batch):
    network, step = lenet().eval(), 100.0
    eye = torch.eye(1024).reshape(1024, 1, 32, 32)
    out = []
    for start in range(0, 1024, batch):
        units = step * eye[start : start + batch]
        both = network(torch.cat([x0 + units, x0 - units]))
        n = units.shape[0]
        out.append((both[:n] - both[n:]) / (2 * step))
    return torch.cat(out)


def impulse(batch):
    network = lenet().eval()
    for layer in network:
        if getattr(layer, "bias", None) is not None:
            layer.bias.zero_()
    features = network[:-1]
    eye = torch.eye(1024).reshape(1024, 1, 32, 32)
    out = []
    for start in range(0, 1024, batch):
        units = eye[start : start + batch]
        both = features(torch.cat([units, -units]))
        n = units.shape[0]
        out.append((both[:n] - both[n:]) / 2)
    return torch.cat(out)


def milliseconds(run, seconds):
    run()
    times, begin = [], time.perf_counter()
    while time.perf_counter() - begin < seconds or len(times) < 3:
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="for each number of threads")
    seconds = parser.parse_args().seconds / 6
    torch.manual_seed(0)
    x0 = torch.randn(1, 1, 32, 32)
    with torch.no_grad():
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for name, run in (("secant", lambda b: secant(x0, b)), ("impulse", impulse)):
                best = min((milliseconds(lambda: run(b), seconds), b) for b in (128, 256, 512))
                (least, median), batch = best
                print(f"{name} {threads} thread(s): min {least:.1f} ms, median {median:.1f} ms, batch 2 x {batch}")


if __name__ == "__main__":
    main()

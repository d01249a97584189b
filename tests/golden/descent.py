"""Stochastic gradient descent on the linearly separable task, step by step, by PyTorch in float64.

Data, order of the samples, weights and dropout masks come from their addresses (philox.py).
"""

import numpy as np
import torch
from torch import nn

import networks
import philox

TRAIN, TEST, ORDER = 0x80000002, 0x80000003, 0x80000004
EPOCHS, BATCH, RATE, CLIP, EPS, SIGMA, SAMPLES = 10, 20, 0.5, 0.5, 1.0, 3.0, 40

LOGREG_ARCH = "input 1x32x32\nflatten\nhead\n"
LENET_ARCH = """input 1x32x32
conv 6 k5  relu  maxpool 2
conv 16 k5  relu  maxpool 2
flatten  linear 120  relu  linear 84  relu
head
"""


def logreg():
    return nn.Sequential(nn.Flatten()), nn.Linear(1024, 2)


def with_two_outputs(make):
    features, head = make()
    return features, nn.Linear(head.in_features, 2)


def direction(rows, cols, k_row, k_col):
    row, col = np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij")
    wave = np.cos(2 * np.pi * (k_row * row / rows + k_col * col / cols))
    return (wave / np.linalg.norm(wave)).astype(np.float32).astype(np.float64).reshape(-1)


def sample(seed, ordinal, run, i, v):
    noise = philox.normal(seed, ordinal, (run << 32) | i, len(v), SIGMA).astype(np.float64)
    y = 1.0 if i % 2 == 0 else -1.0
    return noise - v * (v @ noise) + EPS * y * v


def order(seed, run, epoch):
    n = SAMPLES
    words = philox.words(seed, ORDER, (run << 32) | epoch, 0, n).reshape(-1)
    found = list(range(n))
    for at, left in enumerate(range(n - 1, 0, -1)):
        other = (int(words[at]) * (left + 1)) >> 32
        found[left], found[other] = found[other], found[left]
    return found


def parameters(network):
    """Those of the plan, in its order."""
    return [p for part in network for m in part.modules() for p in m.parameters(recurse=False)]


def summary(tensor, significant):
    x = tensor.detach().double().reshape(-1).numpy()
    some = x[:: max(1, -(-len(x) // 6))]
    return {"every": max(1, -(-len(x) // 6)), "some": significant(some), "norm": significant(np.linalg.norm(x))}


def run(name, arch, make, significant):
    seed, number = 5, 3
    network = networks.draw(with_two_outputs(make) if make is not logreg else logreg(), seed, number)
    rows, cols = (int(n) for n in arch.split()[1].split("x")[1:])
    v = direction(rows, cols, 2, 1)
    images = torch.from_numpy(np.stack([sample(seed, TRAIN, number, i, v) for i in range(SAMPLES)]))
    images = images.reshape(SAMPLES, 1, rows, cols)
    classes = torch.tensor([1 - i % 2 for i in range(SAMPLES)])
    module = nn.Sequential(*network).train()
    steps = EPOCHS * SAMPLES // BATCH
    out = {"name": name, "arch": arch, "seed": seed, "run": number, "losses": [], "norms": [], "after": []}
    for step in range(steps):
        batch = order(seed, number, step * BATCH // SAMPLES)[step * BATCH % SAMPLES :][:BATCH]
        for m in module.modules():
            m.seed, m.network, m.first = seed, number, step * BATCH
        module.zero_grad()
        loss = nn.functional.cross_entropy(module(images[batch]), classes[batch])
        loss.backward()
        norm = nn.utils.clip_grad_norm_(module.parameters(), CLIP)
        rate = RATE * (1 - (step + 1) / steps)
        with torch.no_grad():
            for p in module.parameters():
                p -= rate * p.grad
        out["losses"].append(significant(loss.item()))
        out["norms"].append(significant(norm.item()))
        if step in (0, steps - 1):
            out["after"].append([summary(p, significant) for p in parameters(network)])
    module.eval()
    with torch.no_grad():
        test = np.stack([sample(seed, TEST, number, i, v) for i in range(8)])
        out["test"] = significant(module(torch.from_numpy(test).reshape(8, 1, rows, cols)).numpy())
    return out


def make(significant):
    networks_under_test = [
        ("logreg", LOGREG_ARCH, logreg),
        ("lenet", LENET_ARCH, networks.lenet),
        ("batch norm and dropout", networks.BATCH_ARCH, networks.batch),
        ("other norms and activations", networks.MORE_ARCH, networks.more),
    ]
    return {
        "epochs": EPOCHS, "batch": BATCH, "rate": RATE, "clip": CLIP, "eps": EPS, "sigma": SIGMA, "samples": SAMPLES,
        "networks": [run(*network, significant) for network in networks_under_test],
    }

"""Writes the reference numbers of the tests, independently of the Rust code: numpy for the generator and the linear
algebra, PyTorch with its own layers for the networks, both in float64.

    python tests/golden/make.py            writes the JSON files beside this script
    python tests/golden/make.py --check    compares them with what is there, writes nothing
    python tests/golden/make.py more       only this one

Needs numpy and torch (any CPU build); each file names the versions that made it.
"""

import json
import pathlib
import platform
import sys

import numpy as np
import torch

import cifar
import descent
import estimators
import networks
import philox
import presets

HERE = pathlib.Path(__file__).parent
VERSIONS = f"Python {platform.python_version()}, numpy {np.__version__}, torch {torch.__version__.split('+')[0]}"


def significant(array, digits=9):
    """Nested lists of numbers with so many digits."""
    if np.ndim(array) > 0:
        return [significant(row, digits) for row in array]
    return float(f"{float(array):.{digits}g}")


def weights():
    """Words of the generator, and the first elements of parameters under all three laws."""
    addresses = [
        # seed, ordinal, network, block
        (0, 0, 0, 0),
        (0, 0, 0, 1),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (1, 0, 0, 0),
        (0xFEDCBA9876543210, 7, 0x0123456789ABCDEF, 3),
        (2**64 - 1, 0x80000000, 2**64 - 1, 2**32 - 1),
    ]
    draws = [
        # seed, ordinal, network, elements in the parameter, fan-in; lenet's first convolution, its bias, ...
        ("uniform", 0, 0, 0, 150, 25),
        ("uniform", 0, 1, 0, 6, 25),
        ("uniform", 0, 4, 2, 48000, 400),
        ("uniform", 12345678901234567890, 8, 10**12, 84, 84),
    ]
    normals = [
        # seed, ordinal, network, elements, outputs * kernel^2; vgg11's first two convolutions
        ("normal", 0, 0, 0, 576, 576),
        ("normal", 3, 4, 17, 73728, 1152),
    ]
    out = []
    for law, seed, ordinal, network, n, fan in draws + normals:
        if law == "uniform":
            x = philox.uniform(seed, ordinal, network, n, fan)
        else:
            x = philox.normal(seed, ordinal, network, n, np.sqrt(2.0 / fan))
        x = x.astype(np.float64)
        out.append({
            "law": law, "seed": seed, "ordinal": ordinal, "network": network, "elements": n, "fan": fan,
            "first": significant(x[:8]), "last": significant(x[-3:]),
            "sum": significant(x.sum()), "sum_of_squares": significant((x**2).sum()),
        })
    return {
        "words": [
            {"seed": s, "ordinal": o, "network": n, "block": b, "words": [int(w) for w in philox.words(s, o, n, b, 1)[0]]}
            for s, o, n, b in addresses
        ],
        "draws": out,
    }


@torch.no_grad()
def forward(build, shape, seed, indices):
    """Features and output of two images, biases included."""
    out = []
    for index in indices:
        features, head = networks.draw(build(), seed, index)
        h = features(networks.images(shape))
        out.append({"network": index, "features": significant(h.numpy()), "output": significant(head(h)[:, 0].numpy())})
    return out


def gradients(build, shape, seed, indices, every):
    """Input gradient of the output at x0 ~ N(0, I), biases included: every so many-th pixel, and its norm."""
    x0 = philox.normal(seed, philox.POINT, 0, int(np.prod(shape)), 1.0).reshape(1, *shape)
    out = []
    for index in indices:
        features, head = networks.draw(build(), seed, index)
        x = torch.from_numpy(x0).double().requires_grad_()
        head(features(x)).sum().backward()
        g = x.grad.numpy().reshape(-1)
        out.append({"network": index, "values": significant(g[::every], 7), "norm": significant(np.linalg.norm(g))})
    return {"every": every, "networks": out}


PIXELS = [(0, 0), (0, 31), (31, 0), (0, 1), (1, 0), (5, 17), (13, 2), (15, 15), (16, 15), (22, 30), (29, 29), (31, 31)]


def lenet():
    shape = (1, 32, 32)
    seed = 0
    impulses, sums = [], 0.0
    for index in range(8):
        features, _ = networks.draw(networks.lenet(), seed, index, biases=False)
        h = networks.impulse(features, shape)
        sums = sums + h @ h.T / (3.0 * h.shape[1])  # variance of a head weight: 1 / (3 m)
        if index < 3:
            rows = [32 * r + c for r, c in PIXELS]
            impulses.append({
                "network": index,
                "rows": significant(h[rows], 7) if index == 0 else [],
                "norms": significant(np.linalg.norm(h, axis=1), 7),
            })
    g = sums / 8
    field = g.reshape(32, 32, 32, 32)
    mean = np.zeros_like(field)
    for transpose in (False, True):
        for flip_rows in (1, -1):
            for flip_cols in (1, -1):
                p = field.transpose(1, 0, 3, 2) if transpose else field
                mean += p[::flip_rows, ::flip_cols, ::flip_rows, ::flip_cols] / 8
    mean = mean.reshape(1024, 1024)
    values = np.linalg.eigvalsh(mean)[::-1]
    picked = list(range(20)) + list(range(100, 1024, 100))
    return {
        "seed": seed,
        "forward": forward(networks.lenet, shape, seed, range(3)),
        "impulse": {"pixels": PIXELS, "networks": impulses},
        "gradient": gradients(networks.lenet, shape, seed, range(2), 5),
        "covariance": {
            "networks": 8,
            "trace": significant(np.trace(mean)),
            "eigenvalues": [{"nad_idx": i, "value": significant(values[i])} for i in picked],
        },
    }


def small(build, arch, shape, seed):
    """A small network that is given in full: everything that is compared of it."""
    impulses = []
    for index in range(2):
        features, _ = networks.draw(build(), seed, index, biases=False)
        impulses.append({"network": index, "rows": significant(networks.impulse(features, shape)[::11], 7)})
    return {
        "arch": arch,
        "seed": seed,
        "forward": forward(build, shape, seed, range(2)),
        "impulse": {"every": 11, "networks": impulses},
        "gradient": gradients(build, shape, seed, range(2), 1),
    }


def layers():
    return small(networks.layers, networks.LAYERS_ARCH, (1, 12, 12), 11)


def more():
    return small(networks.more, networks.MORE_ARCH, (1, 13, 13), 12)


def built(network, width, side):
    """(features, head), the size of a lazy head found by a first image."""
    features, head = network(width)
    with torch.no_grad():
        head(features.eval()(torch.zeros(1, 1, side, side)))
    return features, head


@torch.no_grad()
def all_presets():
    """Parameters of each preset, and numbers of a copy of it that is small enough to be compared everywhere."""
    out = []
    for name, (network, width, side) in presets.PRESETS.items():
        full = built(network, 1, 32)
        parameters = sum(p.numel() for part in full for p in part.parameters())
        shape, seed, index = (1, side, side), 21, 3
        features, head = networks.draw(built(network, width, side), seed, index)
        h = features(networks.images(shape))
        every = -(-h.shape[1] // 48)
        some = lambda h: {"features": significant(h[:, ::every], 7), "norms": significant(np.linalg.norm(h, axis=1), 7)}
        case = {"name": name, "parameters": parameters, "width": width, "side": side, "seed": seed, "network": index,
                "every": every, "forward": some(h.numpy()), "output": significant(head(h)[:, 0].numpy(), 7)}
        features, _ = networks.draw(built(network, width, side), seed, index, biases=False)
        pixels = [(0, 0), (0, side - 1), (side // 2, side // 2), (side // 3, side - 2), (side - 1, side // 2 - 1)]
        case["pixels"] = pixels
        case["impulse"] = some(networks.impulse_at(features, shape, [side * row + col for row, col in pixels]))
        out.append(case)
    return {"presets": out}


@torch.no_grad()
def batch():
    """Three batches in training mode, what batch norms remember of them, and two images in evaluation mode."""
    seed, index, images = 13, 2, 4
    features, head = networks.draw(networks.batch(), seed, index)
    features.train()
    image = lambda n: torch.from_numpy(philox.normal(seed, philox.POINT, n, 64, 1.0)).double().reshape(1, 8, 8)
    steps = []
    for first in range(0, 3 * images, images):
        for module in features.modules():
            module.seed, module.network, module.first = seed, index, first
        x = torch.stack([image(n) for n in range(first, first + images)])
        steps.append(significant(features(x).numpy()))
    norms = [m for m in features.modules() if isinstance(m, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d))]
    return {
        "arch": networks.BATCH_ARCH, "seed": seed, "network": index, "images": images,
        "training": steps,
        "means": [significant(m.running_mean.numpy()) for m in norms],
        "variances": [significant(m.running_var.numpy()) for m in norms],
        "evaluation": significant(features.eval()(torch.stack([image(0), image(100)])).numpy()),
    }


def close(ours, theirs, where):
    """Paths at which two values differ by more than rounding."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict) or ours.keys() != theirs.keys():
            return [where]
        return [p for k in ours if k != "by" for p in close(ours[k], theirs[k], f"{where}.{k}")]
    if isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            return [where]
        return [p for i, (a, b) in enumerate(zip(ours, theirs)) for p in close(a, b, f"{where}[{i}]")]
    if isinstance(ours, float):
        return [] if abs(ours - theirs) <= 1e-6 * abs(ours) + 1e-12 else [where]
    return [] if ours == theirs else [where]


FILES = [
    ("weights", weights), ("lenet", lenet), ("layers", layers), ("more", more), ("presets", all_presets), ("batch", batch),
    ("estimators", lambda: estimators.make(significant)), ("descent", lambda: descent.make(significant)),
    ("cifar", lambda: cifar.make(significant)),
]


def main():
    check = "--check" in sys.argv[1:]
    asked = [name for name in sys.argv[1:] if name != "--check"]
    wrong = []
    for name, make in FILES:
        if asked and name not in asked:
            continue
        made = {"by": f"tests/golden/make.py, {VERSIONS}", **make()}
        made = json.loads(json.dumps(made))
        path = HERE / f"{name}.json"
        if check:
            wrong += close(made, json.loads(path.read_text()), name)
        else:
            lines = ",\n".join(f" {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in made.items())
            path.write_text("{\n" + lines + "\n}\n")
            print(f"{path.name}: {path.stat().st_size} bytes")
    if wrong:
        sys.exit(f"{len(wrong)} numbers differ, the first at {wrong[0]}")


if __name__ == "__main__":
    main()

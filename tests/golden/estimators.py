"""Reference numbers of the secant estimator: central differences at one noise image, biases included."""

import numpy as np
import torch

import networks
import philox

STEP = 100.0


@torch.no_grad()
def secant(features, x0, pixels):
    """Rows [pixel, feature] of [h(x0 + s e_i) - h(x0 - s e_i)] / (2 s)."""
    rows = []
    for pixel in pixels:
        e = torch.zeros_like(x0)
        e.view(-1)[pixel] = STEP
        rows.append(((features(x0 + e) - features(x0 - e)) / (2 * STEP))[0].numpy())
    return np.stack(rows)


def cases(build, shape, seed, indices, every):
    """Every so many-th pixel, and the gradient's values there with the head that belongs to the network."""
    size = int(np.prod(shape))
    x0 = torch.from_numpy(philox.normal(seed, philox.POINT, 0, size, 1.0)).double().reshape(1, *shape)
    out = []
    for index in indices:
        features, head = networks.draw(build(), seed, index)
        rows = secant(features, x0, range(0, size, every))
        out.append({"network": index, "rows": rows, "differences": rows @ head.weight.detach().numpy()[0]})
    return {"seed": seed, "step": STEP, "every": every, "networks": out}


def make(significant):
    """All cases, with so many digits as `significant` keeps."""
    def short(case):
        kept = [{k: significant(v, 7) if k != "network" else v for k, v in n.items()} for n in case["networks"]]
        return {**case, "networks": kept}

    return {
        "lenet": short(cases(networks.lenet, (1, 32, 32), 0, range(2), 73)),
        "layers": {"arch": networks.LAYERS_ARCH, **short(cases(networks.layers, (1, 12, 12), 11, range(2), 11))},
    }

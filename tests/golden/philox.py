"""Philox4x32-10 in numpy, written from the paper (Salmon et al., SC 2011), and the laws that NADs draws from it.

Address of a number: key = seed (low, high word), counter = (block, parameter ordinal, network low, network high);
element e of a parameter is word e % 4 of block e // 4.
"""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)

POINT = 0x80000000  # ordinal of the point x0 at which gradients are taken; network 0
DROPOUT = 0x80001000  # ordinal of the first dropout layer's masks


def words(seed, ordinal, network, first_block, blocks):
    """uint64 array [blocks, 4] of 32-bit words."""
    counter = [
        np.arange(first_block, first_block + blocks, dtype=np.uint64),
        np.full(blocks, ordinal, dtype=np.uint64),
        np.full(blocks, network & 0xFFFFFFFF, dtype=np.uint64),
        np.full(blocks, network >> 32, dtype=np.uint64),
    ]
    key0, key1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * counter[0]
        product1 = np.uint64(0xCD9E8D57) * counter[2]
        counter = [
            (product1 >> SHIFT) ^ counter[1] ^ np.uint64(key0),
            product1 & MASK,
            (product0 >> SHIFT) ^ counter[3] ^ np.uint64(key1),
            product0 & MASK,
        ]
        key0 = (key0 + 0x9E3779B9) % 2**32
        key1 = (key1 + 0xBB67AE85) % 2**32
    return np.stack(counter, axis=1)


def unit(seed, ordinal, network, n):
    """n numbers in [0, 1) with 24 bits, float64."""
    x = words(seed, ordinal, network, 0, -(-n // 4)).reshape(-1)[:n]
    return (x >> np.uint64(8)).astype(np.float64) * 2.0**-24


def uniform(seed, ordinal, network, n, fan_in):
    """U(-1/sqrt(fan_in), 1/sqrt(fan_in)), float32."""
    bound = np.float32(1.0 / np.sqrt(float(fan_in)))
    return (2.0 * unit(seed, ordinal, network, n) - 1.0).astype(np.float32) * bound


def normal(seed, ordinal, network, n, sd):
    """N(0, sd^2) by Box-Muller, float32: a pair of words gives a cosine and a sine."""
    pairs = unit(seed, ordinal, network, 4 * -(-n // 4)).reshape(-1, 2)
    radius = sd * np.sqrt(-2.0 * np.log(pairs[:, 0] + 2.0**-24))
    angle = 2.0 * np.pi * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:n].astype(np.float32)


def mask(seed, layer, network, image, n, probability):
    """Factors of a dropout layer for one image, float64: 0, or 1 / (1 - probability)."""
    blocks = -(-n // 4)
    x = words(seed, DROPOUT + layer, network, image * blocks, blocks).reshape(-1)[:n]
    u = (x >> np.uint64(8)).astype(np.float64) * 2.0**-24
    return (u >= probability) / (1.0 - probability)

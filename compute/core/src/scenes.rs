//! Small coloured images that the project draws itself, one kind for each class of CIFAR-10: what figures show where a reader
//! has no images at hand. They are no photographs and no part of any data set.
//!
//! A scene is a sky and a ground with a texture whose amplitudes fall as 1/f, as those of photographs do, and a few shapes.
//! Place, size and light vary with the number of the image.

use std::f32::consts::TAU;

use crate::{
    cifar::{CHANNELS, CLASSES, GRID, LEN, PIXELS},
    seed::Stream,
};

/// Drawings of each class that figures offer.
pub const DRAWINGS: u32 = 100;
/// Seed of all scenes.
const SEED: u64 = 10;
/// Waves of the texture.
const WAVES: usize = 24;
/// Standard deviation of the texture.
const TEXTURE: f32 = 0.06;

struct Scene {
    sky: u32,
    ground: u32,
    /// Where the ground begins, 0 at the top, 1 at the bottom.
    horizon: f32,
    shapes: &'static [Shape],
}

/// An ellipse, or a box: centre and half axes in parts of the image, x to the right, y downwards.
struct Shape {
    is_box: bool,
    at: [f32; 2],
    half: [f32; 2],
    color: u32,
}

const fn ellipse(x: f32, y: f32, a: f32, b: f32, color: u32) -> Shape {
    Shape { is_box: false, at: [x, y], half: [a, b], color }
}

const fn rect(x: f32, y: f32, a: f32, b: f32, color: u32) -> Shape {
    Shape { is_box: true, at: [x, y], half: [a, b], color }
}

/// In the order of [`CLASSES`].
const SCENES: [Scene; CLASSES.len()] = [
    Scene {
        sky: 0x8cb8e0,
        ground: 0xb9d2e6,
        horizon: 0.85,
        shapes: &[
            ellipse(0.5, 0.48, 0.36, 0.07, 0xd8dde2),
            rect(0.5, 0.5, 0.06, 0.27, 0xaab4bd),
            rect(0.2, 0.4, 0.04, 0.1, 0x98a3ad),
        ],
    },
    Scene {
        sky: 0xb8c4cc,
        ground: 0x5a5d61,
        horizon: 0.6,
        shapes: &[
            rect(0.5, 0.58, 0.36, 0.1, 0xb02a24),
            ellipse(0.5, 0.46, 0.22, 0.13, 0xa2251f),
            rect(0.5, 0.45, 0.15, 0.05, 0x30414d),
            ellipse(0.28, 0.69, 0.08, 0.08, 0x16181a),
            ellipse(0.72, 0.69, 0.08, 0.08, 0x16181a),
        ],
    },
    Scene {
        sky: 0xa9c59a,
        ground: 0x7d9a62,
        horizon: 0.7,
        shapes: &[
            ellipse(0.5, 0.52, 0.22, 0.15, 0x6b4a2f),
            ellipse(0.68, 0.38, 0.1, 0.1, 0x7d5836),
            ellipse(0.81, 0.39, 0.05, 0.02, 0xd9a03c),
            rect(0.48, 0.72, 0.015, 0.09, 0x3d3228),
        ],
    },
    Scene {
        sky: 0xb5a48f,
        ground: 0x8f7a63,
        horizon: 0.72,
        shapes: &[
            ellipse(0.5, 0.62, 0.24, 0.25, 0x5f5750),
            ellipse(0.5, 0.34, 0.19, 0.17, 0x6d645c),
            ellipse(0.36, 0.2, 0.05, 0.1, 0x5f5750),
            ellipse(0.64, 0.2, 0.05, 0.1, 0x5f5750),
            ellipse(0.43, 0.34, 0.035, 0.035, 0xc9d26a),
            ellipse(0.57, 0.34, 0.035, 0.035, 0xc9d26a),
        ],
    },
    Scene {
        sky: 0x9db08b,
        ground: 0x6f8552,
        horizon: 0.55,
        shapes: &[
            ellipse(0.46, 0.54, 0.24, 0.12, 0x9a6b3f),
            ellipse(0.74, 0.32, 0.08, 0.11, 0xa07245),
            rect(0.3, 0.75, 0.02, 0.13, 0x7b5330),
            rect(0.6, 0.75, 0.02, 0.13, 0x7b5330),
            rect(0.72, 0.15, 0.012, 0.09, 0x5d4028),
            rect(0.8, 0.15, 0.012, 0.09, 0x5d4028),
        ],
    },
    Scene {
        sky: 0xc7cfd4,
        ground: 0x8e9c72,
        horizon: 0.66,
        shapes: &[
            ellipse(0.44, 0.58, 0.27, 0.16, 0xc9a36b),
            ellipse(0.7, 0.4, 0.15, 0.14, 0xd1ad77),
            ellipse(0.6, 0.42, 0.05, 0.12, 0x8d6a3d),
            ellipse(0.84, 0.43, 0.04, 0.03, 0x201a16),
            rect(0.32, 0.78, 0.03, 0.12, 0xb98f58),
            rect(0.56, 0.78, 0.03, 0.12, 0xb98f58),
        ],
    },
    Scene {
        sky: 0x52683b,
        ground: 0x3f5230,
        horizon: 0.5,
        shapes: &[
            ellipse(0.5, 0.62, 0.3, 0.2, 0x86a93a),
            ellipse(0.36, 0.4, 0.09, 0.09, 0x93b544),
            ellipse(0.64, 0.4, 0.09, 0.09, 0x93b544),
            ellipse(0.36, 0.39, 0.04, 0.04, 0x1c1d12),
            ellipse(0.64, 0.39, 0.04, 0.04, 0x1c1d12),
        ],
    },
    Scene {
        sky: 0xaecbe0,
        ground: 0x9aa25c,
        horizon: 0.62,
        shapes: &[
            ellipse(0.44, 0.52, 0.26, 0.14, 0x5b3a26),
            rect(0.68, 0.38, 0.07, 0.14, 0x5b3a26),
            ellipse(0.76, 0.27, 0.12, 0.07, 0x66442d),
            rect(0.28, 0.76, 0.025, 0.14, 0x452c1d),
            rect(0.58, 0.76, 0.025, 0.14, 0x452c1d),
        ],
    },
    Scene {
        sky: 0xc3d6e2,
        ground: 0x2f5c86,
        horizon: 0.66,
        shapes: &[
            rect(0.5, 0.6, 0.38, 0.07, 0x2b3038),
            rect(0.52, 0.48, 0.24, 0.06, 0xe6e8ea),
            rect(0.6, 0.35, 0.05, 0.09, 0xb4493a),
        ],
    },
    Scene {
        sky: 0xd5d9d6,
        ground: 0x77787a,
        horizon: 0.68,
        shapes: &[
            rect(0.42, 0.46, 0.3, 0.2, 0xe0b23c),
            rect(0.8, 0.54, 0.1, 0.13, 0x2f68a0),
            rect(0.82, 0.49, 0.05, 0.05, 0xbfd5e4),
            ellipse(0.26, 0.71, 0.07, 0.07, 0x1a1b1c),
            ellipse(0.78, 0.71, 0.07, 0.07, 0x1a1b1c),
        ],
    },
];

/// Image `number` of a class, below 10.
///
/// # Shapes
/// Result: [channel][row, col], from 0 to 1.
pub fn scene(class: u8, number: u32) -> Vec<f32> {
    let scene = &SCENES[usize::from(class) % SCENES.len()];
    let mut random = vec![0.0; 8 + 3 * WAVES];
    Stream::new(SEED, u32::from(class), u64::from(number)).fill_uniform(1.0, &mut random);
    let (place, waves) = random.split_at(8);
    let (shift, scale, light) =
        ([0.09 * place[0], 0.09 * place[1]], 1.0 + 0.18 * place[2], 1.0 + 0.18 * place[3]);
    let mirrored = place[4] > 0.0;
    let texture = texture(waves);
    let mut image = vec![0.0; LEN];
    for pixel in 0..PIXELS {
        let (row, col) = GRID.row_col(pixel);
        let part = |i: usize, n: usize| (i as f32 + 0.5) / n as f32;
        let (x, y) = (part(col, GRID.cols), part(row, GRID.rows));
        let x = if mirrored { 1.0 - x } else { x };
        let mut color =
            mixed(rgb(scene.sky), rgb(scene.ground), soft((y - scene.horizon - 0.3 * shift[1]) / 0.06));
        for shape in scene.shapes {
            let of = |axis: usize, at: f32| {
                (at - 0.5 - shift[axis] - scale * (shape.at[axis] - 0.5)) / (scale * shape.half[axis])
            };
            let (a, b) = (of(0, x), of(1, y));
            let distance = if shape.is_box { a.abs().max(b.abs()) } else { (a * a + b * b).sqrt() };
            // An edge of one pixel, more or less.
            let edge = (1.0 - distance) * shape.half[0].min(shape.half[1]) * 32.0;
            color = mixed(color, rgb(shape.color), soft(edge));
        }
        for channel in 0..CHANNELS {
            image[channel * PIXELS + pixel] = (light * color[channel] + texture[pixel]).clamp(0.0, 1.0);
        }
    }
    image
}

/// 0 below -1, 1 above 1.
fn soft(x: f32) -> f32 {
    let t = (0.5 + 0.5 * x).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn rgb(color: u32) -> [f32; 3] {
    [16, 8, 0].map(|shift| ((color >> shift) & 255) as f32 / 255.0)
}

fn mixed(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    [0, 1, 2].map(|i| a[i] + t * (b[i] - a[i]))
}

/// A few waves whose amplitudes fall as one over their frequency.
fn texture(random: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0_f32; PIXELS];
    for wave in random.chunks_exact(3) {
        let k = [12.0 * wave[0], 12.0 * wave[1]];
        let amplitude = 1.0 / (1.0 + (k[0] * k[0] + k[1] * k[1]).sqrt());
        for (pixel, x) in out.iter_mut().enumerate() {
            let (row, col) = GRID.row_col(pixel);
            let turns =
                (k[0] * row as f32 / GRID.rows as f32) + (k[1] * col as f32 / GRID.cols as f32) + wave[2];
            *x += amplitude * (TAU * turns).cos();
        }
    }
    let power = out.iter().map(|x| x * x).sum::<f32>() / PIXELS as f32;
    let scale = TEXTURE / power.sqrt().max(1e-6);
    out.iter_mut().for_each(|x| *x *= scale);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_are_images_and_differ() {
        for class in 0..10 {
            let [a, b] = [0, 1].map(|number| scene(class, number));
            assert_eq!(a, scene(class, 0), "the same at every call");
            assert!(a.len() == LEN && a.iter().all(|x| (0.0..=1.0).contains(x)));
            assert_ne!(a, b);
            let sd = |x: &[f32]| {
                let mean = x.iter().sum::<f32>() / x.len() as f32;
                (x.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / x.len() as f32).sqrt()
            };
            assert!(sd(&a) > 0.05, "class {class}: {}", sd(&a));
            assert_ne!(a, scene((class + 1) % 10, 0));
        }
    }
}

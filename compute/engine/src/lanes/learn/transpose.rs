//! Between lanes and samples: [feature][sample] and [sample][feature].

/// Copies a tile [feature][lane] to rows, one a sample, `stride` apart.
pub fn to_samples(tile: &[f32], lanes: usize, used: usize, rows: &mut [f32], stride: usize) {
    let features = tile.len() / lanes;
    // Blocks of features stay in the first-level cache while all samples pass over them.
    const BLOCK: usize = 64;
    for first in (0..features).step_by(BLOCK) {
        let n = BLOCK.min(features - first);
        let block = &tile[first * lanes..(first + n) * lanes];
        for sample in 0..used {
            let row = &mut rows[sample * stride + first..][..n];
            for (to, from) in row.iter_mut().zip(block[sample..].iter().step_by(lanes)) {
                *to = *from;
            }
        }
    }
}

/// Copies (or adds) rows that lie `stride` apart to a tile; lanes without a sample become zero.
pub fn from_samples(rows: &[f32], stride: usize, lanes: usize, used: usize, add: bool, tile: &mut [f32]) {
    const BLOCK: usize = 64;
    let features = tile.len() / lanes;
    if !add && used < lanes {
        tile.fill(0.0);
    }
    for first in (0..features).step_by(BLOCK) {
        let n = BLOCK.min(features - first);
        let block = &mut tile[first * lanes..(first + n) * lanes];
        for sample in 0..used {
            let row = &rows[sample * stride + first..][..n];
            let to = block[sample..].iter_mut().step_by(lanes).zip(row);
            match add {
                true => to.for_each(|(to, from)| *to += from),
                false => to.for_each(|(to, from)| *to = *from),
            }
        }
    }
}

/// Copies images to a tile whose other lanes are not touched.
pub fn from_images(images: &[&[f32]], lanes: usize, tile: &mut [f32]) {
    const BLOCK: usize = 64;
    for (block, first) in tile.chunks_mut(BLOCK * lanes).zip((0..).step_by(BLOCK)) {
        for (lane, image) in images.iter().enumerate() {
            block[lane..].iter_mut().step_by(lanes).zip(&image[first..]).for_each(|(to, from)| *to = *from);
        }
    }
}

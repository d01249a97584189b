//! Where patches lie in memory.

use super::patch::Axis;

/// Where the patches of all (row class, column class) pairs lie in one buffer:
/// [row class, column class, sign, row, col, channel], the sizes of row and col depending on the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub rows: Axis,
    pub cols: Axis,
    pub channels: usize,
    row_starts: Vec<usize>,
    col_starts: Vec<usize>,
}

impl Layout {
    pub fn new(rows: Axis, cols: Axis, channels: usize) -> Layout {
        let starts = |lengths: &[usize]| {
            let mut starts = vec![0];
            starts.extend(lengths.iter().scan(0, |end, length| {
                *end += length;
                Some(*end)
            }));
            starts
        };
        let (row_starts, col_starts) = (starts(&rows.lengths), starts(&cols.lengths));
        Layout { rows, cols, channels, row_starts, col_starts }
    }

    /// Number of values in the buffer.
    pub fn len(&self) -> usize {
        2 * self.channels
            * self.row_starts[self.rows.lengths.len()]
            * self.col_starts[self.cols.lengths.len()]
    }

    /// Number of values of all patches of one row class, which lie together.
    pub fn row_len(&self, row_class: usize) -> usize {
        2 * self.channels * self.rows.lengths[row_class] * self.col_starts[self.cols.lengths.len()]
    }

    /// Number of values of one patch.
    pub fn patch_len(&self, row_class: usize, col_class: usize) -> usize {
        self.channels * self.rows.lengths[row_class] * self.cols.lengths[col_class]
    }

    /// Offset of the patch of (row class, column class) for the impulse +e (`sign` 0) or -e (1).
    pub fn patch(&self, row_class: usize, col_class: usize, sign: usize) -> usize {
        let before = self.row_starts[row_class] * self.col_starts[self.cols.lengths.len()]
            + self.rows.lengths[row_class] * self.col_starts[col_class];
        2 * self.channels * before + sign * self.patch_len(row_class, col_class)
    }

    /// Offset from the start of a patch to its position (row, col).
    pub fn position(&self, col_class: usize, row: usize, col: usize) -> usize {
        (row * self.cols.lengths[col_class] + col) * self.channels
    }
}

//! Shapes that layers give, or why they cannot take their input.

use super::super::{Conv, Norm, PadMode, ParseArchError, Pool, Position, Shape, parse::MAX_SIZE};

/// The shape that a convolution gives.
pub(super) fn conv_output(
    word: &str,
    conv: &Conv,
    input: Shape,
    at: Position,
) -> Result<Shape, ParseArchError> {
    let Conv { outputs, kernel, stride, pad, pad_mode, dilation, groups, .. } = *conv;
    let error = |message: String| ParseArchError::new(at, message);
    if !input.channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(error(format!(
            "{groups} groups do not divide {} input and {outputs} output channels",
            input.channels
        ))
        .remedy("use a number of groups that divides both"));
    }
    let (rows, cols) = Window { kernel, dilation, stride, pad }.places(word, input, at)?;
    let side = input.rows.min(input.cols);
    match pad_mode {
        PadMode::Reflect if pad >= side => {
            Err(error(format!("reflecting {pad} pixels needs a side of at least {}, found {side}", pad + 1)))
        }
        PadMode::Circular if pad > side => {
            Err(error(format!("wrapping {pad} pixels around needs a side of at least {pad}, found {side}")))
        }
        PadMode::Zeros | PadMode::Circular | PadMode::Reflect => Ok(Shape { channels: outputs, rows, cols }),
    }
}

/// The shape that a pooling gives.
pub(super) fn pool_output(pool: Pool, input: Shape, at: Position) -> Result<Shape, ParseArchError> {
    let Pool { kernel, stride, pad } = pool;
    if pad > kernel / 2 {
        // A window that sees only padding would have no maximum.
        let message =
            format!("found padding {pad} for a window of {kernel}, expected at most {}", kernel / 2);
        return Err(ParseArchError::new(at, message));
    }
    let (rows, cols) = Window { kernel, dilation: 1, stride, pad }.places("pool", input, at)?;
    Ok(Shape { rows, cols, ..input })
}

/// An error if there is nothing to take a variance of, so that every result would be beta.
pub(super) fn check_norm(norm: Norm, input: Shape, at: Position) -> Result<(), ParseArchError> {
    let positions = input.rows * input.cols;
    let (groups, values) = match norm.groups(input.channels) {
        None => (1, input.channels),
        Some(groups) if input.channels.is_multiple_of(groups) => {
            (groups, input.channels / groups * positions)
        }
        Some(groups) => {
            let message = format!("{groups} groups do not divide {} channels", input.channels);
            return Err(
                ParseArchError::new(at, message).remedy("use a number of groups that divides the channels")
            );
        }
    };
    if values > 1 {
        return Ok(());
    }
    let message =
        format!("a norm of single numbers is zero: {groups} group(s) of one number each in {input}");
    Err(ParseArchError::new(at, message).remedy("put it where there are more channels or pixels"))
}

/// A square window that slides over a picture.
struct Window {
    kernel: usize,
    dilation: usize,
    stride: usize,
    pad: usize,
}

impl Window {
    /// Places of the window along a side: floor((size + 2 pad - dilation (kernel - 1) - 1) / stride) + 1.
    fn places(&self, name: &str, input: Shape, at: Position) -> Result<(usize, usize), ParseArchError> {
        let numbers = [self.kernel, self.dilation, self.stride];
        if numbers.iter().any(|n| !(1..=MAX_SIZE).contains(n)) || self.pad > MAX_SIZE {
            let message = format!("`{name}` has a size, stride or padding outside 1 to {MAX_SIZE}");
            return Err(ParseArchError::new(at, message));
        }
        // In u64: with 32-bit addresses dilation * kernel can exceed usize.
        let reach = self.dilation as u64 * (self.kernel as u64 - 1) + 1;
        let place = |size: usize| -> Option<usize> {
            let room = (size as u64 + 2 * self.pad as u64).checked_sub(reach)?;
            usize::try_from(room / self.stride as u64 + 1).ok()
        };
        match (place(input.rows), place(input.cols)) {
            (Some(rows), Some(cols)) => Ok((rows, cols)),
            _ => {
                let pad = 2 * self.pad;
                let message = format!(
                    "the window of `{name}` spans {reach} pixels, more than its padded input {}x{}",
                    input.rows + pad,
                    input.cols + pad
                );
                Err(ParseArchError::new(at, message)
                    .remedy("use a smaller window, more padding, or less pooling before it"))
            }
        }
    }
}

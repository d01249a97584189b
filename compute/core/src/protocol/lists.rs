//! Lists of tensors under a header that says what they are: a training between two epochs, statistics of images.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::container::{self, Container, DecodeAssetError, Tensor};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header<H> {
    kind: String,
    format: u32,
    of: H,
    /// Tensors of each list.
    counts: Vec<usize>,
}

const FORMAT: u32 = 1;

/// Tensors, each without its shape.
pub type List = Vec<Vec<f32>>;

/// How the numbers of a list are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// f32, as they are.
    Full,
    /// f16: three digits, from 6e-5 to 6e4.
    Half,
}

/// Writes lists of tensors.
pub fn encode_lists<H: Serialize>(kind: &str, of: &H, lists: &[(Width, &[Vec<f32>])]) -> Vec<u8> {
    let counts = lists.iter().map(|(_, list)| list.len()).collect();
    let header = Header { kind: kind.to_owned(), format: FORMAT, of, counts };
    let mut tensors = Vec::new();
    for (at, (width, list)) in lists.iter().enumerate() {
        for (i, data) in list.iter().enumerate() {
            let (name, shape) = (format!("{at}.{i}"), vec![data.len()]);
            tensors.push(match width {
                Width::Full => Tensor::f32(name, shape, data),
                Width::Half => Tensor::f16(name, shape, data),
            });
        }
    }
    container::write(&header, &tensors)
}

/// Reads what [`encode_lists`] wrote under the same kind.
///
/// # Errors
/// Damaged bytes, or something else.
pub fn decode_lists<H: DeserializeOwned>(
    kind: &str,
    bytes: &[u8],
) -> Result<(H, Vec<List>), DecodeAssetError> {
    let container: Container<Header<H>> = container::read(bytes)?;
    if container.header.kind != kind || container.header.format != FORMAT {
        return Err(DecodeAssetError::new(format!("no {kind} of this version")));
    }
    let list =
        |(at, &count): (usize, &usize)| (0..count).map(|i| container.f32(&format!("{at}.{i}"))).collect();
    let lists = container.header.counts.iter().enumerate().map(list).collect::<Result<_, _>>()?;
    Ok((container.header.of, lists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let lists = [vec![vec![1.0, 2.5], Vec::new()], Vec::new(), vec![vec![-0.0]]];
        let bytes = encode_lists(
            "k",
            &7_u64,
            &[(Width::Full, &lists[0]), (Width::Full, &lists[1]), (Width::Half, &lists[2])],
        );
        assert_eq!(decode_lists::<u64>("k", &bytes).unwrap(), (7, lists.to_vec()));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(decode_lists::<u64>("k", &damaged).is_err(), "byte {at}");
        }
        assert!(decode_lists::<u64>("other", &bytes).is_err());
        assert!(decode_lists::<String>("k", &bytes).is_err());
    }
}

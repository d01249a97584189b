//! The file format under every asset: safetensors with one metadata entry, `nads`.
//!
//! Its value is `<crc32 of everything below, 8 hex digits> <JSON header>`. The checksum covers the JSON header, the
//! names and shapes of the tensors and their data. One entry, because safetensors' metadata has no defined order and
//! equal results must be equal bytes.

use std::{collections::HashMap, fmt};

use crc::Crc;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Serialize, de::DeserializeOwned};

/// Why bytes are not the asset they should be: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeAssetError {
    pub message: String,
}

impl DecodeAssetError {
    pub fn new(message: impl Into<String>) -> DecodeAssetError {
        DecodeAssetError { message: message.into() }
    }
}

impl fmt::Display for DecodeAssetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeAssetError {}

pub(super) const KEY: &str = "nads";

/// A named tensor to be written.
pub(super) struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Tensor {
    pub fn f64(name: impl Into<String>, shape: Vec<usize>, data: &[f64]) -> Tensor {
        let bytes = data.iter().flat_map(|x| x.to_le_bytes()).collect();
        Tensor { name: name.into(), dtype: Dtype::F64, shape, bytes }
    }

    pub fn f32(name: impl Into<String>, shape: Vec<usize>, data: &[f32]) -> Tensor {
        let bytes = data.iter().flat_map(|x| x.to_le_bytes()).collect();
        Tensor { name: name.into(), dtype: Dtype::F32, shape, bytes }
    }

    pub fn f16(name: impl Into<String>, shape: Vec<usize>, data: &[f32]) -> Tensor {
        let bytes = data.iter().flat_map(|&x| half::f16::from_f32(x).to_le_bytes()).collect();
        Tensor { name: name.into(), dtype: Dtype::F16, shape, bytes }
    }

    pub fn u8(name: impl Into<String>, shape: Vec<usize>, bytes: Vec<u8>) -> Tensor {
        Tensor { name: name.into(), dtype: Dtype::U8, shape, bytes }
    }

    pub fn i8(name: impl Into<String>, shape: Vec<usize>, data: &[i8]) -> Tensor {
        let bytes = data.iter().map(|x| x.to_le_bytes()[0]).collect();
        Tensor { name: name.into(), dtype: Dtype::I8, shape, bytes }
    }
}

/// The checksum of gzip and PNG.
pub fn crc32(bytes: &[u8]) -> u32 {
    CRC32.checksum(bytes)
}

const CRC32: Crc<u32> = Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// `tensors`: by name.
fn checksum<'a>(header: &str, tensors: impl Iterator<Item = (&'a str, &'a [usize], &'a [u8])>) -> u32 {
    let mut hasher = CRC32.digest();
    hasher.update(header.as_bytes());
    for (name, shape, bytes) in tensors {
        hasher.update(format!("{name}{shape:?}").as_bytes());
        hasher.update(bytes);
    }
    hasher.finalize()
}

/// Writes a header and tensors.
pub(super) fn write(header: &impl Serialize, tensors: &[Tensor]) -> Vec<u8> {
    let header = serde_json::to_string(header).expect("headers are plain values with string keys");
    let mut by_name: Vec<&Tensor> = tensors.iter().collect();
    by_name.sort_by_key(|t| &t.name);
    let parts = by_name.into_iter().map(|t| (t.name.as_str(), t.shape.as_slice(), t.bytes.as_slice()));
    let sum = checksum(&header, parts);
    let views = tensors.iter().map(|t| {
        let view = TensorView::new(t.dtype, t.shape.clone(), &t.bytes)
            .expect("shape and bytes agree by construction");
        (t.name.as_str(), view)
    });
    let metadata = HashMap::from([(KEY.to_string(), format!("{sum:08x} {header}"))]);
    safetensors::serialize(views, Some(metadata)).expect("names are distinct")
}

/// An opened container.
pub(super) struct Container<'a, H> {
    pub header: H,
    tensors: SafeTensors<'a>,
}

/// Opens a container and verifies its checksum.
pub(super) fn read<H: DeserializeOwned>(bytes: &[u8]) -> Result<Container<'_, H>, DecodeAssetError> {
    let broken = |what: String| {
        DecodeAssetError::new(format!(
            "not a whole NADs file ({} bytes): {what}. Download or make the file again.",
            bytes.len()
        ))
    };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| broken(format!("safetensors: {e}")))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| broken(format!("safetensors: {e}")))?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or_else(|| {
        DecodeAssetError::new(
            "a safetensors file, but not one written by `nads`: its metadata has no entry `nads`. \
             For plain vectors use an .npy matrix with one direction a row.",
        )
    })?;
    let (sum, header) = text.split_once(' ').ok_or_else(|| broken("its header is cut short".into()))?;
    let names = names(&tensors);
    let views = names.iter().flat_map(|name| tensors.tensor(name).map(|t| (name.as_str(), t)));
    let views: Vec<(&str, TensorView)> = views.collect();
    let actual = checksum(header, views.iter().map(|(name, t)| (*name, t.shape(), t.data())));
    if u32::from_str_radix(sum, 16) != Ok(actual) {
        return Err(broken(format!("checksum {actual:08x}, expected {sum}")));
    }
    let header = serde_json::from_str(header).map_err(|e| {
        DecodeAssetError::new(format!(
            "a NADs file of another kind or version: its header does not fit ({e})"
        ))
    })?;
    Ok(Container { header, tensors })
}

fn names(tensors: &SafeTensors) -> Vec<String> {
    let mut names: Vec<String> = tensors.names().into_iter().map(str::to_string).collect();
    names.sort();
    names
}

impl<H> Container<'_, H> {
    pub fn names(&self) -> Vec<String> {
        names(&self.tensors)
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>, DecodeAssetError> {
        self.tensors.tensor(name).map_err(|_| {
            DecodeAssetError::new(format!("tensor `{name}` is missing; it has {}", self.names().join(", ")))
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    pub fn shape(&self, name: &str) -> Result<Vec<usize>, DecodeAssetError> {
        Ok(self.view(name)?.shape().to_vec())
    }

    fn typed(&self, name: &str, dtype: Dtype) -> Result<TensorView<'_>, DecodeAssetError> {
        let view = self.view(name)?;
        if view.dtype() != dtype {
            return Err(DecodeAssetError::new(format!(
                "tensor `{name}` is {}, expected {dtype}",
                view.dtype()
            )));
        }
        Ok(view)
    }

    pub fn f64(&self, name: &str) -> Result<Vec<f64>, DecodeAssetError> {
        let view = self.typed(name, Dtype::F64)?;
        let values: Vec<f64> =
            view.data().as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b)).collect();
        finite(name, values, f64::is_finite)
    }

    /// f32 values of an F32 or F16 tensor.
    pub fn f32(&self, name: &str) -> Result<Vec<f32>, DecodeAssetError> {
        let view = self.view(name)?;
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => view.data().as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
            Dtype::F16 => {
                view.data().as_chunks::<2>().0.iter().map(|&b| half::f16::from_le_bytes(b).to_f32()).collect()
            }
            other => {
                return Err(DecodeAssetError::new(format!(
                    "tensor `{name}` is {other}, expected F32 or F16"
                )));
            }
        };
        finite(name, values, f32::is_finite)
    }

    pub fn u8(&self, name: &str) -> Result<Vec<u8>, DecodeAssetError> {
        Ok(self.typed(name, Dtype::U8)?.data().to_vec())
    }

    pub fn i8(&self, name: &str) -> Result<Vec<i8>, DecodeAssetError> {
        Ok(self.typed(name, Dtype::I8)?.data().iter().map(|&b| i8::from_le_bytes([b])).collect())
    }
}

fn finite<T: Copy>(name: &str, values: Vec<T>, is_finite: fn(T) -> bool) -> Result<Vec<T>, DecodeAssetError> {
    match values.iter().position(|&x| !is_finite(x)) {
        Some(at) => Err(DecodeAssetError::new(format!("tensor `{name}` is not finite at entry {at}"))),
        None => Ok(values),
    }
}

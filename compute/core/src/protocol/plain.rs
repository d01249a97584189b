//! Safetensors files that others wrote: one tensor `vectors` is all that is asked of them.

use safetensors::tensor::{Dtype, SafeTensors};

use super::{
    container::{DecodeAssetError, KEY},
    npy::{Array, shape_text},
};

/// Whether a safetensors file carries the header of `nads`.
pub fn is_own(bytes: &[u8]) -> bool {
    SafeTensors::read_metadata(bytes)
        .is_ok_and(|(_, metadata)| metadata.metadata().as_ref().is_some_and(|m| m.contains_key(KEY)))
}

/// The tensor `vectors`, float16 to float64.
///
/// # Errors
/// Not a whole safetensors file, no such tensor, another type, a value that is not finite.
pub fn vectors(bytes: &[u8]) -> Result<Array, DecodeAssetError> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| {
        DecodeAssetError::new(format!(
            "neither an .npy nor a whole .safetensors file ({} bytes; {e}). Save or copy it again.",
            bytes.len()
        ))
    })?;
    let tensor = file.tensor("vectors").map_err(|_| {
        let names: Vec<&str> = file.names().into_iter().take(8).collect();
        DecodeAssetError::new(format!(
            "no tensor `vectors`; it has {}. Name the matrix of directions `vectors`.",
            if names.is_empty() { "none at all".to_owned() } else { names.join(", ") }
        ))
    })?;
    let data = tensor.data();
    let data: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        Dtype::F64 => data.as_chunks::<8>().0.iter().map(|&b| f64::from_le_bytes(b) as f32).collect(),
        Dtype::F16 => data.as_chunks::<2>().0.iter().map(|&b| half::f16::from_le_bytes(b).to_f32()).collect(),
        other => {
            return Err(DecodeAssetError::new(format!(
                "tensor `vectors` is {other}, expected F32, F64 or F16"
            )));
        }
    };
    let shape = tensor.shape().to_vec();
    if let Some(at) = data.iter().position(|x| !x.is_finite()) {
        return Err(DecodeAssetError::new(format!(
            "tensor `vectors` ({}) is not finite at entry {at}. Replace it, or leave its row out.",
            shape_text(&shape)
        )));
    }
    Ok(Array { shape, data })
}

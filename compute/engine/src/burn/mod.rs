//! The burn executor: every plan, on a CPU (flex) or a GPU (wgpu, in a browser WebGPU), and gradients by autodiff.
//!
//! A batch of N networks goes through the layers together: activations are [image, network x channel, row, col], so that a
//! convolution of N networks is one convolution in N groups, and a linear layer one batched product. A GPU then needs as
//! many dispatches for N networks as for one. [`interpret`] has one `match` over the layers, without a wildcard.
//!
//! Results are read by `into_data_async` only: a synchronous read panics in a browser (clippy.toml bans it).

#[cfg(not(target_family = "wasm"))]
mod alone;
mod check;
mod conv;
mod cut;
mod descend;
mod device;
mod differences;
mod draw;
mod forward;
mod gradient;
mod interpret;
mod linear;
mod mode;
mod networks;
mod norm;
mod pool;
mod together;

#[cfg(not(target_family = "wasm"))]
pub use alone::Alone;
pub use check::{TOLERANCE, check, check_training, same_loss};
pub use descend::{Batches, Descending};
pub use device::{Adapter, Limits, Opened};
pub use draw::BurnNetworks;
pub use forward::{features, trained_features, training_features};
pub use gradient::input_gradients;
pub use networks::Stack;
pub use together::Together;

use burn_tensor::Tensor;
use nads_core::protocol::event::JobError;

/// The values of a tensor, in order.
async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, JobError> {
    let failed = |error: &dyn std::fmt::Debug| JobError::new(format!("the device gave no result: {error:?}"));
    let data = tensor.into_data_async().await.map_err(|error| failed(&error))?;
    data.try_into_vec::<f32>().map_err(|error| failed(&error))
}

/// Waits for a future on this thread: natively even a GPU's results may be waited for.
#[cfg(not(target_family = "wasm"))]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Wake, Waker},
        thread::{self, Thread},
    };

    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

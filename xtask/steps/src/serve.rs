//! Building and serving the article on this machine.

use anyhow::{Context, Result};
use clap::Args;
use static_host::{Host, Site};

use crate::{place::Place, web};

#[derive(Args, Debug)]
pub struct Options {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Leave out the WebGPU worker (this version has none yet: no effect)
    #[arg(long)]
    no_gpu: bool,
    #[command(flatten)]
    web: web::Options,
}

/// Serves until interrupted.
///
/// # Errors
/// What is missing, what did not compile, or a port that is taken.
pub fn serve(place: &Place, options: &Options) -> Result<()> {
    // A second worker with WebGPU would be built from here on in the background, into the same folder.
    let _ = options.no_gpu;
    web::build(place, &options.web, &place.site())?;
    let host =
        Host::start(Site { folder: place.site(), ..Site::default() }, options.port).with_context(|| {
            format!(
                "port {0} cannot be opened; another one: cargo xtask serve --port {1}",
                options.port,
                options.port.wrapping_add(1)
            )
        })?;
    eprintln!("\n  {}\n\n  (Ctrl-C stops)", host.url());
    host.wait();
    Ok(())
}

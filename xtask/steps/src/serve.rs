//! Building and serving the article on this machine.

use anyhow::{Context, Result};
use clap::Args;
use static_host::{Host, Site};

use crate::{place::Place, run::say, web};

#[derive(Args, Debug)]
pub struct Options {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    web: web::Options,
}

/// Serves until interrupted. The burn worker builds on meanwhile; the page finds it when it is there.
///
/// # Errors
/// What is missing, what did not compile, or a port that is taken.
pub fn serve(place: &Place, options: &Options) -> Result<()> {
    let folder = place.site();
    web::build(place, &web::Options { no_gpu: true, ..options.web }, &folder)?;
    let host =
        Host::start(Site { folder: folder.clone(), ..Site::default() }, options.port).with_context(|| {
            format!(
                "port {0} cannot be opened; another one: cargo xtask serve --port {1}",
                options.port,
                options.port.wrapping_add(1)
            )
        })?;
    eprintln!("\n  {}\n\n  (Ctrl-C stops)", host.url());
    if !options.web.no_gpu {
        match web::add_burn(place, &folder) {
            Ok(()) => say("the burn worker is there: WebGPU, and networks that the CPU worker cannot run"),
            Err(error) => say(format!("going on without the burn worker: {error:#}")),
        }
    }
    host.wait();
    Ok(())
}

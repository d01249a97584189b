//! Settings of trainings on D(v), from the command line.

use nads_core::{arch::Plan, descent::Descent, linsep::Separable};
use nads_figures::number;

use crate::{
    arch_source::ArchSource,
    args::Protocol,
    failure::{Failure, Outcome},
};

/// A network that is trained: one channel, two classes.
pub struct Network {
    pub name: String,
    pub title: String,
    /// Canonical text.
    pub arch: String,
    pub plan: Plan,
}

pub fn network(argument: &str) -> Outcome<Network> {
    let source = ArchSource::read(argument)?;
    let plan = source.plan(None, 2)?;
    if plan.input.channels != 1 {
        return Err(Failure::input(format!(
            "<ARCH> {argument}, line 1: D(v) has images with one channel; expected `input 1x{}x{}`",
            plan.input.rows, plan.input.cols
        )));
    }
    Ok(Network { arch: source.arch.to_string(), name: source.name, title: source.title, plan })
}

/// Task and descent; `sigma` is the published one for these directions.
pub fn settings(options: &Protocol, sigma: f32) -> Outcome<(Separable, Descent)> {
    let n = options.samples as u32;
    let task = Separable { eps: options.eps, sigma: options.sigma.unwrap_or(sigma), n_train: n, n_test: n };
    let descent =
        Descent { epochs: options.epochs as u32, max_rate: options.learning_rate, ..Descent::default() };
    // Messages begin with the name of the setting.
    task.check()
        .and_then(|()| descent.check())
        .map_err(|e| Failure::input(format!("--{}", option_of(&e))))?;
    Ok((task, descent))
}

/// "learning rate 0: ..." belongs to --learning-rate.
fn option_of(message: &str) -> String {
    match message.strip_prefix("learning rate") {
        Some(rest) => format!("learning-rate{rest}"),
        None if message.starts_with(|c: char| c.is_ascii_digit()) => format!("samples: {message}"),
        None => message.to_owned(),
    }
}

/// How the settings differ from the published ones; `None` if they do not.
pub fn reduced(task: &Separable, descent: &Descent) -> Option<String> {
    let (published, full) = (Descent::default(), Separable::default());
    let mut parts = Vec::new();
    if descent.epochs != published.epochs {
        let epochs = number::counted(u64::from(descent.epochs), "epoch");
        parts.push(format!("{epochs} instead of {}", published.epochs));
    }
    if task.n_train != full.n_train {
        parts.push(format!("{} samples instead of {}", task.n_train, full.n_train));
    }
    if descent.max_rate != published.max_rate {
        parts.push(format!("learning rate {} instead of {}", descent.max_rate, published.max_rate));
    }
    if task.eps != full.eps {
        parts.push(format!("eps {} instead of {}", task.eps, full.eps));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reduced_is_counted_in_words() {
        let reduced = |epochs| reduced(&Separable::default(), &Descent { epochs, ..Descent::default() });
        assert_eq!(reduced(1).as_deref(), Some("1 epoch instead of 20"));
        assert_eq!(reduced(5).as_deref(), Some("5 epochs instead of 20"));
        assert_eq!(reduced(20), None);
    }
}

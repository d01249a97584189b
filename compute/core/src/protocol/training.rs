//! Messages between the page and its training workers. They carry a few numbers each, so all of a message is its JSON.

use serde::{Deserialize, Serialize};

use super::wire::{WireError, decode_header, encode_header};
use crate::{
    descent::Descent, direction::Phase, frequency::Frequency, grid::Grid, linsep::Separable, trials::Trial,
};

/// The direction of a task: by name where there is one, so that the message is short and the vector the same everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Directed {
    Fourier {
        frequency: Frequency,
        phase: Phase,
    },
    /// A unit vector of D numbers.
    Vector(Vec<f32>),
}

impl Directed {
    /// The unit vector.
    ///
    /// # Errors
    /// A wave that vanishes, a vector of another length, or one that is no unit vector.
    pub fn vector(&self, grid: Grid) -> Result<Vec<f32>, String> {
        match self {
            Directed::Fourier { frequency, phase } => {
                crate::direction::fourier_direction(grid, *frequency, *phase).ok_or_else(|| {
                    format!(
                        "the wave {frequency} of this phase vanishes on every pixel; choose another phase"
                    )
                })
            }
            Directed::Vector(v) => {
                let norm = v.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
                if v.len() != grid.len() {
                    return Err(format!("a direction of {} numbers, expected {}", v.len(), grid.len()));
                }
                if !(0.999..1.001).contains(&norm) {
                    return Err(format!("a direction of length {norm}, expected a unit vector"));
                }
                Ok(v.clone())
            }
        }
    }
}

/// One training, self-contained: a dead worker's job is simply sent again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lesson {
    /// `.arch` text.
    pub arch: String,
    pub direction: Directed,
    pub task: Separable,
    pub descent: Descent,
    pub seed: u64,
    pub run: u32,
    /// Report steps and looks on the way; otherwise only how far it is.
    pub follow: bool,
    /// It waits for the first [`Request::Step`] or [`Request::Resume`]: a pause that is sent after it might come too late.
    pub paused: bool,
}

/// Page to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Starts a lesson under an identifier chosen by the page.
    Train {
        id: u32,
        lesson: Lesson,
    },
    /// Starts several lessons of equal length as one batch of networks, each under its identifier: for a GPU.
    Together {
        lessons: Vec<(u32, Lesson)>,
    },
    Cancel {
        id: u32,
    },
    Pause {
        id: u32,
    },
    Resume {
        id: u32,
    },
    /// One step of a paused lesson.
    Step {
        id: u32,
    },
}

/// What one step has done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Steps done, this one included.
    pub step: u32,
    /// Mean loss of the batch before the step, in nats.
    pub loss: f32,
    /// Fraction of the batch that was classified rightly before the step.
    pub accuracy: f32,
    /// L2 norm of the gradient before clipping.
    pub norm: f32,
    pub rate: f32,
}

/// What can be seen of a network on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Look {
    /// Steps done.
    pub step: u32,
    /// Test accuracy on the first samples of the split.
    pub test_accuracy: f32,
    /// Samples behind it.
    pub samples: u32,
    /// |v . s| / |s| of the mean sensitivity s of the logit difference to the input over test samples.
    pub alignment: f32,
    /// Kernels of the first convolution, [output][row, col]; empty if the network does not begin with one of one channel.
    pub filters: Vec<f32>,
    /// Rows and columns of each; 0 without filters.
    pub kernel: [u32; 2],
}

/// Worker to page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Sent once, when the worker can take lessons.
    Ready {
        executor: String,
    },
    /// How much of the lesson is done, 0 to 1.
    Progress {
        id: u32,
        done: f32,
    },
    /// Steps since the last message.
    Steps {
        id: u32,
        of: u32,
        steps: Vec<StepReport>,
    },
    Look {
        id: u32,
        look: Look,
    },
    Trained {
        id: u32,
        trial: Trial,
    },
    Cancelled {
        id: u32,
    },
    Failed {
        id: u32,
        message: String,
    },
}

/// The JSON of a message.
pub fn encode<T: Serialize>(message: &T) -> String {
    encode_header(message)
}

/// # Errors
/// Another version, or an unreadable message.
pub fn decode_request(header: &str) -> Result<Request, WireError> {
    decode_header(header)
}

/// # Errors
/// Another version, or an unreadable message.
pub fn decode_reply(header: &str) -> Result<Reply, WireError> {
    decode_header(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_are_written() {
        let lesson = Lesson {
            arch: "input 1x8x8\nflatten\nhead\n".into(),
            direction: Directed::Fourier { frequency: Frequency { k_row: 2, k_col: -1 }, phase: Phase::Sine },
            task: Separable::default(),
            descent: Descent::default(),
            seed: u64::MAX,
            run: 7,
            follow: true,
            paused: false,
        };
        let requests = [
            Request::Train { id: 3, lesson: lesson.clone() },
            Request::Train {
                id: 4,
                lesson: Lesson { direction: Directed::Vector(vec![0.1, -2.5e-8]), ..lesson.clone() },
            },
            Request::Together { lessons: vec![(5, lesson.clone())] },
            Request::Cancel { id: 0 },
            Request::Step { id: 1 },
        ];
        for request in requests {
            assert_eq!(decode_request(&encode(&request)).unwrap(), request);
        }
        let step = StepReport { step: 1, loss: 0.25, accuracy: 0.5, norm: 3.0, rate: 0.5 };
        let look = Look {
            step: 9,
            test_accuracy: 0.75,
            samples: 512,
            alignment: 0.1,
            filters: vec![0.5],
            kernel: [1, 1],
        };
        for reply in [
            Reply::Ready { executor: "lanes".into() },
            Reply::Steps { id: 1, of: 1580, steps: vec![step] },
            Reply::Look { id: 1, look },
            Reply::Trained { id: 2, trial: Trial::Diverged },
            Reply::Failed { id: 2, message: "no".into() },
        ] {
            assert_eq!(decode_reply(&encode(&reply)).unwrap(), reply);
        }
    }

    #[test]
    fn unreadable_messages_say_so() {
        assert!(decode_request("{}").is_err() && decode_reply("[1").is_err());
        let other = encode(&Request::Cancel { id: 1 }).replace("\"version\":2", "\"version\":99");
        assert!(decode_request(&other).unwrap_err().message.contains("version 99"));
    }

    #[test]
    fn directions_are_checked() {
        let grid = Grid { rows: 2, cols: 2 };
        for (direction, what) in [
            (Directed::Vector(vec![1.0; 3]), "3 numbers"),
            (Directed::Vector(vec![1.0; 4]), "length 2"),
            (Directed::Vector(vec![f32::NAN; 4]), "length NaN"),
            (Directed::Vector(vec![0.0; 4]), "length 0"),
            (
                Directed::Fourier { frequency: Frequency { k_row: 0, k_col: 0 }, phase: Phase::Sine },
                "vanishes",
            ),
        ] {
            assert!(direction.vector(grid).unwrap_err().contains(what), "{direction:?}");
        }
        assert_eq!(Directed::Vector(vec![0.5; 4]).vector(grid), Ok(vec![0.5; 4]));
    }
}

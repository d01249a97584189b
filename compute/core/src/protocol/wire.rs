//! Messages between the page and its workers: a JSON header and, apart from it, a payload that can be transferred.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    asset::{self, DecodeAssetError, Part, Precision},
    event::{Event, JobError, Progress},
    job::Job,
    sums,
};
use crate::covariance::PartialSums;

/// Version of the messages. Page and worker of different versions refuse each other by name.
pub const VERSION: u32 = 2;

/// Page to worker.
#[derive(Clone, Debug)]
pub enum Request {
    /// Start a job under an identifier chosen by the page.
    Run {
        id: u32,
        job: Job,
    },
    /// Stop it.
    Cancel {
        id: u32,
    },
    /// Leave it as it is until it is resumed or cancelled.
    Pause {
        id: u32,
    },
    Resume {
        id: u32,
    },
    /// Add the sums of other workers to a running job.
    Absorb {
        id: u32,
        sums: PartialSums,
    },
}

/// Worker to page.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sent once, when the worker can take jobs.
    Ready {
        executor: String,
        features: Vec<String>,
    },
    Event {
        id: u32,
        event: Event,
    },
}

/// Why a message was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    pub message: String,
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for WireError {}

impl From<DecodeAssetError> for WireError {
    fn from(error: DecodeAssetError) -> WireError {
        WireError { message: format!("payload of a message: {error}") }
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    message: T,
}

/// Read first, so that another version is named instead of "unknown field".
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RequestHeader {
    Run { id: u32, job: Job },
    Cancel { id: u32 },
    Pause { id: u32 },
    Resume { id: u32 },
    Absorb { id: u32 },
}

/// A reply without its payload: what the page reads before it decides who should read the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyHeader {
    Ready { executor: String, features: Vec<String> },
    Event { id: u32, event: EventHeader },
}

/// An event without its payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventHeader {
    Progress(Progress),
    Snapshot,
    Checked { against: String, relative_error: f64 },
    Partial,
    Done,
    Cancelled(Progress),
    Failed(JobError),
}

pub(super) fn encode_header<T: Serialize>(message: T) -> String {
    serde_json::to_string(&Versioned { version: VERSION, message }).expect("plain values with string keys")
}

pub(super) fn decode_header<T: DeserializeOwned>(header: &str) -> Result<T, WireError> {
    let unreadable = |e: serde_json::Error| WireError {
        message: format!("unreadable message, column {}: {e}. Reload the page.", e.column()),
    };
    let VersionOnly { version } = serde_json::from_str(header).map_err(unreadable)?;
    if version != VERSION {
        return Err(WireError {
            message: format!(
                "a message of version {version}, expected {VERSION}: page and worker are of different releases. Reload the page."
            ),
        });
    }
    serde_json::from_str::<Versioned<T>>(header).map(|v| v.message).map_err(unreadable)
}

/// Header and payload of a request; the payload is empty where there is none.
pub fn encode_request(request: &Request) -> (String, Vec<u8>) {
    let payload =
        if let Request::Absorb { sums, .. } = request { sums::encode_sums(sums) } else { Vec::new() };
    (encode_request_header(request), payload)
}

/// All of a request that has no payload. The page sends no other (what it passes on, it does not read), and need not know
/// how files are written.
pub fn encode_request_header(request: &Request) -> String {
    encode_header(match request {
        Request::Run { id, job } => RequestHeader::Run { id: *id, job: job.clone() },
        Request::Cancel { id } => RequestHeader::Cancel { id: *id },
        Request::Pause { id } => RequestHeader::Pause { id: *id },
        Request::Resume { id } => RequestHeader::Resume { id: *id },
        Request::Absorb { id, .. } => RequestHeader::Absorb { id: *id },
    })
}

/// Header of a [`Request::Absorb`] whose payload is that of an [`Event::Partial`]: the page passes it on unread.
pub fn encode_absorb_header(id: u32) -> String {
    encode_header(RequestHeader::Absorb { id })
}

/// # Errors
/// Another version, an unreadable header, a damaged payload.
pub fn decode_request(header: &str, payload: &[u8]) -> Result<Request, WireError> {
    Ok(match decode_header(header)? {
        RequestHeader::Run { id, job } => Request::Run { id, job },
        RequestHeader::Cancel { id } => Request::Cancel { id },
        RequestHeader::Pause { id } => Request::Pause { id },
        RequestHeader::Resume { id } => Request::Resume { id },
        RequestHeader::Absorb { id } => Request::Absorb { id, sums: sums::decode_sums(payload)? },
    })
}

/// Header and payload of a reply; the payload is empty where there is none.
pub fn encode_reply(reply: &Reply) -> (String, Vec<u8>) {
    let set =
        |set| asset::encode_nads(set, Part::Whole(Precision::F32)).expect("a whole set writes what it holds");
    match reply {
        Reply::Ready { executor, features } => (
            encode_header(ReplyHeader::Ready { executor: executor.clone(), features: features.clone() }),
            Vec::new(),
        ),
        Reply::Event { id, event } => {
            let (event, payload) = match event {
                Event::Progress(progress) => (EventHeader::Progress(*progress), Vec::new()),
                Event::Snapshot(nads) => (EventHeader::Snapshot, set(nads)),
                Event::Checked { against, relative_error } => {
                    let (against, relative_error) = (against.clone(), *relative_error);
                    (EventHeader::Checked { against, relative_error }, Vec::new())
                }
                Event::Partial(partial) => (EventHeader::Partial, sums::encode_sums(partial)),
                Event::Done(nads) => (EventHeader::Done, set(nads)),
                Event::Cancelled(progress) => (EventHeader::Cancelled(*progress), Vec::new()),
                Event::Failed(error) => (EventHeader::Failed(error.clone()), Vec::new()),
            };
            (encode_header(ReplyHeader::Event { id: *id, event }), payload)
        }
    }
}

/// # Errors
/// Another version, an unreadable header.
pub fn decode_reply_header(header: &str) -> Result<ReplyHeader, WireError> {
    decode_header(header)
}

/// # Errors
/// Another version, an unreadable header, a damaged payload.
pub fn decode_reply(header: &str, payload: &[u8]) -> Result<Reply, WireError> {
    Ok(match decode_header(header)? {
        ReplyHeader::Ready { executor, features } => Reply::Ready { executor, features },
        ReplyHeader::Event { id, event } => {
            let event = match event {
                EventHeader::Progress(progress) => Event::Progress(progress),
                EventHeader::Snapshot => Event::Snapshot(asset::decode_nads(payload)?),
                EventHeader::Checked { against, relative_error } => {
                    Event::Checked { against, relative_error }
                }
                EventHeader::Partial => Event::Partial(sums::decode_sums(payload)?),
                EventHeader::Done => Event::Done(asset::decode_nads(payload)?),
                EventHeader::Cancelled(progress) => Event::Cancelled(progress),
                EventHeader::Failed(error) => Event::Failed(error),
            };
            Reply::Event { id, event }
        }
    })
}

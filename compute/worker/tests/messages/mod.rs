//! Jobs and messages as the tests of both workers use them.

use std::ops::Range;

use nads_core::{
    config::{EstimateConfig, Stop},
    nads::NadSet,
    protocol::{
        asset::{Part, Precision, encode_nads},
        event::Event,
        job::{Job, Task},
        wire::{Reply, Request, decode_reply, decode_request, encode_reply, encode_request},
    },
};

/// A network small enough for hundreds of steps.
pub const SMALL: &str = "input 1x8x8\nconv 3 k3 p1  relu  maxpool 2\nflatten  linear 10  relu\nhead\n";

pub fn job(networks: u64, range: Option<Range<u64>>, solve: bool) -> Job {
    let config = EstimateConfig { stop: Stop::Networks(networks), ..EstimateConfig::default() };
    Job {
        name: "small".into(),
        arch: SMALL.into(),
        task: Task::Estimate { config, range, solve },
        chosen: None,
    }
}

/// A request as it arrives in a worker.
pub fn through_the_wire(request: &Request) -> Request {
    let (header, payload) = encode_request(request);
    decode_request(&header, &payload).unwrap()
}

pub fn note(said: &mut Vec<(u32, Event)>, reply: &Reply) {
    let (header, payload) = encode_reply(reply);
    match decode_reply(&header, &payload).unwrap() {
        Reply::Event { id, event } => said.push((id, event)),
        Reply::Ready { .. } => panic!("said by the door, not by a job"),
    }
}

pub fn bytes(nads: &NadSet) -> Vec<u8> {
    encode_nads(nads, Part::Whole(Precision::F32)).unwrap()
}

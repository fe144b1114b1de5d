//! Requests to the simulator, one after the other: each is answered, and no body panics it or its controllers.
#![no_main]

use agent_sandbox_simulator::{Replayed, replay};
use libfuzzer_sys::fuzz_target;

/// Divides the input into requests: a line with method, path and content type, then the body.
const CUT: &[u8] = b"\n=====\n";
/// More than that is only slow.
const MAX_REQUESTS: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let requests: Vec<Replayed> = parts(bytes).iter().filter_map(|part| request(part)).take(MAX_REQUESTS).collect();
    for status in replay(&requests).into_iter().flatten() {
        assert!(status.as_u16() < 500 || status == 504, "{status}");
    }
});

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    while let Some(at) = rest.windows(CUT.len()).position(|part| part == CUT) {
        parts.push(&rest[..at]);
        rest = &rest[at + CUT.len()..];
    }
    parts.push(rest);
    parts
}

fn request(part: &[u8]) -> Option<Replayed<'_>> {
    let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let (method, rest) = head.split_once(' ').unwrap_or((head, ""));
    let (path, content_type) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Replayed { method, path, content_type, body: part.get(end + 1..).unwrap_or_default() })
}

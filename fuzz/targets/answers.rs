//! What a server may answer: lines of a watch, pages of lists, Status objects, metrics.
#![no_main]

use agent_sandbox_bench::cluster::Reply;
use agent_sandbox_bench::config::Load;
use agent_sandbox_bench::load::{read_line, read_page};
use agent_sandbox_bench::measure::ControllerMetrics;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for line in bytes.split(|byte| *byte == b'\n') {
        let _ = read_line(line);
    }
    let _ = read_page(bytes);
    let text = String::from_utf8_lossy(bytes);
    let (before, after) = text.split_once("=====").unwrap_or(("", &text));
    let _ = ControllerMetrics::between("fuzz", before, after, &Load::default().pools(), &["template".into()]);
    for status in [200_u16, 403, 429, 503] {
        let status = status.try_into().expect("a status");
        let reply = Reply { status, body: bytes.to_vec().into(), ..Reply::default() };
        let said = reply.refusal("server", "GET").to_string();
        assert_eq!(said.lines().count(), 1, "{said:?}");
    }
});

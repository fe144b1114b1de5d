//! A claim on a simulator, without the load generator: `cargo run -p agent-sandbox-bench-simulator --example alone`.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use agent_sandbox_simulator::{Settings, Simulator, TruthRecord};
use serde_json::{Value, json};

const CLAIMS: &str = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let simulator = Simulator::start(Settings::default())?;
    println!("listening on http://{}; for kubectl:\n{}", simulator.address(), simulator.kubeconfig());
    println!("{:#?}", claim_one(&simulator)?);
    simulator.stop();
    Ok(())
}

/// Claims a sandbox of the pool that stands at the start, watches it become Ready, and returns the truth.
fn claim_one(simulator: &Simulator) -> Result<Vec<TruthRecord>> {
    let claim = json!({ "apiVersion": "extensions.agents.x-k8s.io/v1beta1", "kind": "SandboxClaim",
        "metadata": { "name": "mine" }, "spec": { "warmPoolRef": { "name": "agent-sandbox" } } });
    let watch = request(simulator.address(), "GET", &format!("{CLAIMS}?watch=true"), "")?;
    request(simulator.address(), "POST", CLAIMS, &claim.to_string())?;
    for line in watch.lines() {
        let event: Value = serde_json::from_str(&line?)?;
        if is_ready(&event["object"]) {
            return Ok(simulator.truth());
        }
    }
    Err("the watch ended before the claim was Ready".into())
}

fn is_ready(claim: &Value) -> bool {
    let conditions = claim["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Sends a request on a connection of its own; what is read next is the answer's body.
fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> Result<BufReader<TcpStream>> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    let length = body.len();
    // HTTP/1.0: the body of an answer ends with the connection, without chunks.
    write!(
        connection,
        "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = BufReader::new(connection);
    let (mut status, mut header) = (String::new(), String::from("more"));
    answer.read_line(&mut status)?;
    while !header.trim().is_empty() {
        header.clear();
        answer.read_line(&mut header)?;
    }
    if status.split(' ').nth(1).is_some_and(|code| code.starts_with('2')) {
        Ok(answer)
    } else {
        Err(format!("{method} {path}: {status}").into())
    }
}

#[test]
fn a_claim_on_the_default_pool_becomes_ready() {
    let simulator = Simulator::start(Settings::default()).unwrap();
    let truth = claim_one(&simulator).unwrap();
    assert_eq!(truth.len(), 1);
    assert_eq!((&*truth[0].name, &*truth[0].namespace), ("mine", "default"));
    assert!(truth[0].ready_sent_ns.is_some_and(|ready| ready > truth[0].create_received_ns), "{truth:?}");
}

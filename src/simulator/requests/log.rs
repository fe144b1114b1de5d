use std::fs::{File, OpenOptions};
use std::io::{self, LineWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use http::{Request, header};
use serde::Serialize;

/// A file with a line for each request.
#[derive(Debug)]
pub struct Log(LineWriter<File>);

/// What is known of a request before it is answered.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    received_ns: i64,
    method: String,
    uri: String,
    user_agent: String,
}

/// A line; a connection that was closed without an answer has no status, and what streams has no number of bytes.
#[derive(Serialize)]
struct Line<'a> {
    answered_ns: i64,
    #[serde(flatten)]
    asked: &'a Asked,
    status: Option<u16>,
    bytes: Option<u64>,
}

impl Asked {
    pub fn of<B>(request: &Request<B>, received_ns: i64) -> Self {
        let user_agent = request.headers().get(header::USER_AGENT).map_or(&[][..], |value| value.as_bytes());
        Self {
            received_ns,
            method: request.method().to_string(),
            uri: request.uri().to_string(),
            user_agent: String::from_utf8_lossy(user_agent).into_owned(),
        }
    }
}

impl Log {
    /// Opens a file that only its owner can read, because paths may name secrets. What is in it stays: a command may
    /// start several simulators.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(LineWriter::new(OpenOptions::new().create(true).append(true).mode(0o600).open(path)?)))
    }

    /// A line that cannot be written must not end the simulator: the counts in memory remain.
    pub fn write(&mut self, asked: &Asked, answered_ns: i64, status: Option<u16>, bytes: Option<u64>) {
        if let Ok(json) = serde_json::to_string(&Line { answered_ns, asked, status, bytes }) {
            let _ = writeln!(self.0, "{json}");
        }
    }
}

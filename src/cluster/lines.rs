use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::{BodyExt, Collected, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::requester::Failure;
use super::{ClusterError, Reply, Requester};

/// Bytes of a refusal.
const MAX_REFUSAL: usize = 1 << 20;

impl Requester {
    /// Gives each line of the text at `path` to `each` as it arrives: no more than the last line is held.
    ///
    /// # Errors
    /// [`ClusterError`] where the server refuses, is silent for `limit` in all, or sends more than `most` bytes. Refused
    /// credentials are made anew for the next call.
    pub async fn lines(
        &self,
        path: &str,
        limit: Duration,
        most: usize,
        mut each: impl FnMut(&str),
    ) -> Result<(), ClusterError> {
        let proof = self.held();
        let read = timeout(limit, self.stream_lines(path, most, &mut each)).await;
        let unanswered = || self.unreachable(format!("GET {path}: no answer within {} s", limit.as_secs_f64()));
        let read = read.unwrap_or_else(|_| Err(unanswered()));
        if let Err(ClusterError::Refused { status: 401, .. }) = read {
            self.renew(&proof).await;
        }
        read
    }

    async fn stream_lines(&self, path: &str, most: usize, each: &mut impl FnMut(&str)) -> Result<(), ClusterError> {
        let (lease, response) = loop {
            let mut lease = self.connections().acquire().await?;
            let request = self.request(&Method::GET, path, Bytes::new());
            let request = request.map_err(|failure: Failure| failure.into_error(self.server()))?;
            match lease.channel.sender.try_send_request(request).await {
                Ok(response) => break (lease, response),
                // Closed while idle: the request is still ours, and another connection may do.
                Err(error) if error.message().is_some() => {}
                Err(error) => return Err(self.unreachable(error.into_error().to_string())),
            }
        };
        if !response.status().is_success() {
            return Err(self.refused(path, response).await);
        }
        let (mut body, mut lines, mut left) = (response.into_body(), Lines::default(), most);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.unreachable(error.to_string()))?;
            let Some(data) = frame.data_ref() else { continue };
            left = left.checked_sub(data.len()).ok_or_else(|| self.too_long(path, most))?;
            lines.take(data, each);
        }
        lines.end(each);
        lease.keep();
        Ok(())
    }

    async fn refused(&self, path: &str, response: Response<Incoming>) -> ClusterError {
        let status: StatusCode = response.status();
        let body = Limited::new(response.into_body(), MAX_REFUSAL).collect().await;
        let body = body.map(Collected::to_bytes).unwrap_or_default();
        Reply { status, body, ..Reply::default() }.refusal(self.server(), format!("GET {path}"))
    }

    fn unreachable(&self, message: String) -> ClusterError {
        ClusterError::Unreachable { server: self.server().into(), message }
    }

    fn too_long(&self, path: &str, most: usize) -> ClusterError {
        let message = format!("more than {most} bytes");
        ClusterError::Unexpected { server: self.server().into(), what: format!("GET {path}"), message }
    }
}

/// Lines of what comes in pieces.
#[derive(Default)]
struct Lines {
    /// The beginning of a line whose end is still to come.
    begun: Vec<u8>,
}

impl Lines {
    fn take(&mut self, mut data: &[u8], each: &mut impl FnMut(&str)) {
        while let Some(end) = data.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&data[..end], &data[end + 1..]);
            if self.begun.is_empty() {
                give(line, each);
            } else {
                self.begun.extend_from_slice(line);
                self.end(each);
            }
            data = rest;
        }
        self.begun.extend_from_slice(data);
    }

    fn end(&mut self, each: &mut impl FnMut(&str)) {
        give(&self.begun, each);
        self.begun.clear();
    }
}

/// A line that is no text is none of a text.
fn give(line: &[u8], each: &mut impl FnMut(&str)) {
    if let Ok(line) = std::str::from_utf8(line) {
        each(line);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        let mut each = |line: &str| all.push(line.to_owned());
        for piece in pieces {
            lines.take(piece, &mut each);
        }
        lines.end(&mut each);
        all
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_are_cut(text in "[ab\n]{0,20}", at in 0_usize..20) {
            let (first, second) = text.as_bytes().split_at(at.min(text.len()));
            let expected: Vec<String> = text.split('\n').map(str::to_owned).collect();
            prop_assert_eq!(lines(&[first, second]), expected);
        }
    }

    #[test]
    fn a_line_that_is_no_text_is_left_out() {
        assert_eq!(lines(&[b"a\n\xff\nb\xc3", b"\xa9\n"]), ["a", "b\u{e9}", ""]);
    }
}

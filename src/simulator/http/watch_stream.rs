//! How the events of a watch reach the client: as the body of an answer, or over a websocket.

use std::convert::Infallible;
use std::sync::Arc;

use futures::{SinkExt, StreamExt, stream};
use http::{Request, Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::body::{Answer, RequestBody};
use super::context::{Call, Context};
use super::negotiate;
use super::status::Failure;
use super::watch::{self, Format, Watch};
use super::websocket::{self, Protocols, Socket};

/// GET with `watch=true`.
pub fn watch(context: &Arc<Context>, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    if websocket::is_asked(request.headers()) {
        return over_websocket(watch::begin(context, call, Format::Json)?, request);
    }
    let format = if negotiate::is_protobuf_alone(request.headers()) { Format::Protobuf } else { Format::Json };
    Ok(over_http(watch::begin(context, call, format)?))
}

/// An answer that goes on until the watch ends.
fn over_http(watch: Watch) -> Answer {
    let content_type = match watch.format {
        Format::Json => "application/json",
        Format::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
    };
    let frames = stream::unfold(watch, |watch| async {
        watch.next().await.map(|(frame, watch)| (Ok::<_, Infallible>(Frame::data(frame)), watch))
    });
    let mut answer = Response::new(BodyExt::boxed_unsync(StreamBody::new(frames)));
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    answer
}

/// A websocket with a message of JSON for each event, until either side ends.
fn over_websocket(watch: Watch, request: Request<RequestBody>) -> Result<Answer, Failure> {
    websocket::accept(request, Protocols::Any, move |socket| async move {
        // An error here is a client that left.
        let _ = talk(socket, watch).await;
    })
}

async fn talk(socket: Socket, watch: Watch) -> Result<(), Error> {
    let (mut sink, mut received) = socket.split();
    let events = async {
        let mut watch = watch;
        while let Some((frame, next)) = watch.next().await {
            watch = next;
            for line in frame.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                sink.feed(Message::Text(Utf8Bytes::try_from(frame.slice_ref(line))?)).await?;
            }
            sink.flush().await?;
        }
        sink.close().await
    };
    // What the client sends is nothing but pings, which are answered while it is read, and the end.
    let left = async { while let Some(Ok(_)) = received.next().await {} };
    tokio::select! {
        ended = events => ended,
        () = left => Ok(()),
    }
}

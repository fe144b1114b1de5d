use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use http::{Request, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message};

use super::body::{Answer, RequestBody};
use super::context::{Call, Context};
use super::status::Failure;
use super::websocket::{self, Protocols, Socket};
use crate::store::is_ready;

const PROTOCOLS: Protocols = Protocols::FirstOf(&["v4.channel.k8s.io"]);
/// Channels of the first port.
const DATA: u8 = 0;
const ERROR: u8 = 1;
const CHUNK: usize = 64 << 10;

/// `pods/portforward` of one port over a websocket: connects to the pod's process, whatever the port.
pub fn port_forward(context: &Context, call: &Call, request: Request<RequestBody>) -> Result<Answer, Failure> {
    let pod = context.store.lock().get(call.id, &call.key()).cloned().ok_or_else(|| call.not_found())?;
    let asked = call.query.get("ports").and_then(|ports| ports.parse::<u16>().ok());
    let port = asked.ok_or_else(|| Failure::bad_request("query parameter \"ports\" must be one port"))?;
    if !is_ready(&pod) {
        let message = format!("unable to forward port because pod is not running: {:?}", call.name());
        return Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message));
    }
    let address = context.processes.address(&pod.metadata.uid);
    websocket::accept(request, PROTOCOLS, move |socket| async move {
        // An error here is a client that left early.
        let _ = forward(socket, port, address).await;
    })
}

async fn forward(mut socket: Socket, port: u16, address: Option<SocketAddr>) -> Result<(), tungstenite::Error> {
    for channel in [DATA, ERROR] {
        send(&mut socket, channel, &port.to_le_bytes()).await?;
    }
    let connected = match address {
        Some(address) => TcpStream::connect(address).await.map_err(|error| error.to_string()),
        None => Err("connection refused".into()),
    };
    match connected {
        Ok(stream) => carry(&mut socket, stream).await?,
        Err(error) => send(&mut socket, ERROR, format!("cannot forward to port {port}: {error}").as_bytes()).await?,
    }
    socket.close(None).await
}

/// Carries bytes both ways until either side ends.
async fn carry(socket: &mut Socket, mut stream: TcpStream) -> Result<(), tungstenite::Error> {
    let _ = stream.set_nodelay(true);
    let mut buffer = vec![0; CHUNK];
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => match read? {
                0 => return Ok(()),
                count => send(socket, DATA, &buffer[..count]).await?,
            },
            message = socket.next() => match message {
                Some(Ok(Message::Binary(message))) if message.first() == Some(&DATA) => stream.write_all(&message[1..]).await?,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn send(socket: &mut Socket, channel: u8, data: &[u8]) -> Result<(), tungstenite::Error> {
    let mut message = Vec::with_capacity(data.len() + 1);
    message.push(channel);
    message.extend_from_slice(data);
    socket.send(Message::Binary(message.into())).await
}

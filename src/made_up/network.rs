use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::pipe::{End, Pipe};
use super::stream::{Stream, lock};
use super::time::{nanoseconds, now_ns, sleep_until};
use super::weather::{self, Disturbance, Weather, arrival_ns};

thread_local! {
    static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
}

/// The connections of one thread.
#[derive(Default)]
struct Network {
    listeners: BTreeMap<SocketAddr, UnboundedSender<Stream>>,
    pipes: Vec<Weak<Mutex<Pipe>>>,
}

/// Begins a network on this thread: no connection, nobody listens. Called within the runtime.
pub fn begin(seed: u64, weather: Weather) {
    let start_ns = now_ns();
    for disturbance in weather.disturbances.iter().copied() {
        tokio::spawn(happen(start_ns, disturbance));
    }
    weather::begin(seed, weather);
    NETWORK.set(Some(Network::default()));
}

async fn happen(start_ns: i64, disturbance: Disturbance) {
    let at_ns = match disturbance {
        Disturbance::Partition { .. } => return,
        Disturbance::Reset { at } | Disturbance::HalfOpen { at } => start_ns + nanoseconds(at),
    };
    sleep_until(at_ns).await;
    for pipe in with(|network| network.pipes.clone()) {
        let Some(pipe) = pipe.upgrade() else { continue };
        match disturbance {
            Disturbance::HalfOpen { .. } => lock(&pipe).is_silent = true,
            _ => lock(&pipe).end(at_ns, End::Reset),
        }
    }
}

/// Opens a connection.
///
/// # Errors
/// `ConnectionRefused` where nobody listens.
pub async fn connect(address: SocketAddr) -> io::Result<Stream> {
    // There and back again.
    sleep_until(arrival_ns()).await;
    sleep_until(arrival_ns()).await;
    with(|network| {
        let listener = network.listeners.get(&address).ok_or(io::ErrorKind::ConnectionRefused)?;
        let (client, server, pipes) = Stream::pair();
        listener.send(server).map_err(|_| io::ErrorKind::ConnectionRefused)?;
        network.pipes.retain(|pipe| pipe.strong_count() > 0);
        network.pipes.extend(pipes.iter().map(Arc::downgrade));
        Ok(client)
    })
}

fn with<T>(use_it: impl FnOnce(&mut Network) -> T) -> T {
    NETWORK.with_borrow_mut(|network| use_it(network.as_mut().expect("a network has begun on this thread")))
}

/// Who takes connections at an address.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    connections: tokio::sync::Mutex<UnboundedReceiver<Stream>>,
}

impl Listener {
    /// Listens; port 0 takes a free one.
    ///
    /// # Errors
    /// `AddrInUse`.
    pub fn bind(mut address: SocketAddr) -> io::Result<Self> {
        with(|network| {
            if address.port() == 0 {
                address.set_port(10_000 + network.listeners.len() as u16);
            }
            if network.listeners.get(&address).is_some_and(|listener| !listener.is_closed()) {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            let (sender, connections) = unbounded_channel();
            network.listeners.insert(address, sender);
            Ok(Self { address, connections: connections.into() })
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// None.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }

    /// The next connection.
    ///
    /// # Errors
    /// None that comes: the sender is kept as long as the listener.
    pub async fn accept(&self) -> io::Result<(Stream, SocketAddr)> {
        let stream = self.connections.lock().await.recv().await.ok_or(io::ErrorKind::NotConnected)?;
        Ok((stream, self.address))
    }
}

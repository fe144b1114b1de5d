use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::pipe::{End, Pipe};
use super::stream::{Stream, lock};
use super::time::{nanoseconds, now_ns, sleep_until};
use super::weather::{self, Disturbance, Weather, arrival_ns};

thread_local! {
    static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
}

/// The connections of one thread. A listener is reached by its port at any address: each machine that connects has an
/// address of its own for it.
#[derive(Default)]
struct Network {
    listeners: BTreeMap<u16, UnboundedSender<Stream>>,
    connections: Vec<Connection>,
    /// The addresses of machines that are gone.
    gone: HashSet<IpAddr>,
}

/// Both directions of a connection to an address.
#[derive(Clone)]
struct Connection {
    to: IpAddr,
    there: Weak<Mutex<Pipe>>,
    back: Weak<Mutex<Pipe>>,
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
    let connections = with(|network| network.connections.clone());
    for pipe in connections.iter().flat_map(|it| [&it.there, &it.back]).filter_map(Weak::upgrade) {
        match disturbance {
            Disturbance::HalfOpen { .. } => lock(&pipe).is_silent = true,
            _ => lock(&pipe).end(at_ns, End::Reset),
        }
    }
}

/// The machine that connected to `address` is gone. What it has sent still arrives; nothing else comes of it, whatever
/// is left of it on this thread.
pub fn crash(address: IpAddr) {
    let at_ns = now_ns();
    let connections = with(|network| {
        network.gone.insert(address);
        network.connections.clone()
    });
    for connection in connections.iter().filter(|it| it.to == address) {
        connection.there.upgrade().inspect(|pipe| lock(pipe).end(at_ns, End::Closed));
        connection.back.upgrade().inspect(|pipe| lock(pipe).end(at_ns, End::Reset));
    }
}

/// Opens a connection.
///
/// # Errors
/// `ConnectionRefused` where nobody listens, and for a machine that is gone.
pub async fn connect(address: SocketAddr) -> io::Result<Stream> {
    // There and back again.
    sleep_until(arrival_ns()).await;
    sleep_until(arrival_ns()).await;
    with(|network| {
        let is_gone = network.gone.contains(&address.ip());
        let listener = network.listeners.get(&address.port()).filter(|_| !is_gone);
        let (client, server, [there, back]) = Stream::pair();
        let sent = listener.map(|listener| listener.send(server));
        sent.and_then(Result::ok).ok_or(io::ErrorKind::ConnectionRefused)?;
        network.connections.retain(|it| it.there.strong_count() + it.back.strong_count() > 0);
        let (there, back) = (Arc::downgrade(&there), Arc::downgrade(&back));
        network.connections.push(Connection { to: address.ip(), there, back });
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
            if network.listeners.get(&address.port()).is_some_and(|listener| !listener.is_closed()) {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            let (sender, connections) = unbounded_channel();
            network.listeners.insert(address.port(), sender);
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

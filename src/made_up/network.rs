use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::pipe::{End, Pipe};
use super::stream::{Stream, lock};
use super::time::{now_ns, sleep_until};

thread_local! {
    static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
}

/// The connections of one thread.
struct Network {
    start_ns: i64,
    weather: Weather,
    random: ChaCha8Rng,
    listeners: BTreeMap<SocketAddr, UnboundedSender<Stream>>,
    pipes: Vec<Weak<Mutex<Pipe>>>,
}

/// How the network behaves.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// What a segment takes at least and at most, ms. Segments of one connection stay in order, those of two do not.
    pub latency_ms: (u64, u64),
    /// What goes wrong, in any order.
    pub disturbances: Vec<Disturbance>,
}

/// Something that goes wrong in the network; instants count from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// Nothing arrives between two instants; what was sent meanwhile arrives afterwards, as TCP sends it again.
    Partition {
        /// The first of them.
        from: Duration,
        /// The last.
        until: Duration,
    },
    /// Each connection is reset.
    Reset {
        /// When.
        at: Duration,
    },
    /// The connections that are open then stay open, and nothing arrives on them any more.
    HalfOpen {
        /// When.
        at: Duration,
    },
}

/// Begins a network on this thread: no connection, nobody listens. Called within the runtime.
pub fn begin(seed: u64, weather: Weather) {
    let start_ns = now_ns();
    for disturbance in weather.disturbances.iter().copied() {
        tokio::spawn(happen(start_ns, disturbance));
    }
    let random = ChaCha8Rng::seed_from_u64(seed);
    let network = Network { start_ns, weather, random, listeners: BTreeMap::new(), pipes: Vec::new() };
    NETWORK.set(Some(network));
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

/// When what is sent now arrives.
pub(super) fn arrival_ns() -> i64 {
    with(Network::arrival_ns)
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<Stream> {
    // There and back again.
    sleep_until(with(Network::arrival_ns)).await;
    sleep_until(with(Network::arrival_ns)).await;
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

impl Network {
    fn arrival_ns(&mut self) -> i64 {
        let mut at_ns = now_ns();
        for disturbance in &self.weather.disturbances {
            if let Disturbance::Partition { from, until } = *disturbance
                && (self.start_ns + nanoseconds(from)..self.start_ns + nanoseconds(until)).contains(&at_ns)
            {
                at_ns = self.start_ns + nanoseconds(until);
            }
        }
        let (least, most) = self.weather.latency_ms;
        at_ns + nanoseconds(Duration::from_millis(self.random.random_range(least..=most)))
    }
}

fn nanoseconds(time: Duration) -> i64 {
    time.as_nanos() as i64
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
    #[expect(clippy::unnecessary_wraps, reason = "as the listener of the kernel has it")]
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

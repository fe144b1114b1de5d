//! The least that a paced generator of claims can cost, as a program: `floor http://HOST:PORT RATE SECONDS`.
//!
//! One thread and one epoll. It posts the bodies that the real generator posts, at the same pace, reads the watch, deletes each
//! claim when its event says Ready, and waits until it is gone. It measures nothing, records nothing, checks no deadline and
//! trusts the server. So what it costs is the kernel's work for these requests and events, and next to nothing else:
//! for each claim a wake of the timer, two requests, two answers, and the events of the watch.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CLAIMS: &str = "/apis/extensions.agents.x-k8s.io/v1beta1/namespaces/default/sandboxclaims";
/// What each event is known by.
const TIMER: u64 = u64::MAX;
const WATCH: u64 = u64::MAX - 1;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [server, rate, seconds] = &words[..] else { return Err("usage: floor SERVER RATE SECONDS".into()) };
    let (rate, seconds): (u32, u32) = (rate.parse()?, seconds.parse()?);
    let server = server.trim_start_matches("http://").to_owned();
    let mut floor = Floor::new(server, (rate * seconds) as usize)?;
    let timer = timer(Duration::from_secs(1) / rate)?;
    epoll::add(&floor.epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN)?;
    floor.run(&timer)
}

/// A timer that fires at each claim's instant.
fn timer(gap: Duration) -> Result<OwnedFd> {
    let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
    let gap = Timespec { tv_sec: gap.as_secs().cast_signed(), tv_nsec: gap.subsec_nanos().into() };
    let each = Itimerspec { it_interval: gap, it_value: gap };
    rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::empty(), &each)?;
    Ok(timer)
}

struct Floor {
    server: String,
    epoll: OwnedFd,
    watch: TcpStream,
    /// What the watch sent and is no whole line yet.
    events: Vec<u8>,
    connections: Vec<Connection>,
    idle: Vec<usize>,
    waiting: VecDeque<Request>,
    total: usize,
    created: usize,
    /// Whether a claim was deleted, by its number.
    deleted: Vec<bool>,
    gone: usize,
}

/// A connection that waits for one answer at most.
struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Request {
    Create(usize),
    Delete(usize),
}

impl Floor {
    fn new(server: String, total: usize) -> Result<Self> {
        let mut watch = TcpStream::connect(&server)?;
        let query = "watch=1&labelSelector=agent-sandbox-bench%2Frun-id%3Dfloor";
        write!(watch, "GET {CLAIMS}?{query} HTTP/1.1\r\nHost: {server}\r\n\r\n")?;
        watch.set_nonblocking(true)?;
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &watch, EventData::new_u64(WATCH), EventFlags::IN)?;
        Ok(Self {
            server,
            epoll,
            watch,
            events: Vec::with_capacity(1 << 16),
            connections: Vec::new(),
            idle: Vec::new(),
            waiting: VecDeque::new(),
            total,
            created: 0,
            deleted: vec![false; total],
            gone: 0,
        })
    }

    /// Until every claim is gone.
    fn run(&mut self, timer: &OwnedFd) -> Result<()> {
        let mut heard = Vec::with_capacity(64);
        while self.gone < self.total {
            heard.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut heard), None)?;
            for event in &heard {
                match event.data.u64() {
                    TIMER => self.claim(timer)?,
                    WATCH => self.read_events()?,
                    index => self.read_answer(usize::try_from(index)?)?,
                }
            }
            while let Some(request) = self.waiting.pop_front() {
                self.send(request)?;
            }
        }
        Ok(())
    }

    /// Posts the claims that are due.
    fn claim(&mut self, timer: &OwnedFd) -> Result<()> {
        let mut fired = [0; 8];
        rustix::io::read(timer, &mut fired)?;
        let due = (self.created + usize::try_from(u64::from_ne_bytes(fired))?).min(self.total);
        self.waiting.extend((self.created..due).map(Request::Create));
        self.created = due;
        Ok(())
    }

    fn send(&mut self, request: Request) -> Result<()> {
        let index = match self.idle.pop() {
            Some(index) => index,
            None => self.connect()?,
        };
        let server = &self.server;
        let text = match request {
            Request::Create(number) => {
                let body = body(number);
                let length = body.len();
                format!(
                    "POST {CLAIMS} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: floor\r\nContent-Type: application/json\r\n\
                     Content-Length: {length}\r\n\r\n{body}"
                )
            }
            Request::Delete(number) => {
                format!("DELETE {CLAIMS}/asb-floor-{number} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: floor\r\n\r\n")
            }
        };
        Ok(self.connections[index].stream.write_all(text.as_bytes())?)
    }

    fn connect(&mut self) -> Result<usize> {
        let stream = TcpStream::connect(&self.server)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let index = self.connections.len();
        epoll::add(&self.epoll, &stream, EventData::new_u64(index as u64), EventFlags::IN)?;
        self.connections.push(Connection { stream, answer: Vec::with_capacity(1 << 14) });
        Ok(index)
    }

    fn read_answer(&mut self, index: usize) -> Result<()> {
        let connection = &mut self.connections[index];
        read(&mut connection.stream, &mut connection.answer)?;
        if is_whole(&connection.answer)? {
            connection.answer.clear();
            self.idle.push(index);
        }
        Ok(())
    }

    fn read_events(&mut self) -> Result<()> {
        read(&mut self.watch, &mut self.events)?;
        let mut from = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.events[from..]) {
            let line = &self.events[from..from + length];
            from += length + 1;
            // The others are the head and the lengths of chunks.
            if line.starts_with(b"{\"type\":") {
                let number = number(line)?;
                if line.starts_with(b"{\"type\":\"DELETED\"") {
                    self.gone += 1;
                } else if !self.deleted[number] && memmem::find(line, br#""type":"Ready","status":"True""#).is_some() {
                    self.deleted[number] = true;
                    self.waiting.push_back(Request::Delete(number));
                }
            }
        }
        self.events.drain(..from);
        Ok(())
    }
}

fn body(number: usize) -> String {
    format!(
        r#"{{"apiVersion":"extensions.agents.x-k8s.io/v1beta1","kind":"SandboxClaim","metadata":{{"name":"asb-floor-{number}","labels":{{"agent-sandbox-bench/run-id":"floor","app.kubernetes.io/managed-by":"agent-sandbox-bench"}}}},"spec":{{"warmPoolRef":{{"name":"agent-sandbox"}}}}}}"#
    )
}

/// Appends what has arrived, by one system call.
fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    let held = buffer.len();
    buffer.resize(held + (1 << 14), 0);
    let read = match stream.read(&mut buffer[held..]) {
        Ok(0) => return Err("the server closed a connection".into()),
        Ok(read) => read,
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error.into()),
    };
    buffer.truncate(held + read);
    Ok(())
}

/// Whether an answer is all here; an error where it is none of success.
fn is_whole(answer: &[u8]) -> Result<bool> {
    let Some(head) = memmem::find(answer, b"\r\n\r\n") else { return Ok(false) };
    if !answer.starts_with(b"HTTP/1.1 2") {
        return Err(String::from_utf8_lossy(answer).into());
    }
    let name = b"content-length: ";
    let at = memmem::find(&answer[..head], name).ok_or("an answer without content-length")? + name.len();
    let digits = answer[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    Ok(answer.len() >= head + 4 + length)
}

/// The claim that an event is about.
fn number(line: &[u8]) -> Result<usize> {
    let name = br#""name":"asb-floor-"#;
    let at = memmem::find(line, name).ok_or("an event of no claim")? + name.len();
    let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

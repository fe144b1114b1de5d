//! API Priority and Fairness, as seats and queues: a request that finds no seat waits in a queue of its flow, and queues
//! are served in turn. The length of a queue is bounded; a request that finds it full is refused.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, StatusCode, header};
use tokio::sync::oneshot;

use super::body::{self, Answer};
use crate::flow_control::{HAND_SIZE, NAME};
use crate::kinds::{FLOW_SCHEMAS, PRIORITY_LEVELS};
use crate::settings::Fairness;
use crate::store::{Key, State};

/// How long a request waits for a seat: a quarter of the API server's default `--request-timeout`.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(15);

/// The seats of the one priority level that is modelled, and its queues.
#[derive(Debug)]
pub struct Seats {
    config: Fairness,
    waiting: Mutex<Waiting>,
    /// Uids of the flow schema and the priority level, which every answer names.
    uids: [HeaderValue; 2],
}

#[derive(Debug)]
struct Waiting {
    free: u32,
    queues: Vec<VecDeque<oneshot::Sender<Seat>>>,
    /// The queue whose turn it is.
    turn: usize,
    counts: QueueCounts,
}

/// What is counted of requests that found no free seat.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueCounts {
    /// Waits that ended with a seat, and how long they took, all together.
    pub seated: u64,
    pub seated_after: Duration,
    /// Waits that ended without one, likewise.
    pub timed_out: u64,
    pub timed_out_after: Duration,
    /// Requests that found their queues full.
    pub queue_full: u64,
}

/// The seats and the queues at an instant.
#[derive(Debug, Clone, Copy)]
pub struct SeatCounts {
    pub seats: u32,
    pub taken: u32,
    pub waiting: usize,
    pub queues: QueueCounts,
}

/// A seat that is taken; free again when it is dropped.
#[derive(Debug)]
pub struct Seat(Arc<Seats>);

/// Every queue of the flow is full, or no seat came free in time.
#[derive(Debug)]
pub struct NoSeat;

impl Seats {
    /// The seats of a configuration whose objects stand in `state`.
    pub fn new(config: Fairness, state: &State) -> Arc<Self> {
        let uid = |kind| {
            let object = state.get(kind, &Key::new("", NAME));
            let uid = object.and_then(|object| HeaderValue::from_str(&object.metadata.uid).ok());
            uid.unwrap_or(HeaderValue::from_static(""))
        };
        let uids = [uid(FLOW_SCHEMAS), uid(PRIORITY_LEVELS)];
        let queues = (0..config.queues).map(|_| VecDeque::new()).collect();
        let waiting = Mutex::new(Waiting { free: config.seats, queues, turn: 0, counts: QueueCounts::default() });
        Arc::new(Self { config, waiting, uids })
    }

    /// How long a request holds its seat.
    pub fn seat_time(&self) -> Duration {
        self.config.seat_time.into()
    }

    /// A seat for a request of `flow`, at once or when it is its turn.
    pub async fn take(self: &Arc<Self>, flow: &str) -> Result<Seat, NoSeat> {
        let coming = {
            let mut waiting = self.lock();
            if waiting.free > 0 {
                waiting.free -= 1;
                return Ok(Seat(self.clone()));
            }
            let queue = self.shortest(&waiting, flow).ok_or(NoSeat)?;
            // Requests that gave up do not count.
            waiting.queues[queue].retain(|seat| !seat.is_closed());
            if waiting.queues[queue].len() >= self.config.queue_length as usize {
                waiting.counts.queue_full += 1;
                return Err(NoSeat);
            }
            let (seat, coming) = oneshot::channel();
            waiting.queues[queue].push_back(seat);
            coming
        };
        let began = Instant::now();
        let seat = tokio::time::timeout(QUEUE_TIMEOUT, coming).await.ok().and_then(Result::ok).ok_or(NoSeat);
        self.lock().counts.note(seat.is_ok(), began.elapsed());
        seat
    }

    /// What holds now, and what was counted so far.
    pub fn counts(&self) -> SeatCounts {
        let waiting = self.lock();
        let open = waiting.queues.iter().flatten().filter(|seat| !seat.is_closed());
        let seats = self.config.seats;
        SeatCounts { seats, taken: seats - waiting.free, waiting: open.count(), queues: waiting.counts }
    }

    /// The shortest of the queues that are dealt to a flow.
    fn shortest(&self, waiting: &Waiting, flow: &str) -> Option<usize> {
        let queues = u64::from(self.config.queues);
        let dealt = (0..HAND_SIZE.min(queues)).map(|card| {
            let mut hasher = DefaultHasher::new();
            (flow, card).hash(&mut hasher);
            (hasher.finish() % queues) as usize
        });
        dealt.min_by_key(|queue| waiting.queues[*queue].len())
    }

    /// Hands a seat on to the queue whose turn it is, or leaves it free.
    fn free(self: &Arc<Self>) {
        let mut waiting = self.lock();
        let count = waiting.queues.len();
        while let Some(queue) =
            (0..count).map(|by| (waiting.turn + by) % count).find(|at| !waiting.queues[*at].is_empty())
        {
            waiting.turn = (queue + 1) % count;
            let next = waiting.queues[queue].pop_front();
            let Some(next) = next.filter(|next| !next.is_closed()) else { continue };
            drop(waiting);
            // A request that gives up at this instant drops the seat, which frees it again.
            drop(next.send(Seat(self.clone())));
            return;
        }
        waiting.free += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the headers that name the priority level and the flow schema.
    pub fn add_headers(&self, answer: &mut Answer) {
        let names = ["x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid"];
        for (name, uid) in names.into_iter().zip(&self.uids) {
            answer.headers_mut().insert(name, uid.clone());
        }
    }
}

impl QueueCounts {
    fn note(&mut self, is_seated: bool, after: Duration) {
        let (count, whole) = if is_seated {
            (&mut self.seated, &mut self.seated_after)
        } else {
            (&mut self.timed_out, &mut self.timed_out_after)
        };
        *count += 1;
        *whole += after;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.free();
    }
}

/// 429, as this part of the API server words it: plain text.
pub fn refused() -> Answer {
    let mut answer = body::text("Too many requests, please try again later.\n");
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(seats: u32, queues: u32, queue_length: u32) -> Arc<Seats> {
        let config = Fairness { seats, queues, queue_length, ..Fairness::default() };
        let queues = (0..queues).map(|_| VecDeque::new()).collect();
        let waiting = Mutex::new(Waiting { free: seats, queues, turn: 0, counts: QueueCounts::default() });
        Arc::new(Seats { config, waiting, uids: [HeaderValue::from_static(""), HeaderValue::from_static("")] })
    }

    #[tokio::test]
    async fn a_seat_goes_to_who_waits_longest_and_nobody_waits_beyond_the_queue() {
        let seats = seats(1, 1, 2);
        let first = seats.take("a").await.unwrap();
        let waiter = |seats: Arc<Seats>| tokio::spawn(async move { seats.take("a").await });
        let (second, third) = (waiter(seats.clone()), waiter(seats.clone()));
        while seats.lock().queues[0].len() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(seats.take("a").await.is_err());
        let counts = seats.counts();
        assert_eq!((counts.taken, counts.waiting, counts.queues.seated, counts.queues.queue_full), (1, 2, 0, 1));
        drop(first);
        drop(second.await.unwrap().unwrap());
        drop(third.await.unwrap().unwrap());
        assert_eq!(seats.lock().free, 1);
        let counts = seats.counts();
        assert_eq!((counts.taken, counts.waiting, counts.queues.seated, counts.queues.timed_out), (0, 0, 2, 0));
    }

    #[tokio::test]
    async fn who_leaves_the_queue_takes_no_seat_along() {
        let seats = seats(1, 4, 1);
        let first = seats.take("a").await.unwrap();
        let gone = tokio::spawn({
            let seats = seats.clone();
            async move { seats.take("a").await }
        });
        while seats.lock().queues.iter().all(VecDeque::is_empty) {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.is_err());
        drop(first);
        assert_eq!(seats.lock().free, 1);
        assert!(seats.take("b").await.is_ok());
    }

    #[tokio::test]
    async fn queues_take_turns() {
        let seats = seats(1, 64, 50);
        let first = seats.take("busy").await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for flow in ["busy", "busy", "busy", "busy", "busy", "busy", "busy", "busy", "busy", "quiet"] {
            let (queueing, list) = (seats.clone(), served.clone());
            tasks.push(tokio::spawn(async move {
                let seat = queueing.take(flow).await.unwrap();
                list.lock().unwrap().push(flow);
                drop(seat);
            }));
            let waiting = |seats: &Seats| seats.lock().queues.iter().map(VecDeque::len).sum::<usize>();
            while waiting(&seats) < tasks.len() {
                tokio::task::yield_now().await;
            }
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        let place = served.lock().unwrap().iter().position(|flow| *flow == "quiet").unwrap();
        assert!(place < 9, "the quiet flow was served {place}th, after all of the busy one's");
    }
}

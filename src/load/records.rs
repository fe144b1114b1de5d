use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::counters::Counters;
use crate::measure::ClaimRecord;

/// Records that may wait to be written.
const MOST_WAITING: usize = 65_536;

/// The queue of claims that are over, to the recorder.
#[derive(Debug, Clone)]
pub struct Records {
    queue: Sender<ClaimRecord>,
    counters: Arc<Counters>,
}

impl Records {
    /// A queue and its end at the recorder.
    #[must_use]
    pub fn new(counters: &Arc<Counters>) -> (Self, Receiver<ClaimRecord>) {
        Self::of_length(MOST_WAITING, counters)
    }

    fn of_length(most: usize, counters: &Arc<Counters>) -> (Self, Receiver<ClaimRecord>) {
        let (queue, records) = channel(most);
        (Self { queue, counters: Arc::clone(counters) }, records)
    }

    /// Hands over a record. Where the queue is full this waits for the disk, and counts it: no record is dropped.
    pub async fn send(&self, record: ClaimRecord) {
        if let Err(TrySendError::Full(record)) = self.queue.try_send(record) {
            self.counters.recorder_waits.fetch_add(1, Ordering::Relaxed);
            // The recorder is gone only where it panicked, which ends the run.
            let _ = self.queue.send(record).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config;
    use crate::load::{Names, Plan, lost_record};

    #[tokio::test]
    async fn a_full_queue_is_waited_for_and_counted() {
        let config = config::from_value(json!({"load": {"rate": 3, "duration": "1s"}}), &[]).unwrap();
        let plan = Plan::new(&config.load, 1).unwrap();
        let record = |index| lost_record(&plan, &Names::new("abcdefgh", None), index, 0, true, 0);
        let counters = Arc::default();
        let (records, mut recorder) = Records::of_length(2, &counters);
        for index in 0..2 {
            records.send(record(index)).await;
        }
        assert_eq!(counters.recorder_waits.load(Ordering::Relaxed), 0);
        let read = async { [recorder.recv().await, recorder.recv().await, recorder.recv().await] };
        let ((), read) = tokio::join!(records.send(record(2)), read);
        assert_eq!(read.map(|record| record.unwrap().index), [0, 1, 2]);
        assert_eq!(counters.recorder_waits.load(Ordering::Relaxed), 1);
    }
}

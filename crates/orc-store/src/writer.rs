//! The one thread that writes the log.

use std::fmt;
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

use crate::{Batch, Cause, NewEntry, Result, Store, StoreError};

/// At most so many batches share a commit, so that the first of them does not wait for an endless queue.
const GROUP: usize = 256;

type Done = Box<dyn FnOnce(Result<Range<u64>>) + Send>;

struct Job {
    batch: Batch,
    done: Done,
}

/// A handle to the thread that owns the writing connection. The thread takes whatever is queued and commits it in one
/// transaction, so that many authors share one wait for the disk. The queue is bounded and keeps the order.
///
/// Dropping the handle writes and answers what is queued, then ends the thread.
pub struct Writer {
    queue: Option<SyncSender<Job>>,
    capacity: usize,
    thread: Option<JoinHandle<Store>>,
}

impl Writer {
    /// Starts the thread with a queue of `capacity` batches.
    pub fn spawn(store: Store, capacity: usize) -> Result<Self> {
        let (queue, jobs) = sync_channel(capacity);
        let thread = thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || run(store, &jobs))
            .map_err(|error| StoreError::Io(Cause::from(error)))?;
        Ok(Self { queue: Some(queue), capacity, thread: Some(thread) })
    }

    /// Queues a batch and returns at once. `done` gets the positions once they are on the disk, or the error; it runs
    /// on the writer's thread and must not block. When this returns an error `done` is dropped uncalled.
    pub fn submit(&self, batch: Batch, done: impl FnOnce(Result<Range<u64>>) + Send + 'static) -> Result<()> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.try_send(Job { batch, done: Box::new(done) }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::QueueFull { capacity: self.capacity },
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }

    /// Appends and waits: for a place in the queue, then for the disk. For threads; an async task uses [`submit`].
    ///
    /// [`submit`]: Self::submit
    pub fn append(&self, expected: Option<u64>, entries: Vec<NewEntry>) -> Result<Range<u64>> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        let (answer, answered) = sync_channel(1);
        let done = Box::new(move |result| drop(answer.send(result)));
        queue.send(Job { batch: Batch { expected, entries }, done }).map_err(|_| StoreError::Closed)?;
        answered.recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Writes and answers what is queued, ends the thread and gives the log back.
    pub fn close(mut self) -> Result<Store> {
        self.queue = None;
        let thread = self.thread.take().ok_or(StoreError::Closed)?;
        thread.join().map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of a callback was reported by the thread itself.
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

fn run(mut store: Store, jobs: &Receiver<Job>) -> Store {
    while let Ok(first) = jobs.recv() {
        let (batches, answers): (Vec<_>, Vec<_>) = std::iter::once(first)
            .chain(jobs.try_iter())
            .take(GROUP)
            .map(|job| (job.batch, job.done))
            .unzip();
        for (done, result) in answers.into_iter().zip(store.append_group(&batches)) {
            done(result);
        }
    }
    store
}

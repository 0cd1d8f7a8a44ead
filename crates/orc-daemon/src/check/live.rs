//! The checks that run under this supervisor, for who watches or ends them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use orc_core::check::{Begun, CheckId, Counts};
use orc_core::ids::TeamName;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How far a check is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// It waits for another check on the same repository.
    pub(crate) queued: bool,
    /// What runs: a suite, or what is done before and after.
    pub(crate) doing: String,
    /// Tests so far.
    pub(crate) counts: Counts,
    /// Bytes in the log.
    pub(crate) written: u64,
}

/// A check that runs.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) progress: watch::Sender<Progress>,
    /// Somebody wants its end.
    pub(crate) cancel: CancellationToken,
    /// Its end is in the log.
    pub(crate) over: CancellationToken,
    /// When it began to run; nothing while it waits for another one.
    pub(crate) began: Mutex<Option<Instant>>,
}

impl Live {
    /// Changes what is shown.
    pub(crate) fn show(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    /// How long it has run (milliseconds).
    pub(crate) fn elapsed_ms(&self) -> u64 {
        let began = *self.began.lock().unwrap_or_else(PoisonError::into_inner);
        began.map_or(0, |began| u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

type Running = BTreeMap<(TeamName, CheckId), Arc<Live>>;
type Queue = Arc<tokio::sync::Mutex<()>>;

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    live: Arc<Mutex<Running>>,
    queues: Arc<Mutex<HashMap<String, Queue>>>,
}

impl Checks {
    pub(super) fn add(&self, team: &TeamName, begun: &Begun) -> Arc<Live> {
        let progress = Progress::default();
        let live = Arc::new(Live {
            progress: watch::Sender::new(progress),
            cancel: CancellationToken::new(),
            over: CancellationToken::new(),
            began: Mutex::new(None),
        });
        self.live().insert((team.clone(), begun.check), live.clone());
        live
    }

    pub(super) fn remove(&self, team: &TeamName, check: CheckId) {
        self.live().remove(&(team.clone(), check));
    }

    /// The one of this number.
    pub(crate) fn find(&self, team: &TeamName, check: CheckId) -> Option<Arc<Live>> {
        self.live().get(&(team.clone(), check)).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<Live>> {
        self.live().values().cloned().collect()
    }

    /// Who has it is alone with a repository; the others get it in the order in which they asked.
    pub(super) fn queue(&self, repository: &str) -> Queue {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.entry(repository.to_owned()).or_default().clone()
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Running> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

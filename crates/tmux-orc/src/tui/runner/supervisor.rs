//! Following the log, through the ends and beginnings of supervisors.

use std::time::Duration;

use orc_api::{Client, ClientError, Paths, Request, Response};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep, timeout};

use super::super::message::Message;
use super::super::model::Scope;
use super::super::read;
use super::deeds::is_away;
use crate::connect;
use crate::error::CliError;

/// One wait for the log to go on.
const SLICE: Duration = Duration::from_secs(20);
/// The answer to a wait that is over must come within this.
const MARGIN: Duration = Duration::from_secs(5);
/// What happens within this is told together.
const TOGETHER: Duration = Duration::from_millis(100);
/// Events told at once, at most.
const PAGE: usize = 1000;
/// Between two looks for a supervisor that is gone.
const PAUSE: Duration = Duration::from_millis(300);
/// A supervisor that was killed is given so long to be started by somebody else.
const GRACE: Duration = Duration::from_secs(1);

/// Tells what the log says, for ever.
pub(super) async fn follow(paths: Paths, scope: Scope, tell: Sender<Message>) {
    let client = Client::new(paths.api_socket());
    let mut after = None;
    let mut away: Option<Instant> = None;
    loop {
        match further(&client, &scope, after, away.is_some()).await {
            Ok((message, seq)) => {
                (after, away) = (Some(seq), None);
                if let Some(message) = message
                    && tell.send(message).await.is_err()
                {
                    return;
                }
                sleep(TOGETHER).await;
            }
            Err(why) => {
                let since = *away.get_or_insert_with(Instant::now);
                if tell.send(Message::Lost(Some(why.words()))).await.is_err() {
                    return;
                }
                // Somebody has stopped it on purpose, or it hangs: neither is ours to mend.
                if why == Why::Killed && since.elapsed() >= GRACE {
                    let started = connect::start(&paths).await;
                    if let Err(CliError::Unreachable(why)) = started {
                        drop(tell.send(Message::Lost(Some(why))).await);
                        sleep(PAUSE * 10).await;
                    }
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// It went away without a word.
    Killed,
    /// It was stopped in an orderly way, or never started.
    Stopped,
    /// It is there and says nothing.
    Silent,
    /// It says no.
    Refused(String),
}

impl Why {
    fn words(&self) -> String {
        match self {
            Self::Killed => "it has ended; another one is being started".to_owned(),
            Self::Stopped => "it was stopped; `tmux-orc daemon start` starts it".to_owned(),
            Self::Silent => "it does not answer".to_owned(),
            Self::Refused(why) => why.clone(),
        }
    }
}

impl From<CliError> for Why {
    fn from(error: CliError) -> Self {
        match error {
            CliError::Refused(refusal) => Self::Refused(refusal.message),
            _ => Self::Silent,
        }
    }
}

impl From<ClientError> for Why {
    fn from(error: ClientError) -> Self {
        match (is_away(&error), error) {
            (Some(true), _) => Self::Stopped,
            (Some(false), _) => Self::Killed,
            (None, ClientError::Refused(refusal)) => Self::Refused(refusal.message),
            (None, _) => Self::Silent,
        }
    }
}

/// What there is beyond a position, and the new position. After an absence there is always something to tell: that
/// it is over.
async fn further(
    client: &Client,
    scope: &Scope,
    after: Option<u64>,
    was_away: bool,
) -> Result<(Option<Message>, u64), Why> {
    let Some(after) = after else {
        let team = match scope {
            Scope::Teams => None,
            Scope::Team(team) => Some(team.as_str()),
        };
        let ask = async |request: Request| -> Result<Response, CliError> { Ok(client.ask(&request).await?) };
        let first = timeout(MARGIN, read::past(ask, team)).await.map_err(|_| Why::Silent)?;
        let (events, seq) = first?;
        return Ok((Some(Message::Events(events)), seq));
    };
    let wait = if was_away { Duration::ZERO } else { SLICE };
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let request = Request::Events { after, team: None, limit: PAGE, wait_ms };
    let answer = timeout(wait + MARGIN, client.ask(&request)).await.map_err(|_| Why::Silent)?;
    let Response::Events { events } = answer? else {
        return Err(Why::Refused("the supervisor is of another version".to_owned()));
    };
    let seq = events.last().map_or(after, |envelope| envelope.seq.0);
    let message = (!events.is_empty() || was_away).then_some(Message::Events(events));
    Ok((message, seq))
}

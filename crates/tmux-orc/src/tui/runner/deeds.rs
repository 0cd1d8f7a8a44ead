//! Deeds: questions to the supervisor, each a task of its own, and the terminal of an agent.

use std::process::Stdio;
use std::time::Duration;

use orc_api::{Client, ClientError, Paths, Request, Response};
use tokio::sync::mpsc::Sender;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::super::message::{Message, Reading};
use super::super::model::{Mood, Scope};
use super::super::read;
use super::outcome::{outcome, refusal};
use super::screen::{Screen, leave};
use super::supervisor::follow;
use crate::error::CliError;

/// A supervisor that has not answered a look after so long is lost for now.
const PATIENCE: Duration = Duration::from_secs(3);
/// What was asked for is finished for so long after the person has left.
const LAST: Duration = Duration::from_secs(5);

/// Everything that is being done.
pub(super) struct Deeds {
    paths: Paths,
    tell: Sender<Message>,
    following: Option<JoinHandle<()>>,
    acts: JoinSet<()>,
}

impl Deeds {
    pub(super) fn new(paths: Paths, tell: Sender<Message>) -> Self {
        Self { paths, tell, following: None, acts: JoinSet::new() }
    }

    fn client(&self) -> Client {
        Client::new(self.paths.api_socket())
    }

    /// Follows the log for this, and for nothing else.
    pub(super) fn follow(&mut self, scope: Scope) {
        let following = tokio::spawn(follow(self.paths.clone(), scope, self.tell.clone()));
        if let Some(before) = self.following.replace(following) {
            before.abort();
        }
    }

    /// Looks at what is shown.
    pub(super) fn read(&mut self, scope: Scope, reading: Reading) {
        let client = self.client();
        self.look(async move {
            let ask =
                async |request: Request| -> Result<Response, CliError> { Ok(client.ask(&request).await?) };
            Ok(match &scope {
                Scope::Teams => Message::Teams(read::teams(ask).await?),
                Scope::Team(team) => Message::Board(Box::new(read::board(ask, team, reading).await?)),
            })
        });
    }

    /// Looks at the incident after a while.
    pub(super) fn read_incident(&mut self, team: String, wait: Duration) {
        let client = self.client();
        self.look(async move {
            sleep(wait).await;
            let ask =
                async |request: Request| -> Result<Response, CliError> { Ok(client.ask(&request).await?) };
            Ok(Message::Incident(Box::new(read::incident(ask, &team).await?)))
        });
    }

    /// Tells what a look shows.
    fn look(&self, look: impl Future<Output = Result<Message, CliError>> + Send + 'static) {
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let message = match timeout(PATIENCE, look).await {
                Ok(Ok(message)) => message,
                Ok(Err(CliError::Refused(refusal))) => Message::Unreadable(refusal.message),
                Ok(Err(CliError::Unreachable(_) | CliError::Broken(_))) | Err(_) => Message::Lost(None),
                Ok(Err(error)) => Message::Unreadable(format!("{error:?}")),
            };
            // Nobody listens when the dashboard has ended.
            drop(tell.send(message).await);
        });
    }

    /// Asks something of the supervisor for the person, once.
    pub(super) fn act(&mut self, request: Request) {
        let (client, tell) = (self.client(), self.tell.clone());
        let request = as_who_we_are(request);
        self.acts.spawn(async move {
            let (mood, text) = match client.ask(&request).await {
                Ok(response) => (Mood::Good, outcome(&response)),
                Err(error) => (Mood::Bad, refusal(&error)),
            };
            drop(tell.send(Message::Outcome(mood, text)).await);
        });
    }

    /// Shows a terminal until the person detaches from it.
    pub(super) async fn attach(&mut self, screen: &mut Screen, to: String) -> Result<Message, CliError> {
        let bad = |text: String| Ok(Message::Outcome(Mood::Bad, text));
        let argv = match timeout(PATIENCE, self.client().ask(&Request::Attach { to: to.clone() })).await {
            Ok(Ok(Response::Attach { argv })) => argv,
            Ok(Ok(_)) => return bad("the supervisor answered something else than was asked".to_owned()),
            Ok(Err(error)) => return bad(refusal(&error)),
            Err(_) => return bad("the supervisor does not answer".to_owned()),
        };
        let [program, words @ ..] = argv.as_slice() else {
            return bad("there is nothing to attach to".to_owned());
        };
        leave();
        // Within another tmux the inner one takes its keys after the outer one's prefix, pressed twice.
        let ended = tokio::process::Command::new(program)
            .args(words)
            .env_remove("TMUX")
            .env_remove("TMUX_PANE")
            .stdout(Stdio::inherit())
            .status()
            .await;
        screen.take_back()?;
        match ended {
            Ok(status) if status.success() => Ok(Message::Outcome(Mood::Good, format!("back from {to}"))),
            Ok(status) => bad(format!("{program}: {status}")),
            Err(error) => bad(format!("{program}: {error}")),
        }
    }

    /// Lets what was asked for come to an end.
    pub(super) async fn finish(&mut self) {
        let all = async { while self.acts.join_next().await.is_some() {} };
        if timeout(LAST, all).await.is_err() {
            crate::output::talk(
                "something that was asked for goes on: `tmux-orc events` shows what was done",
            );
        }
    }
}

/// An agent that runs the dashboard speaks for itself and not for the person.
fn as_who_we_are(mut request: Request) -> Request {
    let own = std::env::var("TMUX_ORC_AGENT_ID").ok();
    match &mut request {
        Request::Send(it) => it.sender = own,
        Request::Answer(it) => it.sender = own,
        Request::Record(it) => it.sender = own,
        _ => {}
    }
    request
}

/// Whether nobody listens, and whether that is because nobody is to.
pub(super) fn is_away(error: &ClientError) -> Option<bool> {
    match error {
        ClientError::Unreachable { source, .. } => Some(source.kind() == std::io::ErrorKind::NotFound),
        ClientError::Broken(_) => Some(false),
        ClientError::Refused(refusal) => {
            (refusal.code == orc_core::error::Code::ShuttingDown).then_some(true)
        }
    }
}

//! The pull request: found by its branch, made when there is none, brought up to date when there is one. Whatever becomes of a
//! request, the forge is asked what is there before anything is made.

use std::time::Duration;

use orc_core::change::Action;

use crate::block::Block;
use crate::rest::{Api, Draft, Pull, RestError};

/// So often it is tried to make one whose making was not answered.
const TRIES: u32 = 4;
/// Before looking again: what was made may not be listed at once.
const PAUSE: Duration = Duration::from_millis(700);

/// What is to be proposed.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The branch.
    pub branch: String,
    /// The branch that it is to go into.
    pub base: String,
    /// The title of a new one.
    pub title: String,
    /// Somebody gave the title, and it is to replace that of one that is there.
    pub retitle: bool,
    /// It is not to be reviewed yet.
    pub draft: bool,
    /// Our part of the body.
    pub block: Block,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Its number.
    pub number: u64,
    /// Its address.
    pub url: String,
    /// Whether it was made.
    pub action: Action,
    /// The labels that it has.
    pub labels: Vec<String>,
    /// It is a draft.
    pub draft: bool,
}

/// Where pull requests of one repository are.
#[derive(Debug, Clone)]
pub struct Place(pub(crate) Api);

impl Place {
    /// Finds, makes or updates the one pull request.
    pub async fn propose(&self, wanted: &Wanted) -> Result<Proposed, RestError> {
        let api = &self.0;
        let mut asked = false;
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some(pull) = self.find(wanted).await? {
                // One that has our words to the letter after we asked for it is the one that we asked for.
                let ours = asked && wanted.block.is_whole_in(&pull.body);
                return self.update(wanted, pull, ours).await;
            }
            let body = wanted.block.alone();
            let draft = Draft {
                title: &wanted.title,
                body: &body,
                branch: &wanted.branch,
                base: &wanted.base,
                unready: wanted.draft,
            };
            let new = api.shape.new_pull(draft);
            asked = true;
            let failed = match api.once("POST", &api.shape.pulls(&api.repository), Some(&new)).await {
                Ok(value) => match api.shape.pull_of(&value) {
                    Some(pull) => return Ok(proposed(pull, Action::Created)),
                    None => RestError::NoAnswer("it says of no number".to_owned()),
                },
                Err(error) => error,
            };
            match failed {
                RestError::Refused { status, said } if api.shape.is_there_already(status, &said) => {
                    if tries >= TRIES {
                        return Err(RestError::Refused { status, said });
                    }
                    asked = false;
                    tokio::time::sleep(PAUSE).await;
                }
                RestError::Later { seconds, .. } if seconds <= 60 && tries < TRIES => {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
                RestError::NoAnswer(_) if tries < TRIES => tokio::time::sleep(PAUSE).await,
                other => return Err(other),
            }
        }
    }

    /// The open one of the branch.
    async fn find(&self, wanted: &Wanted) -> Result<Option<Pull>, RestError> {
        let api = &self.0;
        let list = api.read(&api.shape.list(&api.repository, &wanted.branch, &wanted.base)).await?;
        Ok(list.as_array().into_iter().flatten().find_map(|value| api.shape.pull_of(value)))
    }

    /// Puts our block in its place; what others wrote around it stays.
    async fn update(&self, wanted: &Wanted, pull: Pull, ours: bool) -> Result<Proposed, RestError> {
        let api = &self.0;
        let body = wanted.block.within(&pull.body);
        let body = (body != pull.body).then_some(body);
        let title = wanted.retitle.then_some(wanted.title.as_str());
        if body.is_some() || title.is_some() {
            let (method, endpoint) = api.shape.pull(&api.repository, pull.number);
            let change = api.shape.change(body.as_deref(), title);
            api.again(method, &endpoint, Some(&change)).await?;
        }
        Ok(proposed(pull, if ours { Action::Created } else { Action::Updated }))
    }

    /// Puts labels on and takes others off. Answers what did not work; the rest is done.
    pub async fn label(&self, number: u64, on: &[String], off: &[String]) -> Vec<String> {
        let api = &self.0;
        let mut failed = Vec::new();
        for call in api.shape.labels(&api.repository, number, on, off) {
            match api.again(call.method, &call.endpoint, call.body.as_ref()).await {
                Ok(_) => {}
                Err(RestError::Refused { status, .. }) if call.fine.contains(&status) => {}
                Err(error) => failed.push(error.to_string()),
            }
        }
        failed.dedup();
        failed
    }
}

fn proposed(pull: Pull, action: Action) -> Proposed {
    Proposed { number: pull.number, url: pull.url, action, labels: pull.labels, draft: pull.draft }
}

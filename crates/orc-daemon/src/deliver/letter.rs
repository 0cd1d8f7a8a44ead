//! Everything about one delivery that is read from the state once, before it begins.

use std::path::PathBuf;
use std::sync::Arc;

use orc_core::delivery::{Delivery, MessageKind, PASTE};
use orc_core::detect::Detector;
use orc_core::envelope::{Heading, pointer, wrap};
use orc_core::ids::{AgentId, Generation, MessageId};
use orc_core::profile::{Door, Profile};
use orc_core::team::{AgentState, Doors, Process};

use crate::launch::{LaunchError, write_private};
use crate::link::Link;
use crate::run::Shell;

/// A message on its way to one agent.
pub(crate) struct Letter {
    pub(crate) profile: Arc<Profile>,
    pub(crate) detector: Arc<Detector>,
    pub(crate) link: Option<Link>,
    pub(crate) state: AgentState,
    doors: Doors,
    /// A door has refused this very message: it is typed.
    refused_by_door: bool,
    /// Doors that took messages of which the agent has not spoken yet.
    holding: Vec<String>,
    pub(crate) generation: Generation,
    pub(crate) session: Option<String>,
    pub(crate) port: u16,
    pub(crate) child: Option<Process>,
    pub(crate) dir: String,
    /// The door of the attempt that is under way, for attempts that are resumed.
    pub(crate) begun_door: String,
    pub(crate) message: MessageId,
    from: String,
    remark: &'static str,
    body: String,
    file: PathBuf,
}

/// Reads what is needed; nothing when the message or the agent is gone.
pub(crate) async fn open(shell: &Shell, agent: AgentId, message: MessageId) -> Option<Letter> {
    let paths = shell.paths.clone();
    let look = shell.handle.look(move |at| {
        let found = at.state.agent(agent)?;
        let entry = at.catalog.profile(&found.profile)?;
        let letter = at.state.messages.get(&message)?;
        let team = at.state.teams.get(&found.team)?;
        let begun_door = match letter.recipients.get(&agent)? {
            Delivery::Attempting { door, .. } => door.clone(),
            Delivery::Waiting { .. } | Delivery::Settled { .. } => String::new(),
        };
        let coordinates = at.state.manager_of(team, None).is_some_and(|manager| manager.id == agent);
        Some(Letter {
            profile: entry.profile.clone(),
            detector: entry.detector(),
            link: at.links.get(&agent).cloned(),
            state: found.state.clone(),
            doors: found.doors,
            refused_by_door: at
                .world
                .live
                .get(&agent)
                .is_some_and(|live| live.refused_by_door == Some(message)),
            holding: found.held.values().cloned().collect(),
            generation: found.generation,
            session: found.native_session.clone(),
            port: found.launch.as_ref().map_or(0, |launch| launch.port),
            child: found.launch.as_ref().map(|launch| launch.child),
            dir: found.dir.clone(),
            begun_door,
            message,
            from: letter.from.label().to_owned(),
            remark: remark(letter.kind, coordinates),
            body: letter.text.clone(),
            file: paths.team_dir(found.team.as_str()).join("messages").join(format!("{message}.txt")),
        })
    });
    look.await.ok().flatten()
}

fn remark(kind: MessageKind, coordinates: bool) -> &'static str {
    match kind {
        MessageKind::Direct => "",
        MessageKind::Each => "to each of the team",
        MessageKind::Broadcast if coordinates => {
            "to the whole team; you coordinate: split it into tasks and assign them"
        }
        MessageKind::Broadcast => "to the whole team; the manager coordinates",
        MessageKind::Brief => "your brief",
        MessageKind::Restored => "you were started again",
        MessageKind::Digest => "what happened in the team",
    }
}

impl Letter {
    /// The text as the agent gets it: whole, or a pointer to a file when it is too long or would be changed.
    pub(crate) fn text(&self) -> Result<String, LaunchError> {
        let heading = Heading { id: self.message, from: &self.from, remark: self.remark };
        let whole = wrap(heading, &self.body);
        let limit = self.profile.paste.inline_limit;
        let native = self.native_door(whole.len()).is_some();
        let changed = self.detector.lossy(&self.body);
        let why = match (native, changed) {
            (true, _) => return Ok(whole),
            (false, None) if whole.len() <= limit => return Ok(whole),
            (false, Some(odd)) => {
                format!("{} changes the character {} in typed text", self.profile.name, odd.escape_unicode())
            }
            (false, None) => format!("it is longer than {limit} bytes"),
        };
        // Durable before the agent is pointed to it.
        let file = write_private(&self.file, self.body.as_bytes())?;
        file.sync_all().map_err(|source| LaunchError::Io {
            doing: "writing",
            path: self.file.clone(),
            source,
        })?;
        Ok(wrap(heading, &pointer(&self.file.to_string_lossy(), &self.body, &why)))
    }

    /// Whether the attempt under way went through a native door.
    pub(crate) fn began_natively(&self) -> bool {
        !self.begun_door.is_empty() && self.begun_door != PASTE
    }

    /// Whether that door only filled the agent's composer.
    pub(crate) fn began_in_composer(&self) -> bool {
        self.profile.doors.iter().any(|door| door.name == self.begun_door && door.fills_composer())
    }

    /// The best door that can take a text of this length now; nothing means the keyboard.
    pub(crate) fn native_door(&self, length: usize) -> Option<&Door> {
        let open = |door: &&Door| {
            // What is typed would overtake what a door still holds.
            let state = if self.holding.contains(&door.name) { &AgentState::Working } else { &self.state };
            let refused = door.fills_composer() && self.refused_by_door;
            !refused && length <= door.max_bytes && door.takes(state, self.session.is_some(), self.doors)
        };
        self.profile.doors.iter().find(open)
    }
}

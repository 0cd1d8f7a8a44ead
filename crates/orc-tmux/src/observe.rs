//! What is there now.

use std::collections::BTreeMap;

use crate::line::Line;
use crate::{PaneId, Server, ServerIdentity, SessionId, TmuxError, WindowId};

/// What one look at the server showed. An error of [`Server::observe`] means unknown, which is neither: a pane
/// is not gone because nobody could look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// No server: every view is gone.
    Absent,
    /// All panes that belong to a team or show an agent, by pane.
    Present {
        /// The server that was looked at. Ids of another one are of no meaning in it.
        server: ServerIdentity,
        /// The panes, each once.
        panes: Vec<PaneView>,
    },
}

/// One pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaneView {
    /// Its session; of several, the team's.
    pub session: SessionId,
    /// What the session is called now.
    pub session_name: String,
    /// The team that the session was made for.
    pub team: Option<String>,
    /// Its window.
    pub window: WindowId,
    /// What the window is called now, as tmux shows it.
    pub window_name: String,
    /// The window's place in the session.
    pub window_index: u32,
    /// The pane itself.
    pub pane: PaneId,
    /// The process that tmux started in it.
    pub pid: Option<u32>,
    /// The agent whose view it was made for; none for a pane that a person made.
    pub agent: Option<String>,
    /// The program has ended and the pane was kept (a person switched `remain-on-exit` on).
    pub dead: bool,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Names come last: tmux makes tabs in them visible, and our own marks have none.
const FORMAT: &str = "#{session_id}\t#{window_id}\t#{window_index}\t#{pane_id}\t#{pane_pid}\t#{pane_dead}\t\
                      #{pane_width}\t#{pane_height}\t#{@orc_team}\t#{@orc_agent}\t#{session_name}\t#{window_name}";

impl Server {
    /// Looks at all panes, at the price of about 20 µs a pane. Starts no server.
    pub async fn observe(&self) -> Result<Observation, TmuxError> {
        let line = Line::new("list-panes").word("-a").word("-F").arg(FORMAT);
        match self.run(line, None).await {
            Ok((server, lines)) => Ok(Observation::Present { server, panes: panes(server, &lines)? }),
            Err(TmuxError::ServerAbsent { .. }) => Ok(Observation::Absent),
            Err(error) => Err(error),
        }
    }
}

fn panes(server: ServerIdentity, lines: &[String]) -> Result<Vec<PaneView>, TmuxError> {
    let mut panes = BTreeMap::new();
    for line in lines {
        let unreadable = || TmuxError::UnexpectedAnswer { command: "list-panes", answer: line.clone() };
        let view = pane(server, line).ok_or_else(unreadable)?;
        if view.team.is_none() && view.agent.is_none() {
            continue;
        }
        // A window that a person linked into another session appears in both.
        if view.team.is_some() || !panes.contains_key(&view.pane) {
            panes.insert(view.pane, view);
        }
    }
    Ok(panes.into_values().collect())
}

fn pane(server: ServerIdentity, line: &str) -> Option<PaneView> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [session, window, index, pane, pid, dead, width, height, team, agent, session_name, window_name] =
        fields.try_into().ok()?;
    let mark = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(PaneView {
        session: SessionId::parse(server, session)?,
        session_name: session_name.to_owned(),
        team: mark(team),
        window: WindowId::parse(server, window)?,
        window_name: window_name.to_owned(),
        window_index: index.parse().ok()?,
        pane: PaneId::parse(server, pane)?,
        pid: pid.parse().ok().filter(|pid| *pid != 0),
        agent: mark(agent),
        dead: dead == "1",
        width: width.parse().ok()?,
        height: height.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerIdentity = ServerIdentity { pid: 1, start_time: 2 };

    fn read(lines: &[&str]) -> Result<Vec<PaneView>, TmuxError> {
        panes(SERVER, &lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn strangers_are_left_out_and_linked_windows_counted_once() {
        let views = read(&[
            "$0\t@0\t0\t%0\t10\t0\t200\t50\t\t\torc-hold\ttail",
            "$2\t@1\t0\t%1\t11\t0\t200\t50\t\tlead\tmine\tlead",
            "$1\t@1\t0\t%1\t11\t0\t200\t50\tteam\tlead\tteam\tlead",
            "$3\t@1\t0\t%1\t11\t0\t200\t50\t\tlead\tother\tlead",
            "$1\t@2\t1\t%2\t12\t1\t80\t24\tteam\t\tteam\tshell",
        ])
        .unwrap();
        let seen: Vec<_> =
            views.iter().map(|view| (view.session.to_string(), view.pane.to_string())).collect();
        assert_eq!(seen, [("$1".into(), "%1".into()), ("$1".into(), "%2".into())]);
        assert_eq!(views[0].agent.as_deref(), Some("lead"));
        assert!(views[1].agent.is_none() && views[1].dead);
    }

    #[test]
    fn a_listing_that_cannot_be_read_is_an_error_not_an_absence() {
        for line in ["", "$1\t@1", "$1\t@1\t0\t1\t11\t0\t200\t50\tteam\tlead\tteam\tlead"] {
            assert!(matches!(read(&[line]), Err(TmuxError::UnexpectedAnswer { .. })), "{line:?}");
        }
    }
}

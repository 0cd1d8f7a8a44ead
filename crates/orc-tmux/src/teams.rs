//! One session per team. It is found by the mark that we set on it, never by its name, which people change.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use crate::line::Line;
use crate::{Server, ServerIdentity, SessionId, TmuxError, WindowId};

/// The session option that marks a team's session.
pub(crate) const TEAM_MARK: &str = "@orc_team";

/// A team's session as it is now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TeamSession {
    pub(crate) session: SessionId,
    /// Window indices in use.
    pub(crate) indices: BTreeSet<u32>,
}

impl Server {
    /// The session of a team, if it has one. Starts no server.
    pub async fn team_session(&self, team: &str) -> Result<Option<SessionId>, TmuxError> {
        match self.team_sessions(None).await {
            Ok(mut sessions) => Ok(sessions.remove(team).map(|found| found.session)),
            Err(TmuxError::ServerAbsent { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Ends a team's session with all its windows. Fine when it is gone already.
    pub async fn close_team(&self, session: SessionId) -> Result<(), TmuxError> {
        let line = Line::new("kill-session").word("-t").arg(&session.to_string());
        gone_is_done(self.run(line, Some(session.server())).await)
    }

    /// The command with which a person looks at a team, starting with the tmux program; with `window`, that one
    /// comes up. To be executed in the person's terminal **without `TMUX` in the environment**, or tmux
    /// refuses to nest.
    pub fn attach_argv(&self, session: SessionId, window: Option<WindowId>) -> Vec<OsString> {
        let config = &self.inner.config;
        let mut argv = vec![config.program.clone().into_os_string()];
        argv.extend(["-N", "-u", "-f", "/dev/null", "-S"].map(OsString::from));
        argv.push(config.socket.clone().into_os_string());
        argv.extend(["attach-session".into(), "-t".into(), session.to_string().into()]);
        if let Some(window) = window {
            argv.extend([";".into(), "select-window".into(), "-t".into(), window.to_string().into()]);
        }
        argv
    }

    /// All team sessions by team. Of two with the same mark the older counts.
    pub(crate) async fn team_sessions(
        &self,
        server: Option<ServerIdentity>,
    ) -> Result<BTreeMap<String, TeamSession>, TmuxError> {
        let format = "#{session_id}\t#{window_index}\t#{@orc_team}";
        let line = Line::new("list-windows").word("-a").word("-F").arg(format);
        let (server, lines) = self.run(line, server).await?;
        let mut teams = BTreeMap::new();
        for line in &lines {
            let unreadable = || TmuxError::UnexpectedAnswer { command: "list-windows", answer: line.clone() };
            let (session, index, team) = window(server, line).ok_or_else(unreadable)?;
            if team.is_empty() {
                continue;
            }
            let found = teams
                .entry(team.to_owned())
                .or_insert_with(|| TeamSession { session, indices: BTreeSet::new() });
            if session < found.session {
                *found = TeamSession { session, indices: BTreeSet::new() };
            }
            if session == found.session {
                found.indices.insert(index);
            }
        }
        Ok(teams)
    }
}

fn window(server: ServerIdentity, line: &str) -> Option<(SessionId, u32, &str)> {
    let mut fields = line.splitn(3, '\t');
    Some((SessionId::parse(server, fields.next()?)?, fields.next()?.parse().ok()?, fields.next()?))
}

/// For what is to be gone: being gone already is success.
pub(crate) fn gone_is_done<T>(result: Result<T, TmuxError>) -> Result<(), TmuxError> {
    match result {
        Ok(_) | Err(TmuxError::NotFound { .. } | TmuxError::ServerAbsent { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

//! Which sessions there are. tmux says that sessions changed but not which, so the list is kept and compared.

use std::collections::BTreeMap;

use crate::exchange::Answer;
use crate::line::Line;
use crate::{Event, ServerIdentity, SessionId};

/// The sessions as last listed.
#[derive(Debug)]
pub(crate) struct Sessions {
    names: BTreeMap<SessionId, String>,
    refresh: Refresh,
}

/// Whether the list is being refreshed, and whether it is stale again already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresh {
    Done,
    UnderWay,
    UnderWayAndStale,
}

impl Sessions {
    /// What [`Sessions::question`] brought on a new connection.
    pub(crate) fn new(server: ServerIdentity, answers: &[Answer]) -> Self {
        Self { names: read(server, answers), refresh: Refresh::Done }
    }

    /// The line that lists them.
    pub(crate) fn question() -> Line {
        Line::new("list-sessions").word("-F").arg("#{session_id} #{session_name}")
    }

    /// Some session was made or destroyed. Gives what to ask now, at most one question at a time.
    pub(crate) fn changed(&mut self) -> Option<Line> {
        match self.refresh {
            Refresh::Done => {
                self.refresh = Refresh::UnderWay;
                Some(Self::question())
            }
            Refresh::UnderWay | Refresh::UnderWayAndStale => {
                self.refresh = Refresh::UnderWayAndStale;
                None
            }
        }
    }

    /// A session got a name. One that is not in the list yet is one that is just being made: no news.
    pub(crate) fn renamed(&mut self, session: SessionId, name: String) -> Option<Event> {
        let known = self.names.get_mut(&session).filter(|known| **known != name)?;
        known.clone_from(&name);
        Some(Event::SessionRenamed { session, name })
    }

    /// The answer to the question: what happened since the last one, and what to ask now.
    pub(crate) fn listed(
        &mut self,
        server: ServerIdentity,
        answers: &[Answer],
    ) -> (Vec<Event>, Option<Line>) {
        let stale = self.refresh == Refresh::UnderWayAndStale;
        self.refresh = Refresh::Done;
        // A refused listing says nothing about any session.
        if answers.iter().any(|answer| answer.error.is_some()) {
            return (Vec::new(), None);
        }
        let before = std::mem::replace(&mut self.names, read(server, answers));
        let events = before.into_iter().filter_map(|(session, before)| match self.names.get(&session) {
            None => Some(Event::SessionClosed { session }),
            Some(name) if *name != before => Some(Event::SessionRenamed { session, name: name.clone() }),
            Some(_) => None,
        });
        let events = events.collect();
        (events, if stale { self.changed() } else { None })
    }
}

fn read(server: ServerIdentity, answers: &[Answer]) -> BTreeMap<SessionId, String> {
    let lines = answers.iter().flat_map(|answer| &answer.output);
    let session = |line: &String| {
        let (id, name) = line.split_once(' ')?;
        Some((SessionId::parse(server, id)?, name.to_owned()))
    };
    lines.filter_map(session).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerIdentity = ServerIdentity { pid: 1, start_time: 2 };

    fn answers(lines: &[&str]) -> Vec<Answer> {
        vec![Answer { output: lines.iter().map(ToString::to_string).collect(), error: None }]
    }

    fn id(text: &str) -> SessionId {
        SessionId::parse(SERVER, text).unwrap()
    }

    #[test]
    fn what_is_missing_was_closed_and_what_is_new_is_no_news() {
        let mut sessions = Sessions::new(SERVER, &answers(&["$0 hold", "$1 a", "$2 b c"]));
        assert_eq!(sessions.changed(), Some(Sessions::question()));
        let (events, next) = sessions.listed(SERVER, &answers(&["$0 hold", "$2 new name", "$3 d"]));
        let renamed = Event::SessionRenamed { session: id("$2"), name: "new name".into() };
        assert_eq!(events, [Event::SessionClosed { session: id("$1") }, renamed]);
        assert_eq!(next, None);
    }

    #[test]
    fn a_rename_is_told_once() {
        let mut sessions = Sessions::new(SERVER, &answers(&["$1 a"]));
        let renamed = Event::SessionRenamed { session: id("$1"), name: "b".into() };
        assert_eq!(sessions.renamed(id("$1"), "b".into()), Some(renamed));
        assert_eq!(sessions.renamed(id("$1"), "b".into()), None);
        assert_eq!(sessions.renamed(id("$2"), "being made".into()), None);
        assert_eq!(sessions.listed(SERVER, &answers(&["$1 b"])), (vec![], None));
    }

    #[test]
    fn a_change_during_a_listing_asks_once_more() {
        let mut sessions = Sessions::new(SERVER, &answers(&["$1 a"]));
        assert!(sessions.changed().is_some());
        assert!(sessions.changed().is_none());
        assert!(sessions.changed().is_none());
        assert!(sessions.listed(SERVER, &answers(&["$1 a"])).1.is_some());
        assert!(sessions.listed(SERVER, &answers(&["$1 a"])).1.is_none());
    }

    #[test]
    fn a_refused_listing_closes_nothing() {
        let mut sessions = Sessions::new(SERVER, &answers(&["$1 a"]));
        let refused = [Answer { output: vec![], error: Some("no sessions".into()) }];
        assert_eq!(sessions.listed(SERVER, &refused), (vec![], None));
        assert_eq!(sessions.listed(SERVER, &answers(&[])).0, [Event::SessionClosed { session: id("$1") }]);
    }
}

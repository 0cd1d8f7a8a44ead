//! What events change of one agent.

use crate::team::{Agent, AgentState, Evidence, Said};

impl Agent {
    pub(super) fn hear(&mut self, state: &AgentState, evidence: &Evidence) {
        let said = Said { state: state.clone(), evidence: evidence.clone() };
        self.said.insert(evidence.source, said);
    }

    /// The newest one is the last.
    pub(super) fn remember_session(&mut self, session: &str) {
        self.sessions.retain(|known| known != session);
        self.sessions.push(session.to_owned());
    }

    pub(super) fn set_state(&mut self, state: AgentState, evidence: Evidence) {
        if !self.state.agrees_with(&state) {
            self.since = evidence.at;
        }
        self.state = state;
        self.evidence = evidence;
    }
}

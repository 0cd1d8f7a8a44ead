//! What follows now from what is known: restarts are planned and begun, breakers open, a mass death pauses.

use std::collections::BTreeSet;

use super::judge::{Verdict, verdict};
use super::limits::{Limits, MASS_OF_HOST, MASS_OF_TEAM, MASS_WITHIN_MS, WINDOW_MS};
use super::{Fall, Planned, Policy, Recovery, Restarted};
use crate::delivery::{MessageKind, Sender};
use crate::envelope::make_safe;
use crate::event::Event;
use crate::ids::{AgentId, MessageId, TeamName};
use crate::restart::{Cause, Comeback};
use crate::state::State;
use crate::team::{Agent, Team, TeamPhase};
use crate::time::{Moment, Timestamp};

/// When something follows by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Now: [`due`] says what.
    Now,
    /// At this instant of the boot clock (milliseconds).
    At(u64),
    /// Not before something else happens.
    Open,
}

/// When recovery has something to do.
pub fn next(state: &State, now: &Moment) -> Next {
    let recovery = &state.recovery;
    let stands = |agent: &Agent| matches!(verdict(state, recovery, agent), Verdict::Restart(_));
    let resumes = recovery.paused.values().any(|pause| pause.at.boot != now.boot);
    if !resumes && !state.agents.values().any(stands) {
        return Next::Open;
    }
    if !due(state, now).is_empty() {
        return Next::Now;
    }
    let waits = state.agents.values().filter_map(|agent| wait(state, recovery, agent, now));
    waits.min().map_or(Next::Open, |wait| Next::At(now.millis.saturating_add(wait)))
}

/// The facts that follow now, in order.
pub fn due(state: &State, now: &Moment) -> Vec<Event> {
    let mut draft = Draft { state, recovery: state.recovery.clone(), events: Vec::new(), now };
    draft.resume();
    for agent in state.agents.values() {
        if let Verdict::Restart(fall) = verdict(state, &draft.recovery, agent) {
            draft.fell(agent, fall);
        }
    }
    draft.mass_deaths();
    for agent in state.agents.values() {
        draft.begin(agent);
    }
    draft.events
}

/// How long until the planned restart of this agent may begin (milliseconds); nothing when none may by itself.
pub fn wait(state: &State, recovery: &Recovery, agent: &Agent, now: &Moment) -> Option<u64> {
    let planned = waiting(recovery, agent)?;
    let (team, policy) = (state.teams.get(&agent.team)?, recovery.policy(&agent.team)?);
    if recovery.paused.contains_key(&agent.team)
        || !matches!(verdict(state, recovery, agent), Verdict::Restart(_))
    {
        return None;
    }
    let limits = policy.mode.limits();
    let backoff = planned.delay_ms.saturating_sub(planned.at.age(now));
    let of_team = recovery.restarts.iter().filter(|one| one.team == agent.team);
    let team_wait = until_below(of_team, limits.of_team(team.agents.len()), now);
    let host_wait = until_below(recovery.restarts.iter(), limits.of_host(agents_of_host(state)), now);
    Some(backoff.max(team_wait).max(host_wait))
}

/// The restart that is planned for the last launch of this agent and has not begun.
pub fn waiting<'a>(recovery: &'a Recovery, agent: &Agent) -> Option<&'a Planned> {
    let planned = recovery.agents.get(&agent.id)?.planned.as_ref()?;
    (planned.generation == agent.generation && !planned.begun).then_some(planned)
}

/// How many of these lie within the window.
pub fn within<'a>(moments: impl IntoIterator<Item = &'a Moment>, window_ms: u64, now: &Moment) -> usize {
    moments.into_iter().filter(|at| at.age(now) < window_ms).count()
}

/// Agents of teams that run.
pub fn agents_of_host(state: &State) -> usize {
    let running = state.teams.values().filter(|team| team.phase == TeamPhase::Running);
    running.map(|team| team.agents.len()).sum()
}

/// How long until fewer than `cap` of these lie within the window (milliseconds).
fn until_below<'a>(restarts: impl Iterator<Item = &'a Restarted>, cap: usize, now: &Moment) -> u64 {
    let mut left: Vec<u64> = restarts
        .map(|one| one.at.age(now))
        .filter(|age| *age < WINDOW_MS)
        .map(|age| WINDOW_MS - age)
        .collect();
    left.sort_unstable();
    // So many have to leave before one more may come.
    (left.len() + 1).checked_sub(cap).filter(|many| *many > 0).map_or(0, |many| left[many - 1])
}

struct Draft<'a> {
    state: &'a State,
    /// What is known once the events so far are facts.
    recovery: Recovery,
    events: Vec<Event>,
    now: &'a Moment,
}

impl Draft<'_> {
    fn push(&mut self, event: Event) {
        let agent = event.agent().and_then(|id| self.state.agent(id));
        // The wall clock is only kept for people, and this copy is shown to nobody.
        self.recovery.apply(self.state.seq, Timestamp::default(), &event, agent);
        self.events.push(event);
    }

    /// What paused in an earlier boot has its explanation: the machine went down, and everything begins anew.
    fn resume(&mut self) {
        let of_old = |(team, pause): (&TeamName, &super::Pause)| {
            (pause.at.boot != self.now.boot).then(|| team.clone())
        };
        let teams: Vec<TeamName> = self.recovery.paused.iter().filter_map(of_old).collect();
        for team in teams {
            self.push(Event::RespawnResumed { team, by: "the host was rebooted after it".to_owned() });
        }
    }

    fn limits(&self, team: &TeamName) -> Option<Limits> {
        self.recovery.policy(team).map(|policy: &Policy| policy.mode.limits())
    }

    /// An agent that should work does not: its restart is planned, or its breaker opens.
    fn fell(&mut self, agent: &Agent, fall: Fall) {
        let record = self.recovery.agents.get(&agent.id);
        let planned = record.and_then(|record| record.planned.as_ref());
        let Some(limits) = self.limits(&agent.team) else { return };
        if planned.is_some_and(|planned| planned.generation == agent.generation) {
            return;
        }
        let stillborn = record.map_or(0, |record| record.stillborn);
        let restarts = record.map_or(0, |record| within(&record.restarts, WINDOW_MS, self.now));
        let loops = if stillborn > limits.stillborn {
            Some(format!("{fall}, for the {stillborn}. time in a row before it was ready"))
        } else if restarts >= limits.per_agent {
            let minutes = WINDOW_MS / 60_000;
            Some(format!("{fall}, after {restarts} restarts within {minutes} minutes"))
        } else {
            None
        };
        if let Some(reason) = loops {
            return self.open_breaker(agent, reason);
        }
        let attempt = u32::try_from(restarts).unwrap_or(u32::MAX).saturating_add(1);
        let delay_ms = limits.delay_ms(agent.id, attempt);
        let (agent, generation, at) = (agent.id, agent.generation, self.now.clone());
        self.push(Event::RestartPlanned { agent, generation, attempt, fall, delay_ms, at });
    }

    fn open_breaker(&mut self, agent: &Agent, reason: String) {
        let text = format!(
            "Agent {team}:{index} ({name}) is not restarted any more: {reason}. Give its work to somebody else until a \
             person has looked at it: `tmux-orc recovery status` says what is known, `tmux-orc agent restart \
             {team}:{index}` tries again.",
            team = agent.team,
            index = agent.index,
            name = agent.name,
        );
        let (id, generation, at) = (agent.id, agent.generation, self.now.clone());
        self.push(Event::BreakerOpened { agent: id, generation, reason, at });
        self.tell_manager(&agent.team, Some(id), &text);
    }

    /// The team's manager is told; when it is the one that fell, the first of the others.
    fn tell_manager(&mut self, team: &TeamName, fell: Option<AgentId>, text: &str) {
        let Some(found) = self.state.teams.get(team) else { return };
        let first = || self.state.agents_of(found).find(|agent| Some(agent.id) != fell);
        let Some(to) = self.state.manager_of(found, fell).or_else(first) else { return };
        let to = vec![to.id];
        let accepted = |event: &&Event| matches!(event, Event::MessageAccepted { .. });
        let new = self.events.iter().filter(accepted).count() as u64;
        let message = MessageId(self.state.last_message + 1 + new);
        let safe = make_safe(text);
        self.push(Event::MessageAccepted {
            message,
            team: team.clone(),
            from: Sender::System,
            kind: MessageKind::Direct,
            to,
            text: safe.text,
            notes: safe.notes,
            key: None,
        });
    }

    /// Many at once have one cause, which a restart does not mend.
    fn mass_deaths(&mut self) {
        let fresh = |fall: &&Restarted| fall.at.age(self.now) < MASS_WITHIN_MS;
        let fallen: BTreeSet<(TeamName, AgentId)> =
            self.recovery.falls.iter().filter(fresh).map(|fall| (fall.team.clone(), fall.agent)).collect();
        let teams: BTreeSet<&TeamName> = fallen.iter().map(|(team, _)| team).collect();
        let of_host = fallen.len() >= MASS_OF_HOST && teams.len() > 1;
        let watched = self.state.teams.values().filter(|team| team.phase == TeamPhase::Running);
        let watched: Vec<&Team> = watched.filter(|team| self.recovery.policy(&team.name).is_some()).collect();
        for team in watched {
            let of_team = fallen.iter().filter(|(name, _)| *name == team.name).count();
            if self.recovery.paused.contains_key(&team.name) || !(of_host || of_team >= MASS_OF_TEAM) {
                continue;
            }
            let (deaths, whose) = if of_host {
                (fallen.len(), format!("agents of {} teams", teams.len()))
            } else {
                (of_team, "agents of the team".to_owned())
            };
            let seconds = MASS_WITHIN_MS / 1000;
            let reason = format!("{deaths} {whose} fell within {seconds} s: one cause, which is not known");
            let text = format!(
                "Nobody of team {name} is restarted for now: {reason}. A person looks for it and says `tmux-orc recovery \
                 start --session {name}` when it is mended.",
                name = team.name,
            );
            let (name, at) = (team.name.clone(), self.now.clone());
            self.push(Event::RespawnPaused { team: name, deaths, reason, at });
            self.tell_manager(&team.name, None, &text);
        }
    }

    fn begin(&mut self, agent: &Agent) {
        if wait(self.state, &self.recovery, agent, self.now) != Some(0) {
            return;
        }
        let Some(planned) = waiting(&self.recovery, agent).cloned() else { return };
        let (agent, generation, at) = (agent.id, planned.generation, self.now.clone());
        let Planned { attempt, fall, .. } = planned;
        let why = fall.to_string();
        self.push(Event::RestartBegun { agent, generation, attempt, fall, at });
        // The wish itself: from here on it is the same as a person's.
        let (how, cause, generation) = (Comeback::Resume, Cause::Recovery, generation.next());
        self.push(Event::AgentRestarting { agent, generation, how, cause, why });
    }
}

//! The person's side: the pane in which an agent is looked at, driven as tmux drives it.

use orc_testkit::wait_until;

use crate::world::{Agent, SOON, World};

impl World {
    /// The pane that shows an agent; waits until there is one.
    #[track_caller]
    pub(crate) fn pane(&self, agent: &Agent) -> String {
        wait_until(&format!("a pane shows {}", agent.target), SOON, || {
            let out = self.env.tmux(&["list-panes", "-a", "-F", "#{pane_id} #{pane_dead} #{@orc_agent}"]);
            let found = out.stdout.lines().find_map(|line| line.strip_suffix(&format!(" 0 {}", agent.id)));
            found.map(str::to_owned).ok_or_else(|| format!("{out:?}"))
        })
    }

    /// Runs tmux on the server of the views, by a client of its own.
    #[track_caller]
    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
        self.env.tmux(arguments).success().stdout.trim_end().to_owned()
    }

    /// Waits until the pane really shows the agent's terminal: a view needs a moment to connect.
    #[track_caller]
    pub(crate) fn open_pane(&self, agent: &Agent) -> String {
        let pane = self.pane(agent);
        wait_until("the view shows the agent", SOON, || {
            let shown = self.tmux(&["capture-pane", "-p", "-t", &pane]);
            if shown.contains("scripted agent") { Ok(()) } else { Err(shown) }
        });
        pane
    }

    /// Types text as a person does, and waits until it is in the agent's hands.
    #[track_caller]
    pub(crate) fn type_text(&self, agent: &Agent, pane: &str, text: &str) {
        let before = agent.typed();
        self.tmux(&["send-keys", "-t", pane, "-l", text]);
        wait_until("the keys have reached the agent", SOON, || {
            let now = agent.typed();
            if now == format!("{before}{text}") { Ok(()) } else { Err(now) }
        });
    }

    /// Presses keys by their names.
    #[track_caller]
    pub(crate) fn press(&self, pane: &str, keys: &[&str]) {
        self.tmux(&[&["send-keys", "-t", pane], keys].concat());
    }

    /// Waits until the agent's messages wait for this reason.
    #[track_caller]
    pub(crate) fn wait_for_hold(&self, agent: &Agent, why: &str) {
        wait_until(&format!("messages wait because {why}"), SOON, || {
            let status = self.status(&agent.target);
            if status["hold"] == why { Ok(()) } else { Err(status.to_string()) }
        });
    }
}

impl Agent {
    /// All text that was typed, not pasted.
    pub(crate) fn typed(&self) -> String {
        self.truth.of("key").iter().filter_map(|key| key["text"].as_str()).collect()
    }
}

//! Every fault that a person must be able to sleep through.

use crate::table::Outcome;

mod agents;
mod machine;
mod services;

/// One kind of fault.
pub(crate) struct Fault {
    /// What happens, as the table says it.
    pub(crate) name: &'static str,
    /// One round, in a world of its own.
    pub(crate) round: fn(u32) -> Outcome,
}

pub(crate) const AGENT_KILLED: &str = "kill -9 of one agent";
pub(crate) const TMUX_KILLED: &str = "kill -9 of the tmux server and all views";

/// All of them.
pub(crate) const ALL: &[Fault] = &[
    Fault { name: AGENT_KILLED, round: agents::killed },
    Fault { name: "kill -9 of one agent and of the supervisor", round: agents::killed_with_the_supervisor },
    Fault { name: "kill -9 of both agents of a small team", round: agents::a_pair_killed },
    Fault { name: "kill -9 of all agents (a person says go on)", round: agents::all_killed },
    Fault {
        name: "kill -9 of all agents and of the supervisor",
        round: agents::all_killed_with_the_supervisor,
    },
    Fault { name: "kill -9 of a shim", round: agents::shim_killed },
    Fault { name: "SIGSTOP of an agent", round: agents::stopped },
    Fault { name: "a hung agent that ignores SIGHUP and SIGTERM", round: agents::deaf },
    Fault { name: "exit 0 of an agent", round: agents::left },
    Fault { name: "an agent replaced by a shell", round: agents::replaced },
    Fault { name: "kill -9 of the supervisor", round: services::supervisor_killed },
    Fault { name: TMUX_KILLED, round: services::tmux_killed },
    Fault { name: "a view killed by hand", round: services::pane_killed },
    Fault { name: "the session renamed", round: services::session_renamed },
    Fault { name: "two supervisors started together", round: services::two_supervisors },
    Fault { name: "the state directory read-only", round: machine::read_only },
    Fault { name: "the disk full while an agent dies", round: machine::disk_full },
    Fault { name: "the wall clock jumps while an agent dies", round: machine::clock_jump },
    Fault { name: "the host rebooted", round: machine::rebooted },
];

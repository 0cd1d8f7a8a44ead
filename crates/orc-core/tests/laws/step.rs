//! One thing that can happen.

use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send {
        to_all: bool,
        agent: u64,
    },
    See {
        agent: u64,
        state: u8,
        source: u8,
    },
    /// Carry out what is planned: begin deliveries, let some of them end one way or another.
    Work {
        how: u8,
    },
    AckLate {
        agent: u64,
        message: u64,
    },
    Hook {
        agent: u64,
        id: u8,
    },
    Crash {
        agent: u64,
    },
    Restart {
        agent: u64,
        how: u8,
    },
    KillSupervisor,
    Stop,
    Abort,
    Remove {
        agent: u64,
    },
    ClockJump(i32),
    /// The screen shows a dialog, or none.
    Dialog {
        agent: u64,
        which: u8,
    },
    Answer {
        agent: u64,
        option: u8,
        by_policy: bool,
    },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 1_u64..4).prop_map(|(to_all, agent)| Step::Send { to_all, agent }),
        4 => (1_u64..4, 0_u8..8, 0_u8..4).prop_map(|(agent, state, source)| Step::See { agent, state, source }),
        8 => (0_u8..7).prop_map(|how| Step::Work { how }),
        2 => (1_u64..4, 1_u64..12).prop_map(|(agent, message)| Step::AckLate { agent, message }),
        1 => (1_u64..4, 0_u8..4).prop_map(|(agent, id)| Step::Hook { agent, id }),
        1 => (1_u64..4).prop_map(|agent| Step::Crash { agent }),
        2 => (1_u64..4, 0_u8..3).prop_map(|(agent, how)| Step::Restart { agent, how }),
        1 => Just(Step::KillSupervisor),
        1 => Just(Step::Stop),
        1 => Just(Step::Abort),
        1 => (1_u64..4).prop_map(|agent| Step::Remove { agent }),
        1 => (-4_000_000..4_000_000_i32).prop_map(Step::ClockJump),
        4 => (1_u64..4, 0_u8..4).prop_map(|(agent, which)| Step::Dialog { agent, which }),
        3 => (1_u64..4, 0_u8..4, any::<bool>())
            .prop_map(|(agent, option, by_policy)| Step::Answer { agent, option, by_policy }),
    ]
}

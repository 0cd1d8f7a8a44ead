//! One thing that can happen.

use orc_core::recovery::Mode;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Crash {
        agent: u64,
        exit: u8,
    },
    /// Several in the same instant.
    CrashAll {
        many: u64,
    },
    Ready {
        agent: u64,
    },
    Hang {
        agent: u64,
    },
    /// From now on this one cannot be launched; 0 for nobody.
    Break {
        agent: u64,
    },
    Dialog {
        agent: u64,
        need: u8,
    },
    Pass {
        millis: u64,
    },
    /// The wall clock only.
    Jump {
        millis: i64,
    },
    /// The machine comes up again, after some time, with another boot clock.
    Reboot {
        millis: u64,
    },
    KillSupervisor,
    Start {
        team: u8,
        mode: Mode,
    },
    Stop {
        team: u8,
    },
    StopTeam,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let mode = prop_oneof![Just(Mode::Normal), Just(Mode::Emergency)];
    prop_oneof![
        10 => (1_u64..7, 0_u8..4).prop_map(|(agent, exit)| Step::Crash { agent, exit }),
        1 => (1_u64..7).prop_map(|many| Step::CrashAll { many }),
        8 => (1_u64..7).prop_map(|agent| Step::Ready { agent }),
        2 => (1_u64..7).prop_map(|agent| Step::Hang { agent }),
        1 => (0_u64..7).prop_map(|agent| Step::Break { agent }),
        1 => (1_u64..7, 0_u8..5).prop_map(|(agent, need)| Step::Dialog { agent, need }),
        6 => (0_u64..5_000).prop_map(|millis| Step::Pass { millis }),
        4 => (0_u64..700_000).prop_map(|millis| Step::Pass { millis }),
        2 => (-90_000_000_i64..90_000_000).prop_map(|millis| Step::Jump { millis }),
        1 => (0_u64..400_000).prop_map(|millis| Step::Reboot { millis }),
        2 => Just(Step::KillSupervisor),
        2 => (0_u8..3, mode).prop_map(|(team, mode)| Step::Start { team, mode }),
        1 => (0_u8..3).prop_map(|team| Step::Stop { team }),
    ]
}

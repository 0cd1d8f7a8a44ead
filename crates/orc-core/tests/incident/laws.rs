//! Whatever is said, a record is what its log tells.

use orc_core::decide::Reply;
use orc_core::delivery::Sender;
use orc_core::event::Event;
use orc_core::ids::Seq;
use orc_core::incident::entry::Entry;
use orc_core::incident::metrics::metrics;
use orc_core::incident::{Milestone, When};
use orc_core::state::State;
use proptest::prelude::*;

use crate::world::{World, agent, claim, declaration};

fn entries() -> impl Strategy<Value = Entry> {
    let text = "[a-c]".prop_map(String::from);
    let milestone = prop::sample::select(Milestone::ALL.to_vec());
    prop_oneof![
        Just(Entry::Declare(declaration())),
        milestone.prop_map(|milestone| Entry::Mark(claim(milestone))),
        (1..30_u64).prop_map(|seq| Entry::Retract { of: seq.to_string(), why: "x".into() }),
        (1..30_u64).prop_map(|seq| Entry::Confirm { of: seq.to_string() }),
        Just(Entry::Reopen { why: "x".into() }),
        Just(Entry::Close { why: "x".into() }),
        Just(Entry::Cancel { why: "x".into() }),
        text.clone().prop_map(|text| Entry::Suspect { text }),
        text.clone().prop_map(|text| Entry::AddTask { text, assignee: None }),
        text.prop_map(|text| Entry::Note { text }),
    ]
}

proptest! {
    /// Whatever is said, in whatever order, while the clocks do what they like.
    #[test]
    fn a_record_is_what_its_log_tells(
        steps in prop::collection::vec((entries(), 0..3_u64, 0..600_000_u64, -3_600_000..3_600_000_i64), 1..40),
    ) {
        let mut world = World::new();
        let mut told = 0;
        for (entry, who, passed, jump) in steps {
            world.pass(passed);
            world.wall += jump;
            let by = if who == 0 { Sender::Operator } else { agent(who) };
            let before = world.log.len();
            let reply = world.say(&by, When::Now, entry);
            let grew = world.log.len() > before;
            prop_assert_eq!(grew, matches!(reply, Reply::Recorded { again: false, .. }), "{:?}", reply);
            told += usize::from(grew);
            let record = world.record();
            let derived = metrics(record);
            // The boot clock never goes back: no duration is missing or wrong because of the wall clock.
            for metric in &derived.metrics {
                let ends = record.effective(metric.from).zip(record.effective(metric.to));
                if let Some((from, to)) = ends {
                    let (from, to) = (from.at.boot.as_ref().unwrap().millis, to.at.boot.as_ref().unwrap().millis);
                    prop_assert_eq!(metric.took_ms, u64::try_from(to - from).ok());
                } else {
                    prop_assert_eq!(metric.took_ms, None, "{}", &metric.name);
                }
            }
            // What counts stands, and what is resolved was mitigated.
            for milestone in Milestone::ALL {
                prop_assert!(record.effective(milestone).is_none_or(orc_core::incident::Mark::stands));
            }
        }
        let mut again = State::default();
        for (index, (at, event)) in world.log.iter().enumerate() {
            let stored: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
            again.apply(Seq(index as u64 + 1), *at, &stored);
        }
        prop_assert_eq!(&again, &world.state, "replay tells the same");
        prop_assert!(told == 0 || !world.record().statements.is_empty());
    }
}

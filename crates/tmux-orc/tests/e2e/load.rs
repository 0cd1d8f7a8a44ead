//! Many messages through many agents, with the time that it took.

use std::thread;
use std::time::Instant;

use orc_testkit::wait_until;

use crate::world::{SOON, World};

const AGENTS: usize = 10;
const SENDERS: usize = 4;

/// `TMUX_ORC_E2E_MESSAGES` says how many; without it 2,000, because 10,000 take minutes on two cores.
#[test]
fn thousands_of_messages_through_ten_agents() {
    let wanted = std::env::var("TMUX_ORC_E2E_MESSAGES").ok();
    let wanted: usize = wanted.map_or(2_000, |text| text.parse().expect("a number"));
    let each = wanted / AGENTS / SENDERS;
    let world = World::new();
    let agents = world.deploy(AGENTS);
    let begun = Instant::now();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let world = &world;
            scope.spawn(move || {
                for n in 0..each {
                    world.orc(&["agent", "send-all", "t", &format!("sender {sender} message {n}")]).success();
                }
            });
        }
    });
    let accepted = begun.elapsed();
    let all = each * SENDERS;
    for agent in &agents {
        // However slow the machine is: one after the other, and none of them lost.
        let mut ended = 0;
        while ended < 1 + all {
            let before = ended;
            ended = wait_until("one more message has had its turn", SOON, || {
                let ended = agent.truth.of("turn_end").len();
                if ended > before { Ok(ended) } else { Err(format!("{}: {ended} of {all}", agent.target)) }
            });
        }
        let bodies = agent.truth.bodies("operator");
        assert_eq!(bodies.len(), all, "{}: each once", agent.target);
        for sender in 0..SENDERS {
            let own = bodies.iter().filter(|body| body.starts_with(&format!("sender {sender} ")));
            let expected = (0..each).map(|n| format!("sender {sender} message {n}"));
            assert!(own.cloned().eq(expected), "{}: sender {sender} in order", agent.target);
        }
    }
    println!(
        "{} deliveries to {AGENTS} agents: accepted after {:.1} s, all through after {:.1} s",
        all * AGENTS,
        accepted.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
}

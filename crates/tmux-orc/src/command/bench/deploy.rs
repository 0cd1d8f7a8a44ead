//! Making teams, beside the same number of bare windows.

use orc_api::Request;

use super::Measured;
use super::figure::{Figure, Must, number};
use super::raw::Raw;
use super::times::{Samples, timed};
use super::world::{Effort, World};

pub(super) fn measure(effort: &Effort) -> Measured {
    let world = World::new(effort)?;
    // The server of the views runs, as it does for every team but the first.
    world.team("first", 2)?;
    let mut figures = Vec::new();
    for size in [3, 10, 50] {
        let (mut ours, mut ready, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..effort.pick(9, 3) {
            let mut raw = Raw::new(effort)?;
            rest();
            bare.push(raw.windows(size, "sleep 9999")?);
            drop(raw);
            rest();
            let team = format!("t{size}x{round}");
            let made = world.run(&[
                "quick-deploy",
                "backend",
                &size.to_string(),
                "--project-name",
                &team,
                "--no-wait",
            ])?;
            let (more, answer) =
                timed(|| world.ask(&Request::AwaitReady { team: team.clone(), timeout_ms: 60_000 }));
            answer?;
            ours.push(made);
            ready.push(made + more);
            world.settled(&team)?;
            world.stop(&team)?;
        }
        let (ours, ready, bare) = (Samples::new(ours), Samples::new(ready), Samples::new(bare));
        let must = Must::AtMost(2.0 * bare.median() + 100.0);
        figures.push(
            Figure::new(format!("quick-deploy of {size} scripted agents"), ours.median(), "ms", must)
                .floor(format!("{size} bare windows {} ms", number(bare.median())))
                .note(format!("{}; all ready after {}", ours.spread(), number(ready.median()))),
        );
    }
    Ok(figures)
}

/// What was ended just now is still being taken apart, on the same processors.
fn rest() {
    std::thread::sleep(std::time::Duration::from_millis(300));
}

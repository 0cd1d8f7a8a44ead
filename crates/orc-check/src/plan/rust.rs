//! Packages in other workspaces that depend on those that a change touches.

use std::collections::BTreeSet;

use super::{Part, Planner};

/// Adds to each Rust suite its packages that depend on a package of another one whose tests run because of the change.
pub(super) fn spread(planner: &mut Planner<'_>) {
    loop {
        let touched: Vec<(usize, BTreeSet<String>)> =
            (0..planner.jobs.len()).map(|at| (at, packages(planner, at))).collect();
        let mut grown = false;
        for (from, names) in touched.iter().filter(|(_, names)| !names.is_empty()) {
            for (at, own) in touched.iter().filter(|(at, _)| at != from) {
                let (job, packages) = &mut planner.jobs[*at];
                let mut more = packages.with_dependents(names);
                more.retain(|name| !names.contains(name) && !own.contains(name));
                if more.is_empty() {
                    continue;
                }
                grown = true;
                job.required = true;
                more.extend(own.iter().cloned());
                job.parts.retain(|part| !matches!(part, Part::Packages(_)));
                job.parts.insert(0, Part::Packages(more.into_iter().collect()));
            }
            if grown {
                break;
            }
        }
        if !grown {
            return;
        }
    }
}

/// The packages of a suite whose tests run because of the change.
fn packages(planner: &Planner<'_>, at: usize) -> BTreeSet<String> {
    let parts = planner.jobs[at].0.parts.iter();
    parts
        .filter_map(|part| if let Part::Packages(names) = part { Some(names) } else { None })
        .flatten()
        .cloned()
        .collect()
}

//! The timeline as a drawing: where everything stands. Templates only write it down.
//!
//! Two drawings of the same: a wide one with a lane for each kind of event, and a narrow one for small screens, which goes
//! downwards and shows the milestones.

use std::collections::BTreeMap;

use orc_core::report::clock::Seconds;
use orc_core::report::timeline::{Line, LineKind, LineStanding};
use serde::Serialize;

use crate::axis::Axis;

/// Width of the wide drawing, and where its axis begins and ends.
const WIDE: f64 = 960.0;
const LEFT: f64 = 132.0;
const RIGHT: f64 = 150.0;
/// Height of a flag and of a lane.
const FLAG: f64 = 34.0;
const LANE: f64 = 26.0;
/// Milestones closer than this share a flag.
const SAME: f64 = 3.0;
/// Points closer than this are one.
const POINT: f64 = 7.0;
/// What a character of a flag needs.
const CHARACTER: f64 = 6.9;
/// Height between two milestones of the narrow drawing, at least.
const ROW: f64 = 46.0;

/// Both drawings.
#[derive(Debug, Serialize)]
pub(crate) struct Drawing {
    /// There is nothing to draw.
    empty: bool,
    wide: Wide,
    narrow: Narrow,
}

#[derive(Debug, Serialize)]
struct Wide {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    /// Where the axis is.
    axis: f64,
    flags: Vec<Flag>,
    lanes: Vec<Lane>,
    ticks: Vec<(f64, String)>,
    cuts: Vec<(f64, String)>,
}

#[derive(Debug, Serialize)]
struct Narrow {
    height: f64,
    rows: Vec<Row>,
    cuts: Vec<(f64, String)>,
}

/// Milestones at one place.
#[derive(Debug, Clone, Serialize)]
struct Flag {
    x: f64,
    y: f64,
    words: String,
    time: String,
    standing: LineStanding,
}

/// A kind of event.
#[derive(Debug, Serialize)]
struct Lane {
    name: &'static str,
    class: &'static str,
    y: f64,
    points: Vec<Point>,
}

/// One event, or several that lie close together.
#[derive(Debug, Serialize)]
struct Point {
    x: f64,
    count: usize,
    radius: f64,
    words: String,
}

/// A milestone of the narrow drawing: its place on the axis, and where its words are.
#[derive(Debug, Serialize)]
struct Row {
    at: f64,
    y: f64,
    words: String,
    time: String,
    clock: String,
    standing: LineStanding,
}

/// The lanes in their order.
const LANES: [(&str, &str, &[LineKind]); 6] = [
    ("said, decided", "said", &[LineKind::Statement, LineKind::Update, LineKind::Correction]),
    ("causes, evidence", "cause", &[LineKind::Hypothesis, LineKind::Evidence]),
    ("tasks", "task", &[LineKind::Task]),
    ("messages", "message", &[LineKind::Message]),
    ("checks, changes", "check", &[LineKind::Check, LineKind::Change]),
    ("agents, tmux-orc", "agent", &[LineKind::Agent, LineKind::System]),
];

/// Draws the lines.
pub(crate) fn draw(lines: &[Line]) -> Drawing {
    Drawing { empty: lines.is_empty(), wide: wide(lines), narrow: narrow(lines) }
}

/// When, in milliseconds from where the clock begins.
fn time(line: &Line) -> i64 {
    line.offset.map_or(line.at.0.0, |offset| offset.0)
}

fn offset(line: &Line) -> String {
    line.offset.map_or_else(|| line.at.clock(), Seconds::offset)
}

fn wide(lines: &[Line]) -> Wide {
    let axis = Axis::new(lines.iter().map(time).collect(), WIDE - LEFT - RIGHT);
    let x = |line: &Line| LEFT + axis.at(time(line));
    let mut flags: Vec<Flag> = Vec::new();
    for line in lines {
        let Some(milestone) = &line.milestone else { continue };
        if line.standing == LineStanding::Stated {
            continue;
        }
        match flags.last_mut() {
            Some(last) if (x(line) - last.x).abs() < SAME && last.standing == line.standing => {
                last.words = format!("{} · {milestone}", last.words);
            }
            _ => flags.push(Flag {
                x: x(line),
                y: 0.0,
                words: milestone.clone(),
                time: offset(line),
                standing: line.standing,
            }),
        }
    }
    let levels = levels(&flags);
    let highest = levels.iter().copied().max().map_or(0, |level| level + 1);
    let axis_y = height(highest) * FLAG + 14.0;
    for (flag, level) in flags.iter_mut().zip(levels) {
        flag.y = axis_y - 10.0 - (height(level) + 1.0) * FLAG + 12.0;
    }
    let mut lanes = Vec::new();
    for (name, class, kinds) in LANES {
        let points = points(lines.iter().filter(|line| kinds.contains(&line.kind)), &x);
        if !points.is_empty() {
            let y = axis_y + 44.0 + height(lanes.len()) * LANE;
            lanes.push(Lane { name, class, y, points });
        }
    }
    let moved = |(at, words): (f64, String)| (LEFT + at, words);
    Wide {
        width: WIDE,
        height: axis_y + 40.0 + height(lanes.len()) * LANE,
        left: LEFT,
        right: WIDE - RIGHT,
        axis: axis_y,
        flags,
        lanes,
        ticks: axis.ticks(62.0).into_iter().map(moved).collect(),
        cuts: axis.cuts().into_iter().map(moved).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few rows of a drawing")]
fn height(rows: usize) -> f64 {
    rows as f64
}

/// How high each flag hangs, from the axis: an earlier one above those that its words reach over, so that no pole crosses
/// words. Flags come from left to right.
fn levels(flags: &[Flag]) -> Vec<usize> {
    let mut levels = vec![0; flags.len()];
    for index in (0..flags.len()).rev() {
        let flag = &flags[index];
        let widest = height(flag.words.chars().count().max(flag.time.chars().count()));
        let end = flag.x + widest * CHARACTER + 12.0;
        let over = flags[index + 1..].iter().zip(&levels[index + 1..]).filter(|(next, _)| next.x < end);
        levels[index] = over.map(|(_, level)| level + 1).max().unwrap_or(0);
    }
    levels
}

fn points<'a>(lines: impl Iterator<Item = &'a Line>, x: &impl Fn(&Line) -> f64) -> Vec<Point> {
    const TOLD: usize = 5;
    let mut places: BTreeMap<i64, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        #[expect(clippy::cast_possible_truncation, reason = "a place on a drawing")]
        let place = (x(line) / POINT).round() as i64;
        places.entry(place).or_default().push(line);
    }
    let point = |lines: Vec<&Line>| {
        let count = lines.len();
        let mut words: Vec<String> =
            lines.iter().take(TOLD).map(|it| format!("{} {}: {}", offset(it), it.who, it.text)).collect();
        if count > TOLD {
            words.push(format!("and {} more", count - TOLD));
        }
        let middle = lines.iter().map(|line| x(line)).sum::<f64>() / height(count);
        Point { x: middle, count, radius: 4.0 + height(count.min(9) - 1) * 0.35, words: words.join("\n") }
    };
    places.into_values().map(point).collect()
}

fn narrow(lines: &[Line]) -> Narrow {
    const TOP: f64 = 22.0;
    let marks: Vec<&Line> = lines
        .iter()
        .filter(|line| line.milestone.is_some() && line.standing != LineStanding::Stated)
        .collect();
    let length = (height(marks.len()) * ROW * 1.15).max(ROW);
    let axis = Axis::new(marks.iter().map(|line| time(line)).collect(), length);
    let mut rows: Vec<Row> = Vec::new();
    for line in marks {
        let at = TOP + axis.at(time(line));
        let y = rows.last().map_or(at, |last| at.max(last.y + ROW));
        rows.push(Row {
            at,
            y,
            words: line.milestone.clone().unwrap_or_default(),
            time: offset(line),
            clock: line.at.clock(),
            standing: line.standing,
        });
    }
    // Words that were pushed down too far go up again, as far as there is room.
    let mut limit = rows.last().map_or(0.0, |last| last.at.max(TOP + height(rows.len() - 1) * ROW));
    for row in rows.iter_mut().rev() {
        row.y = row.y.min(limit);
        limit = row.y - ROW;
    }
    let lowest = rows.last().map_or(TOP, |last| last.y.max(last.at));
    let cuts = axis.cuts().into_iter().map(|(at, words)| (TOP + at, words)).collect();
    Narrow { height: lowest + 34.0, rows, cuts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(x: f64, words: &str) -> Flag {
        Flag { x, y: 0.0, words: words.into(), time: "T+0:00".into(), standing: LineStanding::Counts }
    }

    #[test]
    fn no_pole_of_a_flag_crosses_the_words_of_another() {
        let flags: Vec<Flag> =
            (0..12).map(|n| flag(100.0 + f64::from(n * n) * 4.0, "a milestone of some length")).collect();
        let levels = levels(&flags);
        for (index, left) in flags.iter().enumerate() {
            let end = left.x + 26.0 * CHARACTER + 12.0;
            for (right, level) in flags[index + 1..].iter().zip(&levels[index + 1..]) {
                assert!(right.x >= end || *level < levels[index], "{left:?} and {right:?}: {levels:?}");
            }
        }
        assert_eq!(levels.last(), Some(&0));
    }
}

//! Time on a line: proportional, but for long stretches in which nothing happened, which are cut short and said.

use orc_core::report::clock::Seconds;

/// A stretch is cut when it is longer than this part of all that is left.
const LONG: f64 = 0.6;
/// So many stretches are cut at most.
const CUTS: usize = 3;
/// What a cut stretch takes of the whole length.
const CUT: f64 = 0.07;
/// What ticks may be apart, in milliseconds.
const STEPS: [i64; 19] = [
    1000,
    2000,
    5000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    604_800_000,
];
/// So many ticks at most.
const TICKS: i64 = 8;

/// From instants (milliseconds) to positions.
#[derive(Debug)]
pub(crate) struct Axis {
    pieces: Vec<Piece>,
    length: f64,
}

#[derive(Debug)]
struct Piece {
    from: i64,
    to: i64,
    start: f64,
    end: f64,
    cut: bool,
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of an incident, on a drawing")]
fn real(millis: i64) -> f64 {
    millis as f64
}

impl Axis {
    /// An axis of this length over these instants.
    pub(crate) fn new(mut times: Vec<i64>, length: f64) -> Self {
        times.sort_unstable();
        times.dedup();
        let mut gaps: Vec<(i64, i64)> = times.windows(2).map(|pair| (pair[1] - pair[0], pair[0])).collect();
        gaps.sort_unstable_by_key(|(gap, from)| (std::cmp::Reverse(*gap), *from));
        let mut left: i64 = gaps.iter().map(|(gap, _)| gap).sum();
        let mut cuts = Vec::new();
        // Two or three instants are no course: their distance is all that there is to see.
        for (gap, from) in gaps.into_iter().take(if times.len() > 3 { CUTS } else { 0 }) {
            if real(gap) <= LONG * real(left) {
                break;
            }
            left -= gap;
            cuts.push(from);
        }
        #[expect(clippy::cast_precision_loss, reason = "three at most")]
        let for_time = length * (1.0 - CUT * cuts.len() as f64);
        let mut pieces: Vec<Piece> = Vec::new();
        let mut start = 0.0;
        for pair in times.windows(2) {
            let cut = cuts.contains(&pair[0]);
            let size = if cut {
                length * CUT
            } else if left > 0 {
                for_time * real(pair[1] - pair[0]) / real(left)
            } else {
                0.0
            };
            pieces.push(Piece { from: pair[0], to: pair[1], start, end: start + size, cut });
            start += size;
        }
        if pieces.is_empty() {
            let only = times.first().copied().unwrap_or_default();
            pieces.push(Piece { from: only, to: only, start: length / 2.0, end: length / 2.0, cut: false });
        }
        Self { pieces, length }
    }

    /// Where an instant is.
    pub(crate) fn at(&self, time: i64) -> f64 {
        let piece = self.pieces.iter().find(|piece| time <= piece.to).or(self.pieces.last());
        let Some(piece) = piece else { return 0.0 };
        let share = if piece.to == piece.from {
            0.0
        } else {
            (real(time - piece.from) / real(piece.to - piece.from)).clamp(0.0, 1.0)
        };
        piece.start + (piece.end - piece.start) * share
    }

    /// Stretches that were cut: their middle, and how long they are.
    pub(crate) fn cuts(&self) -> Vec<(f64, String)> {
        let cut = self.pieces.iter().filter(|piece| piece.cut);
        cut.map(|it| (f64::midpoint(it.start, it.end), Seconds(it.to - it.from).words())).collect()
    }

    /// Marks on the axis: where, and what stands there. `room` is what a mark's words need.
    pub(crate) fn ticks(&self, room: f64) -> Vec<(f64, String)> {
        let straight: i64 = self.pieces.iter().filter(|it| !it.cut).map(|it| it.to - it.from).sum();
        let step =
            STEPS.iter().copied().find(|step| straight / step < TICKS).unwrap_or(STEPS[STEPS.len() - 1]);
        let mut ticks: Vec<(f64, String)> = Vec::new();
        let cuts = self.cuts();
        for piece in self.pieces.iter().filter(|piece| !piece.cut && piece.to > piece.from) {
            let mut time = piece.from.div_euclid(step) * step;
            while time <= piece.to {
                let at = self.at(time);
                let free = ticks.last().is_none_or(|(last, _)| at - last >= room)
                    && cuts.iter().all(|(cut, _)| (cut - at).abs() > self.length * CUT / 2.0 - 1.0);
                if time >= piece.from && free {
                    ticks.push((at, Seconds(time).offset()));
                }
                time += step;
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn what_lies_close_together_is_proportional() {
        let axis = Axis::new(vec![0, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE], 900.0);
        assert!((axis.at(10 * MINUTE) - 300.0).abs() < 0.01);
        assert!(axis.cuts().is_empty());
        assert_eq!(axis.ticks(10.0).first().map(|(_, words)| words.as_str()), Some("T+0:00"));
    }

    #[test]
    fn a_long_time_in_which_nothing_happened_is_cut_and_said() {
        let axis = Axis::new(vec![-600 * MINUTE, 0, MINUTE, 2 * MINUTE, 4 * MINUTE], 1000.0);
        assert_eq!(axis.cuts().iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(), ["10:00:00"]);
        assert!(axis.at(4 * MINUTE) - axis.at(0) > 900.0, "the rest has its room");
        let times = [-600 * MINUTE, 0, MINUTE, 2 * MINUTE, 4 * MINUTE].map(|it| axis.at(it));
        assert!(times.is_sorted(), "{times:?}");
    }

    #[test]
    fn one_instant_stands_in_the_middle() {
        let axis = Axis::new(vec![5], 100.0);
        assert!((axis.at(5) - 50.0).abs() < 0.01);
        assert!(axis.ticks(10.0).is_empty());
    }
}

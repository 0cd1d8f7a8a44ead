//! Terminal state that the renderer does not keep or does not show, for the repaint of a view.

use std::collections::BTreeMap;

/// An agent may switch more modes than this, but none that we know does.
const MOST: usize = 64;

/// Private modes beyond the renderer's, and the scroll regions.
#[derive(Debug, Default)]
pub(super) struct Modes {
    private: BTreeMap<u16, bool>,
    region: [Option<(u16, u16)>; 2],
}

impl Modes {
    /// Takes note of a private mode.
    pub(super) fn set(&mut self, mode: u16, on: bool) {
        // 47, 1047 to 1049: which screen; 2026: a frame is being drawn; both are not state to restore.
        if !matches!(mode, 47 | 1047..=1049 | 2026)
            && (self.private.len() < MOST || self.private.contains_key(&mode))
        {
            self.private.insert(mode, on);
        }
    }

    /// Takes note of a scroll region.
    pub(super) fn set_region(&mut self, alternate: bool, region: Option<(u16, u16)>) {
        self.region[usize::from(alternate)] = region;
    }

    /// Whether less than the whole screen scrolls.
    pub(super) fn has_region(&self, alternate: bool) -> bool {
        self.region[usize::from(alternate)].is_some()
    }

    /// The sequence that sets the scroll region; it also moves the cursor.
    pub(super) fn region_formatted(&self, alternate: bool) -> String {
        match self.region[usize::from(alternate)] {
            Some((top, 0)) => format!("\x1b[{top}r"),
            Some((top, bottom)) => format!("\x1b[{top};{bottom}r"),
            None => String::new(),
        }
    }

    /// The sequences that set the modes, except origin mode (6), which the cursor's position would need.
    pub(super) fn formatted(&self) -> String {
        let set = |(mode, on): (&u16, &bool)| format!("\x1b[?{mode}{}", if *on { 'h' } else { 'l' });
        self.private.iter().filter(|(mode, _)| **mode != 6).map(set).collect()
    }
}

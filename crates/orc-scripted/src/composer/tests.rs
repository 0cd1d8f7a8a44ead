use super::*;
use proptest::prelude::*;

fn composer() -> (Composer, Instant) {
    (Composer::default(), Instant::now())
}

#[test]
fn large_pastes_are_folded_and_expand_on_submit() {
    let (mut composer, now) = composer();
    composer.insert("see ");
    composer.paste("1\n2\n3\n4\n5\n6", now);
    composer.paste("short\r\nthing", now);
    composer.paste(&"x".repeat(801), now);
    let shown = composer.shown(now);
    assert_eq!(shown, "see [Pasted text #1 +5 lines]short␍\nthing[Pasted text #2 +0 lines]");
    let text = composer.submit(now).unwrap();
    assert_eq!(text, format!("see 1\n2\n3\n4\n5\n6short\r\nthing{}", "x".repeat(801)));
    assert!(composer.is_empty());
}

#[test]
fn five_lines_and_eight_hundred_characters_are_shown() {
    let (mut composer, now) = composer();
    composer.paste("1\n2\n3\n4\n5", now);
    composer.paste(&"é".repeat(800), now);
    assert!(!composer.shown(now).contains('['));
}

#[test]
fn backspace_takes_a_character_or_a_placeholder() {
    let (mut composer, now) = composer();
    composer.insert("aé");
    composer.paste("1\n2\n3\n4\n5\n6\n7", now);
    composer.backspace();
    composer.backspace();
    assert_eq!(composer.text(), "a");
    composer.backspace();
    composer.backspace();
    assert!(composer.is_empty());
}

#[test]
fn a_blank_draft_is_not_submitted() {
    let (mut composer, now) = composer();
    assert_eq!(composer.submit(now), None);
    composer.insert("  \n");
    assert_eq!(composer.submit(now), None);
    assert_eq!(composer.text(), "  \n");
}

#[test]
fn an_early_enter_loses_the_rest_of_a_huge_paste() {
    let (mut composer, now) = composer();
    let huge = "0123456789abcdef".repeat(16 * 1024); // 256 KiB: 128 ms
    composer.paste(&huge, now);
    assert_eq!(composer.submit(now), None, "nothing is in yet, so nothing is lost");
    let early = now + Duration::from_millis(10);
    assert_eq!(composer.shown(early), "Pasting… 20 KB");
    assert_eq!(composer.submit(early).unwrap(), huge[..10 * BYTES_PER_MS]);
    assert!(composer.is_empty());

    composer.paste(&huge, now);
    composer.insert("!");
    assert_eq!(composer.wake_at(now), Some(now + PROGRESS));
    let later = now + Duration::from_millis(128);
    assert_eq!(composer.wake_at(now + PROGRESS), Some(later));
    composer.tick(later);
    assert_eq!(composer.wake_at(later), None);
    assert_eq!(composer.shown(later), "[Pasted text #1 +0 lines]!");
    assert_eq!(composer.submit(later).unwrap(), huge + "!");
}

proptest! {
    #[test]
    fn what_went_in_comes_out(parts in prop::collection::vec((any::<bool>(), "[a-zé\n\r\t]{1,400}"), 1..8)) {
        let (mut composer, now) = composer();
        for (pasted, part) in &parts {
            if *pasted { composer.paste(part, now) } else { composer.insert(part) }
        }
        let all: String = parts.into_iter().map(|(_, part)| part).collect();
        match composer.submit(now) {
            Some(text) => prop_assert_eq!(text, all),
            None => prop_assert!(all.trim().is_empty()),
        }
    }
}

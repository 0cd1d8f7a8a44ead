use super::*;

const KEY: &str = "AKIAIOSFODNN7EXAMPLQ";

/// What is found in the log of one commit, read in pieces of so many bytes.
fn found(message: &str, diff: &str, piece: usize) -> Vec<String> {
    let redactor = Redactor::new([7; 32]);
    let mut reader = Reader::new(&redactor);
    let log = format!("\0c0ffee\n{message}\n\0\n\ndiff --git a/b.js b/b.js\n--- a/b.js\n+++ b/b.js\n{diff}");
    log.as_bytes().chunks(piece).for_each(|bytes| reader.take(bytes));
    let words = |it: Finding| format!("{} {} {}", it.rule, it.file, it.mark);
    reader.end().into_iter().map(words).collect()
}

fn added(line: &str) -> String {
    format!("@@ -1 +1 @@\n-old\n+{line}\n")
}

/// A row of code so long, with something in it at this place.
fn row(length: usize, at: usize, what: &str) -> String {
    let code = |length: usize| "x=1;y=\"é\";".chars().cycle().take(length).collect::<String>();
    format!("{}{what}{}", code(at), code(length - at))
}

#[test]
fn a_secret_is_found_wherever_in_a_long_line_it_stands() {
    let what = format!(" key=\"{KEY}\"; password=\"hunter2hunterZZ9\" ");
    let known = found("m", &added(&what), 8192);
    assert_eq!(known.len(), 2, "{known:?}");
    let step = 40 << 10;
    let edges = [PORTION - 60, PORTION - 20, PORTION - OVERLAP - 30, PORTION - OVERLAP + LEAD - 20];
    for at in (0..12).map(|nth| nth * step).chain(edges) {
        let line = row(600 << 10, at, &what);
        assert_eq!(found("m", &added(&line), 8192), known, "at {at}");
        assert_eq!(found(&line, "", 8192).len(), 2, "in the message at {at}");
    }
    // Read in one piece, and in pieces that end within characters.
    let line = row(600 << 10, 500 << 10, &what);
    for piece in [usize::MAX, 4099] {
        assert_eq!(found("m", &added(&line), piece), known);
    }
}

#[test]
fn what_a_long_line_takes_away_or_leaves_is_not_published() {
    let line = row(600 << 10, 500 << 10, KEY);
    assert_eq!(found("m", &format!("@@ -1 +1 @@\n-{line}\n+new\n"), 8192), Vec::<String>::new());
    let diff = format!("@@@ -1 -1 +1 @@@\n- {line}\n +{KEY}\n");
    assert_eq!(found("m", &diff, 8192).len(), 1);
}

#[test]
fn a_key_of_many_rows_is_found_across_the_end_of_a_portion() {
    let rows: Vec<String> = (0..24).map(|nth| format!("+Ab{nth:02}{}", "cD3/".repeat(15))).collect();
    let key =
        format!("+-----BEGIN RSA PRIVATE KEY-----\n{}\n+-----END RSA PRIVATE KEY-----\n", rows.join("\n"));
    let alone = found("m", &format!("@@ -0,0 +1 @@\n{key}"), 8192);
    assert_eq!(alone.len(), 1, "{alone:?}");
    for before in [PORTION - 1500, PORTION - 700, PORTION - OVERLAP - 500] {
        let code = "+let x = 1;\n".repeat(before / 11);
        let diff = format!("@@ -0,0 +1 @@\n{code}{key}{}", "+let y = 2;\n".repeat(30_000));
        assert_eq!(found("m", &diff, 8192), alone, "after {before}");
    }
}

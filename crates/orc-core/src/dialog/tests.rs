use super::*;

fn form(text: &str) -> Form {
    Form::compile(&toml::from_str(text).unwrap()).unwrap()
}

fn numbered() -> Form {
    form(
        r#"name = "menu"
begin = '^─{4,}'
option = '^(?P<here>❯| ) (?P<number>\d+)\. (?P<label>\S.*)$'
foot = '^Enter to select'"#,
    )
}

fn read(form: &Form, rows: &str) -> Option<(String, Vec<String>, Option<usize>)> {
    form.read(&Screen::from_text(rows)).map(|read| (read.text, read.options, read.here))
}

const FOOT: &str = "\n\nEnter to select";

#[test]
fn what_goes_on_under_an_option_belongs_to_it() {
    let menu = format!("old\n──────\n  Which?\n  1. Red\n     warm\n❯ 2. Blue, and\n     cold{FOOT}");
    let options = vec!["Red warm".to_owned(), "Blue, and cold".to_owned()];
    assert_eq!(read(&numbered(), &menu), Some(("Which?".to_owned(), options, Some(1))));
}

#[test]
fn a_row_that_nobody_speaks_of_is_no_dialog() {
    let menu = format!("──────\nWhich?\n❯ 1. Red\nand now\n  2. Blue{FOOT}");
    assert_eq!(read(&numbered(), &menu), None, "between options");
    assert_eq!(read(&numbered(), "──────\nWhich?\n❯ 1. Red\n  2. Blue\n● ok"), None, "under them");
    assert_eq!(
        read(&numbered(), &format!("Which?\n❯ 1. Red\n  2. Blue{FOOT}")),
        None,
        "its beginning is cut"
    );
}

#[test]
fn options_that_do_not_begin_with_1_or_show_no_choice_are_not_read() {
    for menu in ["❯ 2. Red\n  3. Blue", "  1. Red\n  2. Blue", "❯ 1. Red\n❯ 2. Blue"] {
        assert_eq!(read(&numbered(), &format!("──────\nWhich?\n{menu}{FOOT}")), None, "{menu}");
    }
}

#[test]
fn a_list_in_the_question_is_not_taken_for_the_options() {
    let menu = format!("──────\nRun this?\n❯ 1. Yes\n  2. No\nReally?\n❯ 1. Go\n  2. Stop{FOOT}");
    let (text, options, _) = read(&numbered(), &menu).unwrap();
    assert_eq!(options, ["Go", "Stop"]);
    assert_eq!(text, "Run this?\n❯ 1. Yes\n  2. No\nReally?");
}

#[test]
fn the_choice_in_one_row_is_where_the_background_differs() {
    let form = form(
        r#"name = "row"
row = '^┃ ?(.*)$'
inline = '^┃ (Yes)  (No)'
foot = 'confirm$'"#,
    );
    let mut screen = Screen::from_text("out\n┃ Sure?\n┃\n┃ Yes  No\n┃ confirm\nstatus");
    assert_eq!(form.read(&screen).unwrap().here, None);
    screen.marked = vec![Vec::new(), Vec::new(), Vec::new(), vec![(6, 10)]];
    let read = form.read(&screen).unwrap();
    assert_eq!((read.text.as_str(), read.here), ("Sure?", Some(1)));
    assert_eq!(read.options, ["Yes", "No"]);
}

#[test]
fn words_are_the_same_however_they_are_broken_and_safe_to_print() {
    let options = ["Yes, always".to_owned()];
    assert!(same(("a b\nc", &options), ("a\nb c", &["Yes,always".to_owned()])));
    assert!(!same(("a", &options), ("a", &[])));
    assert!(!same(("a", &options), ("b", &options)));
    let menu = format!("──────\nrun \u{1b}[2J\u{202e}x\n❯ 1. Red{FOOT}");
    assert_eq!(read(&numbered(), &menu).unwrap().0, "run ␛[2J<U+202E>x");
}

#[test]
fn the_option_that_trusts_must_be_one() {
    let trusting = |trust: &str| {
        let options = ["Yes, trust", "No", "Yes, trust all"].map(str::to_owned);
        form(&format!("name = 'trust'\noption = '(?P<label>.*)'\ntrust = '{trust}'")).trusting(&options)
    };
    assert_eq!(trusting("^Yes, trust$"), Some(0));
    assert_eq!(trusting("^Yes"), None);
    assert_eq!(trusting("^Maybe"), None);
}

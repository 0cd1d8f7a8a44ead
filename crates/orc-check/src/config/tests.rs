use super::*;

const WHOLE: &str = r#"
[defaults]
base = "main"
flaky = "fail"

[tiers]
fast     = { include = ["impacted", "critical"], budget = "90s", min_tests = 2 }
critical = { budget = "2m", min_tests = 5 }

[impact]
unmapped = "full"
map = [{ files = ["auth/**"], run = ["py:tests/auth", "critical"] }]

[[suite]]
name = "py"
runner = "pytest"
dir = "services/api/"
critical = ["-m", "critical"]

[[suite]]
name = "api-smoke"
runner = "command"
tiers = ["smoke"]
command = ["just", "smoke"]
result = "junit:out/smoke.xml"
timeout = "45s"
"#;

#[test]
fn everything_that_can_be_said_is_read() {
    let config = Config::parse(WHOLE).unwrap();
    assert_eq!((config.base.as_deref(), config.flaky), (Some("main"), Flaky::Fail));
    assert_eq!(config.budget_ms(Tier::Fast), 90_000);
    assert_eq!(config.budget_ms(Tier::Smoke), 60_000, "what is not said is as everywhere");
    assert_eq!((config.min_tests(Tier::Critical), config.min_tests(Tier::Full)), (5, 1));
    assert_eq!(config.fast(), [Include::Impacted, Include::Critical]);
    assert_eq!(config.suites[0].dir, "services/api");
    assert_eq!(config.suites[1].result, ResultOf::Junit("out/smoke.xml".into()));
    assert_eq!(config.suites[1].timeout_ms, Some(45_000));
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_column() {
    for (text, line, column, says) in [
        ("[defaults]\nbas = \"main\"\n", 2, 1, "unknown field `bas`"),
        ("[tiers]\nfast = { budget = \"3 minutes\" }\n", 2, 19, "no duration"),
        ("[impact]\nunmapped = \"ignore\"\n", 2, 12, "ignore"),
        ("[[suite]]\nname = \"x\"\nrunner = \"maven\"\n", 3, 10, "maven"),
        ("\n[[suite]]\nname = \"x\"\nrunner = \"command\"\n", 2, 1, "needs a `command`"),
        ("[[suite]]\nname = \"x\"\nrunner = \"command\"\ncommand = [\"x\"]\n", 1, 1, "needs `tiers`"),
        ("[[suite]]\nname = \"x\"\nrunner = \"pytest\"\nresult = \"exit-code\"\n", 1, 1, "only a suite of"),
        ("[[suite]]\nname = \"x\"\nrunner = \"pytest\"\ndir = \"../..\"\n", 1, 1, "not in the repository"),
        ("[impact]\nmap = [{ files = [\"a\"], run = [\"nobody\"] }]\n", 2, 8, "`nobody`"),
        ("[defaults\n", 1, 10, ""),
    ] {
        let error = Config::parse(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.reason.contains(says), "{text}: {error}");
    }
}

#[test]
fn zero_tests_are_never_enough() {
    let config = Config::parse("[tiers]\nsmoke = { min_tests = 0 }\n").unwrap();
    assert_eq!(config.min_tests(Tier::Smoke), 1);
}

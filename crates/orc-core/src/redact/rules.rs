//! What secrets look like in logs. The first group that matches is the secret; without a group the whole match is.

/// How far a rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The line of the word.
    Line,
    /// The same, and on where the value clearly goes on.
    Value,
    /// From the line of the word to the end of the text.
    Rest,
}

/// One rule.
pub(super) struct Rule {
    /// Its name, in placeholders and counts.
    pub(super) id: &'static str,
    /// Words of which one stands in the line of every such secret, in whatever case.
    pub(super) near: &'static [&'static str],
    /// How far it reads.
    pub(super) reach: Reach,
    /// The pattern, over bytes.
    pub(super) pattern: &'static str,
}

const fn line(id: &'static str, near: &'static [&'static str], pattern: &'static str) -> Rule {
    Rule { id, near, reach: Reach::Line, pattern }
}

/// Words that a key for a secret ends with.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "privatekey",
    "private_key",
    "private-key",
    "credential",
    "authkey",
    "auth_key",
    "auth-key",
    "sessionid",
    "session_id",
    "sessid",
    "csrf",
    "signature",
    "encryption_key",
    "signing_key",
    "secret_key",
    "secretkey",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "private-key",
        near: &["PRIVATE KEY"],
        reach: Reach::Rest,
        pattern: r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?",
    },
    line("url-password", &["://"], r#"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'"<>]*:([^\s/'"<>]+)@"#),
    line(
        "auth-header",
        &["authorization"],
        r#"(?ix) authorization ["']? \s* (?: => | [:=] ) \s* (?:
              " ((?:[^"\\]|\\.)+) " | ' ([^']+) '
            | (?: bearer | basic | token | negotiate | apikey ) \s+ ([^\s"',;\\|]+)
            | (?: digest | aws4-hmac-sha256 ) \s+ ((?: [a-z0-9_-]+ = (?: "[^"]*" | [^\s,"';|&]+ ) (?: ,\s* )? )+)
            | ([^\s"',;\\|]{12,}) )"#,
    ),
    line("bearer", &["bearer"], r"(?i)\bbearer\s+([A-Za-z0-9._~+/-]{16,}=*)"),
    line(
        "cookie",
        &["cookie"],
        r#"(?i)\b(?:set-)?cookie["']?\s*[:=]\s*["']?([^\s=;,"'|&]+=[^\s;,"'|&]*(?:;\s*[^\s=;,"'|&]+=[^\s;,"'|&]*)*)"#,
    ),
    line("jwt", &["eyJ"], r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    Rule {
        id: "named-secret",
        near: NAMES,
        reach: Reach::Value,
        pattern: r#"(?ix)
        (?: pass(?:word|wd|phrase|code) | pwd | secret (?:[_-]?(?:access)?[_-]?key)? | token | (?:api|access|auth|private|encryption|signing)[_-]?key(?:[_-]?id)?
          | credentials? | sess(?:ion)?[_-]?id | csrf (?:[_-]?token)? | signature ) ["']?
        (?: \s* (?:=>|=|:=) \s* (?: "((?:[^"\\]|\\.)+)" | '((?:[^'\\]|\\.)+)' | ([^\s"'&,;)}\]|]+) )
          | \s* : \s* (?: "((?:[^"\\]|\\.)+)" | '((?:[^'\\]|\\.)+)'
              | ([^\s"'&,;)}\]|]*[0-9!@\#$%^*+/=_~][^\s"'&,;)}\]|]{4,} | [^\s"'&,;)}\]|]{5,}[0-9!@\#$%^*+/=_~][^\s"'&,;)}\]|]*) ) )"#,
    },
    line(
        "flag",
        &["--pass", "--pwd", "--token", "--secret", "--api", "--auth"],
        r#"(?i)--(?:password|passwd|passphrase|pwd|token|secret|api-?key|auth-?token)(?:=|\s+)(?:"([^"]+)"|'([^']+)'|([^\s"'-][^\s"']*))"#,
    ),
    line("basic-user", &[" -u", "--user"], r#"\s(?:-u|--user)[ =]?["']?[A-Za-z0-9._@-]+:([^\s"']+)"#),
    line("mysql-flag", &["mysql"], r"\bmysql[a-z]*\b[^\n]*?\s-p([^\s]+)"),
    line(
        "sql-password",
        &["identified by", "password '"],
        r"(?i)(?:identified\s+by|password)\s+(?:password\s+)?'([^']+)'",
    ),
    line("aws-key-id", &["AKIA", "ASIA"], r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    line(
        "signed-url",
        &["x-amz-", "sig=", "x-goog-"],
        r"(?i)[?&](?:x-amz-signature|x-amz-security-token|x-goog-signature|sig)=([A-Za-z0-9%+/=_-]{16,})",
    ),
    line(
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    line(
        "gitlab-token",
        &["glpat-", "gldt-", "glrt-", "glcbt-"],
        r"\bgl(?:pat|dt|rt|cbt)-[A-Za-z0-9_-]{16,}",
    ),
    line(
        "slack-token",
        &["xox", "xapp-"],
        r"\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,})",
    ),
    line(
        "webhook",
        &["hooks.slack.com", "/api/webhooks/", "webhook.office.com"],
        r#"(?:hooks\.slack\.com/services|/api/webhooks|webhook\.office\.com/webhookb2)/([^\s"'<>]{16,})"#,
    ),
    line("model-key", &["sk-"], r"\bsk-[A-Za-z0-9_-]{20,}"),
    line(
        "payment-key",
        &["_live_", "_test_", "whsec_"],
        r"\b(?:[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})",
    ),
    line("google-key", &["AIza", "ya29."], r"\b(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,})"),
    line(
        "service-token",
        &[
            "npm_",
            "pypi-",
            "dckr_pat_",
            "hf_",
            "dop_v1_",
            "doo_v1_",
            "shpat_",
            "shpss_",
            "SG.",
            "AGE-SECRET-KEY-1",
            "hvs.",
            "hvb.",
            "lin_api_",
            "NRAK-",
            "sntrys_",
            "glsa_",
            "xkeysib-",
            "dapi",
        ],
        r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,}|dckr_pat_[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|do[op]_v1_[a-f0-9]{64}|shp(?:at|ss)_[a-fA-F0-9]{32}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|AGE-SECRET-KEY-1[A-Z0-9]{50,}|hv[sb]\.[A-Za-z0-9_-]{20,}|lin_api_[A-Za-z0-9]{32,}|NRAK-[A-Z0-9]{27}|sntrys_[A-Za-z0-9+/=_-]{40,}|glsa_[A-Za-z0-9_]{32,}|xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}|dapi[a-f0-9]{32})",
    ),
    line("bot-token", &[":AA"], r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    line(
        "account-key",
        &["AccountKey=", "SharedAccessKey="],
        r"(?:Account|SharedAccess)Key=([A-Za-z0-9+/=]{20,})",
    ),
    line(
        "password-hash",
        &["$2", "$5$", "$6$", "$y$", "$argon2"],
        r"\$(?:2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|[56y]\$[./A-Za-z0-9$=]{20,}|argon2id?\$[./A-Za-z0-9$,=+-]{30,})",
    ),
    line(
        "directory-password",
        &["SHA}", "SHA256}", "SHA512}", "MD5}", "CRYPT}"],
        r"(?i)\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT)\}([A-Za-z0-9+/=$.]{16,})",
    ),
];

//! What a remote's address says of the forge behind it.

use orc_core::change::Forge;

use crate::program::{Call, Caller};

/// A remote of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Its address, without a password.
    pub url: String,
    /// The host, in lower case; nothing for a path on this machine.
    pub host: Option<String>,
    /// The path of the repository there, without `.git`.
    pub path: String,
}

/// Host and path of an address: `https://host/o/r.git`, `ssh://git@host:22/o/r`, `git@host:o/r.git`; nothing for a path on this
/// machine.
pub(crate) fn parse(url: &str) -> Option<(String, String)> {
    let (host, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        // As git reads it: a colon before the first slash.
        None => {
            let (host, path) = url.split_once(':')?;
            if host.contains('/') {
                return None;
            }
            (host, path)
        }
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    // An address of six groups stands in brackets.
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or(host) };
    let host = match host.to_ascii_lowercase().as_str() {
        "ssh.github.com" | "www.github.com" => "github.com".to_owned(),
        "altssh.gitlab.com" | "www.gitlab.com" => "gitlab.com".to_owned(),
        other => other.to_owned(),
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| (host, path.to_owned()))
}

/// Which forge a host is: by its name, by the variables that its tool knows it by, else by who has a login for it.
pub(crate) async fn forge_of(caller: &Caller, host: &str) -> Forge {
    let first = host.split('.').next().unwrap_or_default();
    let named = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if named("github.com") || named("ghe.com") || matches!(first, "github" | "ghe") {
        return Forge::Github;
    }
    if named("gitlab.com") || first == "gitlab" {
        return Forge::Gitlab;
    }
    let said = |name: &str| caller.var(name).is_some_and(|value| value.trim_end_matches('/').ends_with(host));
    if said("GH_HOST") {
        return Forge::Github;
    }
    if said("GITLAB_HOST") || said("GL_HOST") {
        return Forge::Gitlab;
    }
    if has_login(caller, "gh", host).await {
        return Forge::Github;
    }
    if has_login(caller, "glab", host).await { Forge::Gitlab } else { Forge::None }
}

/// Whether a forge's tool has a login for a host. The token that `gh` prints is not kept.
pub(crate) async fn has_login(caller: &Caller, tool: &str, host: &str) -> bool {
    let args: &[&str] = match tool {
        "gh" => &["auth", "token", "--hostname", host],
        _ => &["auth", "status", "--hostname", host],
    };
    let dir = std::path::Path::new("/");
    let limit = std::time::Duration::from_secs(20);
    matches!(caller.run(Call { program: tool, args, dir, limit }).await, Ok(done) if done.code == Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_git_reads_them() {
        for (url, host, path) in [
            ("https://github.com/acme/auth.git", "github.com", "acme/auth"),
            ("https://ada:s3cret@GitHub.com/acme/auth", "github.com", "acme/auth"),
            ("git@github.com:acme/auth.git", "github.com", "acme/auth"),
            ("ssh://git@ssh.github.com:443/acme/auth.git", "github.com", "acme/auth"),
            ("ssh://git@code.acme.example:2222/group/sub/auth.git/", "code.acme.example", "group/sub/auth"),
            ("work:acme/auth", "work", "acme/auth"),
            ("git://[::1]:9418/acme/auth", "[::1]:9418", "acme/auth"),
        ] {
            assert_eq!(parse(url), Some((host.to_owned(), path.to_owned())), "{url}");
        }
        for url in
            ["/srv/git/auth.git", "file:///srv/git/auth.git", "../auth", "./a:b", "https://github.com/"]
        {
            assert_eq!(parse(url), None, "{url}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_host_is_known_by_its_name_or_by_the_variable_of_its_tool() {
        let caller = Caller::new([
            ("GH_HOST".to_owned(), "code.acme.example".to_owned()),
            ("GITLAB_HOST".to_owned(), "https://lab.acme.example/".to_owned()),
            ("PATH".to_owned(), "/nowhere".to_owned()),
        ]);
        for (host, forge) in [
            ("github.com", Forge::Github),
            ("github.acme.example", Forge::Github),
            ("acme.ghe.com", Forge::Github),
            ("code.acme.example", Forge::Github),
            ("gitlab.com", Forge::Gitlab),
            ("gitlab.acme.example", Forge::Gitlab),
            ("lab.acme.example", Forge::Gitlab),
            ("notgithub.com", Forge::None),
            ("bitbucket.org", Forge::None),
        ] {
            assert_eq!(forge_of(&caller, host).await, forge, "{host}");
        }
    }
}

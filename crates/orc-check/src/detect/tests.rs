use super::*;

struct Files(Vec<String>, Vec<String>);

impl Tree for Files {
    fn files(&self) -> &[String] {
        &self.0
    }

    fn read(&self, path: &str) -> Option<String> {
        self.0.iter().position(|file| file == path).map(|at| self.1[at].clone())
    }
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.sort();
    let (names, texts) = files.into_iter().unzip();
    detect(&Files(names, texts), false).into_iter().map(|suite| suite.name).collect()
}

#[test]
fn each_runner_is_found_by_its_own_file() {
    for (files, expected) in [
        (vec![("Cargo.toml", "[package]\nname='a'")], vec!["cargo"]),
        (vec![("Cargo.toml", "[workspace]"), ("a/Cargo.toml", "[package]\nname='a'")], vec!["cargo"]),
        (vec![("a/Cargo.toml", "[package]"), ("b/Cargo.toml", "[package]")], vec!["cargo:a", "cargo:b"]),
        (vec![("pyproject.toml", "[tool.pytest.ini_options]")], vec!["pytest"]),
        (vec![("pyproject.toml", "[tool.black]")], vec![]),
        (vec![("tests/test_a.py", ""), ("a.py", "")], vec!["pytest"]),
        (
            vec![("api/tests/test_a.py", ""), ("web/tests/unit/test_b.py", "")],
            vec!["pytest:api", "pytest:web"],
        ),
        (vec![("package.json", r#"{"devDependencies":{"jest":"1"}}"#)], vec!["jest"]),
        (vec![("web/package.json", r#"{"devDependencies":{"vitest":"1","jest":"1"}}"#)], vec!["vitest:web"]),
        (vec![("package.json", r#"{"scripts":{"test":"echo no test"}}"#)], vec![]),
        (vec![("go.mod", "module m"), ("node_modules/x/go.mod", "")], vec!["go"]),
        (vec![("Makefile", "smoke: build\n\t./smoke\ntest:\n\t./test\n")], vec!["make:smoke", "make:test"]),
        (vec![("Makefile", "SMOKE := 1\nsmoke := x\n# test:\n\ttest:\n.PHONY: smoke")], vec![]),
        (vec![("justfile", "@test-smoke arg='x':\n  true\n")], vec!["just:test-smoke"]),
        (vec![("go.mod", ""), ("Makefile", "test:\nsmoke:\n")], vec!["go", "make:smoke"]),
        (vec![("README.md", "")], vec![]),
    ] {
        assert_eq!(found(&files), expected, "{files:?}");
    }
}

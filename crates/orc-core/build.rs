//! Makes a list of the built-in data files, so that a new one is added by being there.

#![expect(clippy::disallowed_methods, reason = "this runs at build time, outside the core")]
#![expect(clippy::expect_used, reason = "a build that cannot go on has failed")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut code = String::new();
    for (name, folder, ending) in
        [("PROFILES", "agents", "toml"), ("COMPOSITIONS", "teams", "toml"), ("ROLES", "roles", "md")]
    {
        println!("cargo::rerun-if-changed={folder}");
        let folder = Path::new(&root).join(folder);
        let files = fs::read_dir(&folder).expect("the folder of built-in data files");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|found| found == ending));
        paths.sort();
        writeln!(code, "const {name}: &[(&str, &str)] = &[").expect("a string grows");
        for path in paths {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name in UTF-8");
            let text = path.to_str().expect("a path in UTF-8");
            writeln!(code, "    ({stem:?}, include_str!({text:?})),").expect("a string grows");
        }
        code.push_str("];\n");
    }
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("built_in.rs");
    fs::write(target, code).expect("the build folder can be written");
}

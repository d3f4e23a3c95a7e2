//! The console's committed scripts are those of the sources: by their sums everywhere, byte by byte
//! where they are built again. Needs node and the packages of the committed lock.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

#[path = "console/packages.rs"]
mod packages;

fn console(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/console")
        .join(part)
}

/// Sum and name of each file that `SHA256SUMS` vouches for.
fn sums(folder: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let pair = |line: &str| {
        line.split_once("  ")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    text.lines().map(|line| pair(line).unwrap()).collect()
}

#[test]
fn the_committed_scripts_have_their_sums() {
    let assets = console("assets");
    let sums = sums(&assets);
    for (sum, name) in &sums {
        let hash = Sha256::digest(fs::read(assets.join(name)).unwrap());
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&hash, sum, "{name}: `make console-assets` builds it anew");
    }
    let summed: BTreeSet<&str> = sums.iter().map(|(_, name)| name.as_str()).collect();
    assert!(summed.contains("licences.txt"));
    for entry in fs::read_dir(&assets).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.ends_with(".js") || summed.contains(name.as_str()),
            "{name} has no sum"
        );
    }
}

#[test]
fn building_again_gives_the_same_bytes() {
    let web = console("web");
    packages::packages(&web);
    let out = tempfile::tempdir().unwrap();
    let mut node = Command::new("node");
    node.arg("build.mjs").arg(out.path()).current_dir(&web);
    let run = node.output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for (_, name) in sums(out.path()) {
        let committed = fs::read(console("assets").join(&name)).unwrap();
        let built = fs::read(out.path().join(&name)).unwrap();
        assert!(
            built == committed,
            "{name}: commit what `make console-assets` gives"
        );
    }
}

#[test]
fn the_lock_names_no_registry_and_fixes_every_package() {
    let lock = fs::read_to_string(console("web/package-lock.json")).unwrap();
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    for (name, package) in lock["packages"].as_object().unwrap() {
        assert!(package.get("resolved").is_none(), "{name} has an address");
        let fixed = name.is_empty()
            || package["integrity"]
                .as_str()
                .is_some_and(|sum| sum.starts_with("sha512-"));
        assert!(fixed, "{name} has no sum");
    }
}

/// A package that nothing imports is one to keep up to date for nothing.
#[test]
fn every_package_asked_for_is_imported() {
    let package = fs::read_to_string(console("web/package.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let scripts = fs::read_dir(console("web")).unwrap();
    let scripts: String = scripts
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "js"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for name in package["dependencies"].as_object().unwrap().keys() {
        let (whole, part) = (format!("from \"{name}\""), format!("from \"{name}/"));
        let imported = scripts.contains(&whole) || scripts.contains(&part);
        assert!(imported, "{name} is imported by no script");
    }
}

/// Nothing that a page loads comes from elsewhere, and no key is ever stored.
#[test]
fn the_sources_store_nothing_and_call_nobody_else() {
    for entry in fs::read_dir(console("web")).unwrap() {
        let path = entry.unwrap().path();
        let script = path.extension().is_some_and(|kind| kind == "js");
        if !script {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in [
            "localStorage",
            "sessionStorage",
            "indexedDB",
            "document.cookie",
            "innerHTML",
            "eval(",
            "XMLHttpRequest",
            "sendBeacon",
            "WebSocket",
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        let external = text
            .lines()
            .filter(|line| line.contains("https://") && !line.contains("pod adresem"));
        assert_eq!(external.count(), 0, "{}", path.display());
    }
}

//! Where the program's parts come from: one registry, licences that fit, each direct dependency with
//! its reason, versions that stand twice only where we know why, and no build step that downloads.
//! LINETAP_WRITE=1 writes docs/dependencies.md anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Licences whose terms we keep by shipping their texts; a package may offer others besides.
const LICENCES: [&str; 11] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that fetch from a network; none may be anywhere in the build.
const FETCHERS: [&str; 8] = [
    "curl",
    "curl-sys",
    "ureq",
    "reqwest",
    "attohttpc",
    "minreq",
    "git2",
    "self_update",
];

/// Direct dependencies that bring an older generation of something we use in its newer one.
const HOLDERS: [(&str, &str); 6] = [
    (
        "age",
        "stands on the generation of RustCrypto before ours; it wraps 32-byte keys and nothing else",
    ),
    (
        "axum-server",
        "its TLS draws random numbers through the getrandom before ours",
    ),
    (
        "ed25519-dalek",
        "a derive macro of its curve stands on the syn before the others'; at build time only",
    ),
    ("env_logger", "formats times with its own jiff"),
    (
        "ratatui",
        "crossterm's signal-hook and derive macros of an older generation",
    ),
    (
        "zeroize",
        "its derive macro stands on the syn before the others'; at build time only",
    ),
];

struct Graph {
    packages: BTreeMap<String, Value>,
    edges: BTreeMap<String, Vec<String>>,
    root: String,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn graph() -> Graph {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let all: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let edges = list(&all["resolve"]["nodes"]).into_iter().map(|node| {
        let to = list(&node["deps"])
            .iter()
            .map(|dep| text(&dep["pkg"]).to_owned())
            .collect();
        (text(&node["id"]).to_owned(), to)
    });
    let packages = list(&all["packages"]).into_iter();
    Graph {
        packages: packages
            .map(|package| (text(&package["id"]).to_owned(), package))
            .collect(),
        edges: edges.collect(),
        root: text(&all["resolve"]["root"]).to_owned(),
    }
}

impl Graph {
    /// Everything that `from` needs, itself included, without what only `without` need.
    fn reach(&self, from: &[String], without: &[&str]) -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), from.to_vec());
        while let Some(id) = open.pop() {
            let name = text(&self.packages[&id]["name"]);
            if !without.contains(&name) && seen.insert(id.clone()) {
                open.extend(self.edges.get(&id).into_iter().flatten().cloned());
            }
        }
        seen
    }

    fn all(&self) -> BTreeSet<String> {
        self.reach(std::slice::from_ref(&self.root), &[])
    }

    /// Names of which more than one version is among `ids`.
    fn twice(&self, ids: &BTreeSet<String>) -> BTreeSet<&str> {
        let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for id in ids {
            let package = &self.packages[id];
            versions
                .entry(text(&package["name"]))
                .or_default()
                .insert(text(&package["version"]));
        }
        versions.retain(|_, versions| versions.len() > 1);
        versions.into_keys().collect()
    }
}

fn manifest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether one of the alternatives of an SPDX expression is ours. `AND` binds closer than `OR`.
fn fits(licence: &str) -> bool {
    let plain = licence.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|choice| {
        choice.split(" AND ").all(|part| {
            LICENCES.contains(
                &part
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .as_str(),
            )
        })
    })
}

#[test]
fn every_package_comes_from_the_registry_under_a_licence_that_fits() {
    let graph = graph();
    for id in graph.all().iter().filter(|id| **id != graph.root) {
        let package = &graph.packages[id];
        let source = text(&package["source"]);
        assert!(
            source.starts_with("registry+"),
            "{id} comes from {source:?}"
        );
        let licence = text(&package["license"]);
        assert!(fits(licence), "{id}: {licence:?}");
    }
}

#[test]
fn no_build_step_can_download() {
    let graph = graph();
    for id in graph.all() {
        let name = text(&graph.packages[&id]["name"]);
        assert!(!FETCHERS.contains(&name), "{name} fetches from a network");
    }
}

#[test]
fn versions_stand_twice_only_where_we_know_why() {
    let graph = graph();
    let root = std::slice::from_ref(&graph.root);
    let holders = HOLDERS.map(|(name, _)| name);
    let apart = graph.reach(root, &holders);
    let twice = graph.twice(&apart);
    assert!(
        twice.is_empty(),
        "without {holders:?} these still stand twice: {twice:?}"
    );
    for (holder, reason) in HOLDERS {
        let others: Vec<&str> = holders.into_iter().filter(|name| *name != holder).collect();
        let with = graph.reach(root, &others);
        assert!(
            !graph.twice(&with).is_empty(),
            "{holder} ({reason}) brings nothing twice any more"
        );
    }
}

/// Direct dependencies with the reason behind each line of Cargo.toml.
fn reasons() -> BTreeMap<String, String> {
    let toml = fs::read_to_string(manifest("Cargo.toml")).expect("Cargo.toml");
    let (mut found, mut heading, mut inside) = (BTreeMap::new(), String::new(), false);
    for line in toml.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line == "[dev-dependencies]";
        } else if let Some(title) = line.strip_prefix("# ---") {
            heading = title.trim_matches([' ', '-']).to_owned();
        } else if let (true, Some((name, rest))) = (inside, line.split_once(" = ")) {
            let reason = rest
                .rsplit_once("# ")
                .map_or("", |(_, reason)| reason.trim());
            let reason = if reason.is_empty() { &heading } else { reason };
            found.insert(name.trim().to_owned(), reason.to_owned());
        }
    }
    found
}

#[test]
fn the_list_of_dependencies_is_true_and_each_has_its_reason() {
    let graph = graph();
    let reasons = reasons();
    let direct = &graph.edges[&graph.root];
    let mut page = String::from(
        "# What linetap is built from\n\nMade by `LINETAP_WRITE=1 cargo test --test supply_chain`, which also holds: one registry, \
         licences that fit, no package that downloads, no version twice but for the reasons below.\n\n\
         | package | licence | what for |\n| --- | --- | --- |\n",
    );
    let mut rows = BTreeMap::new();
    for id in direct {
        let package = &graph.packages[id];
        let name = text(&package["name"]).to_owned();
        let reason = reasons.get(&name).map_or("", String::as_str);
        assert!(reason.len() > 3, "{name}: Cargo.toml gives no reason");
        rows.insert(
            name,
            (text(&package["license"]).to_owned(), reason.to_owned()),
        );
    }
    for (name, (licence, reason)) in rows {
        let _ = writeln!(page, "| {name} | {licence} | {reason} |");
    }
    page.push_str(
        "\n## Versions that stand twice\n\n| brought by | why it stays |\n| --- | --- |\n",
    );
    for (name, reason) in HOLDERS {
        let _ = writeln!(page, "| {name} | {reason} |");
    }
    let path = manifest("docs/dependencies.md");
    if std::env::var_os("LINETAP_WRITE").is_some() {
        fs::write(&path, &page).expect("written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/dependencies.md is another; LINETAP_WRITE=1 writes it anew"
    );
}

//! The packages of the console's web sources, installed from the committed lock where they are not,
//! and the sources' own tests, run by Node.
#![allow(
    dead_code,
    reason = "each test program that includes this uses a part of it"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes sure that `node_modules` is that of the lock; `npm ci` runs at most once at a time.
pub(crate) fn packages(web: &Path) {
    let lock = fs::read(web.join("package-lock.json")).unwrap();
    let stamp = web.join("node_modules/.linetap-lock");
    let gate = fs::File::create(std::env::temp_dir().join("linetap-npm-ci.lock")).unwrap();
    rustix::fs::flock(&gate, rustix::fs::FlockOperation::LockExclusive).unwrap();
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return;
    }
    let run = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(web)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "npm ci: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    fs::write(stamp, lock).unwrap();
}

/// Runs these tests of the sources, against fresh vectors if they are given.
pub(crate) fn node_tests(web: &Path, tests: &[&str], vectors: Option<&Path>) {
    packages(web);
    let mut node = Command::new("node");
    let tests = tests.iter().map(|name| format!("test/{name}.test.mjs"));
    node.arg("--test").args(tests).current_dir(web);
    node.env_remove("LINETAP_VECTORS")
        .env_remove("NODE_TEST_CONTEXT");
    if let Some(vectors) = vectors {
        node.env("LINETAP_VECTORS", vectors);
    }
    let run = node.output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    let complaint = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}{complaint}");
}

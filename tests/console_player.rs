//! Keys, signatures and player of the console in a real headless Chromium, against a stand-in for the
//! recorder that can misbehave: a window that shuts, damage, another key, another text to sign; axe
//! and reflow on the way. Needs node, chromium and the packages of the committed lock.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;
use std::process::Command;

#[path = "console/packages.rs"]
mod packages;

#[test]
fn keys_signatures_and_player_work_in_a_browser() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/web");
    packages::packages(&web);
    let mut node = Command::new("node");
    node.args(["--test", "test/browser.test.mjs"])
        .current_dir(&web)
        .env_remove("LINETAP_VECTORS")
        .env_remove("NODE_TEST_CONTEXT");
    let run = node.output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

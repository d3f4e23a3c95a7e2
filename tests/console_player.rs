//! Keys, signatures and player of the console in a real headless Chromium, against a stand-in for the
//! recorder that can misbehave: a window that shuts, damage, another key, another text to sign; axe
//! and reflow on the way. Needs node, chromium and the packages of the committed lock.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::path::Path;

#[path = "console/packages.rs"]
mod packages;

#[test]
fn keys_signatures_and_player_work_in_a_browser() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console/web");
    packages::node_tests(&web, &["browser"], None);
}

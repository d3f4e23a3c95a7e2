//! The packages of the console's web sources, installed from the committed lock where they are not.

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

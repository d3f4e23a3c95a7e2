//! The Debian package, made of the program under test: what is in it, and that it is whole.

mod hardware;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hardware::linetap;

fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    Some((output.status.success(), text))
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The package and a folder it is unpacked in; `None` where dpkg or binutils are absent.
fn package() -> Option<(tempfile::TempDir, String)> {
    for tool in ["dpkg-deb", "objdump", "strip", "make"] {
        run(tool, &["--version"])?;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(source("debian/build.sh"))
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_linetap"))
        .env("DEB_COMPRESSION", "none")
        .output()
        .expect("the recipe runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let package = String::from_utf8(output.stdout).expect("a path");
    Some((folder, package.trim().to_owned()))
}

#[test]
fn the_package_holds_everything_and_systemd_has_nothing_to_say() {
    let Some((folder, package)) = package() else {
        println!("skipped: dpkg-deb, make or binutils are not installed");
        return;
    };
    let (_, contents) = run("dpkg-deb", &["--contents", &package]).expect("dpkg-deb");
    for path in [
        "./usr/bin/linetap\n",
        "./usr/lib/systemd/system/linetap.service\n",
        "./usr/lib/systemd/system/linetap-console.service\n",
        "./usr/lib/systemd/system-preset/50-linetap.preset\n",
        "./usr/lib/sysusers.d/linetap.conf\n",
        "./usr/lib/udev/rules.d/70-linetap.rules\n",
        "./usr/share/linetap/hw-profiles/cm108.toml\n",
        "./usr/share/man/man1/linetap.1.gz\n",
        "./usr/share/man/man1/linetap-run.1.gz\n",
        "./usr/share/bash-completion/completions/linetap\n",
        "./usr/share/doc/linetap/technician.md\n",
        "./etc/linetap/linetap.toml\n",
    ] {
        assert!(contents.contains(path), "no {path} in\n{contents}");
    }
    let strangers: Vec<&str> = contents
        .lines()
        .filter(|line| !line.contains(" root/root "))
        .collect();
    assert_eq!(strangers, Vec::<&str>::new(), "not root's");
    let root = folder.path().join("root");
    let root = root.display().to_string();
    let (good, said) = run("dpkg-deb", &["--raw-extract", &package, &root]).expect("dpkg-deb");
    assert!(good, "{said}");
    let conffiles = fs::read_to_string(Path::new(&root).join("DEBIAN/conffiles")).expect("list");
    for file in conffiles.lines() {
        assert!(Path::new(&format!("{root}{file}")).exists(), "{file}");
    }
    let config = format!("{root}/etc/linetap/linetap.toml");
    let (code, out, err) = linetap(&["check", "--config", &config]);
    assert_eq!(code, 0, "the example is not in order: {out}{err}");
    let program = format!("{root}/usr/bin/linetap");
    let (good, said) = run(&program, &["--version"]).expect("it runs");
    assert!(good && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
}

#[test]
fn the_scripts_are_sound_shell_and_removal_keeps_recordings() {
    for script in ["postinst", "prerm", "postrm", "build.sh"] {
        let path = source("debian").join(script).display().to_string();
        let (good, said) = run("sh", &["-n", &path]).expect("a shell");
        assert!(good, "{script}: {said}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    fs::create_dir(&state).expect("state");
    let text = fs::read_to_string(source("debian/postrm")).expect("postrm");
    let own = text.replace(
        "state=/var/lib/linetap",
        &format!("state={}", state.display()),
    );
    assert_ne!(own, text);
    let script = folder.path().join("postrm").display().to_string();
    fs::write(&script, own).expect("script");
    for action in ["remove", "purge"] {
        let (good, said) = run("sh", &[&script, action]).expect("a shell");
        assert!(
            good && said.contains("stay in") && state.exists(),
            "{action}: {said}"
        );
    }
    let purge = Command::new("sh")
        .args([&script, "purge"])
        .env("LINETAP_PURGE", "yes")
        .output()
        .expect("a shell");
    assert!(purge.status.success() && !state.exists());
}

//! The Debian package, made of the program under test: what is in it, and that it is whole.

#![expect(clippy::print_stdout, reason = "what is skipped is said")]

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

/// Names of the files in a folder of the repository that end so.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(source(folder)).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().ok()
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.retain(|name| name.ends_with(ending));
    assert!(!names.is_empty(), "{folder} has no {ending}");
    names
}

/// The program's commands, as its help lists them.
fn commands() -> Vec<String> {
    let (code, help, _) = linetap(&["--help"]);
    assert_eq!(code, 0);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let entries = listed.take_while(|line| !line.is_empty());
    let name = |line: &str| {
        line.strip_prefix("  ")?
            .split_whitespace()
            .next()
            .map(str::to_owned)
    };
    let own = entries
        .filter(|line| !line.starts_with("   "))
        .filter_map(name);
    own.filter(|name| name != "help").collect()
}

/// The package unpacked; `None`, with a printed line, where it cannot be made.
fn unpacked() -> Option<(tempfile::TempDir, PathBuf)> {
    let Some((folder, package)) = package() else {
        println!("skipped: dpkg-deb, make or binutils are not installed");
        return None;
    };
    let root = folder.path().join("root");
    let at = root.display().to_string();
    let (good, said) = run("dpkg-deb", &["--extract", &package, &at]).expect("dpkg-deb");
    assert!(good, "{said}");
    Some((folder, root))
}

/// Files of the repository, and where below `/usr` they are installed as they are.
fn installed() -> Vec<(String, String)> {
    let folders = [
        ("systemd", ".service", "lib/systemd/system"),
        ("udev", ".rules", "lib/udev/rules.d"),
        ("hw-profiles", ".toml", "share/linetap/hw-profiles"),
    ];
    let all = folders.into_iter().flat_map(|(from, ending, to)| {
        let pair = move |name: String| (format!("{from}/{name}"), format!("{to}/{name}"));
        files(from, ending).into_iter().map(pair)
    });
    let renamed = [
        ("systemd/linetap.sysusers", "lib/sysusers.d/linetap.conf"),
        (
            "systemd/linetap.preset",
            "lib/systemd/system-preset/50-linetap.preset",
        ),
    ];
    all.chain(renamed.map(|(from, to)| (from.to_owned(), to.to_owned())))
        .collect()
}

#[test]
fn every_unit_rule_profile_page_and_completion_is_in_the_package() {
    let Some((_folder, root)) = unpacked() else {
        return;
    };
    for (ours, theirs) in installed() {
        let packed = fs::read(root.join("usr").join(&theirs));
        let packed = packed.unwrap_or_else(|error| panic!("{theirs}: {error}"));
        assert!(
            packed == fs::read(source(&ours)).expect("ours"),
            "{theirs} differs"
        );
    }
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    for command in &commands {
        let page = root.join(format!("usr/share/man/man1/linetap-{command}.1.gz"));
        assert!(page.exists(), "no man page of {command}");
    }
    for path in [
        "bash-completion/completions/linetap",
        "zsh/vendor-completions/_linetap",
        "fish/vendor_completions.d/linetap.fish",
    ] {
        let text = fs::read_to_string(root.join("usr/share").join(path)).expect(path);
        for command in &commands {
            assert!(
                text.contains(command.as_str()),
                "{command} is not in {path}"
            );
        }
    }
}

/// The units as they are installed, with the program they start.
#[test]
fn systemd_has_nothing_to_say_about_the_units_installed() {
    let Some((_folder, root)) = unpacked() else {
        return;
    };
    fs::create_dir_all(root.join("bin")).expect("a folder");
    fs::copy("/bin/true", root.join("bin/kill")).expect("the reload's program, of the system");
    let rooted = format!("--root={}", root.display());
    for unit in [
        "linetap.service",
        "linetap-console.service",
        "linetap-announce@komunikat.service",
    ] {
        let verify = ["verify", "--man=no", "--recursive-errors=no", &rooted, unit];
        let Some((good, said)) = run("systemd-analyze", &verify) else {
            println!("skipped: systemd-analyze is not installed");
            return;
        };
        assert!(good && said.trim().is_empty(), "{unit}: {said}");
    }
    let presets = [
        &rooted,
        "preset",
        "linetap.service",
        "linetap-console.service",
    ];
    let (good, said) = run("systemctl", &presets).expect("systemctl");
    assert!(good, "{said}");
    let wanted = root.join("etc/systemd/system/multi-user.target.wants");
    assert!(wanted.join("linetap.service").is_symlink(), "{said}");
    let console = wanted.join("linetap-console.service");
    assert!(!console.is_symlink(), "only where an office wants it");
}

#[test]
fn the_users_and_groups_of_the_roles_are_made() {
    let Some((_folder, root)) = unpacked() else {
        return;
    };
    let rooted = format!("--root={}", root.display());
    let Some((good, said)) = run("systemd-sysusers", &[&rooted, "linetap.conf"]) else {
        println!("skipped: systemd-sysusers is not installed");
        return;
    };
    assert!(good, "{said}");
    let groups = fs::read_to_string(root.join("etc/group")).expect("groups");
    for role in ["", "-console", "-director", "-gestor", "-asi", "-listener"] {
        let group = format!("linetap{role}:");
        let made = groups.lines().any(|line| line.starts_with(&group));
        assert!(made, "{group} {groups}");
    }
    let audio = groups.lines().find(|line| line.starts_with("audio:"));
    assert!(
        audio.is_some_and(|line| line.ends_with(":linetap")),
        "{groups}"
    );
}

#[test]
fn the_package_holds_everything() {
    let Some((folder, package)) = package() else {
        println!("skipped: dpkg-deb, make or binutils are not installed");
        return;
    };
    let (_, contents) = run("dpkg-deb", &["--contents", &package]).expect("dpkg-deb");
    for path in [
        "./usr/bin/linetap\n",
        "./usr/lib/systemd/system/linetap.service\n",
        "./usr/lib/systemd/system/linetap-console.service\n",
        "./usr/lib/systemd/system/linetap-announce@.service\n",
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

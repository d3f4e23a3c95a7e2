//! What the documentation shows is what the program accepts and says.

use std::fs;
use std::path::Path;

use linetap::config::{Config, Hook, Lines, Profile};
use linetap::rules::roles_page;

fn doc(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_example_is_a_sound_configuration() {
    let text = doc("linetap.example.toml");
    let config = Config::parse(&text, "linetap.example.toml")
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert!(config.require_hours().is_ok());
    assert_eq!((config.cards.len(), config.lines.len()), (1, 3));
    assert!(Lines::parse(&text, "linetap.example.toml").is_ok());
}

#[test]
fn what_is_commented_out_in_the_example_works_too() {
    let text = doc("linetap.example.toml").replace("# [[", "[[");
    let keys = ["name", "replay", "pace", "start", "exchange", "seed"];
    let text = keys.iter().fold(text, |text, key| {
        text.replace(&format!("# {key} ="), &format!("{key} ="))
    });
    let config = Config::parse(&text, "example").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.cards.len(), 3);
}

#[test]
fn the_isdn_line_and_the_profile_of_the_manual_are_accepted() {
    let manual = doc("configuration.md");
    let line: String = manual
        .lines()
        .skip_while(|line| *line != "    [[line]]")
        .take_while(|line| line.starts_with("    "))
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    let lines = Lines::parse(&line, "manual").unwrap_or_else(|problems| panic!("{problems}"));
    assert!(matches!(lines.lines[0].hook, Hook::Isdn(_)));
    let profile = manual
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a profile");
    let profile = Profile::parse(profile, "p").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(profile.mixer.len(), 1);
}

/// Every key that is read stands in the manual: a file that sets an unknown key in each table is
/// answered with all keys known there.
#[test]
fn the_manual_names_every_key() {
    let manual = doc("configuration.md");
    let text = "[office]\nqqqqqqqqqqqq = 1\n[paths]\nqqqqqqqqqqqq = 1\n[hours]\nqqqqqqqqqqqq = 1\n\
                [retention]\nqqqqqqqqqqqq = 1\n[numbering]\nqqqqqqqqqqqq = 1\n[vault]\nqqqqqqqqqqqq = 1\n\
                [[card]]\nqqqqqqqqqqqq = 1\n[[line]]\nqqqqqqqqqqqq = 1\n";
    let problems = Config::parse(text, "f").expect_err("unknown keys");
    let known = problems
        .list
        .iter()
        .filter_map(|problem| problem.remedy.strip_prefix("known here: "));
    let keys: Vec<&str> = known.flat_map(|keys| keys.split(", ")).collect();
    assert!(keys.len() > 40, "{problems}");
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for key in keys.iter().filter(|key| !days.contains(*key)) {
        let named = manual.contains(&format!("`{key}`"))
            || manual.contains(&format!("`{key} ="))
            || manual.contains(&format!("[hours.{key}]"))
            || manual.contains(&format!("`[{key}]`"));
        assert!(named, "{key} is not in docs/configuration.md");
    }
}

#[test]
fn the_table_of_roles_is_the_one_in_force() {
    assert_eq!(
        doc("roles.md"),
        roles_page(),
        "docs/roles.md is not what the program does: write it anew from rules::roles_page()"
    );
}

//! Completions and manual pages, made from the one definition of the commands.

use std::io::Write;
use std::path::Path;
use std::{fs, io};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::exit::Outcome;

/// Prints the completion script of `shell`.
pub(super) fn completions(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "linetap", &mut script);
    io::stdout().write_all(&script)?;
    Ok(())
}

/// Prints linetap(1), or writes it and one page a command to `dir`.
pub(super) fn man(dir: Option<&Path>) -> Outcome {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        Man::new(Cli::command()).render(&mut page)?;
        io::stdout().write_all(&page)?;
        return Ok(());
    };
    fs::create_dir_all(dir)?;
    let mut program = Cli::command();
    program.build();
    write_page(dir, "linetap", program.clone())?;
    for command in program.get_subcommands() {
        if command.get_name() != "help" {
            let name = format!("linetap-{}", command.get_name());
            let page = command
                .clone()
                .display_name(&name)
                .bin_name(name.replace('-', " "));
            write_page(dir, &name, page)?;
        }
    }
    Ok(())
}

fn write_page(dir: &Path, name: &str, command: clap::Command) -> io::Result<()> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    fs::write(dir.join(format!("{name}.1")), page)
}

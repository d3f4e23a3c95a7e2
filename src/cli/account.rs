//! `linetap account`: accounts of the web console, over the control socket.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::control::Request;
use crate::register::{Act, ConfirmAccount};

use super::account_args::{AccountCommand, AddArgs, ConfirmArgs};
use super::exit::Outcome;
use super::procedure::{client, enter, show_rows};

/// `linetap account`.
pub(super) fn account(command: AccountCommand) -> Outcome {
    match command {
        AccountCommand::Add(args) => add(args),
        AccountCommand::Confirm(args) => confirm(args),
        AccountCommand::List(args) => {
            let answer = client(&args.target)?.ask(&Request::Accounts {})?;
            let columns = [
                ("nr", "id"),
                ("login", "login"),
                ("osoba", "name"),
                ("stanowisko", "post"),
                ("wnioskowane", "roles"),
                ("obowiązują", "in_force"),
                ("czeka na Dyrektora", "waits"),
                ("zablokowane do", "locked_until"),
                ("zakończone", "ended"),
                ("uid", "acts_as"),
            ];
            show_rows(&answer["accounts"], args.json, &columns, &TimeZone::UTC)
        }
        AccountCommand::Disable(args) => {
            let (account, reason) = (args.account, args.reason);
            let request = Request::AccountEnd { account, reason };
            client(&args.target)?.ask(&request)?;
            Ok(())
        }
        AccountCommand::Reset(args) => {
            let account = args.account;
            let answer = client(&args.target)?.ask(&Request::AccountReset { account })?;
            one_time(&answer)
        }
        AccountCommand::Unlock(args) => {
            let account = args.account;
            client(&args.target)?.ask(&Request::AccountUnlock { account })?;
            Ok(())
        }
    }
}

fn one_time(answer: &serde_json::Value) -> Outcome {
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    let mut out = io::stdout().lock();
    writeln!(out, "{} {}", text("account"), text("password"))?;
    Ok(())
}

fn add(args: AddArgs) -> Outcome {
    let request = Request::AccountAdd {
        login: args.login,
        name: args.name,
        post: args.post,
        roles: args.roles,
        uid: args.uid,
    };
    one_time(&client(&args.target)?.ask(&request)?)
}

fn confirm(args: ConfirmArgs) -> Outcome {
    let act = Act::ConfirmAccount(ConfirmAccount {
        account: args.account,
        roles: args.roles,
        key: args.key,
        recipient: args.recipient,
    });
    enter(&args.target, &act)
}

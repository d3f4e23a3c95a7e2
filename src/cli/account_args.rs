//! The flags of `linetap account`.

use clap::{Args, Subcommand};

use super::args::Target;
use super::procedure_args::ListArgs;

/// Flags of `account add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Name to sign in with: a-z, 0-9, dot, hyphen, underscore.
    pub(crate) login: String,
    /// First name and surname.
    #[arg(long)]
    pub(crate) name: String,
    /// Post.
    #[arg(long)]
    pub(crate) post: String,
    /// Role asked for: director, gestor, asi, listener, employee; all but asi count once the
    /// director has confirmed them.
    #[arg(long = "role", required = true)]
    pub(crate) roles: Vec<String>,
    /// The person's user number on this machine (`id -u NAME`), if he works at the terminal too.
    #[arg(long)]
    pub(crate) uid: Option<u32>,
}

/// Flags of `account confirm`.
#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The account: A-1.
    pub(crate) account: String,
    /// Roles it has from now on; without one: none.
    #[arg(long = "role")]
    pub(crate) roles: Vec<String>,
    /// The person's public signing key, 64 hexadecimal digits.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The person's age recipient (age1...).
    #[arg(long)]
    pub(crate) recipient: Option<String>,
}

/// An account, and why.
#[derive(Debug, Args)]
pub(crate) struct DisableArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The account: A-1.
    pub(crate) account: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

/// An account.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The account: A-1.
    pub(crate) account: String,
}

/// `linetap account`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account; prints its one-time password.
    Add(AddArgs),
    /// Confirm an account's roles and key (the director).
    Confirm(ConfirmArgs),
    /// List accounts, their roles, and what waits for the director.
    List(ListArgs),
    /// End an account and its sessions.
    Disable(DisableArgs),
    /// Give a new one-time password; password and second factor are chosen anew.
    Reset(AccountArgs),
    /// Lift a lockout.
    Unlock(AccountArgs),
}

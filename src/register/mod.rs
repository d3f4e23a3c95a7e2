//! Floor 2, register: the log of the procedure and what it allows.
//!
//! * [`Log`]: two append-only text files, `log` (hash-chained entries) and `bodies` (salt and
//!   canonical JSON, one line an entry). A file and not a database, because then every byte on disk
//!   is covered by a hash, a body is erased in place even on a full disk, and `sha256sum` can check it.
//! * [`Procedure`]: a state machine over the entries. No I/O and no clock: time is an argument.
//! * [`Register`]: the two together, the one writer. Nothing is folded before it is on disk.
//! * [`Gate`]: the right to some audio. Only a committed entry makes one.
//!
//! Blocks: every entry waits for the disk (`fdatasync`, about 1 ms). A full disk refuses the entry,
//! and then what it would have allowed does not happen. Damage found when opening is an error: what
//! cannot be trusted allows nothing.

mod access;
mod account;
pub mod accounts;
mod act;
mod admit;
mod admit_keeping;
mod check;
mod documents;
mod entry;
mod error;
mod fold;
mod gate;
mod ground;
mod holds;
mod key;
mod kind;
mod letters;
mod log;
mod merkle;
mod note;
mod page;
mod polish;
mod print;
mod procedure;
mod recipients;
mod rows;
mod signed;
mod signing;
mod texts;
mod todo;

pub use account::{AccountState, AddAccount, ConfirmAccount};
pub use act::{
    Act, AskDisclosure, AskHold, Begin, CallRef, Capacity, Correct, Decide, Designate,
    DisclosureKind, End, Finding, Gone, HandedOver, Notice, Order, Outcome, Report, RowFacts,
    Started, Suspend,
};
pub use admit::{MOST_CALLS, Refused};
pub use check::{Checked, Problem, check};
pub use documents::{notice_html, order_html, refusal_html, unannounced_html};
pub use entry::{Entry, Hash};
pub use error::RegisterError;
pub use gate::{Gate, Purpose, Register, read};
pub use ground::Ground;
pub use key::SecretKey;
pub use letters::{Letter, NoLetter, medium_papers, medium_papers_of};
pub use log::{Log, New, Record};
pub use note::{Checkpoint, NoteError};
pub use page::Letterhead;
pub use polish::{clock_of, counted, date as polish_date, date_of, moment};
pub use print::{
    Deletions, Medium, checkpoint_html, csv, csv_cell, deletions_html, list_html, row_html,
};
pub use procedure::{
    Actor, Designation, DisclosureState, HoldState, OrderState, PlaybackState, Procedure,
    ReportState, SuspensionState, Who,
};
pub use recipients::DataRecipient;
pub use rows::Row;
pub use signed::{Signature, act_text, needs_signature};
pub use signing::{order_text, row_text};
pub use texts::{announcement_html, announcement_text, clause_html, clause_text, purpose};
pub use todo::Todo;

//! The log's words for acts; they are only added to.

use super::act::Act;

impl Act {
    /// The log's word for it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Designate(_) => "designate",
            Self::EndDesignation { .. } => "end_designation",
            Self::Report(_) => "report",
            Self::Order(_) => "order",
            Self::RefuseReport { .. } => "refuse_report",
            Self::Revoke { .. } => "revoke",
            Self::Notice { .. } => "notice",
            Self::Release { .. } => "release",
            Self::Begin(_) => "begin",
            Self::End(_) => "end",
            Self::Parties { .. } => "parties",
            Self::Correct(_) => "correct",
            Self::Sign { .. } => "sign",
            Self::SignedOnPaper { .. } => "signed_on_paper",
            Self::Finding(_) => "finding",
            Self::AskHold(_) => "ask_hold",
            Self::JudgeHold { .. } => "judge_hold",
            Self::ReleaseHold { .. } => "release_hold",
            Self::DeleteListed { .. } => "delete_listed",
            Self::AskDisclosure(_) => "ask_disclosure",
            Self::JudgeDisclosure { .. } => "judge_disclosure",
            Self::Export { .. } => "export",
            Self::HandedOver(_) => "handed_over",
            Self::Decide(_) => "decide",
            Self::Suspend(_) => "suspend",
            Self::Resume { .. } => "resume",
            Self::Deleted { .. } => "deleted",
            Self::DeletionReport { .. } => "deletion_report",
            Self::ConfirmClock { .. } => "confirm_clock",
            Self::Erased { .. } => "erased",
            Self::Started(_) => "started",
            Self::Announcements { .. } => "announcements",
            Self::AddAccount(_) => "add_account",
            Self::AccountKey { .. } => "account_key",
            Self::ConfirmAccount(_) => "confirm_account",
            Self::EndAccount { .. } => "end_account",
            Self::ResetAccount { .. } => "reset_account",
            Self::UnlockAccount { .. } => "unlock_account",
            Self::PasswordSet { .. } => "password_set",
            Self::SignedIn { .. } => "signed_in",
            Self::SignedOut { .. } => "signed_out",
            Self::SignInRefused { .. } => "sign_in_refused",
            Self::AccountLocked { .. } => "account_locked",
        }
    }
}

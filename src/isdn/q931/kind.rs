//! Message types (Q.931 4.4, Q.932 for hold and retrieve).

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MessageKind {
    /// The called end rings.
    Alerting,
    /// The call is being routed; no more digits are taken.
    CallProceeding,
    /// Something happened on the way, e.g. tones in band.
    Progress,
    /// A call begins.
    Setup,
    /// The call was answered.
    Connect,
    /// More digits are wanted.
    SetupAcknowledge,
    /// The answer has arrived.
    ConnectAcknowledge,
    /// User to user.
    UserInformation,
    /// Refusal of SUSPEND.
    SuspendReject,
    /// Refusal of RESUME.
    ResumeReject,
    /// The call is to be put on hold.
    Hold,
    /// Park the call and unplug.
    Suspend,
    /// Take the parked call up again.
    Resume,
    /// It is on hold.
    HoldAcknowledge,
    /// It is parked; the call reference is free.
    SuspendAcknowledge,
    /// It is taken up.
    ResumeAcknowledge,
    /// Refusal of HOLD.
    HoldReject,
    /// Back from hold.
    Retrieve,
    /// It is back.
    RetrieveAcknowledge,
    /// Refusal of RETRIEVE.
    RetrieveReject,
    /// Clearing begins.
    Disconnect,
    /// Channels are reset.
    Restart,
    /// Channel and reference are to be freed.
    Release,
    /// They are reset.
    RestartAcknowledge,
    /// They are free.
    ReleaseComplete,
    /// Part of a long message.
    Segment,
    /// Supplementary service.
    Facility,
    /// Supplementary service without a call.
    Register,
    /// The other end was suspended, diverted, put on hold.
    Notify,
    /// What state are you in.
    StatusEnquiry,
    /// Flow control of user to user information.
    CongestionControl,
    /// Digits.
    Information,
    /// My state and why I say so.
    Status,
    /// Any other.
    Other(u8),
}

impl MessageKind {
    /// All that have a name, with their code.
    pub const NAMED: [(u8, Self); 33] = [
        (0x01, Self::Alerting),
        (0x02, Self::CallProceeding),
        (0x03, Self::Progress),
        (0x05, Self::Setup),
        (0x07, Self::Connect),
        (0x0D, Self::SetupAcknowledge),
        (0x0F, Self::ConnectAcknowledge),
        (0x20, Self::UserInformation),
        (0x21, Self::SuspendReject),
        (0x22, Self::ResumeReject),
        (0x24, Self::Hold),
        (0x25, Self::Suspend),
        (0x26, Self::Resume),
        (0x28, Self::HoldAcknowledge),
        (0x2D, Self::SuspendAcknowledge),
        (0x2E, Self::ResumeAcknowledge),
        (0x30, Self::HoldReject),
        (0x31, Self::Retrieve),
        (0x33, Self::RetrieveAcknowledge),
        (0x37, Self::RetrieveReject),
        (0x45, Self::Disconnect),
        (0x46, Self::Restart),
        (0x4D, Self::Release),
        (0x4E, Self::RestartAcknowledge),
        (0x5A, Self::ReleaseComplete),
        (0x60, Self::Segment),
        (0x62, Self::Facility),
        (0x64, Self::Register),
        (0x6E, Self::Notify),
        (0x75, Self::StatusEnquiry),
        (0x79, Self::CongestionControl),
        (0x7B, Self::Information),
        (0x7D, Self::Status),
    ];

    /// Of its code.
    pub fn from_octet(octet: u8) -> Self {
        let named = Self::NAMED.iter().find(|(code, _)| *code == octet);
        named.map_or(Self::Other(octet), |(_, kind)| *kind)
    }

    /// Its code.
    pub fn octet(self) -> u8 {
        if let Self::Other(octet) = self {
            return octet;
        }
        let named = Self::NAMED.iter().find(|(_, kind)| *kind == self);
        named.map_or(0, |(code, _)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_is_one_kind() {
        for octet in 0..=255 {
            assert_eq!(MessageKind::from_octet(octet).octet(), octet);
        }
    }
}

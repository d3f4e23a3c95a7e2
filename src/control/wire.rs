//! The messages. A request is one line of JSON, at most [`MAX_LINE`] bytes:
//! `{"v":1,"request":"status"}`; an answer is one line: `{"v":1,"ok":true,...}` or
//! `{"v":1,"ok":false,"error":"...","remedy":"..."}`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;

/// Version of the protocol.
pub const VERSION: u32 = 1;

/// Longest request line in bytes, the newline included.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// Which calls to list. Times are RFC 3339 or local `YYYY-MM-DD[ HH:MM[:SS]]`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallsQuery {
    /// Calls that began at or after this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Calls that began before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Name of the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The other party's number, whole or its last digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// `missing`: the announcement was not heard; `left`: the call ended during it or right after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announcement: Option<String>,
    /// `incoming`, `outgoing` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Recorded, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<bool>,
    /// Not recorded for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// At least so many seconds long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_s: Option<u32>,
    /// At most so many seconds long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_s: Option<u32>,
    /// Goes on behind an earlier answer: its `next`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Most rows to return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What can be asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// State of lines, cards, disk and vault.
    Status {},
    /// Meters and detected signals of every line, for the technician; never audio.
    Wiring {},
    /// Calls of the index, newest first.
    Calls(CallsQuery),
    /// One call by id.
    Call {
        /// Its UUID, or the first characters of it if they are enough.
        id: String,
    },
    /// The figures of the status as Prometheus text.
    Metrics {},
    /// Somebody has seen an alarm.
    Acknowledge {
        /// Its number in the status.
        alarm: u64,
    },
    /// Read the configuration again.
    Reload {},
    /// Enter an act into the register's log: `{"act":"report",...}`.
    Act {
        /// The act.
        act: Value,
        /// Through a session: the head of the log that the person saw.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
        /// And the person's signature over the text that `prepare` gives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// The text that a person signs for an act, with the head in it.
    Prepare {
        /// The act; a listening as `{"act":"listen","order":...,"recording":...}`.
        act: Value,
    },
    /// Read the procedure: `todo`, `orders`, `register`, ... (docs/procedure.md).
    Procedure {
        /// What to read.
        view: String,
    },
    /// Calls as an order names them, with the head of the log to sign.
    Name {
        /// Ids of calls, or the first characters of them.
        calls: Vec<String>,
    },
    /// The wrapped keys of an order's or a disclosure's recordings, for who may unwrap them.
    Keys {
        /// Its number.
        of: String,
    },
    /// Hand the keys of an order to the listener.
    Release {
        /// The order.
        order: String,
        /// Recording and its key wrapped to the listener, base64.
        wrappings: Vec<(String, String)>,
        /// As with `act`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
        /// As with `act`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Begin a listening: enters the row, then answers with the released key.
    Listen {
        /// The order.
        order: String,
        /// Which recording of it; may be left out if there is one only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recording: Option<String>,
        /// Who the parties are, as far as known.
        #[serde(default)]
        parties: String,
        /// As with `act`; through a session no listening begins without both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
        /// As with `act`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// Begin the export of a disclosure: enters it, then answers with the keys' wrappings.
    Export {
        /// Its number.
        disclosure: String,
        /// As with `act`; through a session no export begins without both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<String>,
        /// As with `act`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// A piece of a recording's file, through a gate that `listen` or `export` opened.
    Fetch {
        /// Number of the row or of the disclosure.
        gate: String,
        /// The recording.
        recording: String,
        /// From this byte.
        offset: u64,
    },
    /// Check the log, against checkpoints or hashes on paper if they are given.
    VerifyLog {
        /// Signed notes, or 16 and more digits of an entry's hash.
        #[serde(default)]
        checkpoints: Vec<String>,
    },
    /// The keys of these recordings were wrapped anew; the index is to be told.
    Rewrapped {
        /// Their UUIDs, at most 1,000.
        recordings: Vec<String>,
    },
    /// How complete the last days were, newest last.
    Completeness {
        /// How many, at most 100.
        days: u16,
    },
    /// Begin a session.
    SignIn {
        /// Name of the account.
        login: String,
        /// Password.
        password: String,
        /// Code of the second factor; empty with a one-time password.
        #[serde(default)]
        totp: String,
    },
    /// End this session.
    SignOut {},
    /// Who asks: roles, designations in force, keys, and the head of the log.
    Who {},
    /// Offer this session's account a new second factor.
    Enrol {},
    /// Choose a password, and the second factor that was offered.
    SetPassword {
        /// The present one; not needed after a one-time password.
        #[serde(default)]
        old: String,
        /// The new one.
        new: String,
        /// Code of the second factor: of the one offered, if there is one.
        totp: String,
    },
    /// Accounts of the console.
    Accounts {},
    /// Make an account; answers with its one-time password.
    AccountAdd {
        /// Name to sign in with.
        login: String,
        /// First name and surname.
        name: String,
        /// Post.
        post: String,
        /// Words of the roles asked for.
        roles: Vec<String>,
        /// The person's user number on this machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<u32>,
    },
    /// End an account and its sessions.
    AccountEnd {
        /// Its number.
        account: String,
        /// Why.
        reason: String,
    },
    /// A new one-time password; the old password and second factor open nothing any more.
    AccountReset {
        /// Its number.
        account: String,
    },
    /// Lift a lockout.
    AccountUnlock {
        /// Its number.
        account: String,
    },
}

/// A line that is not a request.
#[derive(Debug, Error)]
pub enum WireError {
    /// Not JSON, or not an object of the protocol.
    #[error("not a request: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A version this recorder does not speak.
    #[error("protocol version {0} is not spoken here, only {VERSION}")]
    Version(u64),
}

impl Request {
    /// Reads one line. `v` may be left out by a person at `socat`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, WireError> {
        Self::parse_with_session(line).map(|(request, _)| request)
    }

    /// The same with the token of the session in it, if there is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_with_session(line: &str) -> Result<(Self, Option<String>), WireError> {
        let mut object: Map<String, Value> = serde_json::from_str(line)?;
        if let Some(version) = object.remove("v") {
            let version = version.as_u64().unwrap_or(0);
            if version != u64::from(VERSION) {
                return Err(WireError::Version(version));
            }
        }
        let session = match object.remove("session") {
            None => None,
            Some(token) => Some(serde_json::from_value(token)?),
        };
        Ok((serde_json::from_value(Value::Object(object))?, session))
    }

    /// The line to send, without a newline.
    pub fn to_line(&self) -> String {
        self.to_line_in(None)
    }

    /// The same in a session.
    pub fn to_line_in(&self, session: Option<&str>) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_else(|_| json!({}));
        if let Some(object) = value.as_object_mut() {
            object.insert("v".into(), VERSION.into());
            if let Some(session) = session {
                object.insert("session".into(), session.into());
            }
        }
        value.to_string()
    }
}

/// Why a well-formed request was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The peer's role does not allow it.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// The request makes no sense.
    Invalid,
    /// The recorder could not do it.
    Failed,
    /// The session is over.
    SignedOut,
    /// Too many attempts.
    TooMany,
}

/// A refusal with what the person can do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Kind, for programs.
    pub kind: RefusalKind,
    /// What happened.
    pub error: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    /// Builds one.
    pub fn new(kind: RefusalKind, error: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind,
            error: error.into(),
            remedy: remedy.into(),
        }
    }
}

/// The fields of an answer.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    /// As a tree.
    Tree(Value),
    /// As the text of a JSON object that is not empty. Of a thousand lines the tree would take longer
    /// than all else.
    Text(String),
}

/// The answer to a request that was carried out: `body` with `v` and `ok` added.
pub fn success(body: Body) -> String {
    match body {
        Body::Tree(body) => success_of_tree(body),
        Body::Text(body) => {
            let fields = body.strip_prefix('{').unwrap_or(&body);
            format!("{{\"v\":{VERSION},\"ok\":true,{fields}")
        }
    }
}

fn success_of_tree(body: Value) -> String {
    let mut object = Map::new();
    object.insert("v".into(), VERSION.into());
    object.insert("ok".into(), true.into());
    match body {
        Value::Object(fields) => object.extend(fields),
        other => drop(object.insert("result".into(), other)),
    }
    Value::Object(object).to_string()
}

/// The answer to a request that was not.
pub fn failure(refusal: &Refusal) -> String {
    json!({
        "v": VERSION, "ok": false, "kind": refusal.kind,
        "error": refusal.error, "remedy": refusal.remedy,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_the_way_there() {
        let requests = [
            Request::Status {},
            Request::Call { id: "0190".into() },
            Request::Calls(CallsQuery {
                number: Some("555".into()),
                ..CallsQuery::default()
            }),
        ];
        for request in requests {
            assert_eq!(
                Request::parse(&request.to_line()).expect("own line"),
                request
            );
        }
    }

    #[test]
    fn what_a_person_types_at_socat_is_understood_or_explained() {
        assert_eq!(
            Request::parse(r#"{"v":1,"request":"status"}"#).expect("contract"),
            Request::Status {}
        );
        assert!(Request::parse(r#"{"request":"status"}"#).is_ok());
        assert!(Request::parse(r#"{"v":1,"request":"calls"}"#).is_ok());
        for bad in [
            "",
            "status",
            "[]",
            r#"{"v":1}"#,
            r#"{"v":1,"request":"audio"}"#,
        ] {
            assert!(
                matches!(Request::parse(bad), Err(WireError::Syntax(_))),
                "{bad}"
            );
        }
        let newer = Request::parse(r#"{"v":2,"request":"status"}"#);
        assert!(matches!(newer, Err(WireError::Version(2))));
    }

    #[test]
    fn answers_carry_version_and_verdict() {
        let good: Value =
            serde_json::from_str(&success(Body::Tree(json!({"lines": []})))).expect("json");
        let text = Body::Text(json!({"lines": []}).to_string());
        let of_text: Value = serde_json::from_str(&success(text)).expect("json");
        assert_eq!(of_text, good);
        assert_eq!(
            (good["v"].as_u64(), good["ok"].as_bool()),
            (Some(1), Some(true))
        );
        let refusal = Refusal::new(
            RefusalKind::NotFound,
            "no call 7",
            "linetap calls lists them",
        );
        let bad: Value = serde_json::from_str(&failure(&refusal)).expect("json");
        assert_eq!(
            (bad["ok"].as_bool(), bad["kind"].as_str()),
            (Some(false), Some("not_found"))
        );
    }
}

//! A running console, and HTTP to it as a browser would speak: cookies kept, nothing followed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{PASSWORD, Person};
use crate::office::Office;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The first header of a name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A console that serves; killed when dropped.
pub(crate) struct Console {
    child: Child,
    pub(crate) address: String,
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Console {
    /// Starts one for an office and waits until it listens.
    pub(crate) fn start(office: &Office) -> Self {
        let mut command = office.command(&["console", "--config", "linetap.toml"]);
        command.args(["--listen", "127.0.0.1:0"]);
        Self::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the console starts");
        let mut said = BufReader::new(child.stderr.take().expect("its log"));
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            let read = said.read_line(&mut line).expect("a log");
            assert!(read > 0, "the console ended");
        }
        // Whoever reads its log no more must not stop it.
        std::thread::spawn(move || drop(std::io::copy(&mut said, &mut std::io::sink())));
        let address = line.split("http://").nth(1).expect("an address");
        let address = address.trim().trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// Sends raw bytes and reads to the end.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.address).expect("connected");
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).expect("set");
        // A server that refuses an oversize body may hang up before all of it is written.
        drop(stream.write_all(bytes));
        let mut all = Vec::new();
        drop(stream.read_to_end(&mut all));
        parse(&all)
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_lowercase(), value.trim().to_owned()))
    };
    Some(Answer {
        status,
        headers: lines.filter_map(header).collect(),
        body: body.to_owned(),
    })
}

/// A browser with its cookies.
pub(crate) struct Browser<'a> {
    console: &'a Console,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The token of the last page that had one.
    pub(crate) csrf: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(console: &'a Console) -> Self {
        let (cookies, csrf) = (BTreeMap::new(), String::new());
        Self {
            console,
            cookies,
            csrf,
        }
    }

    /// One request; `kind` is the body's type.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        more: &str,
        body: &[u8],
    ) -> Option<Answer> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let mut text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}",
            self.console.address
        );
        if !cookies.is_empty() {
            text.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        if !kind.is_empty() {
            text.push_str(&format!(
                "Content-Type: {kind}\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        text.push_str("\r\n");
        let answer = self.console.raw(&[text.as_bytes(), body].concat())?;
        self.take(&answer);
        Some(answer)
    }

    fn take(&mut self, answer: &Answer) {
        for (name, value) in &answer.headers {
            let pair = value.split(';').next().unwrap_or_default();
            if let ("set-cookie", Some((name, value))) = (name.as_str(), pair.split_once('=')) {
                if value.is_empty() {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let mark = "<meta name=\"csrf\" content=\"";
        if let Some(token) = answer.body.split(mark).nth(1) {
            self.csrf = token.split('"').next().unwrap_or_default().to_owned();
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, "", "", b"");
        answer.unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// A form with its token.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &self.csrf);
        form.extend_pairs(fields);
        let kind = "application/x-www-form-urlencoded";
        let answer = self.send("POST", path, kind, "", form.finish().as_bytes());
        answer.unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// A question of the script.
    pub(crate) fn api(&mut self, request: &str, body: &str) -> Answer {
        let token = format!("X-CSRF: {}\r\n", self.csrf);
        let path = format!("/api/{request}");
        let answer = self.send("POST", &path, "application/json", &token, body.as_bytes());
        answer.unwrap_or_else(|| panic!("no answer to {path}"))
    }

    /// Signs in; gives the answer.
    pub(crate) fn sign_in(&mut self, login: &str, password: &str, code: &str) -> Answer {
        self.get("/sign-in");
        let fields = [("login", login), ("password", password), ("totp", code)];
        self.post("/sign-in", &fields)
    }
}

/// No answer without the policy, and none that says the server failed.
pub(crate) fn strict(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    let policy = policy.unwrap_or_else(|| panic!("{what}: no policy: {answer:?}"));
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert!(answer.status < 500, "{what}: {}", answer.status);
}

/// A code that was not used yet: the step after the one with which the password was set.
pub(crate) fn code(person: &Person) -> String {
    person
        .factor
        .code(Timestamp::now() + SignedDuration::from_secs(30))
}

/// The browser of somebody who has signed in.
pub(crate) fn signed_in<'a>(console: &'a Console, person: &Person) -> Browser<'a> {
    let mut browser = Browser::new(console);
    let answer = browser.sign_in(&person.login, PASSWORD, &code(person));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    browser
}

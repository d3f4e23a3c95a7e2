//! What a page is made of. Templates turn blocks into HTML, escaping every text.

use askama::Template;
use axum::http::StatusCode;

use super::texts::{Lang, Texts};

/// A page without its frame.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
    pub(super) status: StatusCode,
    /// Where it leads back: address and words.
    pub(super) back: Option<(String, String)>,
}

impl Page {
    /// An empty one.
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            blocks: Vec::new(),
            status: StatusCode::OK,
            back: None,
        }
    }

    /// With a block more.
    pub(super) fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// With a block more, if there is one.
    pub(super) fn with_some(mut self, block: Option<Block>) -> Self {
        self.blocks.extend(block);
        self
    }

    /// With a way back.
    pub(super) fn back(mut self, to: &str, words: &str) -> Self {
        self.back = Some((to.to_owned(), words.to_owned()));
        self
    }
}

/// A text in a table or a list of facts.
#[derive(Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Where it leads.
    pub(super) href: Option<String>,
    /// `good`, `bad`, `wait`: a badge whose text says the same; `mono`: digits of a hash.
    pub(super) kind: &'static str,
}

impl Cell {
    /// Plain.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Leading somewhere.
    pub(super) fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: Some(href.into()),
            kind: "",
        }
    }

    /// A badge or digits.
    pub(super) fn of(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: None,
            kind,
        }
    }
}

/// One day of the completeness plot.
pub(super) struct Bar {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) height: u32,
    pub(super) kind: &'static str,
    pub(super) words: String,
}

/// A part of a page.
pub(super) enum Block {
    /// A message: `info`, `good`, `warn`, `error`.
    Note { kind: &'static str, text: String },
    /// The recorder's own words.
    Said(String),
    /// Words.
    Text(String),
    /// A link that looks like one to follow.
    Link { href: String, text: String },
    /// The way on, which looks like a button.
    Go { href: String, text: String },
    /// A document for paper, in a window of its own: keys in this one stay.
    Paper { href: String, text: String },
    /// Terms and their values.
    Facts(Vec<(String, Cell)>),
    /// A table with its caption.
    Table {
        caption: String,
        head: Vec<String>,
        rows: Vec<Vec<Cell>>,
        empty: String,
    },
    /// Something to fill in.
    Form(Form),
    /// Completeness of days.
    Plot { words: String, bars: Vec<Bar> },
    /// Where the person's keys are loaded.
    KeyBox(String),
    /// Where a recording is heard.
    Player {
        order: String,
        recording: String,
        sides: String,
        sealed: bool,
        script: String,
    },
    /// A second factor as a picture: module positions in a square of `size`.
    Code {
        size: i32,
        path: String,
        words: String,
    },
}

impl Block {
    /// A message.
    pub(super) fn note(kind: &'static str, text: impl Into<String>) -> Self {
        Self::Note {
            kind,
            text: text.into(),
        }
    }

    /// A document for paper.
    pub(super) fn paper(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Paper {
            href: href.into(),
            text: text.into(),
        }
    }

    /// A link.
    pub(super) fn link(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Link {
            href: href.into(),
            text: text.into(),
        }
    }
}

/// What a form does when it is sent.
pub(super) enum Sends {
    /// It is posted to the console.
    Post(String),
    /// It asks a page.
    Get(String),
    /// The browser signs it as this act.
    Act(&'static str),
    /// The browser wraps the keys of this order to the listener.
    Release(String),
    /// The browser makes the medium of this disclosure.
    Export(String),
}

/// Something to fill in.
pub(super) struct Form {
    pub(super) id: &'static str,
    pub(super) title: String,
    /// What the regulation asks here.
    pub(super) guide: String,
    pub(super) sends: Sends,
    /// Where a signed form leads; `{number}` is the number made.
    pub(super) next: String,
    /// Names of fields that are lists.
    pub(super) lists: &'static str,
    pub(super) fields: Vec<Field>,
    pub(super) submit: String,
    /// Its keys are filled in by those that are made on the page.
    pub(super) fill_keys: bool,
    pub(super) zone: String,
}

impl Form {
    fn new(id: &'static str, title: &str, sends: Sends, submit: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            guide: String::new(),
            sends,
            next: String::new(),
            lists: "",
            fields: Vec::new(),
            submit: submit.to_owned(),
            fill_keys: false,
            zone: String::new(),
        }
    }

    /// One that is posted.
    pub(super) fn post(id: &'static str, title: &str, to: &str, submit: &str) -> Self {
        Self::new(id, title, Sends::Post(to.to_owned()), submit)
    }

    /// One that asks.
    pub(super) fn get(id: &'static str, title: &str, to: &str, submit: &str) -> Self {
        Self::new(id, title, Sends::Get(to.to_owned()), submit)
    }

    /// One that is signed in the browser.
    pub(super) fn act(act: &'static str, title: &str, next: &str, submit: &str) -> Self {
        let mut form = Self::new(act, title, Sends::Act(act), submit);
        next.clone_into(&mut form.next);
        form
    }

    /// One with which the browser makes the medium of a disclosure.
    pub(super) fn export(disclosure: &str, title: &str, next: &str, submit: &str) -> Self {
        let sends = Sends::Export(disclosure.to_owned());
        let mut form = Self::new("export", title, sends, submit);
        next.clone_into(&mut form.next);
        form
    }

    /// With what the regulation asks.
    pub(super) fn guide(mut self, guide: &str) -> Self {
        guide.clone_into(&mut self.guide);
        self
    }

    /// With a field more.
    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// With a value that is not shown.
    pub(super) fn hidden(self, name: &'static str, value: &str) -> Self {
        let mut field = Field::new(name, "", "hidden");
        value.clone_into(&mut field.value);
        self.field(field)
    }

    /// Whether a field of it must be filled in.
    pub(super) fn needs(&self) -> bool {
        self.fields.iter().any(|field| field.required)
    }

    /// As a block.
    pub(super) fn block(self) -> Block {
        Block::Form(self)
    }
}

/// A field of a form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: String,
    /// `text`, `password`, `date`, `datetime-local`, `number`, `area`, `select`, `checks`, `hidden`.
    pub(super) control: &'static str,
    pub(super) value: String,
    pub(super) required: bool,
    /// `data-kind` for the browser.
    pub(super) kind: &'static str,
    /// Value, words, chosen.
    pub(super) options: Vec<(String, String, bool)>,
    pub(super) autocomplete: &'static str,
    pub(super) error: String,
}

impl Field {
    /// A field.
    pub(super) fn new(name: &'static str, label: &str, control: &'static str) -> Self {
        Self {
            name,
            label: label.to_owned(),
            hint: String::new(),
            control,
            value: String::new(),
            required: false,
            kind: "",
            options: Vec::new(),
            autocomplete: "off",
            error: String::new(),
        }
    }

    /// One that must be filled in.
    pub(super) fn needed(mut self) -> Self {
        self.required = true;
        self
    }

    /// With a hint.
    pub(super) fn hint(mut self, hint: &str) -> Self {
        hint.clone_into(&mut self.hint);
        self
    }

    /// With a value.
    pub(super) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With what its text is.
    pub(super) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// With its choices: value and words.
    pub(super) fn options(mut self, options: impl IntoIterator<Item = (String, String)>) -> Self {
        let chosen = self.value.clone();
        let one = |(value, words)| {
            let is = value == chosen;
            (value, words, is)
        };
        self.options = options.into_iter().map(one).collect();
        self
    }

    /// For the browser's own memory.
    pub(super) fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }
}

/// A place of the navigation.
pub(super) struct Place {
    pub(super) href: &'static str,
    pub(super) words: &'static str,
    pub(super) here: bool,
}

/// A whole page.
#[derive(Template)]
#[template(path = "page.html", config = "src/console/askama.toml")]
pub(super) struct PageTemplate<'a> {
    pub(super) t: &'static Texts,
    pub(super) lang: Lang,
    pub(super) office: &'a str,
    pub(super) csrf: &'a str,
    pub(super) name: String,
    pub(super) nav: Vec<Place>,
    pub(super) page: &'a Page,
}

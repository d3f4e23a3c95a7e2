//! Reading a TOML tree with the place of every value.
//!
//! A [`Section`] is one table. Each key is asked for by name and type; what is wrong goes into the
//! [`Book`] and reading goes on with `None`. [`Section::finish`] reports every key nobody asked for.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::{Problem, Problems, nearest};

/// A value and where it stands in the file (byte range).
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    pub value: T,
    pub place: Range<usize>,
}

/// The file being read, and what is wrong with it so far.
pub(super) struct Book<'t> {
    text: &'t str,
    name: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Book<'t> {
    /// Reads the syntax. If that alone is broken, nothing more can be said of the file.
    pub(super) fn open(
        text: &'t str,
        name: &'t str,
    ) -> Result<(Self, Spanned<DeTable<'t>>), Problems> {
        let book = Self {
            text,
            name,
            problems: RefCell::default(),
        };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = error.span().unwrap_or(0..0);
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            book.problem(
                &place,
                format!("not TOML: {message}"),
                "mend the syntax here",
            );
        }
        if book.problems.borrow().is_empty() {
            return Ok((book, root));
        }
        Err(book.into_problems())
    }

    /// The whole file as a section.
    pub(super) fn root<'b>(&'b self, root: &'b Spanned<DeTable<'t>>) -> Section<'b> {
        Section::new(self, String::new(), root.span(), root.get_ref())
    }

    /// `value` if nothing is wrong, everything that is otherwise.
    pub(super) fn close<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.borrow().is_empty() {
            return Ok(value);
        }
        Err(self.into_problems())
    }

    /// Notes what is wrong at a place.
    pub(super) fn problem(
        &self,
        place: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        // One line each: a quoted value may hold line feeds or terminal sequences.
        let plain = |text: String| text.replace(char::is_control, " ");
        self.problems.borrow_mut().push(Problem {
            line: self.line(place),
            what: plain(what.into()),
            remedy: plain(remedy.into()),
        });
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(place.start);
        before.filter(|&&byte| byte == b'\n').count() + 1
    }

    fn into_problems(self) -> Problems {
        let mut list = self.problems.into_inner();
        list.sort();
        list.dedup();
        Problems {
            file: self.name.to_owned(),
            list,
        }
    }
}

/// One table of the file.
pub(super) struct Section<'b> {
    pub(super) book: &'b Book<'b>,
    path: String,
    pub(super) place: Range<usize>,
    table: &'b DeTable<'b>,
    asked: RefCell<Vec<&'static str>>,
}

type Value<'b> = &'b Spanned<DeValue<'b>>;

impl<'b> Section<'b> {
    fn new(book: &'b Book<'_>, path: String, place: Range<usize>, table: &'b DeTable<'_>) -> Self {
        Self {
            book,
            path,
            place,
            table,
            asked: RefCell::default(),
        }
    }

    /// Notes what is wrong in this section.
    pub(super) fn problem(
        &self,
        place: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.book.problem(place, what, remedy);
    }

    /// The key as it is written in messages: `[hours] mon`.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{} {key}", self.path)
        }
    }

    /// Whether a key is there at all.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Where a key's value stands; the section itself where the key is missing.
    pub(super) fn place_of(&self, key: &'static str) -> Range<usize> {
        self.value(key).map_or(self.place.clone(), Spanned::span)
    }

    fn value(&self, key: &'static str) -> Option<Value<'b>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.table.get(key)
    }

    fn wrong_type(&self, key: &str, value: Value<'_>, wanted: &str) {
        let found = value.get_ref().type_str();
        let what = format!("{} is of type {found}", self.key(key));
        self.problem(&value.span(), what, format!("it must be {wanted}"));
    }

    fn typed<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&'b DeValue<'b>) -> Option<T>,
    ) -> Option<Placed<T>> {
        let value = self.value(key)?;
        let place = value.span();
        match read(value.get_ref()) {
            Some(value) => Some(Placed { value, place }),
            None => {
                self.wrong_type(key, value, wanted);
                None
            }
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str) -> Option<Placed<&'b str>> {
        self.typed(key, "a text in quotes", DeValue::as_str)
    }

    /// A text that must be there and say something.
    pub(super) fn required_text(
        &self,
        key: &'static str,
        example: &str,
    ) -> Option<Placed<&'b str>> {
        self.require(key, example);
        let text = self.text(key)?;
        if text.value.trim().is_empty() {
            let what = format!("{} is empty", self.key(key));
            self.problem(&text.place, what, format!("write for example {example}"));
            return None;
        }
        Some(text)
    }

    /// Notes a missing key.
    pub(super) fn require(&self, key: &'static str, example: &str) {
        if !self.has(key) {
            let what = format!("{} is missing", self.key(key));
            self.problem(&self.place, what, format!("add {key} = {example}"));
        }
    }

    /// A whole number within bounds.
    pub(super) fn integer(
        &self,
        key: &'static str,
        bounds: RangeInclusive<i64>,
    ) -> Option<Placed<i64>> {
        let number = self.typed(key, "a whole number", integer)?;
        if !bounds.contains(&number.value) {
            let what = format!("{} = {} is out of range", self.key(key), number.value);
            let remedy = format!("use {} to {}", bounds.start(), bounds.end());
            self.problem(&number.place, what, remedy);
            return None;
        }
        Some(number)
    }

    /// A number, with or without a decimal point.
    pub(super) fn number(&self, key: &'static str) -> Option<Placed<f64>> {
        self.typed(key, "a number", |value| match value {
            DeValue::Float(float) => float.as_str().replace('_', "").parse().ok(),
            _ => integer(value).map(|number| number as f64),
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &'static str) -> Option<Placed<bool>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &'static str) -> Option<Placed<Vec<Placed<&'b str>>>> {
        self.list(key, "a list of texts, [\"...\"]", DeValue::as_str)
    }

    /// A list of whole numbers.
    pub(super) fn integers(&self, key: &'static str) -> Option<Placed<Vec<Placed<i64>>>> {
        self.list(key, "a list of whole numbers, [0]", integer)
    }

    fn list<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&'b DeValue<'b>) -> Option<T>,
    ) -> Option<Placed<Vec<Placed<T>>>> {
        let array = self.typed(key, wanted, DeValue::as_array)?;
        let mut items = Vec::new();
        for item in array.value.iter() {
            match read(item.get_ref()) {
                Some(value) => items.push(Placed {
                    value,
                    place: item.span(),
                }),
                None => self.wrong_type(key, item, wanted),
            }
        }
        Some(Placed {
            value: items,
            place: array.place,
        })
    }

    /// One of some words; what each means is the caller's.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known: Vec<_> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            let what = format!("{} = \"{}\" is not known", self.key(key), text.value);
            self.problem(&text.place, what, format!("use {}", known.join(" or ")));
        }
        found.map(|&(_, meaning)| meaning)
    }

    /// A table below this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'b>> {
        let table = self.typed(key, "a table", DeValue::as_table)?;
        let path = match self.path.as_str() {
            "" => format!("[{key}]"),
            path => format!("{path} {key}"),
        };
        Some(Section::new(self.book, path, table.place, table.value))
    }

    /// A list of tables, `[[key]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'b>> {
        let wanted = format!("a list of tables, each headed [[{key}]]");
        self.list(key, &wanted, DeValue::as_table)
            .map_or(Vec::new(), |list| list.value)
            .into_iter()
            .map(|table| Section::new(self.book, format!("[[{key}]]"), table.place, table.value))
            .collect()
    }

    /// Every key that is there, with its list of texts: for tables whose keys are data.
    pub(super) fn entries(&self) -> Vec<(Placed<&'b str>, Value<'b>)> {
        let place = |key: &'b Spanned<_>| Placed {
            value: AsRef::<str>::as_ref(key.get_ref()),
            place: key.span(),
        };
        self.table
            .iter()
            .map(|(key, value)| (place(key), value))
            .collect()
    }

    /// Reads one of [`Section::entries`] as a list of texts.
    pub(super) fn entry_texts(&self, key: &str, value: Value<'b>) -> Vec<Placed<&'b str>> {
        let texts = value.get_ref().as_array().map(|array| {
            let text = |item: Value<'b>| {
                let value = item.get_ref().as_str()?;
                Some(Placed {
                    value,
                    place: item.span(),
                })
            };
            array.iter().map(text).collect::<Option<Vec<_>>>()
        });
        texts.flatten().unwrap_or_else(|| {
            self.wrong_type(key, value, "a list of texts, [\"...\"]");
            Vec::new()
        })
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !asked.contains(&name) {
                let what = format!("unknown key {}", self.key(name));
                let remedy = nearest(name, &asked).map_or_else(
                    || format!("known here: {}", asked.join(", ")),
                    |meant| format!("did you mean {meant}?"),
                );
                self.problem(&key.span(), what, remedy);
            }
        }
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

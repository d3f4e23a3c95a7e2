//! Floor 3, console: the procedure in a browser, for those who do not use a terminal.
//!
//! A process of its own that holds no key and opens no recording and no index: it speaks only the
//! recorder's control socket, in the session of whoever is signed in. What it shows, the recorder
//! has allowed; what a person decides, that person's browser has signed. It starts without a
//! recorder and shows the sign-in page then, too.
//!
//! * `server` listens, `guard` stands before every page (host, session, CSRF, headers), `recorder`
//!   asks over the socket, `api` passes the browser's own questions on, `medium` makes a medium's papers.
//! * `pages` make [`blocks`] out of answers; the templates make HTML out of blocks, escaped.
//! * `texts` holds every word that the pages say, in Polish and English.

mod api;
mod assets;
mod bare;
mod blocks;
mod guard;
mod medium;
mod pages;
mod recorder;
mod server;
mod texts;
mod visit;

pub(crate) use server::{ServeError, Settings, serve};

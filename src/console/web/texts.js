// The texts of the page's language: the two files have the same names in them.

import * as english from "./texts.en.js";
import * as polish from "./texts.pl.js";

/** The language of the page, for times and numbers too. */
export const LANGUAGE = globalThis.document?.documentElement.lang === "en" ? "en" : "pl";

export const { ACTS, FIELDS, ROW, TEXT, WORDS } = LANGUAGE === "en" ? english : polish;

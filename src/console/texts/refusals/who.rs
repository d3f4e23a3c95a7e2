//! Refusals of a role, of what is not there and of what was left empty.

/// English, Polish.
pub(super) const SAID: &[(&str, &str)] = &[
    // --- frames ---
    ("not allowed: {}", "Rola na to nie pozwala: {}"),
    ("there is no {}", "Nie ma: {}"),
    ("{} is empty", "Nie wypełniono: {}"),
    ("it must be written down", "Proszę to wpisać."),
    // --- roles (§§ of the regulation) ---
    (
        "the recorder is supervised (§1.6) and kept running (§1.7) without hearing anything",
        "stan systemu widzą osoby, które go nadzorują i utrzymują (§ 1 ust. 6–7).",
    ),
    (
        "figures about the machine, no personal data",
        "dane o działaniu urządzenia są dla osób, które je nadzorują.",
    ),
    (
        "the technician's work; digits on a line are personal data, so no one else",
        "podgląd linii jest wyłącznie dla administratora (ASI).",
    ),
    (
        "the administrator looks after the machine (§1.7); the alarm stands until its cause is gone",
        "alarmy przyjmuje administrator (ASI, § 1 ust. 7).",
    ),
    (
        "the administrator keeps the system running (§1.7)",
        "ustawienia zmienia administrator (ASI, § 1 ust. 7).",
    ),
    (
        "the administrator answers for the machine's time",
        "za czas urządzenia odpowiada administrator (ASI).",
    ),
    (
        "sealed files only; a restore replays the deletions",
        "kopie zapasowe wykonuje administrator (ASI).",
    ),
    (
        "needed for orders (§5.5), supervision (§1.6) and to see that every line is recorded (§1.7)",
        "wykaz rozmów jest dla Dyrektora, gestora systemu i ASI.",
    ),
    (
        "a listener sees what the order names, nothing else (§5.5)",
        "osoba odsłuchująca widzi tylko rozmowy z własnego polecenia (§ 5 ust. 5).",
    ),
    (
        "anyone may report; it opens nothing by itself (§5.6)",
        "zgłosić naruszenie może każdy; samo zgłoszenie niczego nie otwiera (§ 5 ust. 6).",
    ),
    (
        "listening takes place on the director's order and consent alone (§5.5)",
        "odsłuch następuje wyłącznie na polecenie i za zgodą Dyrektora (§ 5 ust. 5).",
    ),
    (
        "the director decides what is unregulated (§8.1)",
        "w sprawach nieuregulowanych decyduje Dyrektor (§ 8 ust. 1).",
    ),
    (
        "recording is stopped and resumed by the director's order, in the log",
        "nagrywanie wstrzymuje i wznawia Dyrektor.",
    ),
    (
        "listeners are designated in writing by the director (§5.2-3)",
        "osoby odsłuchujące wyznacza na piśmie Dyrektor (§ 5 ust. 2–3).",
    ),
    (
        "the employee is told before the listening (§5.7)",
        "powiadomienie pracownika wpisują Dyrektor, gestor systemu i osoba odsłuchująca (§ 5 ust. 7).",
    ),
    (
        "only under an open order that names the person, with a valid designation; the director is bound too (§5.5)",
        "odsłuch jest możliwy tylko na podstawie otwartego polecenia, które wskazuje tę osobę (§ 5 ust. 5).",
    ),
    (
        "there is no continuous monitoring and no live listening, for no one (§5.4)",
        "nie ma podsłuchu na żywo – dla nikogo (§ 5 ust. 4).",
    ),
    (
        "who listened says what was found (§7.1)",
        "ustalenia wpisuje osoba, która odsłuchała nagranie (§ 7 ust. 1).",
    ),
    (
        "an authorised person judges whether a recording matters (§3.5)",
        "o znaczeniu nagrania rozstrzyga osoba upoważniona (§ 3 ust. 5).",
    ),
    (
        "needs a written justification; the administrator does not judge content (§3.4-3.5)",
        "o zabezpieczeniu rozstrzyga Dyrektor albo gestor systemu (§ 3 ust. 4–5).",
    ),
    (
        "the administrator deletes what was left without justification (§3.5)",
        "nagrania bez uzasadnienia usuwa administrator (ASI, § 3 ust. 5).",
    ),
    (
        "terms and counts, no numbers",
        "terminy usuwania widzą Dyrektor, gestor systemu i ASI.",
    ),
    (
        "the gestor keeps the register (§6.3), the director answers for it",
        "ewidencję prowadzi gestor systemu, odpowiada za nią Dyrektor (§ 6 ust. 3).",
    ),
    (
        "the gestor keeps the register; nothing in it is edited (§6.3)",
        "ewidencję prowadzi gestor systemu; wpisów się nie zmienia (§ 6 ust. 3).",
    ),
    (
        "the listener signs (§6.2 i)",
        "wpis podpisuje osoba odsłuchująca (§ 6 ust. 2 lit. i).",
    ),
    (
        "disclosure only with the director's knowledge (§7.2)",
        "udostępnienie następuje wyłącznie za wiedzą Dyrektora (§ 7 ust. 2).",
    ),
    (
        "a medium is handed over on written request (§7.3); it needs a key, which the administrator has not",
        "nośnik przekazuje się na pisemny wniosek; sporządza go Dyrektor albo gestor systemu (§ 7 ust. 3).",
    ),
    (
        "needs no key and shows no content",
        "sprawdzenie dziennika jest dla Dyrektora, gestora systemu i ASI.",
    ),
    (
        "the administrator makes accounts (§1.7); roles of the procedure count once the director has confirmed them",
        "konta zakłada administrator (ASI), role potwierdza Dyrektor.",
    ),
    (
        "who may order and listen is the director's to say (§5.2-3)",
        "role potwierdza Dyrektor (§ 5 ust. 2–3).",
    ),
    (
        "names and roles; nothing of passwords",
        "wykaz kont jest dla Dyrektora, gestora systemu i ASI.",
    ),
    (
        "only who holds the old key can hand it on",
        "klucz przekazuje tylko osoba, która ma poprzedni.",
    ),
    (
        "your account has no confirmed role",
        "konto nie ma potwierdzonej roli.",
    ),
    (
        "the director confirms the roles of accounts",
        "Role kont potwierdza Dyrektor.",
    ),
    (
        "{} is for the director and the gestor",
        "ten wykaz jest dla Dyrektora i gestora systemu.",
    ),
    (
        "docs/roles.md shows who may do what",
        "Kto co może, podaje dokument docs/roles.md.",
    ),
    (
        "the recorder decides nothing by itself",
        "rejestrator sam niczego nie rozstrzyga.",
    ),
    (
        "the recorder enters this itself",
        "taki wpis tworzy wyłącznie sam rejestrator.",
    ),
    (
        "a person shows his own key only",
        "klucz można zgłosić tylko dla własnego konta.",
    ),
    (
        "{} names another listener (§5.5)",
        "polecenie {} wskazuje inną osobę odsłuchującą (§ 5 ust. 5).",
    ),
    (
        "{} is another listener's row",
        "wpis {} dotyczy innej osoby odsłuchującej.",
    ),
    (
        "the gate was opened by somebody else",
        "odsłuch rozpoczęła inna osoba.",
    ),
    // --- what is not there ---
    (
        "the list commands show the numbers",
        "Numery są podane w wykazach.",
    ),
    ("the lists show them", "Numery są podane w wykazach."),
    ("such number", "Nie ma takiego numeru."),
    ("such row", "takiego wpisu w ewidencji."),
    ("such recording in {}", "takiego nagrania w {}."),
    (
        "such recording in the order",
        "takiego nagrania w poleceniu.",
    ),
    ("such open listening", "otwartego odsłuchu o tym numerze."),
    (
        "such recording behind this gate",
        "takiego nagrania w tym odsłuchu.",
    ),
    ("call {}", "rozmowy {}"),
    ("recording {}", "nagrania {}"),
    ("view {}", "wykazu {}"),
    ("role {}", "roli {}"),
    (
        "use director, gestor, asi, listener, employee",
        "Role: Dyrektor, gestor, ASI, osoba odsłuchująca, pracownik.",
    ),
    (
        "`linetap calls` lists the calls",
        "Rozmowy są na stronie „Rozmowy”.",
    ),
    (
        "`linetap calls` lists them",
        "Rozmowy są na stronie „Rozmowy”.",
    ),
    (
        "more than one call begins with {}",
        "Od znaków {} zaczyna się więcej niż jedna rozmowa.",
    ),
    (
        "give more of the id",
        "Proszę podać dłuższą część identyfikatora.",
    ),
    ("{} is too short", "Identyfikator {} jest za krótki."),
    (
        "give at least four characters",
        "Proszę podać co najmniej cztery znaki.",
    ),
    (
        "call {} has no closed recording",
        "Rozmowa {} nie ma zamkniętego nagrania.",
    ),
    ("{} holds no digits", "{} nie zawiera cyfr."),
    (
        "{} is no time: write 2026-11-23 or \"2026-11-23 14:30\"",
        "{} nie jest datą ani godziną.",
    ),
    (
        "{} is no direction: incoming, outgoing, unknown",
        "Nie ma takiego kierunku rozmowy: {}",
    ),
    (
        "{} is not the `next` of an answer",
        "Adres tej strony jest nieprawidłowy – proszę ponowić wyszukiwanie.",
    ),
    (
        "`linetap calls --help` shows how it is written",
        "Proszę poprawić warunki wyszukiwania.",
    ),
    ("no alarm {} stands", "Alarm {} już nie trwa."),
    (
        "`linetap status` shows those that do; one that began again has a new number",
        "Trwające alarmy są na stronie „Stan systemu”.",
    ),
    // --- what must be filled in ---
    ("the reason", "uzasadnienie"),
    ("who reports", "kto zgłasza"),
    ("what is reported", "treść zgłoszenia"),
    ("who the parties are", "dane rozmówców (pole f)"),
    ("the number of the document", "numer dokumentu"),
    ("the number", "numer"),
    ("the name", "imię i nazwisko"),
    ("the post", "stanowisko"),
    (
        "the authorisation to process personal data",
        "numer upoważnienia do przetwarzania danych osobowych",
    ),
    (
        "the employee who handled the calls",
        "pracownik prowadzący rozmowę",
    ),
    (
        "the reason for a ground beyond a-g",
        "uzasadnienie podstawy innej niż lit. a–g",
    ),
    (
        "how, when and by whom",
        "kto, kiedy i w jaki sposób powiadomił",
    ),
    ("the new value", "nowa treść"),
    ("what was found", "ustalenia"),
    ("the justification (§3.5)", "uzasadnienie (§ 3 ust. 5)"),
    ("the justification", "uzasadnienie"),
    ("the decision", "treść decyzji"),
    ("who asks", "kto wnioskuje"),
    ("the written request", "numer i data pisma"),
    ("the legal basis", "podstawa prawna"),
    ("the case number", "sygnatura sprawy"),
    ("to whom it was handed over", "komu przekazano"),
    (
        "the hash of the medium's SHA256SUMS",
        "skrót SHA256SUMS z nośnika",
    ),
];

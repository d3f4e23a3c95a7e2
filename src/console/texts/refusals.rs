//! What the recorder says when it says no, in Polish: the recorder and the terminal speak English, the
//! office reads Polish. `{}` stands for what differs from case to case; it is said in Polish too, if it
//! is one of these texts itself.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{POLISH, Texts};

/// English, Polish.
const SAID: &[(&str, &str)] = &[
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
    // --- accounts ---
    (
        "the key is no ed25519 public key",
        "To nie jest klucz publiczny podpisu.",
    ),
    (
        "give its 64 hexadecimal digits",
        "Klucz ma 64 cyfry szesnastkowe; pokazuje go część „Twoje klucze”.",
    ),
    ("{} was ended: {}", "Konto {} zostało zakończone: {}"),
    ("make a new account", "Potrzebne jest nowe konto."),
    (
        "{} is no name to sign in with",
        "{} nie może być nazwą użytkownika.",
    ),
    (
        "use at most 32 of a-z, 0-9, dot, hyphen, underscore",
        "Najwyżej 32 znaki: a–z, 0–9, kropka, łącznik, podkreślenie.",
    ),
    ("{} has an account already", "Nazwa {} ma już konto."),
    ("end it first", "Najpierw trzeba je zakończyć."),
    (
        "this is no person's user number",
        "To nie jest numer użytkownika systemu.",
    ),
    ("see `id -u NAME`", "Numer podaje polecenie id -u."),
    (
        "a deputy makes no director",
        "Zastępca nie potwierdza roli Dyrektora.",
    ),
    ("the director does", "Robi to Dyrektor."),
    (
        "another account acts as this user number",
        "Tym numerem użytkownika posługuje się inne konto.",
    ),
    ("end that one first", "Najpierw trzeba zakończyć tamto."),
    (
        "an account is not changed by hand",
        "Konta zmienia się na stronie „Konta”.",
    ),
    (
        "use the requests account_add, account_end, account_reset and account_unlock",
        "Służą do tego formularze na stronie „Konta”.",
    ),
    (
        "the password needs at least 12 characters",
        "Hasło musi mieć co najmniej 12 znaków.",
    ),
    (
        "the password has more than 256 bytes",
        "Hasło jest za długie.",
    ),
    (
        "the password needs at least 6 different characters",
        "Hasło musi mieć co najmniej 6 różnych znaków.",
    ),
    (
        "this is the password you have",
        "To jest dotychczasowe hasło.",
    ),
    (
        "the account was reset or ended",
        "Konto otrzymało nowe hasło jednorazowe albo zostało zakończone.",
    ),
    (
        "the code is not that of the new second factor",
        "Kod nie pochodzi z zeskanowanego klucza. Proszę sprawdzić godzinę w telefonie.",
    ),
    (
        "a second factor is needed",
        "Potrzebny jest kod z aplikacji.",
    ),
    (
        "the system gives no random numbers",
        "System nie podał liczb losowych.",
    ),
    (
        "no second factor",
        "Nie udało się utworzyć klucza do aplikacji.",
    ),
    ("choose another", "Proszę podać inne."),
    (
        "name, password or code are not right",
        "Nazwa, hasło lub kod są nieprawidłowe.",
    ),
    (
        "try again; after five failures the account is shut for a time",
        "Po pięciu nieudanych próbach konto jest blokowane.",
    ),
    (
        "too many attempts; shut until {}",
        "Zbyt wiele prób; zablokowane do godz. {}.",
    ),
    (
        "wait, or ask the administrator to unlock the account",
        "Proszę zaczekać albo poprosić ASI o odblokowanie konta.",
    ),
    (
        "a password and a second factor are to be chosen first",
        "Najpierw trzeba ustawić własne hasło i kod z aplikacji.",
    ),
    (
        "open the page of your account",
        "Proszę otworzyć stronę „Moje konto”.",
    ),
    ("the session is over", "Sesja wygasła."),
    ("this needs a session", "Ta czynność wymaga zalogowania."),
    ("sign in", "Proszę się zalogować."),
    ("sign in again", "Proszę zalogować się ponownie."),
    (
        "this is not asked through the console",
        "Tej czynności nie wykonuje się w przeglądarce.",
    ),
    (
        "use the command line on the machine",
        "Służy do niej wiersz poleceń na rejestratorze.",
    ),
    (
        "restore accounts.json from a backup, or remove it and reset the accounts",
        "Administrator (ASI) musi odtworzyć plik kont.",
    ),
    // --- signatures ---
    (
        "through the console this needs the person's signature",
        "Ta czynność wymaga podpisu osoby.",
    ),
    (
        "`prepare` gives the text to sign; head and signature go with the request",
        "Proszę wczytać klucz i podpisać.",
    ),
    (
        "no key of yours is known",
        "Konto nie ma potwierdzonego klucza podpisu.",
    ),
    (
        "show one on the page of your account; the director confirms it",
        "Klucz zgłasza się na stronie „Moje konto”, potwierdza go Dyrektor.",
    ),
    (
        "the signature is not yours over this act",
        "Podpis nie jest złożony obowiązującym kluczem tej osoby.",
    ),
    (
        "sign it anew with the key that is in force",
        "Proszę wczytać właściwy klucz i podpisać ponownie.",
    ),
    (
        "this signature was used already",
        "Ten podpis został już użyty.",
    ),
    (
        "the signature is not yours over this order",
        "Podpis polecenia nie jest złożony obowiązującym kluczem tej osoby.",
    ),
    (
        "the head signed is not one of this log's recent ones",
        "Podpis odnosi się do zbyt dawnego stanu dziennika.",
    ),
    ("sign it anew", "Proszę podpisać ponownie."),
    (
        "the signature is not that of the designated key over this row",
        "Podpis wpisu nie jest złożony kluczem z upoważnienia.",
    ),
    (
        "sign with the key of the designation, or sign on paper",
        "Proszę podpisać właściwym kluczem albo na papierze.",
    ),
    (
        "you have no designation with a signing key as director or deputy",
        "Nie ma obowiązującego wyznaczenia tej osoby jako Dyrektora lub zastępcy z kluczem podpisu.",
    ),
    (
        "`linetap designate add --as director` enters it",
        "Wpisuje się je na stronie „Upoważnienia”.",
    ),
    (
        "not an act: {}",
        "Formularz jest niepełny albo nieprawidłowy: {}",
    ),
    (
        "docs/procedure.md lists the acts and their fields",
        "Proszę sprawdzić pola formularza.",
    ),
    // --- designations, reports, orders ---
    (
        "the term ends before it begins",
        "Koniec okresu wypada przed jego początkiem.",
    ),
    ("correct --from or --to", "Proszę poprawić daty."),
    (
        "a deputy designates no deputy and no director",
        "Zastępca nie wyznacza zastępcy ani Dyrektora.",
    ),
    (
        "a director's orders are signed",
        "Polecenia Dyrektora są podpisywane, więc wyznaczenie musi podawać klucz.",
    ),
    (
        "give --key (`linetap designate keys`)",
        "Proszę podać klucz publiczny podpisu.",
    ),
    (
        "a call without a recording",
        "Wskazano rozmowę bez nagrania albo żadnej rozmowy.",
    ),
    (
        "name calls that were recorded",
        "Proszę wskazać rozmowy, które zostały nagrane.",
    ),
    ("more than {} calls", "Wskazano więcej niż {} rozmów."),
    ("make several of it", "Proszę podzielić na kilka."),
    (
        "the window ends before it begins",
        "Okno czasowe kończy się przed początkiem.",
    ),
    ("correct --from or --until", "Proszę poprawić godziny."),
    ("the report was refused", "Zgłoszenia nie uwzględniono."),
    ("enter a new one", "Potrzebne jest nowe zgłoszenie."),
    (
        "designation {} is not in force",
        "Upoważnienie {} nie obowiązuje.",
    ),
    (
        "designate the listener first (§5.3)",
        "Najpierw trzeba wyznaczyć osobę (§ 5 ust. 3).",
    ),
    (
        "the director designates anew (§5.3)",
        "Dyrektor musi wyznaczyć osobę ponownie (§ 5 ust. 3).",
    ),
    ("{} was revoked: {}", "Polecenie {} zostało cofnięte: {}"),
    ("a new order is needed", "Potrzebne jest nowe polecenie."),
    (
        "for {} the employee was told already",
        "Pracownika w sprawie {} już powiadomiono.",
    ),
    ("nothing is to do", "Nic nie trzeba robić."),
    (
        "{} has not been told (§5.7)",
        "Nie wpisano powiadomienia pracownika: {} (§ 5 ust. 7).",
    ),
    (
        "`linetap notice` enters that it was, or that the employee is absent",
        "Najpierw trzeba wpisać powiadomienie albo nieobecność.",
    ),
    (
        "{} is not released",
        "Klucze do polecenia {} nie zostały wydane.",
    ),
    (
        "the director releases it: `linetap order release`",
        "Klucze wydaje Dyrektor na stronie polecenia.",
    ),
    (
        "{} is open from {} until {}",
        "Poza wyznaczonym oknem: polecenie {} obowiązuje od {} do {}.",
    ),
    (
        "outside it nothing is played",
        "Poza nim niczego się nie odtwarza.",
    ),
    ("the recording was deleted", "Nagranie zostało usunięte."),
    ("nothing of it is left", "Nic z niego nie pozostało."),
    (
        "its processing is restricted (GDPR art. 18)",
        "Przetwarzanie nagrania jest ograniczone (art. 18 RODO).",
    ),
    (
        "release the hold first",
        "Najpierw trzeba zakończyć ograniczenie.",
    ),
    (
        "{} names several recordings",
        "Polecenie {} obejmuje kilka nagrań.",
    ),
    (
        "say which one with --recording; `linetap order list` shows them",
        "Proszę wskazać jedno z nich.",
    ),
    (
        "the key of recording {} is missing",
        "Brakuje klucza nagrania {}.",
    ),
    (
        "release with the identity that opens it",
        "Proszę wczytać klucz szyfrowania Dyrektora.",
    ),
    (
        "a listening, an export and a release are not entered by hand",
        "Odsłuchu, nośnika i wydania kluczy nie wpisuje się ręcznie.",
    ),
    (
        "use the requests listen, export and release",
        "Służą do tego osobne czynności.",
    ),
    // --- rows and findings ---
    ("a row has no field {}", "Wpis nie ma pola {}."),
    ("use {}", "Pola: {}"),
    ("field {} of {} is empty", "Brakuje: pole {} wpisu {}."),
    ("complete the row first", "Najpierw trzeba uzupełnić wpis."),
    (
        "nothing was listened to yet",
        "Niczego jeszcze nie odsłuchano.",
    ),
    (
        "the finding follows the listening",
        "Ustalenia wpisuje się po odsłuchu.",
    ),
    ("{} has ended", "{} jest już zakończone."),
    ("begin a new listening", "Trzeba rozpocząć nowy odsłuch."),
    // --- keeping ---
    ("{} is judged already", "{} jest już rozstrzygnięte."),
    ("{} has ended already", "{} jest już zakończone."),
    (
        "see `linetap hold list`",
        "Wykaz jest na stronie „Zabezpieczenia”.",
    ),
    (
        "no hold of kind {}",
        "Nie ma takiego rodzaju zabezpieczenia: {}",
    ),
    (
        "use evidence or restriction",
        "Rodzaje: dowód albo ograniczenie przetwarzania.",
    ),
    ("no recording is named", "Nie wskazano nagrania."),
    (
        "name a call that was recorded",
        "Proszę wskazać rozmowę, która została nagrana.",
    ),
    ("recording {} was deleted", "Nagranie {} zostało usunięte."),
    (
        "recording {} is not on the delete list",
        "Nagrania {} nie ma na liście do usunięcia.",
    ),
    (
        "only what was left without justification is deleted early (§3.5)",
        "Przed terminem usuwa się tylko nagrania bez uzasadnienia (§ 3 ust. 5).",
    ),
    ("nothing is left to resume", "Nie ma czego wznawiać."),
    ("{} is decided already", "{} jest już rozstrzygnięte."),
    ("enter a new request", "Potrzebny jest nowy wniosek."),
    ("{} was never exported", "Dla {} nie sporządzono nośnika."),
    (
        "`linetap export` makes the medium first",
        "Najpierw trzeba sporządzić nośnik (linetap export).",
    ),
    ("{} was handed over", "{}: nośnik już przekazano."),
    ("{} has no director's order", "{}: brak zgody Dyrektora."),
    // --- the recorder's own troubles ---
    (
        "this request is not answered here",
        "Rejestrator nie zna tego pytania.",
    ),
    (
        "see docs/procedure.md",
        "Proszę powiadomić administratora (ASI).",
    ),
    (
        "nothing was entered; the administrator finds more in the recorder's log",
        "Niczego nie wpisano; więcej podaje dziennik rejestratora.",
    ),
    ("the log says more", "Więcej podaje dziennik rejestratora."),
    (
        "the log of the recorder says more; nothing recorded is lost",
        "Więcej podaje dziennik rejestratora; nagrania są bezpieczne.",
    ),
    (
        "`linetap verify` checks the files",
        "Pliki sprawdza polecenie linetap verify.",
    ),
    (
        "the administrator looks at the recorder",
        "Proszę powiadomić administratora (ASI).",
    ),
    (
        "{} clients are connected already",
        "Rejestrator obsługuje już {} połączeń.",
    ),
    (
        "close some of them, or try again in a moment",
        "Proszę spróbować za chwilę.",
    ),
    // --- warnings of the status ---
    (
        "the group {} does not exist; its role is nobody's",
        "Grupa {} nie istnieje – nikt nie ma jej roli w terminalu.",
    ),
    ("recordings are unsealed", "Nagrania nie są zaszyfrowane."),
];

/// What stands for the `{}` of a pattern, if the text is one of its kind.
fn parts<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        let last = at + 1 == pieces.len();
        let place = match last {
            true => rest.ends_with(piece).then(|| rest.len() - piece.len()),
            false => rest.find(piece),
        };
        let (part, behind) = rest.split_at(place?);
        found.push(part);
        rest = &behind[piece.len()..];
    }
    (rest.is_empty() && found.iter().all(|part| !part.is_empty())).then_some(found)
}

/// The pattern whose own words are most of the text.
fn known(text: &str) -> Option<(&'static str, Vec<&str>)> {
    let all = SAID.iter();
    let fit = all.filter_map(|(english, polish)| Some((*english, *polish, parts(english, text)?)));
    let (_, polish, parts) = fit.max_by_key(|(english, _, _)| english.len())?;
    Some((polish, parts))
}

fn polish(text: &str, zone: &TimeZone) -> Option<String> {
    let (pattern, parts) = known(text)?;
    let mut out = String::new();
    let mut parts = parts.into_iter();
    for (at, piece) in pattern.split("{}").enumerate() {
        if at > 0 {
            let part = parts.next().unwrap_or_default();
            out.push_str(&part_in_polish(part, zone));
        }
        out.push_str(piece);
    }
    Some(out)
}

/// A number, a name, a moment (in the office's zone), or a text of the table.
fn part_in_polish(part: &str, zone: &TimeZone) -> String {
    if let Ok(at) = part.parse::<Timestamp>() {
        let at = at.to_zoned_datetime(zone.clone());
        return at.strftime("%Y-%m-%d %H:%M").to_string();
    }
    polish(part, zone).unwrap_or_else(|| part.trim_matches('"').to_owned())
}

impl Texts {
    /// What the recorder said, in this language; none if these texts do not know it.
    pub(in crate::console) fn said(&self, text: &str, zone: &TimeZone) -> Option<String> {
        match std::ptr::eq(self, &raw const POLISH) {
            true => polish(text, zone),
            false => Some(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::rules::{Action, Role, may};

    fn said(text: &str) -> Option<String> {
        let zone = TimeZone::get("Europe/Warsaw").expect("bundled");
        POLISH.said(text, &zone)
    }

    #[test]
    fn numbers_moments_and_reasons_are_put_where_they_belong() {
        for (english, polish) in [
            ("the reason is empty", "Nie wypełniono: uzasadnienie"),
            (
                "O-2 is open from 2026-11-25T08:00:00Z until 2026-11-25T09:30:00Z",
                "Poza wyznaczonym oknem: polecenie O-2 obowiązuje od 2026-11-25 09:00 do 2026-11-25 10:30.",
            ),
            (
                "not allowed: the listener signs (§6.2 i)",
                "Rola na to nie pozwala: wpis podpisuje osoba odsłuchująca (§ 6 ust. 2 lit. i).",
            ),
            (
                "O-3 was revoked: zgłoszenie wycofano",
                "Polecenie O-3 zostało cofnięte: zgłoszenie wycofano",
            ),
            ("field f of P-1 is empty", "Brakuje: pole f wpisu P-1."),
            ("there is no O-9", "Nie ma: O-9"),
        ] {
            assert_eq!(said(english).as_deref(), Some(polish), "{english}");
        }
        assert_eq!(said("something nobody has said before"), None);
    }

    #[test]
    fn every_reason_of_the_roles_is_known() {
        for &action in Action::ALL {
            let why = may(Role::Employee, action).why();
            assert!(said(why).is_some_and(|text| text != why), "{why}");
        }
    }

    /// The texts of a call's arguments in a source file: `{...}` as what differs.
    fn texts_of(source: &str, call: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (at, _) in source.match_indices(call) {
            let behind = &source[at + call.len()..];
            let mut parts = behind[..end_of(behind)].split('"');
            while let (Some(_), Some(text)) = (parts.next(), parts.next()) {
                found.push(text.to_owned());
            }
        }
        found
    }

    /// Where a statement ends: at a semicolon that stands in no text.
    fn end_of(source: &str) -> usize {
        let mut quoted = false;
        let end = source.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ';' && !quoted
        });
        end.map_or(source.len(), |(at, _)| at)
    }

    #[test]
    fn what_the_sources_refuse_with_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut missing = Vec::new();
        for file in [
            "register/admit.rs",
            "register/admit_keeping.rs",
            "register/account.rs",
            "register/signed.rs",
            "register/gate.rs",
            "daemon/accounts_desk.rs",
            "daemon/asker.rs",
            "daemon/procedure_desk.rs",
            "daemon/procedure_audio.rs",
            "daemon/procedure_calls.rs",
            "daemon/procedure_views.rs",
            "daemon/who_desk.rs",
        ] {
            let source = fs::read_to_string(root.join(file)).expect("a source");
            for call in [
                "return state(",
                " state(",
                "Refusal::new(",
                "Refused::Role(",
                "written(",
            ] {
                for text in texts_of(&source, call) {
                    let text = text.replace("\\\n", "");
                    let plain = !text.contains('{') && text.split(' ').count() > 1;
                    if plain && said(&text).is_none() {
                        missing.push(format!("{file}: {text}"));
                    }
                }
            }
        }
        assert_eq!(missing, [] as [String; 0]);
    }
}

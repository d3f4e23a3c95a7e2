//! Refusals of an act as things stand, and the recorder's own troubles.

/// English, Polish.
pub(super) const SAID: &[(&str, &str)] = &[
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
    (
        "a number beside the calls that were found by it",
        "Podano numer obok rozmów, które po nim znaleziono.",
    ),
    (
        "the calls say whose they are",
        "Numer wpisuje się tylko wtedy, gdy nie znaleziono żadnej rozmowy.",
    ),
    (
        "a person's request is answered by the whole number, nine digits",
        "Wniosek osoby wymaga całego numeru telefonu (9 cyfr).",
    ),
    (
        "give the whole number, or the calls if it was withheld",
        "Proszę podać cały numer, a jeżeli był zastrzeżony – rozmowy.",
    ),
    (
        "{} found no recording",
        "Wniosek {} nie dotyczy żadnego nagrania.",
    ),
    (
        "print the answer and hand that over",
        "Proszę wydrukować odpowiedź i ją przekazać.",
    ),
    (
        "in the browser the director alone makes a medium (§7.2-3)",
        "w przeglądarce nośnik sporządza wyłącznie Dyrektor (§ 7 ust. 2–3)",
    ),
    (
        "these are no files of a medium",
        "To nie jest wykaz plików nośnika.",
    ),
    (
        "make the medium anew on the page of the disclosure",
        "Proszę sporządzić nośnik ponownie na stronie udostępnienia.",
    ),
    ("{} was never exported", "Dla {} nie sporządzono nośnika."),
    (
        "`linetap export` makes the medium first",
        "Najpierw Dyrektor sporządza nośnik.",
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

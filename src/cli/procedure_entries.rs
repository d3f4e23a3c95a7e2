//! Notices, findings, holds, disclosures, decisions and suspensions: one entry each.

use std::fs;
use std::path::Path;

use crate::control::{calls_of_person, kept_calls};
use crate::register::{
    Act, AskDisclosure, AskHold, Decide, DisclosureKind, Finding, HandedOver, MOST_CALLS, Notice,
    Outcome as Fate, Suspend,
};
use crate::words::hex;

use super::exit::{Exit, Failure, Outcome};
use super::procedure::{client, enter, failed, name, show, view};
use super::procedure_args::{
    DecisionCommand, DeleteArgs, DiscloseArgs, DiscloseCommand, FindingArgs, HandedOverArgs,
    HoldArgs, HoldCommand, JudgeArgs, NoticeArgs, OutcomeArg, SuspendCommand,
};

/// `linetap notice`.
pub(super) fn notice(args: &NoticeArgs) -> Outcome {
    let note = |text: &String| text.clone();
    let notice = match (&args.given, &args.absent) {
        (Some(given), _) => Notice::Given { note: note(given) },
        (None, Some(absent)) => Notice::Absent { note: note(absent) },
        (None, None) => return Err(Failure::message(Exit::Usage, "give --given or --absent")),
    };
    let order = args.order.clone();
    enter(&args.target, &Act::Notice { order, notice })
}

/// `linetap finding`.
pub(super) fn finding(args: FindingArgs) -> Outcome {
    let finding = Finding {
        order: args.order,
        confirmed: args.confirmed,
        party_informed: args.party_informed,
        text: args.text,
        action: args.action,
        outcome: match args.outcome {
            OutcomeArg::Hold => Fate::Hold,
            OutcomeArg::Delete => Fate::Delete,
            OutcomeArg::Term => Fate::Term,
        },
    };
    enter(&args.target, &Act::Finding(finding))
}

/// `linetap hold`.
pub(super) fn hold(command: HoldCommand) -> Outcome {
    match command {
        HoldCommand::Ask(args) => ask_hold(args),
        HoldCommand::Judge(JudgeArgs {
            target,
            number,
            grant,
            reason,
            ..
        }) => {
            let (hold, granted) = (number, grant);
            enter(
                &target,
                &Act::JudgeHold {
                    hold,
                    granted,
                    reason,
                },
            )
        }
        HoldCommand::Release(args) => {
            let (hold, reason) = (args.number, args.reason);
            enter(&args.target, &Act::ReleaseHold { hold, reason })
        }
        HoldCommand::List(args) => show(
            &args,
            "holds",
            &[
                ("nr", "id"),
                ("rodzaj", "kind"),
                ("sprawa", "case"),
                ("podstawa", "basis"),
                ("przyznane", "judged.0"),
                ("przegląd", "review"),
                ("zakończone", "ended"),
                ("nagrania", "recordings"),
            ],
        ),
        HoldCommand::DeleteList(args) => show(&args, "delete_list", &[("nagranie", "")]),
        HoldCommand::Delete(args) => delete_listed(&args),
    }
}

fn ask_hold(args: HoldArgs) -> Outcome {
    let named = name(&mut client(&args.target)?, &args.calls)?;
    let kind = if args.restriction {
        "restriction"
    } else {
        "evidence"
    };
    let hold = AskHold {
        recordings: named
            .calls
            .into_iter()
            .flat_map(|call| call.recordings)
            .collect(),
        kind: kind.to_owned(),
        case: args.case,
        basis: args.basis,
        justification: args.justification,
        review: args.review,
    };
    enter(&args.target, &Act::AskHold(hold))
}

fn delete_listed(args: &DeleteArgs) -> Outcome {
    let mut recordings = args.recordings.clone();
    if recordings.is_empty() {
        let listed = view(&mut client(&args.target)?, "delete_list")?;
        recordings = serde_json::from_value(listed).map_err(failed)?;
    }
    if recordings.is_empty() {
        return Err(failed("the delete list is empty"));
    }
    enter(&args.target, &Act::DeleteListed { recordings })
}

/// `linetap disclose`.
pub(super) fn disclose(command: DiscloseCommand) -> Outcome {
    match command {
        DiscloseCommand::Ask(args) => ask_disclosure(args),
        DiscloseCommand::Judge(JudgeArgs {
            target,
            number,
            grant,
            reason,
            ..
        }) => {
            let (disclosure, granted) = (number, grant);
            enter(
                &target,
                &Act::JudgeDisclosure {
                    disclosure,
                    granted,
                    reason,
                },
            )
        }
        DiscloseCommand::HandedOver(args) => handed_over(args),
        DiscloseCommand::List(args) => show(
            &args,
            "disclosures",
            &[
                ("nr", "id"),
                ("rodzaj", "kind"),
                ("kto", "who"),
                ("wniosek", "request"),
                ("podstawa", "basis"),
                ("zgoda", "judged.0"),
                ("nośniki", "exports"),
                ("przekazano", "handed_over.0"),
                ("rozmowy", "calls"),
            ],
        ),
    }
}

fn ask_disclosure(args: DiscloseArgs) -> Outcome {
    let mut client = client(&args.target)?;
    let (kind, ids) = match &args.person_number {
        None => (DisclosureKind::Institution, args.calls),
        Some(number) => {
            let asked = calls_of_person(number);
            let asked = asked.map_err(|error| Failure::message(Exit::Usage, error))?;
            (DisclosureKind::Person, kept_calls(&client.ask(&asked)?))
        }
    };
    // A person may have more calls than one entry takes: all of them are found, held and answered; one with
    // none is answered, too.
    let none: [&[String]; 1] = [&[]];
    let some = ids.chunks(MOST_CALLS);
    let nothing = none.into_iter().filter(|_| ids.is_empty());
    for ids in some.chain(nothing) {
        let asked = AskDisclosure {
            kind,
            who: args.who.clone(),
            request: args.request.clone(),
            basis: args.basis.clone(),
            calls: name(&mut client, ids)?.calls,
            asked_number: args.person_number.clone().filter(|_| ids.is_empty()),
        };
        enter(&args.target, &Act::AskDisclosure(asked))?;
    }
    Ok(())
}

fn handed_over(args: HandedOverArgs) -> Outcome {
    let sums = args.folder.as_deref().map(sums_of).transpose()?;
    let handed = HandedOver {
        disclosure: args.number,
        to: args.to,
        sums: sums.unwrap_or_default(),
    };
    enter(&args.target, &Act::HandedOver(handed))
}

/// SHA-256 of a medium's `SHA256SUMS`.
fn sums_of(folder: &Path) -> Result<String, Failure> {
    use sha2::{Digest, Sha256};
    let path = folder.join("SHA256SUMS");
    let sums = fs::read(&path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    Ok(hex(&Sha256::digest(&sums)))
}

/// `linetap decision`.
pub(super) fn decision(command: DecisionCommand) -> Outcome {
    match command {
        DecisionCommand::Add(args) => {
            let (number, dated, text) = (args.number, args.dated, args.text);
            enter(
                &args.target,
                &Act::Decide(Decide {
                    number,
                    dated,
                    text,
                }),
            )
        }
        DecisionCommand::List(args) => show(
            &args,
            "decisions",
            &[
                ("nr", "id"),
                ("numer", "number"),
                ("z dnia", "dated"),
                ("treść", "text"),
            ],
        ),
    }
}

/// `linetap suspend`.
pub(super) fn suspend(command: SuspendCommand) -> Outcome {
    match command {
        SuspendCommand::Add(args) => {
            let (lines, reason) = (args.lines, args.reason);
            enter(&args.target, &Act::Suspend(Suspend { lines, reason }))
        }
        SuspendCommand::End(args) => {
            let (suspension, reason) = (args.number, args.reason);
            enter(&args.target, &Act::Resume { suspension, reason })
        }
        SuspendCommand::List(args) => show(
            &args,
            "suspensions",
            &[
                ("nr", "id"),
                ("linie", "lines"),
                ("powód", "reason"),
                ("wznowione", "resumed"),
            ],
        ),
    }
}

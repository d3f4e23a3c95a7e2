//! `linetap export`: a folder for the institution, checkable with `sha256sum -c` and `flac -t` alone.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::control::Request;
use crate::register::{
    DataRecipient, DisclosureState, Letterhead, Medium, SecretKey, medium_papers,
};
use crate::vault::Exported;
use crate::words::hex;

use super::exit::{Failure, Outcome};
use super::procedure::{client, failed, identity};
use super::procedure_args::ExportArgs;
use super::procedure_sound::Fetched;

/// Makes the medium.
pub(super) fn export(args: &ExportArgs) -> Outcome {
    let key = args
        .key
        .as_deref()
        .map(SecretKey::read)
        .transpose()
        .map_err(failed)?;
    if let Some(path) = &args.identity {
        identity(path)?;
    }
    make_folder(&args.to)?;
    let mut client = client(&args.target)?;
    let disclosure = args.disclosure.clone();
    let answer = client.ask(&Request::Export {
        disclosure,
        head: None,
        signature: None,
    })?;
    let gate = answer["gate"].as_str().unwrap_or_default().to_owned();
    let state: DisclosureState =
        serde_json::from_value(answer["disclosure"].clone()).map_err(failed)?;
    let mut files = Vec::new();
    let mut metadata = Vec::new();
    for file in answer["files"].as_array().into_iter().flatten() {
        let fetched = Fetched::get(&mut client, &gate, file)?;
        let name = file_name(&state, &fetched, args.wav);
        let exported = write_sound(args, &fetched, &name)?;
        metadata.push(described(&state, &fetched, &name, &exported));
        files.push(name);
    }
    let office = answer["office"].as_str().unwrap_or_default();
    let metadata = json!({
        "disclosure": args.disclosure, "office": office, "made": answer["made"],
        "request": state.asked.request, "recordings": metadata,
    });
    let text = serde_json::to_string_pretty(&metadata).map_err(failed)?;
    fs::write(args.to.join("metadane.json"), text + "\n")?;
    files.push("metadane.json".to_owned());
    let sums = sums(&args.to, &files)?;
    fs::write(args.to.join("SHA256SUMS"), &sums.0)?;
    if let Some(key) = key {
        let text = format!("{}\n{}\n", key.public(), key.sign(&sums.0));
        fs::write(args.to.join("SHA256SUMS.ed25519"), text)?;
    }
    let medium = Medium {
        files: sums.1,
        sums: hex(&Sha256::digest(&sums.0)),
        made: answer["made"].as_str().unwrap_or_default().to_owned(),
    };
    papers(&args.to, &answer, &args.disclosure, &state, &medium)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{}: plików {}, SHA256SUMS {}",
        args.to.display(),
        files.len(),
        medium.sums
    )?;
    Ok(())
}

/// What goes with the medium: the protocol and the register's extract, or the answer to the person.
fn papers(
    folder: &Path,
    answer: &Value,
    number: &str,
    state: &DisclosureState,
    medium: &Medium,
) -> Outcome {
    let head: Letterhead = serde_json::from_value(answer["letterhead"].clone()).map_err(failed)?;
    let before: Vec<DataRecipient> =
        serde_json::from_value(answer["recipients"].clone()).map_err(failed)?;
    for (name, page) in medium_papers(&head, number, state, &before, medium) {
        fs::write(folder.join(name), page)?;
    }
    Ok(())
}

fn make_folder(path: &Path) -> Outcome {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(|error| failed(format!("{}: {error}; name a new folder", path.display())))
}

/// `2026-11-24T101500_0190....flac`: sorted by time, nobody's number in it.
fn file_name(state: &DisclosureState, fetched: &Fetched, wav: bool) -> String {
    let id = fetched.place().id().to_string();
    let call = state
        .asked
        .calls
        .iter()
        .find(|call| call.recordings.contains(&id));
    let start = call.map_or("", |call| call.start.get(..19).unwrap_or_default());
    let end = if wav { "wav" } else { "flac" };
    format!("{}_{id}.{end}", start.replace(':', ""))
}

fn write_sound(args: &ExportArgs, fetched: &Fetched, name: &str) -> Result<Exported, Failure> {
    let (archive, dek) = fetched.open(args.identity.as_deref())?;
    let mut file = fs::File::create_new(args.to.join(name))?;
    let exported = if args.wav {
        archive.export_wav(fetched.place(), dek.as_ref(), &mut file)
    } else {
        archive.export_flac(fetched.place(), dek.as_ref(), &mut file)
    };
    let exported = exported.map_err(failed)?;
    file.sync_all()?;
    Ok(exported)
}

fn described(state: &DisclosureState, fetched: &Fetched, name: &str, sound: &Exported) -> Value {
    let id = fetched.place().id().to_string();
    let call = state
        .asked
        .calls
        .iter()
        .find(|call| call.recordings.contains(&id));
    json!({
        "file": name, "recording": id, "call": call, "channels": sound.channels,
        "samples": sound.samples, "complete": sound.complete,
    })
}

/// The text of SHA256SUMS, and each file with its hash.
fn sums(folder: &Path, files: &[String]) -> Result<(String, Vec<(String, String)>), Failure> {
    let mut text = String::new();
    let mut list = Vec::new();
    for name in files {
        let mut hash = Sha256::new();
        let mut file = fs::File::open(folder.join(name))?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            let read = io::Read::read(&mut file, &mut piece)?;
            if read == 0 {
                break;
            }
            hash.update(&piece[..read]);
        }
        let hash = hex(&hash.finalize());
        text.push_str(&format!("{hash}  {name}\n"));
        list.push((name.clone(), hash));
    }
    Ok((text, list))
}

//! What makes an answer dearer than a plain one: a template, and many rules; and files, in turn
//! with nginx.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};

use super::buffy::Answering;
use super::client;
use super::compare::{Subject, compare};
use super::figures::Verdict;
use super::folder::Folder;
use super::options::Options;
use super::peers::{self, CANNED_BODY, CANNED_PATH};

/// Endpoints beside the one that is asked.
const ENDPOINTS: usize = 1_000;
/// Responses of the one that is asked, each with a rule of its own; the last one is asked for.
const RULES: usize = 400;

/// An answer that names what it was asked, beside one that is always the same.
pub(super) fn templated(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let endpoints = format!(
        "{}  - id: templated
    path: /templated
    type: respond
    response:
      - content: '{{ \"url\": \"{{{{URL}}}}\", \"by\": \"{{{{ID}}}}\", \"n\": {{{{ count }}}}, \"who\": \"{{{{ header.host }}}}\" }}'
",
        canned()
    );
    let mut buffy = Answering::start("templated", binary, &endpoints, options.smoke, folder)?;
    let address = buffy.address;
    buffy.server.wait_for("ready", || {
        peers::answers(address, CANNED_PATH, CANNED_BODY)?;
        let expected = r#"{ "url": "/templated", "by": "templated", "n": "#;
        begins(address, "/templated", expected)
    })?;
    let subjects = [
        buffy.subject("templated", "/templated"),
        buffy.subject("canned", CANNED_PATH),
    ];
    let compared = compare(&subjects, ("canned", "x canned"), options)?;
    let what = "templated answer, CPU against a canned one";
    Ok(compared.verdict("templated", what, (2.0, 1.2)))
}

/// The last of many rules on one path among many endpoints, beside the only answer of another
/// Buffy.
pub(super) fn rules(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    let mut endpoints = canned();
    for index in 0..ENDPOINTS {
        writeln!(
            endpoints,
            "  - {{ id: e{index}, path: '/e{index}/{{id}}', type: respond, response: [{{ content: ok }}] }}"
        )?;
    }
    endpoints.push_str("  - id: ruled\n    path: /ruled\n    type: respond\n    response:\n");
    for index in 0..RULES {
        writeln!(
            endpoints,
            "      - {{ name: r{index}, if: query.n={index}, content: '{CANNED_BODY}' }}"
        )?;
    }
    let ruled = format!("/ruled?n={}", RULES - 1);
    let mut many = Answering::start("many", binary, &endpoints, options.smoke, folder)?;
    let address = many.address;
    many.server
        .wait_for("ready", || peers::answers(address, &ruled, CANNED_BODY))?;
    let mut one = Answering::start("one", binary, &canned(), options.smoke, folder)?;
    let address = one.address;
    one.server.wait_for("ready", || {
        peers::answers(address, CANNED_PATH, CANNED_BODY)
    })?;
    let subjects = [
        many.subject("rules", &ruled),
        one.subject("canned", CANNED_PATH),
    ];
    let compared = compare(&subjects, ("canned", "x canned"), options)?;
    let what = "1,000 endpoints, 400 rules on one path, CPU";
    Ok(compared.verdict("rules", what, (1.2, 1.05)))
}

/// A file of 1 MiB, beside nginx, which sends it by the system.
pub(super) fn file(options: &Options, binary: &Path, folder: &Folder) -> Result<Verdict> {
    const TARGET: &str = "/files/large.txt";
    let content = "0123456789abcde\n".repeat(64 * 1024);
    folder.write("large.txt", &content)?;
    let endpoints = "  - { id: files, path: /files/, type: data, files: 'file:///' }\n";
    let mut buffy = Answering::start("files", binary, endpoints, options.smoke, folder)?;
    let address = buffy.address;
    buffy
        .server
        .wait_for("ready", || peers::answers(address, TARGET, &content))?;
    let mut subjects = vec![buffy.subject("buffy", TARGET)];
    let nginx = if options.smoke {
        None
    } else {
        let (mut server, address) = peers::nginx_files(folder)?;
        server.wait_for("ready", || peers::answers(address, TARGET, &content))?;
        Some((server, address))
    };
    if let Some((server, address)) = &nginx {
        subjects.push(Subject {
            name: "nginx",
            server,
            address: *address,
            target: TARGET,
        });
    }
    let compared = compare(&subjects, ("nginx", "x nginx"), options)?;
    Ok(compared.verdict("buffy", "file of 1 MiB, CPU against nginx", (1.3, 1.0)))
}

fn canned() -> String {
    format!(
        "  - {{ id: canned, path: {CANNED_PATH}, type: respond, response: [{{ content: '{CANNED_BODY}' }}] }}\n"
    )
}

/// Whether a GET is answered with 200 and what begins with `text`.
fn begins(address: SocketAddr, target: &str, text: &str) -> Result<()> {
    let answer = client::get(address, target)?;
    ensure!(
        answer.status == 200 && answer.body.starts_with(text),
        "{target} answers {}: {}",
        answer.status,
        answer.body
    );
    Ok(())
}

use super::block::{Block, Kind};
use super::page::Page;
use super::reason::{Reason, Skipped};
use super::script::{Printed, Script};
use super::stage::Stage;
use crate::command;

fn page(text: &str) -> Page {
    Page::parse("docs/x.md", text).unwrap()
}

fn refused(text: &str, expected: &str) {
    let error = Page::parse("docs/x.md", text).expect_err(text);
    let told = format!("{error:#}");
    assert!(told.starts_with("docs/x.md:"), "{told}");
    assert!(told.contains(expected), "{told}");
}

#[test]
fn blocks_are_what_their_fences_say() {
    let text = "a\n\n```sh\necho\n```\n\n- b\n\n  ```console\n  $ a\n    b\n  ```\n\n<!-- setup\nc\n-->\n\n\
                ````sh,needs=docker+root\n```\n````\n\n```yaml,from=a/b.yaml\n```\n";
    let page = page(text);
    let seen: Vec<_> = page
        .blocks
        .iter()
        .map(|block| (block.line, block.kind.clone(), block.text.as_str()))
        .collect();
    let told = Kind::Told(vec![Reason::Docker, Reason::Root]);
    assert_eq!(
        seen,
        [
            (3, Kind::Commands, "echo\n"),
            (9, Kind::Console, "$ a\n  b\n"),
            (14, Kind::Setup, "c\n"),
            (18, told, "```\n"),
            (22, Kind::Shown, ""),
        ]
    );
    assert_eq!(page.blocks[4].from.as_deref(), Some("a/b.yaml"));
    assert_eq!(page.blocks_run(), 2);
    assert_eq!(
        Skipped::of(&[&page]).to_string(),
        "2 blocks run; not run, for want of docker: 1, root: 1"
    );
}

#[test]
fn what_would_never_be_run_or_checked_is_refused() {
    refused("```bash\n```\n", "write `sh`");
    refused("```sh,needs=luck\n```\n", "there are docker, cluster");
    refused("```sh,norun\n```\n", "`norun` behind a fence");
    refused("```yaml,needs=docker\n```\n", "goes with `sh`");
    refused("```sh\necho\n", "no ```");
    refused("<!-- setup: echo -->\n", "stands alone");
}

#[test]
fn lines_of_a_file_are_found_at_any_depth_and_only_as_they_stand() {
    let file = "a:\n  b:\n    c: 1\n    d: 2\n";
    let check = |text: &str, expected| {
        let mut block = Block::opened(1, "yaml,from=x").unwrap();
        text.clone_into(&mut block.text);
        assert_eq!(block.is_in(file), expected, "{text}");
    };
    check("b:\n  c: 1\n  d: 2\n", true);
    check("c: 1\nd: 2\n", true);
    check("b:\n  c: 1\nd: 2\n", false);
    check("c: 1\nd: 3\n", false);
    check("", false);
}

#[test]
fn a_script_is_the_blocks_in_their_order() {
    let page = page(
        "```sh\nA=1\n```\n```sh,needs=time\nnever\n```\n```console\n$ false\nno\n$ echo $?\n1\n$ a \\\n b\n```\n",
    );
    let script = Script::of(&page, "OUT").unwrap();
    assert_eq!(
        script.text,
        "set -eu\necho '== docs/x.md:1'\nA=1\necho '== docs/x.md:7'\n\
         set +e\n{\nfalse\n} >'OUT/0' 2>&1\ncode=$?\nset -e\n\
         echo \"$code\" >'OUT/1'\ncode=0\n{\na \\\n b\n} >'OUT/2' 2>&1\n"
    );
    let expected: Vec<_> = script.consoles.iter().map(|it| &it.expected).collect();
    assert_eq!(expected, ["no\n", "1\n", ""]);
}

#[test]
fn what_a_console_prints_is_what_the_page_says() {
    let check = |expected: &str, printed: &str, fits: bool| {
        let console = Printed {
            at: "docs/x.md:1".to_owned(),
            command: "x".to_owned(),
            expected: expected.to_owned(),
        };
        let outcome = console.check(printed);
        assert_eq!(outcome.is_ok(), fits, "{expected:?} {printed:?}");
    };
    check("a\nb\n", "a\nb\n", true);
    check("a\nb\n", "a\n", false);
    check("a\n", "a\nb\n", false);
    check("", "a\n", false);
    check("", "", true);
    check("took … s\n", "took 1.2 s\n", true);
    check("took … s\n", "took 1.2 ms\n", false);
    check("a…b…c\n", "a1b2bc\n", true);
    check("a…b…c\n", "a1b2\n", false);
    check("a\n…\nd\n", "a\nb\nc\nd\n", true);
    check("a\n…\nd\n", "a\nb\nc\n", false);
    check("…\n", "", true);
}

#[test]
fn the_head_of_an_example_is_played_with_buffy_behind_it() {
    let text =
        "# Why.\n#\n#   A=1 \\\n#     buffy run -c x\n#   curl y\nversion: 0.1\n#   not this\n";
    let page = Page::of_head("examples/x/buffy.yaml", text).unwrap();
    assert_eq!(page.blocks[0].line, 3);
    assert_eq!(
        page.blocks[0].text,
        "A=1 \\\n  buffy run --port-file .ports -c x &\n\
         until [ -e .ports ]; do sleep 0.05; kill -0 $!; done\ncurl y\n"
    );
    assert!(Page::of_head("x", "# Why.\nversion: 0.1\n").is_none());
}

#[test]
fn a_page_is_played_alone_and_its_failure_is_told_with_its_place() {
    let stage = Stage::new(&command::root()).unwrap();
    let play = |text: &str| {
        stage
            .play(&page(text))
            .map_err(|error| format!("{error:#}"))
    };
    // Its folder has the examples; no network but a loopback; what it starts ends with it.
    let alone = "```sh\ntest -f examples/quickstart/buffy.yaml\ntest \"$PWD\" = \"$HOME\"\n\
                 test -z \"$(ip route)\"\nip link show lo | grep -q UP\n\
                 sleep 1000 &\n```\n```console\n$ echo $((6 * 7))\n42\n```\n";
    assert_eq!(play(alone), Ok(()));
    let failed = play("```sh\necho seen\nfalse\necho never\n```\n").unwrap_err();
    assert!(failed.contains("== docs/x.md:1\nseen\n"), "{failed}");
    assert!(!failed.contains("never"), "{failed}");
    let other = play("```console\n$ echo 41\n42\n```\n").unwrap_err();
    assert!(
        other.starts_with("docs/x.md:1: `echo 41` printed"),
        "{other}"
    );
}

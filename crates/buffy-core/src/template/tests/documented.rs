use super::replies::{rendered_for, with_request};
use super::*;
use crate::template::functions::invented_names;

/// Templates as users read of them.
const PAGE: &str = include_str!("../../../../../docs/templates.md");

/// The blocks of a language.
fn blocks(language: &str) -> impl Iterator<Item = &str> {
    // Outside and inside of fences take turns.
    let fenced = PAGE.split("```").skip(1).step_by(2);
    fenced.filter_map(move |block| block.strip_prefix(language)?.strip_prefix('\n'))
}

#[test]
fn every_example_of_the_page_is_true() {
    let examples: Vec<&str> = blocks("template").flat_map(str::lines).collect();
    assert!(examples.len() > 15, "{examples:?}");
    with_request(|facts| {
        for line in examples {
            let (template, expected) = line.split_once('→').expect(line);
            let found = rendered_for(template.trim_end(), facts, Escape::Plain);
            assert_eq!(found, expected.trim_start(), "{template}");
        }
    });
}

#[test]
fn the_request_of_the_page_is_the_tests_own() {
    let request = blocks("request").next().expect("there is one").trim_end();
    with_request(|facts| {
        let (head, body) = request.split_once("\n\n").expect(request);
        assert_eq!(
            head.lines().next(),
            Some(format!("{} {} HTTP/1.1", facts.method, facts.url).as_str())
        );
        assert_eq!(body.as_bytes(), facts.body);
    });
}

#[test]
fn the_page_lists_all_that_can_be_invented() {
    let listed: Vec<&str> = blocks("fake").flat_map(str::split_whitespace).collect();
    assert_eq!(listed, invented_names());
}

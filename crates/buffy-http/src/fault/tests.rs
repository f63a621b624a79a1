use super::{BodyError as Body, HeadError as Head};

/// The page for users, which has a row for each fault.
const PAGE: &str = include_str!("../../../../docs/http.md");

#[test]
fn the_page_names_every_fault_with_its_status_and_sentence() {
    let check = |status: u16, text: &str| {
        let row = format!("| {status} | {text} |\n");
        assert!(
            PAGE.contains(&row),
            "docs/http.md has no row that ends in {row}"
        );
    };
    for fault in [
        Head::BareLf,
        Head::BareCr,
        Head::EmptyLine,
        Head::Control,
        Head::RequestLine,
        Head::Method,
        Head::Connect,
        Head::Target,
        Head::TargetOctet,
        Head::TargetTooLong,
        Head::Version,
        Head::HeadTooLong,
        Head::TooManyFields,
        Head::SpaceBeforeColon,
        Head::Fold,
        Head::FieldName,
        Head::FieldValue,
        Head::HostMissing,
        Head::HostRepeated,
        Head::Host,
        Head::ContentLength,
        Head::ContentLengthsDiffer,
        Head::TransferEncoding,
        Head::TransferCoding,
        Head::TransferEncodingIn10,
        Head::BothFramings,
        Head::FramingName,
        Head::Expectation,
    ] {
        check(fault.status(), fault.text());
    }
    for fault in [
        Body::ChunkSize,
        Body::ChunkTooLarge,
        Body::ExtensionTooLong,
        Body::Extension,
        Body::ChunkEnd,
    ] {
        check(fault.status(), fault.text());
    }
}

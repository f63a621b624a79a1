//! What `fake('…')` can invent.

use fake::Fake;
use fake::faker::address::en::{
    BuildingNumber, CityName, CountryCode, CountryName, Latitude, Longitude, PostCode, StateAbbr,
    StateName, StreetName,
};
use fake::faker::company::en::{Bs, CatchPhrase, CompanyName, Industry, Profession};
use fake::faker::creditcard::en::CreditCardNumber;
use fake::faker::currency::en::{CurrencyCode, CurrencyName, CurrencySymbol};
use fake::faker::filesystem::en::{FileName, MimeType};
use fake::faker::internet::en::{
    DomainSuffix, IPv4, IPv6, MACAddress, Password, SafeEmail, UserAgent, Username,
};
use fake::faker::job::en::Title as JobTitle;
use fake::faker::lorem::en::{Paragraph, Sentence, Word};
use fake::faker::name::en::{FirstName, LastName, Name, Title};
use fake::faker::phone_number::en::PhoneNumber;
use minijinja::value::Value;

use crate::config;
use crate::dice::Dice;

/// Throws the dice for one value.
type Make = fn(&mut Dice) -> Value;

/// By name, in the order of the documentation.
const ALL: &[(&str, Make)] = &[
    ("name.first", |dice| text(&FirstName(), dice)),
    ("name.last", |dice| text(&LastName(), dice)),
    ("name.full", |dice| text(&Name(), dice)),
    ("name.title", |dice| text(&Title(), dice)),
    ("internet.email", |dice| text(&SafeEmail(), dice)),
    ("internet.username", |dice| text(&Username(), dice)),
    ("internet.password", |dice| text(&Password(12..17), dice)),
    ("internet.domain", domain),
    ("internet.url", |dice| {
        format!("https://{}/", domain(dice)).into()
    }),
    ("internet.ipv4", |dice| text(&IPv4(), dice)),
    ("internet.ipv6", |dice| text(&IPv6(), dice)),
    ("internet.mac", |dice| text(&MACAddress(), dice)),
    ("internet.user_agent", |dice| text(&UserAgent(), dice)),
    ("address.street", street),
    ("address.city", |dice| text(&CityName(), dice)),
    ("address.zip", |dice| text(&PostCode(), dice)),
    ("address.state", |dice| text(&StateName(), dice)),
    ("address.state_code", |dice| text(&StateAbbr(), dice)),
    ("address.country", |dice| text(&CountryName(), dice)),
    ("address.country_code", |dice| text(&CountryCode(), dice)),
    ("address.latitude", |dice| real(&Latitude(), dice)),
    ("address.longitude", |dice| real(&Longitude(), dice)),
    ("phone.number", |dice| text(&PhoneNumber(), dice)),
    ("company.name", |dice| text(&CompanyName(), dice)),
    ("company.industry", |dice| text(&Industry(), dice)),
    ("company.slogan", |dice| text(&CatchPhrase(), dice)),
    ("company.business", |dice| text(&Bs(), dice)),
    ("job.title", |dice| text(&JobTitle(), dice)),
    ("job.profession", |dice| text(&Profession(), dice)),
    ("finance.card", |dice| text(&CreditCardNumber(), dice)),
    ("finance.currency", |dice| text(&CurrencyName(), dice)),
    ("finance.currency_code", |dice| text(&CurrencyCode(), dice)),
    ("finance.currency_symbol", |dice| {
        text(&CurrencySymbol(), dice)
    }),
    ("finance.amount", amount),
    ("lorem.word", |dice| text(&Word(), dice)),
    ("lorem.sentence", |dice| text(&Sentence(4..10), dice)),
    ("lorem.paragraph", |dice| text(&Paragraph(3..6), dice)),
    ("file.name", |dice| text(&FileName(), dice)),
    ("file.mime_type", |dice| text(&MimeType(), dice)),
    ("color.hex", |dice| {
        format!("#{:06x}", dice.below(1 << 24)).into()
    }),
    ("number", |dice| dice.below(1_000_000).into()),
    ("boolean", |dice| (dice.below(2) == 1).into()),
    ("uuid", |dice| dice.uuid().into()),
];

pub(super) fn named(name: &str) -> Option<Make> {
    let found = ALL.iter().find(|(own, _)| *own == name);
    found.map(|(_, make)| *make)
}

pub(in crate::template) fn names() -> Vec<&'static str> {
    ALL.iter().map(|(name, _)| *name).collect()
}

/// A name that was probably meant: by its last word, or one that differs little.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let last = name.rsplit(['.', '_', ' ']).next().unwrap_or(name);
    let mut by_word = names().into_iter();
    by_word
        .find(|own| own.rsplit('.').next() == Some(last))
        .or_else(|| config::nearest(name, names()))
}

fn text<D>(kind: &D, dice: &mut Dice) -> Value
where
    String: fake::Dummy<D>,
{
    Value::from(kind.fake_with_rng::<String, Dice>(dice))
}

fn real<D>(kind: &D, dice: &mut Dice) -> Value
where
    f64: fake::Dummy<D>,
{
    Value::from(kind.fake_with_rng::<f64, Dice>(dice))
}

fn domain(dice: &mut Dice) -> Value {
    let word: String = Word().fake_with_rng(dice);
    let suffix: String = DomainSuffix().fake_with_rng(dice);
    format!("{word}.{suffix}").into()
}

fn street(dice: &mut Dice) -> Value {
    let number: String = BuildingNumber().fake_with_rng(dice);
    let name: String = StreetName().fake_with_rng(dice);
    format!("{number} {name}").into()
}

/// From 1.00 to 999.99.
fn amount(dice: &mut Dice) -> Value {
    let cents = u32::try_from(dice.below(99_900)).unwrap_or_default() + 100;
    Value::from(f64::from(cents) / 100.0)
}

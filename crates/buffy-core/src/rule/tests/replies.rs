use super::*;
use crate::facts::Facts;

#[test]
fn rules_of_answers_see_the_whole_request() {
    let params = [("id".to_owned(), "7".to_owned())];
    let state = serde_json::json!({"orders": {"7": "paid"}});
    let facts = Facts {
        method: "PUT",
        query: "expand=items",
        body: br#"{"qty": 0, "email": "ada"}"#,
        params: &params,
        state: state.as_object().unwrap(),
        ..Facts::default()
    };
    for (rule, expected) in [
        (
            "method=PUT && (body.qty<=0 || !body.email || body.email!=\"*@*\")",
            true,
        ),
        ("state.orders.{id}=paid && query.expand=items", true),
        ("state.orders.{nothing}=paid", false),
        ("qty=0", true),
        ("$..email=ada", true),
        ("!email", false),
    ] {
        let parsed = Rule::parse_reply(rule).unwrap();
        assert_eq!(parsed.judge_reply(&facts), expected, "{rule}");
        let again = Rule::parse_reply(&parsed.to_string()).unwrap();
        assert_eq!(again, parsed);
    }
}

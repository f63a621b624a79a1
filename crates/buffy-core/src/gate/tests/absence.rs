use super::absent;

#[test]
fn what_is_away_is_missing_and_what_is_awaited_is_not() {
    absent(
        "
        up => nothing
        tick => nothing
        missed => health
        up, refused => health
        up, missed, missed, missed => health
        up, missed, missed, missed, up => nothing
        http: up, up, closed, lifted => nothing
        rules: up => nothing
        rules: up, OPEN => nothing
        rules: up, CLOSE => rules
        rules: up, OPEN, missed, missed, missed, up => nothing
        rules: up, CLOSE, missed, missed, missed => health
        ",
    );
}

#[test]
fn an_operator_sends_nobody_elsewhere() {
    absent(
        "
        up, closed, missed, missed, missed => nothing
        up, stopped, missed, missed, missed => nothing
        up, closed, missed, missed, missed, lifted => health
        rules: up, CLOSE, writes closed => nothing
        ",
    );
}

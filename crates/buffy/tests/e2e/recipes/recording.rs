//! A backend is recorded, and its client sees no difference between it and the recording.

use buffy_test::get;

use super::recipe::Recipe;

#[test]
fn the_recording_answers_as_the_backend_did() {
    let recipe = Recipe::of("recording");
    let shop = recipe.starts("python3 shop.py");
    let buffy = recipe.buffy();
    recipe.eventually_open("shop");
    let recorded = recipe.runs("./record.sh");
    recorded.ended(0, &["409 {\"error\": \"sold out\"}"]);
    drop((shop, buffy));

    let _stub = recipe.starts("buffy run -c recorded.yaml --port 8080 --port-file ports");
    recipe
        .runs("until [ -s ports ]; do sleep 0.1; done")
        .ended(0, &[]);
    let told = recipe
        .runs("python3 visit.py 8080")
        .ended(0, &[])
        .out
        .clone();
    let secret = told.replace("REDACTED", "s3cr3t");
    assert!(recorded.out.starts_with(&secret), "{told}");
    assert!(told.contains("REDACTED"), "{told}");
    assert_eq!(get(recipe.port(8080), "/customers").status, 501);
}

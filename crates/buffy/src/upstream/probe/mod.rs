//! stub
pub async fn run(u: std::sync::Arc<super::Upstream>, _c: crate::notify::client::Client) {
    loop {
        let began = crate::clock::now();
        let d = tokio::time::Instant::now() + std::time::Duration::from_secs(1);
        let result = u.addresses.connect(d).await.map(|_| ()).map_err(|e| e.in_words());
        u.apply(buffy_core::gate::Input::Probe { began, result });
        let w = if u.evidence_wanted() { 100 } else { 2000 };
        tokio::select! { () = tokio::time::sleep(std::time::Duration::from_millis(w)) => {}, () = u.probe_now.notified() => {} }
    }
}

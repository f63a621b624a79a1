//! Prints how we read the requests among the inputs of `differential`, for `h11_seeds.py`: a line
//! each of file, method, target, fields and body, in hexadecimal but for the file.

use anyhow::Result;
use buffy_fuzz::{read_request, replay};

fn main() -> Result<()> {
    for (path, bytes) in replay::inputs("differential")? {
        let Some(reading) = read_request(&bytes) else {
            continue;
        };
        let [method, target] = &reading.first;
        let fields: Vec<String> = reading
            .fields
            .iter()
            .map(|(name, value)| format!("{}:{}", hex(name), hex(value)))
            .collect();
        let columns = [
            path.display().to_string(),
            hex(method),
            hex(target),
            fields.join(","),
            hex(&reading.body),
        ];
        println!("{}", columns.join("\t"));
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let octets: Vec<String> = bytes.iter().map(|octet| format!("{octet:02x}")).collect();
    octets.concat()
}

//! Writes `src/mainland.txt` from a folder of holiday files, one JSON file a year:
//! `cargo run -p calendar --example mainland FOLDER > crates/calendar/src/mainland.txt`

use calendar::Year;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            files.push(Year::from_json(&std::fs::read_to_string(path)?)?);
        }
    }
    for year in Year::merge(files) {
        print!("{}", year.year);
        let mut name = "";
        for d in &year.days {
            if d.name != name {
                name = &d.name;
                print!(" {name}");
            }
            print!(" {:02}{:02}{}", d.date.month(), d.date.day(), if d.off { '-' } else { '+' });
        }
        println!();
    }
    Ok(())
}

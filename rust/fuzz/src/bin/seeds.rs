//! `seeds TARGET FOLDER`: writes a target's seeds into a folder.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, folder] = arguments.as_slice() else {
        return Err(io::Error::other("usage: seeds TARGET FOLDER"));
    };
    let target =
        websocket_fuzz::target(target).ok_or_else(|| io::Error::other("no such target"))?;
    fs::create_dir_all(folder)?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(Path::new(folder).join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}

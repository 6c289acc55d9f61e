//! What Linux tells of this process in `/proc/self` (proc_pid_smaps(5), proc_pid_status(5)).

use std::fs;
use std::io;

/// Bytes of memory that belong to this process alone and were written to.
pub fn private_dirty_bytes() -> io::Result<u64> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup")?;
    private_dirty(&rollup).ok_or_else(|| io::Error::other("smaps_rollup has no Private_Dirty"))
}

/// How often the threads whose names begin with `prefix` have gone to sleep, all together. Each wakes up as often.
pub fn voluntary_switches(prefix: &str) -> io::Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        // One that ends meanwhile is none of those that are looked for.
        let Ok(status) = fs::read_to_string(thread?.path().join("status")) else {
            continue;
        };
        if field(&status, "Name").is_some_and(|name| name.starts_with(prefix)) {
            sum += field(&status, "voluntary_ctxt_switches")
                .and_then(|count| count.parse::<u64>().ok())
                .ok_or_else(|| io::Error::other("status has no voluntary_ctxt_switches"))?;
        }
    }
    Ok(sum)
}

fn private_dirty(rollup: &str) -> Option<u64> {
    let kibibytes = field(rollup, "Private_Dirty")?.strip_suffix("kB")?;
    Some(kibibytes.trim().parse::<u64>().ok()? * 1024)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLUP: &str = "\
5581c0000000-7ffd4e5f9000 ---p 00000000 00:00 0                          [rollup]
Rss:                3412 kB
Pss_Dirty:           160 kB
Private_Clean:       120 kB
Private_Dirty:       456 kB
";

    const STATUS: &str = "\
Name:\tws-0-idle
Threads:\t3
voluntary_ctxt_switches:\t17
nonvoluntary_ctxt_switches:\t4
";

    #[test]
    fn fields_are_found_by_their_whole_names() {
        assert_eq!(private_dirty(ROLLUP), Some(456 * 1024));
        assert_eq!(field(STATUS, "Name"), Some("ws-0-idle"));
        assert_eq!(field(STATUS, "voluntary_ctxt_switches"), Some("17"));
        assert_eq!(field(STATUS, "ctxt_switches"), None);
        assert_eq!(private_dirty("Rss: 1 kB"), None);
        assert_eq!(private_dirty("Private_Dirty: many kB"), None);
    }

    #[test]
    fn this_system_tells() {
        assert!(private_dirty_bytes().expect("a number") > 0);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("sleeper-1".into())
            .spawn(move || wait.recv());
        while voluntary_switches("sleeper-").expect("a number") == 0 {
            std::thread::yield_now();
        }
        drop(go);
        assert!(thread.expect("a thread").join().expect("no panic").is_err());
        assert_eq!(voluntary_switches("no such thread").expect("a number"), 0);
    }
}

//! This program again, as a process of its own.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running copy. It ends with this value, or when its standard input does.
pub struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a copy with these arguments. Its standard input is a pipe that ends with this process.
    pub fn start(arguments: &[String]) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("it was asked for");
        Ok(Self {
            child,
            stdout: BufReader::new(stdout),
        })
    }

    /// The next line that it prints. An error if it has ended instead; it has said why on stderr.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stdout.read_line(&mut line)? == 0 {
            let status = self.child.wait()?;
            return Err(io::Error::other(format!(
                "a process of the benchmark has failed ({status})"
            )));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Some have ended by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends this process when its standard input does, hence when the process that started it is gone. For copies.
pub fn end_with_input() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(1);
    });
}

use crate::files::PodFiles;

/// The part of a shell that shows whether a sandbox keeps its state: `echo`, into a file by `>` or `| tee`, and `cat`.
#[derive(Debug)]
pub struct Shell<'a> {
    pub files: PodFiles<'a>,
}

impl Shell<'_> {
    /// What a command prints, also within `sh -c`, and how it exits; nothing and 0 for other commands.
    pub fn run(&self, command: &[String]) -> (String, i32) {
        let words: Vec<&str> = match command {
            [shell, flag, script] if shell.ends_with("sh") && flag == "-c" => script.split_whitespace().collect(),
            words => words.iter().map(String::as_str).collect(),
        };
        match &words[..] {
            ["cat" | "/bin/cat", path] => self.cat(path),
            ["echo" | "/bin/echo", text @ .., "|", "tee", path] => {
                let (text, code) = (line(text), self.write(path, line(text)));
                (text, code)
            }
            ["echo" | "/bin/echo", text @ .., ">", path] => (String::new(), self.write(path, line(text))),
            ["echo" | "/bin/echo", text @ ..] => (line(text), 0),
            _ => (String::new(), 0),
        }
    }

    fn cat(&self, path: &str) -> (String, i32) {
        let content = self.files.read(path);
        content.map_or((String::new(), 1), |content| (String::from_utf8_lossy(&content).into_owned(), 0))
    }

    fn write(&self, path: &str, text: String) -> i32 {
        self.files.write(path, text.into()).map_or(1, |()| 0)
    }
}

fn line(words: &[&str]) -> String {
    format!("{}\n", words.join(" "))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Files;

    fn run(files: &Files, pod: &str, script: &str) -> (String, i32) {
        let (pod, sandbox) = (Arc::from(pod), Arc::from("sandbox"));
        let shell = Shell { files: PodFiles { files, pod: &pod, sandbox: &sandbox } };
        shell.run(&["/bin/sh", "-c", script].map(str::to_owned))
    }

    #[test]
    fn a_volume_outlives_a_pod_and_other_files_do_not() {
        let files = Files::default();
        for path in ["/data/m", "/tmp/m"] {
            assert_eq!(run(&files, "first", &format!("echo a b | tee {path}")), ("a b\n".into(), 0));
            assert_eq!(run(&files, "first", &format!("cat {path}")), ("a b\n".into(), 0));
            assert_eq!(run(&files, "first", &format!("echo c > {path}")), (String::new(), 0));
        }
        assert_eq!(run(&files, "second", "cat /data/m"), ("c\n".into(), 0));
        assert_eq!(run(&files, "second", "cat /tmp/m"), (String::new(), 1));
        files.forget("sandbox");
        assert_eq!(run(&files, "second", "cat /data/m"), (String::new(), 1));
    }

    #[test]
    fn other_commands_print_nothing() {
        let files = Files::default();
        assert_eq!(run(&files, "pod", "echo one  two"), ("one two\n".into(), 0));
        assert_eq!(run(&files, "pod", "true"), (String::new(), 0));
    }
}

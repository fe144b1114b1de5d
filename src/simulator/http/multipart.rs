use bytes::Bytes;

/// The head of a part has less bytes.
const LONGEST_HEAD: usize = 4096;

/// A file of a form, as uploads send it.
#[derive(Debug, PartialEq, Eq)]
pub struct FormFile {
    pub name: String,
    pub content: Bytes,
}

/// The one file of a `multipart/form-data` body; `None` where it is no such body.
pub fn file(content_type: &str, body: &Bytes) -> Option<FormFile> {
    let boundary = content_type.split_once("boundary=")?.1.split(';').next()?.trim_matches('"');
    let start = format!("--{boundary}\r\n");
    let end = format!("\r\n--{boundary}--");
    let rest = body.strip_prefix(start.as_bytes())?;
    let head_ends = find(&rest[..rest.len().min(LONGEST_HEAD)], b"\r\n\r\n")?;
    let head = std::str::from_utf8(&rest[..head_ends]).ok()?;
    let name = head.split_once("filename=\"")?.1.split_once('"')?.0;
    let begins = start.len() + head_ends + 4;
    let length = body[begins..].windows(end.len()).rposition(|window| window == end.as_bytes())?;
    Some(FormFile { name: name.to_owned(), content: body.slice(begins..begins + length) })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b1";

    #[test]
    fn a_file_is_taken_out_of_its_form() {
        let form = |content: &str| {
            let head = "--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a/b\"\r\n\r\n";
            Bytes::from(format!("{head}{content}\r\n--b1--\r\n"))
        };
        for content in ["", "one", "\r\n\r\n--b1\r\n", "\r\n"] {
            let wanted = FormFile { name: "a/b".into(), content: content.to_owned().into() };
            assert_eq!(file(TYPE, &form(content)), Some(wanted), "{content:?}");
        }
    }

    #[test]
    fn what_is_no_form_is_none() {
        for body in ["", "--b1\r\n", "--b1\r\n\r\n", "--b1\r\nfilename=\"a\"\r\n\r\nno end", "--b1--", "x"] {
            assert_eq!(file(TYPE, &Bytes::from_static(body.as_bytes())), None, "{body:?}");
        }
        assert_eq!(file("text/plain", &Bytes::from_static(b"x")), None);
    }
}

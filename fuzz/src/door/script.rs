//! One line of a script.

pub struct Line<'a> {
    pub name: &'a [u8],
    /// Behind the `@`.
    pub handle: Option<i32>,
    pub arguments: Vec<&'a [u8]>,
}

impl Line<'_> {
    pub fn read(line: &[u8]) -> Line<'_> {
        let (head, rest) = split(line, b' ');
        let (name, handle) = split(head, b'@');
        let handle = handle.and_then(|number| str::from_utf8(number).ok()?.parse().ok());
        let arguments = rest.map(|rest| rest.split(|byte| *byte == b'|').collect());
        Line { name, handle, arguments: arguments.unwrap_or_default() }
    }

    pub fn number(&self, at: usize) -> Option<i32> {
        str::from_utf8(self.arguments.get(at)?).ok()?.parse().ok()
    }
}

fn split(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(end) => (&text[..end], Some(&text[end + 1..])),
        None => (text, None),
    }
}

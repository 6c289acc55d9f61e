//! Pieces of configured text: a backslash makes the next character literal, and white space around a piece does not count.

/// Where a piece ended, and what stands behind it.
type Behind<'a> = Option<(char, &'a str)>;

/// The piece of `text` before the first of `ends`, and what comes then; `None` if that is nothing.
pub fn up_to<'a>(text: &'a str, ends: &[char]) -> Result<(String, Behind<'a>), String> {
    let mut piece = String::with_capacity(text.len());
    // Up to here the piece is literal: white space there stays.
    let mut kept = 0;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                let (_, literal) = characters
                    .next()
                    .ok_or("a backslash makes the next character literal, but none follows")?;
                piece.push(literal);
                kept = piece.len();
            }
            end if ends.contains(&end) => {
                return Ok((
                    trimmed(piece, kept),
                    Some((end, &text[at + end.len_utf8()..])),
                ));
            }
            white if white.is_whitespace() && piece.is_empty() => {}
            other => piece.push(other),
        }
    }
    Ok((trimmed(piece, kept), None))
}

fn trimmed(mut piece: String, kept: usize) -> String {
    let end = piece[kept..].trim_end().len() + kept;
    piece.truncate(end);
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_where_it_is_told_to() {
        let (piece, rest) = up_to(r" a b\ = c\&d", &['=', '&']).expect("a piece");
        assert_eq!((piece.as_str(), rest), ("a b ", Some(('=', r" c\&d"))));
        let (piece, rest) = up_to(r" c\&d\\ ", &['&']).expect("a piece");
        assert_eq!((piece.as_str(), rest), (r"c&d\", None));
        assert_eq!(up_to("", &['&']), Ok((String::new(), None)));
        assert_eq!(up_to("   ", &['&']), Ok((String::new(), None)));
    }

    #[test]
    fn a_backslash_at_the_end_is_refused() {
        assert!(up_to(r"a\", &['&']).is_err_and(|error| error.contains("none follows")));
    }
}
